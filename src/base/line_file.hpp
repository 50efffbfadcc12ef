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

    /// Synced when ok. What a crash left of an earlier line is cut off first.
    Result<void> add(std::span<const std::string> lines) const;
    /// Every whole line; none if there is no file. Only a file that is absent counts as empty.
    Result<std::vector<std::string>> lines() const;
    /// Rewrites the file without the lines that `drop` names; how many. Synced when ok.
    Result<std::size_t> remove(const std::function<bool(std::string_view)>& drop) const;

    const std::filesystem::path& path() const { return path_; }

private:
    const std::filesystem::path path_;
};

} // namespace bw
