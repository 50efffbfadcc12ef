// Files on a real disk, as far as durability is made of them: descriptors, whole writes and reads,
// directories, and what a failure means. A full disk is `storage_full`, any other failure
// `unavailable`. Knows nothing of what is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::disk {

/// Of an errno: "cannot <what>: ...", naming the path.
Error error_of(int number, std::string_view what, const std::string& path);

/// Closes what it holds. Everything that matters was synced before; closing tells nothing.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// All of it, or an error (then any part of it may have been written).
Result<void> write_at(const Descriptor& fd, std::uint64_t offset, ByteView bytes,
                      const std::string& path);
/// Shorter than asked for only where the file ends.
Result<std::size_t> read_at(const Descriptor& fd, std::uint64_t offset, char* out,
                            std::size_t bytes, const std::string& path);
Result<std::uint64_t> size_of(const Descriptor& fd, const std::string& path);
/// fdatasync. After a failure the kernel may have dropped the pages: never call it again to find
/// out.
Result<void> sync(const Descriptor& fd, const std::string& path);

/// Makes the directory, and what is absent above it, durably; its path, absolute.
Result<std::filesystem::path> make_directory(const std::filesystem::path& path);
Result<Descriptor> open_directory(const std::filesystem::path& path);
/// fsync: makes created, renamed and removed names durable.
Result<void> sync_directory(const Descriptor& fd, const std::string& path);

} // namespace bw::disk
