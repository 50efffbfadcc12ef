#include "roster/zip.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/ensure.hpp"

namespace bw::roster {

namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using OwnedEntry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

constexpr std::size_t block_bytes = 64 * 1024;

Error broken(archive* zip, std::string name = {}) {
    const char* why = archive_error_string(zip);
    return fail(Code::bad_request,
                fmt::format("the zip archive cannot be read: {}", why ? why : "unknown error"),
                std::move(name));
}

Error too_large(const ZipLimits& limits, const std::string& name) {
    return fail(Code::payload_too_large,
                fmt::format("the archive unpacks to more than {} bytes", limits.total_bytes), name);
}

/// Letters, digits, dot, dash and underscore, not beginning with a dot: every file name of
/// OneRoster, and no path.
bool plain_name(std::string_view name) {
    auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= 128 && name[0] != '.' &&
           std::ranges::all_of(name, plain);
}

Result<void> check_entry(archive_entry* entry, const std::string& name) {
    if (name.find_first_of("/\\") != std::string::npos)
        return fail(Code::bad_request, "the archive holds a folder; the files must lie at its top",
                    name);
    if (!plain_name(name))
        return fail(Code::bad_request, "the archive holds a file with an unusual name",
                    is_utf8(name) ? name : "");
    if (archive_entry_is_encrypted(entry))
        return fail(Code::bad_request, "the archive is encrypted", name);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
        return fail(Code::bad_request, "the archive holds something that is not a file", name);
    return {};
}

Result<Reader> open_reader(const std::filesystem::path& path, ByteView memory) {
    Reader zip(archive_read_new(), &archive_read_free);
    ENSURE(zip, "out of memory");
    // The seekable reader alone: it takes the central directory's word and refuses an archive
    // without one (cut short).
    archive_read_support_format_zip_seekable(zip.get());
    const int opened = path.empty()
                           ? archive_read_open_memory(zip.get(), memory.data(), memory.size())
                           : archive_read_open_filename(zip.get(), path.c_str(), block_bytes);
    if (opened != ARCHIVE_OK)
        return broken(zip.get());
    return zip;
}

} // namespace

struct ZipStream::Raw {
    Reader zip;
    std::string name;
    ZipLimits limits;
    std::uint64_t archive_bytes = 0, unpacked = 0;
};

ZipStream::ZipStream(std::unique_ptr<Raw> raw) : raw_(std::move(raw)) {}
ZipStream::ZipStream(ZipStream&&) noexcept = default;
ZipStream::~ZipStream() = default;

Result<std::size_t> ZipStream::read(std::span<char> out) {
    Raw& r = *raw_;
    const auto got = archive_read_data(r.zip.get(), out.data(), out.size());
    if (got < 0) // ARCHIVE_WARN (a bad CRC) too: bytes that do not verify are not taken
        return broken(r.zip.get(), r.name);
    r.unpacked += static_cast<std::uint64_t>(got);
    if (r.unpacked > r.limits.total_bytes)
        return too_large(r.limits, r.name);
    if (r.unpacked > r.limits.ratio_free_bytes && r.unpacked / r.limits.ratio > r.archive_bytes)
        return fail(
            Code::payload_too_large,
            fmt::format("the archive unpacks to more than {} times its size", r.limits.ratio),
            r.name);
    return static_cast<std::size_t>(got);
}

Result<ZipArchive> ZipArchive::open(const std::filesystem::path& path, const ZipLimits& limits) {
    ZipArchive out;
    std::error_code problem;
    out.archive_bytes_ = std::filesystem::file_size(path, problem);
    if (problem)
        return fail(Code::not_found, fmt::format("cannot open the file: {}", problem.message()),
                    path.string());
    out.path_ = path;
    out.limits_ = limits;
    CHECK_OK(out.read_directory());
    return out;
}

Result<ZipArchive> ZipArchive::open(Bytes archive, const ZipLimits& limits) {
    ZipArchive out;
    out.archive_bytes_ = archive.size();
    out.memory_ = std::move(archive);
    out.limits_ = limits;
    CHECK_OK(out.read_directory());
    return out;
}

