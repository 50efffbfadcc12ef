// The seam between the journal and the disk: a directory and its files, with exactly the operations
// durability is made of. The real ones are here; the simulated disk of the crash tests is the
// second implementation. Knows nothing of frames.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::journal {

/// Thread-safe as far as the ranges do not overlap. A full disk is `storage_full`, any other
/// failure `unavailable`.
class File {
public:
    virtual ~File() = default;
    /// All of it, or an error (then any part of it may have been written).
    virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
    /// Shorter than asked for only where the file ends.
    virtual Result<std::size_t> read_at(std::uint64_t offset, char* out,
                                        std::size_t bytes) const = 0;
    virtual Result<std::uint64_t> size() const = 0;
    /// fdatasync. After a failure the kernel may have dropped the pages: never call it again to
    /// find out.
    virtual Result<void> sync() = 0;
};

class Directory {
public:
    virtual ~Directory() = default;
    virtual Result<std::vector<std::string>> names() const = 0;
    virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;
    /// Empty; replaces what was there.
    virtual Result<std::unique_ptr<File>> create(const std::string& name) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& name) = 0;
    /// Makes created, renamed and removed names durable.
    virtual Result<void> sync() = 0;
    /// How the operator knows it.
    virtual std::string path_of(const std::string& name) const = 0;
};

/// Makes the directory if it is absent (its parent must exist or be makeable) and locks it against
/// every other process, and against a second opening in this one: `conflict`.
Result<std::unique_ptr<Directory>> open_directory(const std::filesystem::path& path);

/// Without a lock and for reading alone, whoever else has it open; what would change anything is
/// `forbidden`.
Result<std::unique_ptr<Directory>> view_directory(const std::filesystem::path& path);

/// The whole file, up to its end.
Result<void> read_all(const File& file, Bytes& out);
/// Zeros from `begin` to `end`.
Result<void> write_zeros(File& file, std::uint64_t begin, std::uint64_t end);

} // namespace bw::journal
