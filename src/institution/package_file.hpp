// An upload's bytes as a file without a name: gone with the last that holds it open, whatever
// happens to the process.
#pragma once

#include <filesystem>
#include <utility>

#include "files/writer.hpp"

namespace bw::institution {

class PackageFile {
public:
    /// On the disk of `directory`. unavailable or storage_full, and the store's errors.
    static Result<PackageFile> of(const files::Reader& reader, std::uint64_t bytes,
                                  const std::filesystem::path& directory, Deadline deadline);
    PackageFile(PackageFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    PackageFile& operator=(PackageFile&&) = delete;
    ~PackageFile();

    /// Opens it, as often as wanted, while this lives.
    std::filesystem::path path() const;

private:
    explicit PackageFile(int file) : file_(file) {}
    int file_;
};

} // namespace bw::institution