Result<void> ZipArchive::read_directory() {
    Reader zip = TRY(open_reader(path_, memory_));
    std::uint64_t total = 0;
    for (;;) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(zip.get(), &entry);
        if (status == ARCHIVE_EOF)
            break;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return broken(zip.get());
        const char* name = archive_entry_pathname(entry);
        Entry next{name ? name : "", 0};
        CHECK_OK(check_entry(entry, next.name));
        if (has(next.name))
            return fail(Code::bad_request, "the archive holds this file twice", next.name);
        if (status == ARCHIVE_WARN)
            return broken(zip.get(), next.name);
        if (entries_.size() == limits_.entries)
            return fail(Code::payload_too_large,
                        fmt::format("the archive holds more than {} files", limits_.entries));
        // A stream is held to the same bounds by what it really unpacks to.
        next.bytes = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
        if (next.bytes > limits_.total_bytes || (total += next.bytes) > limits_.total_bytes)
            return too_large(limits_, next.name);
        if (total > limits_.ratio_free_bytes && total / limits_.ratio > archive_bytes_)
            return fail(
                Code::payload_too_large,
                fmt::format("the archive unpacks to more than {} times its size", limits_.ratio),
                next.name);
        entries_.push_back(std::move(next));
    }
    return {};
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
    auto at = std::ranges::find(entries_, name, &Entry::name);
    return at == entries_.end() ? nullptr : &*at;
}

Result<ZipStream> ZipArchive::stream(std::string_view name) const {
    ENSURE(has(name), "only entries of the archive are asked for");
    auto raw = std::make_unique<ZipStream::Raw>(TRY(open_reader(path_, memory_)), std::string(name),
                                                limits_, archive_bytes_);
    for (;;) { // headers alone: what lies between is skipped, not unpacked
        archive_entry* entry = nullptr;
        if (archive_read_next_header(raw->zip.get(), &entry) != ARCHIVE_OK)
            return broken(raw->zip.get(), raw->name);
        const char* found = archive_entry_pathname(entry);
        if (found && name == found)
            return ZipStream(std::move(raw));
    }
}

Result<Sha256> ZipArchive::digest() const {
    if (path_.empty())
        return sha256(memory_);
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                 &EVP_MD_CTX_free);
    ENSURE(hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is there");
    std::ifstream file(path_, std::ios::binary);
    std::array<char, block_bytes> block;
    while (file.read(block.data(), block.size()) || file.gcount() > 0)
        EVP_DigestUpdate(hash.get(), block.data(), static_cast<std::size_t>(file.gcount()));
    if (!file.eof())
        return fail(Code::unavailable, "cannot read the file", path_.string());
    Sha256 out;
    EVP_DigestFinal_ex(hash.get(), out.data(), nullptr);
    return out;
}

struct ZipWriter::Raw {
    Writer zip{archive_write_new(), &archive_write_free};
    bool good = true;

    void note(bool done) { good = good && done; }
    void begin_archive() {
        ENSURE(zip, "out of memory");
        archive_write_set_format_zip(zip.get());
        archive_write_set_bytes_in_last_block(zip.get(), 1); // no padding: it ends where it ends
    }
};

ZipWriter::ZipWriter(const std::filesystem::path& path) : raw_(std::make_unique<Raw>()) {
    raw_->begin_archive();
    raw_->note(archive_write_open_filename(raw_->zip.get(), path.c_str()) == ARCHIVE_OK);
}

ZipWriter::ZipWriter(Bytes& out) : raw_(std::make_unique<Raw>()) {
    raw_->begin_archive();
    auto append = [](archive*, void* target, const void* data, std::size_t size) -> la_ssize_t {
        static_cast<Bytes*>(target)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
    };
    raw_->note(archive_write_open(raw_->zip.get(), &out, nullptr, append, nullptr) == ARCHIVE_OK);
}

ZipWriter::~ZipWriter() = default;

void ZipWriter::begin(const std::string& name) {
    if (!raw_->good)
        return;
    OwnedEntry entry(archive_entry_new(), &archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 1'420'070'400, 0); // 2015-01-01, any fixed time
    raw_->note(archive_write_header(raw_->zip.get(), entry.get()) == ARCHIVE_OK);
}

void ZipWriter::write(std::string_view bytes) {
    if (raw_->good)
        raw_->note(archive_write_data(raw_->zip.get(), bytes.data(), bytes.size()) ==
                   static_cast<la_ssize_t>(bytes.size()));
}

Result<void> ZipWriter::close() {
    raw_->note(raw_->good && archive_write_close(raw_->zip.get()) == ARCHIVE_OK);
    if (!raw_->good) {
        const char* why = archive_error_string(raw_->zip.get());
        return fail(Code::storage_full,
                    fmt::format("the archive cannot be written: {}", why ? why : "unknown error"));
    }
    return {};
}

} // namespace bw::roster
