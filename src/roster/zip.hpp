// Zip archives of flat files, read as streams with bounds that a zip bomb cannot pass. Knows
// nothing about what is inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"

namespace bw::roster {

struct ZipLimits {
    std::uint64_t total_bytes = 8ULL << 30; // uncompressed, all entries together
    std::uint64_t ratio =
        200; // uncompressed to archive size, once past `ratio_free_bytes`; rosters reach 10 to 30
    std::uint64_t ratio_free_bytes = 4 * 1024 * 1024;
    std::size_t entries = 64; // OneRoster 1.2 names 22 files
};

/// One file of an archive as it is unpacked. Not thread-safe; the archive outlives it.
class ZipStream {
public:
    ~ZipStream();
    ZipStream(ZipStream&&) noexcept;

    /// Fills the front of `out`; 0 at the end, when the content has been held against its CRC.
    /// bad_request for what does not verify, payload_too_large past a limit; `field` names the
    /// file.
    Result<std::size_t> read(std::span<char> out);

private:
    friend class ZipArchive;
    struct Raw;
    explicit ZipStream(std::unique_ptr<Raw> raw);
    std::unique_ptr<Raw> raw_;
};

/// An archive on disk or in memory; nothing of its content is kept. Thread-safe once opened.
class ZipArchive {
public:
    struct Entry {
        std::string name;
        std::uint64_t bytes = 0; // unpacked
    };

    /// Reads the central directory, so nothing hides between entries. Refused: what is no zip,
    /// encrypted entries, anything but regular files, names with a folder or unusual characters, a
    /// name that stands twice (bad_request, the name in `field`), and what announces more than a
    /// limit (payload_too_large). not_found: no such file on disk.
    static Result<ZipArchive> open(const std::filesystem::path& path, const ZipLimits& limits = {});
    static Result<ZipArchive> open(Bytes archive, const ZipLimits& limits = {});

    const std::vector<Entry>& entries() const { return entries_; }
    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// The entry must be there.
    Result<ZipStream> stream(std::string_view name) const;
    /// Of the archive's own bytes.
    Result<Sha256> digest() const;

private:
    ZipArchive() = default;
    const Entry* find(std::string_view name) const;
    Result<void> read_directory();

    std::filesystem::path path_; // empty: in memory
    Bytes memory_;
    std::uint64_t archive_bytes_ = 0;
    ZipLimits limits_;
    std::vector<Entry> entries_;
};

/// Writes an archive to a file, entry by entry, deflated, with a fixed time stamp: the same
/// entries give the same bytes. A failure is kept and told by close(). Not thread-safe.
class ZipWriter {
public:
    explicit ZipWriter(const std::filesystem::path& path);
    /// Into memory.
    explicit ZipWriter(Bytes& out);
    ~ZipWriter();

    void begin(const std::string& name);
    void write(std::string_view bytes);
    Result<void> close();

private:
    struct Raw;
    std::unique_ptr<Raw> raw_;
};

} // namespace bw::roster
