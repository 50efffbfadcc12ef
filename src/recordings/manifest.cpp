#include "recordings/manifest.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace bw::recordings {

namespace {

constexpr std::string_view first_line = "bellwether recording 1";
constexpr std::size_t rungs_limit = 32;
constexpr std::size_t master_bytes_limit = 16 * 1024;
constexpr std::int64_t segment_ms_limit = 600'000;
constexpr std::uint64_t piece_bytes_limit = 1ULL << 40;

Error broken(const char* what) {
    return fail(Code::corrupt, std::string("the manifest of a recording: ") + what);
}

/// Takes the next line, without its end.
std::string_view line_of(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::string_view word_of(std::string_view& line) {
    const std::size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}

std::optional<std::uint64_t> number_of(std::string_view& line, std::uint64_t limit) {
    const std::string_view word = word_of(line);
    std::uint64_t out = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), out);
    if (word.empty() || read.ec != std::errc() || read.ptr != word.data() + word.size() ||
        out > limit)
        return std::nullopt;
    return out;
}

/// "12" of "12.m4s", "3" of "init-3.mp4".
std::optional<std::size_t> index_in(std::string_view name, std::string_view before,
                                    std::string_view behind) {
    if (!name.starts_with(before) || !name.ends_with(behind) ||
        name.size() <= before.size() + behind.size())
        return std::nullopt;
    std::string_view digits =
        name.substr(before.size(), name.size() - before.size() - behind.size());
    if (digits.size() > 1 && digits[0] == '0')
        return std::nullopt; // one name for one thing
    const auto out = number_of(digits, 1'000'000);
    return out ? std::optional(static_cast<std::size_t>(*out)) : std::nullopt;
}

/// Reads the lines behind the master, one after the other.
class Lines {
public:
    explicit Lines(Manifest& into) : into_(into) {}

    Result<void> take(std::string_view line) {
        const std::string_view what = word_of(line);
        if (what == "rung")
            return rung(line);
        if (into_.rungs.empty())
            return broken("something stands before its rung");
        if (what == "piece")
            return piece(line);
        if (what == "init")
            return init(line);
        if (what == "segment")
            return segment(line);
        return broken("a line that we do not write");
    }

private:
    Result<void> rung(std::string_view name) {
        if (!is_rung_name(name) || into_.rung(name) || into_.rungs.size() == rungs_limit)
            return broken("a rung that cannot be");
        into_.rungs.push_back({.name = std::string(name)});
        piece_ = 0;
        return {};
    }
    Result<void> piece(std::string_view line) {
        const auto number = number_of(line, INT64_MAX), bytes = number_of(line, piece_bytes_limit);
        if (!number || *number == 0 || !bytes)
            return broken("a piece that cannot be");
        piece_ = static_cast<std::int64_t>(*number);
        bytes_ = *bytes;
        return {};
    }
    std::optional<Place> place(std::string_view& line) const {
        const auto offset = number_of(line, bytes_), bytes = number_of(line, segment_bytes_limit);
        if (piece_ == 0 || !offset || !bytes || *bytes == 0 || *bytes > bytes_ - *offset)
            return std::nullopt;
        return Place{piece_, *offset, *bytes};
    }
    Result<void> init(std::string_view line) {
        const auto at = place(line);
        if (!at)
            return broken("an init outside its piece");
        into_.rungs.back().inits.push_back(*at);
        return {};
    }
    Result<void> segment(std::string_view line) {
        Rung& rung = into_.rungs.back();
        const auto ms = number_of(line, segment_ms_limit);
        const auto at = place(line);
        if (!ms || !at || rung.inits.empty())
            return broken("a segment outside its piece, or without an init");
        rung.segments.push_back({.ms = static_cast<std::int64_t>(*ms),
                                 .place = *at,
                                 .init = rung.inits.size() - 1,
                                 .anew = line.contains('d'),
                                 .after_gap = line.contains('g')});
        return {};
    }

