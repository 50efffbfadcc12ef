#include "recordings/archive.hpp"

#include <charconv>
#include <fstream>
#include <iterator>

#include "recordings/manifest.hpp"

namespace bw::recordings {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t list_bytes_limit = 16UL << 20;

Result<std::string> text_of(const fs::path& file, std::size_t limit) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed || size > limit)
        return fail(Code::not_found, "there is no such file at the ingest, or it is too large");
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name[0] != '.' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-") == std::string_view::npos;
}

bool is_file(const fs::path& file) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    return !failed && size > 0 && size <= segment_bytes_limit;
}

std::string_view word_of(std::string_view& line) {
    const std::size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}

} // namespace

ArchivedRung read_list(std::string_view list, const fs::path& directory) {
    ArchivedRung out;
    bool gap = false;
    std::uint64_t last = 0;
    while (!list.empty()) {
        const std::size_t end = list.find('\n');
        std::string_view line = list.substr(0, end);
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
        const std::string_view number = word_of(line), seconds = word_of(line),
                               init = word_of(line), flags = word_of(line);
        std::uint64_t n = 0;
        double length = 0;
        const auto read_n = std::from_chars(number.data(), number.data() + number.size(), n);
        const auto read_length =
            std::from_chars(seconds.data(), seconds.data() + seconds.size(), length);
        const bool whole = read_n.ec == std::errc() &&
                           read_n.ptr == number.data() + number.size() && !number.empty() &&
                           read_length.ec == std::errc() && length > 0 && length <= 60 &&
                           is_plain_name(init) && !flags.empty();
        if (!whole) {
            gap = gap || !number.empty(); // "gap", or half a line
            continue;
        }
        if (n <= last)
            continue; // twice
        last = n;
        ArchivedSegment segment{.file = directory / (std::string(number) + ".m4s"),
                                .init = directory / init,
                                .ms = static_cast<std::int64_t>(length * 1'000 + 0.5),
                                .anew = flags.contains('d'),
                                .after_gap = gap || flags.contains('g')};
        gap = !is_file(segment.file) || !is_file(segment.init);
        if (gap)
            continue;
        // The class's beginning is no gap.
        segment.after_gap = segment.after_gap && !out.segments.empty();
        segment.anew = segment.anew && !out.segments.empty();
        out.segments.push_back(std::move(segment));
    }
    if (gap && !out.segments.empty()) // at the end: told of the last that there is
        out.segments.back().after_gap = true;
    return out;
}

Result<Archive> Archive::read(const fs::path& directory) {
    Archive out;
    out.master = TRY(text_of(directory / "index.m3u8", 16 * 1024));
    for (const std::string& name : TRY(rungs_of_master(out.master))) {
        const auto list = TRY(text_of(directory / name / "list", list_bytes_limit));
        ArchivedRung rung = read_list(list, directory / name);
        rung.name = name;
        if (rung.segments.empty())
            return fail(Code::not_found, "nothing of the class was kept at the ingest");
        for (const ArchivedSegment& one : rung.segments) {
            std::error_code ignored;
            out.bytes += fs::file_size(one.file, ignored);
        }
        out.rungs.push_back(std::move(rung));
    }
    return out;
}

Duration quiet_for(const fs::path& directory) {
    fs::file_time_type latest = fs::file_time_type::min();
    std::error_code failed;
    for (const auto& rung : fs::directory_iterator(directory, failed)) {
        const auto at = fs::last_write_time(rung.path() / "list", failed);
        if (!failed)
            latest = std::max(latest, at);
    }
    if (latest == fs::file_time_type::min())
        return std::chrono::hours(24);
    return std::chrono::duration_cast<Duration>(fs::file_time_type::clock::now() - latest);
}

} // namespace bw::recordings
