#include "roster/zip.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/ensure.hpp"

namespace bw::roster {

namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;

Error broken(archive* zip, std::string name = {}) {
    const char* why = archive_error_string(zip);
    return fail(Code::bad_request,
                fmt::format("the zip archive cannot be read: {}", why ? why : "unknown error"),
                std::move(name));
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

Result<void> check_entry(archive_entry* entry, const std::string& name,
                         const std::vector<ZipEntry>& before) {
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
    if (std::ranges::any_of(before, [&](const ZipEntry& e) { return e.name == name; }))
        return fail(Code::bad_request, "the archive holds this file twice", name);
    return {};
}

/// Inflates one entry; `total` is what all entries so far came to.
Result<void> read_entry(archive* zip, ZipEntry& out, std::uint64_t& total,
                        std::uint64_t archive_bytes, const ZipLimits& limits) {
    std::array<char, 64 * 1024> block;
    for (;;) {
        auto got = archive_read_data(zip, block.data(), block.size());
        if (got == 0)
            return {};
        if (got < 0) // ARCHIVE_WARN (a bad CRC) too: bytes that do not verify are not taken
            return broken(zip, out.name);
        total += static_cast<std::uint64_t>(got);
        if (total > limits.total_bytes)
            return fail(
                Code::payload_too_large,
                fmt::format("the archive unpacks to more than {} bytes", limits.total_bytes),
                out.name);
        if (total > limits.ratio_free_bytes && total / limits.ratio > archive_bytes)
            return fail(
                Code::payload_too_large,
                fmt::format("the archive unpacks to more than {} times its size", limits.ratio),
                out.name);
        out.bytes.append(block.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

Result<std::vector<ZipEntry>> read_zip(ByteView bytes, const ZipLimits& limits) {
    Reader zip(archive_read_new(), &archive_read_free);
    ENSURE(zip, "out of memory");
    // The seekable reader alone: it takes the central directory's word and refuses an archive
    // without one (cut short).
    archive_read_support_format_zip_seekable(zip.get());
    if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return broken(zip.get());
    std::vector<ZipEntry> entries;
    std::uint64_t total = 0;
    for (;;) {
        archive_entry* entry = nullptr;
        int status = archive_read_next_header(zip.get(), &entry);
        if (status == ARCHIVE_EOF)
            return entries;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return broken(zip.get());
        const char* name = archive_entry_pathname(entry);
        ZipEntry next{name ? name : "", {}};
        CHECK_OK(check_entry(entry, next.name, entries));
        if (status == ARCHIVE_WARN)
            return broken(zip.get(), next.name);
        if (entries.size() == limits.entries)
            return fail(Code::payload_too_large,
                        fmt::format("the archive holds more than {} files", limits.entries));
        CHECK_OK(read_entry(zip.get(), next, total, bytes.size(), limits));
        entries.push_back(std::move(next));
    }
}

Bytes write_zip(const std::vector<ZipEntry>& entries) {
    Writer zip(archive_write_new(), &archive_write_free);
    ENSURE(zip, "out of memory");
    Bytes out;
    auto append = [](archive*, void* target, const void* data, std::size_t size) -> la_ssize_t {
        static_cast<Bytes*>(target)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
    };
    archive_write_set_format_zip(zip.get());
    archive_write_set_bytes_in_last_block(zip.get(),
                                          1); // no padding: an archive ends where it ends
    ENSURE(archive_write_open(zip.get(), &out, nullptr, append, nullptr) == ARCHIVE_OK,
           "writing to memory cannot fail");
    for (const auto& file : entries) {
        std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            &archive_entry_free);
        archive_entry_set_pathname(entry.get(), file.name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
        archive_entry_set_mtime(entry.get(), 1'420'070'400, 0); // 2015-01-01, any fixed time
        ENSURE(archive_write_header(zip.get(), entry.get()) == ARCHIVE_OK,
               "writing to memory cannot fail");
        ENSURE(archive_write_data(zip.get(), file.bytes.data(), file.bytes.size()) ==
                   static_cast<la_ssize_t>(file.bytes.size()),
               "writing to memory cannot fail");
    }
    ENSURE(archive_write_close(zip.get()) == ARCHIVE_OK, "writing to memory cannot fail");
    return out;
}

} // namespace bw::roster