    Manifest& into_;
    std::int64_t piece_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace

bool is_rung_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Result<std::vector<std::string>> rungs_of_master(std::string_view master) {
    std::vector<std::string> out;
    const auto note = [&out](std::string_view address) {
        constexpr std::string_view behind = "/index.m3u8";
        if (!address.ends_with(behind) ||
            !is_rung_name(address.substr(0, address.size() - behind.size())))
            return false;
        std::string name(address.substr(0, address.size() - behind.size()));
        if (std::ranges::find(out, name) == out.end())
            out.push_back(std::move(name));
        return out.size() <= rungs_limit;
    };
    if (master.size() > master_bytes_limit || line_of(master) != "#EXTM3U")
        return broken("its master is no playlist");
    while (!master.empty()) {
        const std::string_view line = line_of(master);
        bool good = true;
        if (line.starts_with("#EXT-X-MEDIA:")) {
            constexpr std::string_view uri = "URI=\"";
            const std::size_t at = line.find(uri);
            good = at != std::string_view::npos && line.find(uri, at + 1) == std::string_view::npos;
            if (good) {
                const std::string_view rest = line.substr(at + uri.size());
                good = note(rest.substr(0, rest.find('"')));
            }
        } else if (line.starts_with("#EXT-X-STREAM-INF:") || line.starts_with("#EXT-X-VERSION:") ||
                   line == "#EXT-X-INDEPENDENT-SEGMENTS" || line.empty()) {
            good = !line.contains("URI=");
        } else {
            good = !line.starts_with('#') && note(line);
        }
        if (!good)
            return broken("its master leads elsewhere");
    }
    if (out.empty())
        return broken("its master has no rung");
    return out;
}

std::string init_line(std::uint64_t offset, std::uint64_t bytes) {
    return fmt::format("init {} {}\n", offset, bytes);
}

std::string segment_line(std::int64_t ms, std::uint64_t offset, std::uint64_t bytes, bool anew,
                         bool after_gap) {
    return fmt::format("segment {} {} {} {}{}{}\n", ms, offset, bytes, anew ? "d" : "",
                       after_gap ? "g" : "", anew || after_gap ? "" : "-");
}

std::string Manifest::text(const std::string& master, const std::vector<Piece>& pieces) {
    std::string out = fmt::format("{}\nmaster {}\n{}", first_line, master.size(), master);
    std::vector<std::string> names;
    for (const Piece& piece : pieces)
        if (std::ranges::find(names, piece.rung) == names.end())
            names.push_back(piece.rung);
    for (const std::string& name : names) {
        out += fmt::format("rung {}\n", name);
        for (const Piece& piece : pieces)
            if (piece.rung == name)
                out += fmt::format("piece {} {} {}\n{}", piece.number, piece.bytes,
                                   to_hex(view(piece.sha256)), piece.contents);
    }
    return out + "end\n";
}

Result<Manifest> Manifest::parse(std::string_view text) {
    Manifest out;
    if (text.size() > manifest_bytes_limit || line_of(text) != first_line)
        return broken("it is none");
    std::string_view line = line_of(text);
    if (word_of(line) != "master")
        return broken("it has no master");
    const auto size = number_of(line, master_bytes_limit);
    if (!size || *size > text.size())
        return broken("it has no master");
    out.master = text.substr(0, *size);
    text.remove_prefix(*size);
    const auto names = TRY(rungs_of_master(out.master));
    Lines lines(out);
    if (!text.ends_with("\nend\n"))
        return broken("it is not whole");
    text.remove_suffix(4);
    while (!text.empty())
        CHECK_OK(lines.take(line_of(text)));
    for (const std::string& name : names) {
        const Rung* rung = out.rung(name);
        if (!rung || rung->segments.empty())
            return broken("a rung of its master is not there");
    }
    return out;
}

Totals Manifest::totals() const {
    Totals out;
    for (const Rung& rung : rungs) {
        std::int64_t ms = 0, gaps = 0;
        for (const Segment& one : rung.segments) {
            ms += one.ms;
            gaps += one.after_gap ? 1 : 0;
            out.bytes += static_cast<std::int64_t>(one.place.bytes);
        }
        out.duration_ms = std::max(out.duration_ms, ms);
        out.gaps = std::max(out.gaps, gaps);
    }
    return out;
}

std::string Manifest::playlist(const Rung& rung) {
    std::int64_t longest = 1'000;
    for (const Segment& one : rung.segments)
        longest = std::max(longest, one.ms);
    std::string out = fmt::format("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n"
                                  "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
                                  "#EXT-X-INDEPENDENT-SEGMENTS\n",
                                  (longest + 500) / 1'000);
    std::optional<std::size_t> init;
    for (std::size_t i = 0; i < rung.segments.size(); ++i) {
        const Segment& one = rung.segments[i];
        if (i > 0 && (one.anew || one.after_gap))
            out += "#EXT-X-DISCONTINUITY\n";
        if (init != one.init)
            out += fmt::format("#EXT-X-MAP:URI=\"init-{}.mp4\"\n", one.init);
        init = one.init;
        out += fmt::format("#EXTINF:{}.{:03},\n{}.m4s\n", one.ms / 1'000, one.ms % 1'000, i);
    }
    return out + "#EXT-X-ENDLIST\n";
}

const Rung* Manifest::rung(std::string_view name) const {
    const auto found = std::ranges::find(rungs, name, &Rung::name);
    return found == rungs.end() ? nullptr : &*found;
}

std::optional<Place> Manifest::find(std::string_view rung_name, std::string_view name) const {
    const Rung* of = rung(rung_name);
    if (!of)
        return std::nullopt;
    if (const auto i = index_in(name, "", ".m4s"); i && *i < of->segments.size())
        return of->segments[*i].place;
    if (const auto i = index_in(name, "init-", ".mp4"); i && *i < of->inits.size())
        return of->inits[*i];
    return std::nullopt;
}

} // namespace bw::recordings
