// A small file of lines that several processes add to and read: durable, and whole after any crash.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw {

/// Readable by its owner alone. Thread-safe; processes wait for each other (flock on
/// `<path>.lock`). Errors: `unavailable`, with the path.
class LineFile {
public:
    explicit LineFile(std::filesystem::path path) : path_(std::move(path)) {}

    /// Synced when ok, and what was there before with it; also without any line. Rewrites the file.
    /// What a crash left of an earlier line is cut off.
    Result<void> add(std::span<const std::string> lines) const;
    /// What is there is durable when ok, whoever wrote it: another one's sync may have failed.
    Result<void> sync() const;
    /// Every whole line; none if there is no file. Only a file that is absent counts as empty.
    /// They may not be durable yet (see sync).
    Result<std::vector<std::string>> lines() const;
    /// Rewrites the file without the lines that `drop` names; how many. Synced when ok.
    Result<std::size_t> remove(const std::function<bool(std::string_view)>& drop) const;

    const std::filesystem::path& path() const { return path_; }

private:
    const std::filesystem::path path_;
};

/// Makes the names in it durable; `unavailable` with the path.
Result<void> sync_directory(const std::filesystem::path& directory);

} // namespace bw
