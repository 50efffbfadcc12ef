// What an opening finds in the directory, and what it does about it: the table in README.md, in
// code. Everything is looked at before anything is changed, so that `corrupt` leaves the evidence
// as it was.
#include <algorithm>

#include <fmt/format.h>

#include "journal/segments.hpp"

namespace bw::journal {

namespace {

class Scan {
public:
    Scan(Directory& directory, const JournalOptions& options)
        : directory_(directory), options_(options) {}

    Result<Recovered> run(Rng& rng) {
        CHECK_OK(read_everything());
        CHECK_OK(out_.manifest.cell.empty() ? create(rng) : repair());
        return std::move(out_);
    }
    Result<Recovered> look() {
        CHECK_OK(read_everything());
        if (out_.manifest.cell.empty())
            return fail(Code::not_found, "there is no journal here",
                        directory_.path_of(manifest_name));
        out_.found.groups = out_.groups;
        out_.found.records = out_.records;
        return std::move(out_);
    }

private:
    Result<void> read_everything() {
        CHECK_OK(list());
        CHECK_OK(read_manifest());
        if (out_.manifest.cell.empty())
            return {};
        CHECK_OK(read_segments());
        if (out_.used == 0 && out_.manifest.first_segment > 1)
            return fail(
                Code::corrupt, "the segments are gone; restore them from a copy",
                directory_.path_of(segment_name(out_.manifest.epoch, out_.manifest.first_segment)));
        return {};
    }
    Result<void> list();
    Result<void> read_manifest();
    Result<void> create(Rng& rng);
    Result<void> read_segments();
    Result<void> read_segment(Segment& segment);
    Result<void> read_groups(Segment& segment);
    /// Looks behind the first bad byte of the group that would be next: is it a torn tail, or
    /// damage?
    Result<void> judge_tail(Segment& segment, std::size_t group_begin, std::size_t bad);
    std::optional<std::size_t> valid_frame_behind(const Segment& segment, std::size_t from,
                                                  std::uint64_t above_group) const;
    Result<void> repair();

    Error corrupt(const Segment& segment, std::size_t offset, const std::string& why) const {
        return fail(
            Code::corrupt,
            why + "; nothing was changed: restore this file from a copy, or keep it aside and ask",
            fmt::format("{}:{}", path(segment), offset));
    }
    std::string path(const Segment& segment) const {
        return directory_.path_of(segment_name(out_.manifest.epoch, segment.number));
    }

    Directory& directory_;
    const JournalOptions& options_;
    std::vector<std::string> names_;
    Recovered out_;
    Bytes bytes_;        // of the segment being read
    bool ended_ = false; // an unused segment or a torn tail was seen: nothing in use may follow
    std::string end_;    // where that was, for the message
    std::size_t dirty_end_ = 0; // of the last segment in use: behind its last byte that is not zero
    Bytes last_header_, last_group_; // as found, to be written again
    Segment half_activated_;         // its header never became whole, nothing is behind it
};

Result<void> Scan::list() {
    names_ = TRY(directory_.names());
    std::ranges::sort(names_);
    return {};
}

Result<void> Scan::read_manifest() {
    if (!std::ranges::binary_search(names_, manifest_name)) {
        auto segment = std::ranges::find_if(
            names_, [](const std::string& name) { return name.ends_with(".seg"); });
        if (segment != names_.end())
            return fail(Code::corrupt, "there are segments but no manifest; restore it from a copy",
                        directory_.path_of(manifest_name));
        return {};
    }
    auto file = TRY(directory_.open(manifest_name));
    CHECK_OK(read_all(*file, bytes_));
    if (auto version = manifest_version(bytes_); version && *version != format_version)
        return fail(
            Code::conflict,
            fmt::format("the journal is of format {}, this program reads {}: let the program "
                        "that wrote it record everything, then start with a new directory",
                        *version, format_version),
            directory_.path_of(manifest_name));
    std::optional<Manifest> manifest = decode_manifest(bytes_);
    if (!manifest || manifest->cell.empty())
        return fail(Code::corrupt, "the manifest does not verify; restore it from a copy",
                    directory_.path_of(manifest_name));
    if (!options_.cell.empty() && manifest->cell != options_.cell)
        return fail(Code::conflict,
                    fmt::format("the journal belongs to cell '{}', the configuration says '{}'",
                                manifest->cell, options_.cell),
                    directory_.path_of(manifest_name));
    out_.manifest = *std::move(manifest);
    return {};
}

Result<void> Scan::create(Rng& rng) {
    out_.manifest = {.epoch = rng.u64(), .first_segment = 1, .cell = options_.cell};
    return write_manifest(directory_, out_.manifest);
}

Result<void> Scan::read_segments() {
    const std::string prefix = epoch_text(out_.manifest.epoch) + "-";
    std::uint64_t expected = out_.manifest.first_segment;
    for (const std::string& name : names_) {
        if (!name.ends_with(".seg"))
            continue;
        if (!name.starts_with(prefix))
            return fail(
                Code::corrupt,
                "a segment of another epoch lies here; take it away if it does not belong here",
                directory_.path_of(name));
        if (name < segment_name(out_.manifest.epoch, out_.manifest.first_segment)) {
            out_.spares.push_back(name);
            continue;
        }
        if (name != segment_name(out_.manifest.epoch, expected))
            return fail(Code::corrupt, "a segment is missing; restore it from a copy",
                        directory_.path_of(segment_name(out_.manifest.epoch, expected)));
        Segment segment{.number = expected++, .file = TRY(directory_.open(name))};
        CHECK_OK(read_all(*segment.file, bytes_));
        segment.bytes = bytes_.size();
        CHECK_OK(read_segment(segment));
        if (segment.end > 0)
            out_.used = out_.segments.size() + 1;
        out_.segments.push_back(std::move(segment));
    }
    return {};
}

Result<void> Scan::read_segment(Segment& segment) {
    std::size_t content_end = bytes_.find_last_not_of('\0') + 1; // npos + 1 is 0
    if (content_end == 0) {
        if (!std::exchange(ended_, true))
            end_ = path(segment);
        return {};
    }
    std::optional<SegmentHeader> header = decode_segment_header(bytes_);
    if (!header) {
        if (auto frame = valid_frame_behind(segment, 0, 0))
            return corrupt(
                segment, 0,
                fmt::format("the segment's header does not verify, yet a frame at {} does",
                            *frame));
        if (ended_)
            return corrupt(segment, 0,
                           "there are bytes in a segment behind the journal's end at " + end_);
        // Cut off while it was taken into use: no group can have been written.
        ended_ = true;
        half_activated_ = segment;
        out_.found.torn_bytes += content_end;
        return {};
    }
    if (header->epoch != out_.manifest.epoch || header->number != segment.number)
        return corrupt(segment, 0,
                       "the segment belongs to another journal or another place in this one");
    if (ended_)
        return corrupt(segment, 0,
                       "a segment in use follows, but the journal is broken at " + end_);
    if (segment.number == out_.manifest.first_segment) { // whatever came before is forgotten
        out_.groups = header->first_group - 1;
        out_.records = header->first_seq - 1;
        out_.tree = header->tree;
    }
    if (header->first_group != out_.groups + 1 || header->first_seq != out_.records + 1)
        return corrupt(
            segment, 0,
            fmt::format("the segment begins with group {}, record {}, but {} and {} come next",
                        header->first_group, header->first_seq, out_.groups + 1, out_.records + 1));
    if (header->tree != out_.tree)
        return corrupt(segment, 0,
                       "the segment begins with another tree than the groups before it make");
    segment.first_seq = header->first_seq;
    dirty_end_ = content_end;
    last_header_ = bytes_.substr(0, segment_header_bytes);
    last_group_.clear();
    return read_groups(segment);
}

Result<void> Scan::read_groups(Segment& segment) {
    GroupShape shape;
    Sha256 shape_root{}; // that the last whole group states
    std::size_t at = segment_header_bytes;
    std::size_t last = at;
    while (at < dirty_end_) {
        GroupParse parsed =
            parse_group(ByteView(bytes_).substr(at), {out_.manifest.epoch, segment.number, at},
                        out_.groups + 1, out_.records + 1, shape);
        if (parsed.found == GroupFound::contradiction)
            return corrupt(segment, at + parsed.stopped_at,
                           "a valid frame stands where it does not belong");
        if (parsed.found == GroupFound::cut) {
            CHECK_OK(judge_tail(segment, at, at + parsed.stopped_at));
            break;
        }
        if (out_.index.empty() || out_.index.back().segment != segment.number ||
            at - out_.index.back().offset >= index_step)
            out_.index.push_back(
                {shape.group.first_seq, shape.group.number, segment.number, at, out_.tree});
        out_.tree.append(shape.group.leaf());
        ++out_.groups;
        out_.records += shape.records.size();
        out_.last_time = shape.group.time;
        shape_root = shape.head_root;
        last = at;
        at += shape.bytes;
    }
    if (at > segment_header_bytes && out_.tree.root() != shape_root)
        return corrupt(segment, last,
                       "the groups do not lead to the root that the last one states");
    segment.end = at;
    segment.last_time = out_.last_time;
    last_group_ = bytes_.substr(last, at - last);
    return {};
}

Result<void> Scan::judge_tail(Segment& segment, std::size_t group_begin, std::size_t bad) {
    // The pages of one write reach the disk in any order, so frames of the same group prove
    // nothing. A later group does: it was written only after this one was synced.
    std::uint64_t next = out_.groups + 1;
    if (auto frame = valid_frame_behind(segment, group_begin, next))
        return corrupt(
            segment, bad,
            fmt::format("a frame of group {} does not verify, yet one of a later group at {} does",
                        next, *frame));
    out_.found.torn_bytes += dirty_end_ - group_begin;
    ended_ = true;
    end_ = fmt::format("{}:{}", path(segment), bad);
    return {};
}

std::optional<std::size_t> Scan::valid_frame_behind(const Segment& segment, std::size_t from,
                                                    std::uint64_t above_group) const {
    for (std::size_t at = from; at + frame_header_bytes <= bytes_.size(); at += frame_alignment)
        if (auto frame =
                parse_frame(ByteView(bytes_).substr(at), {out_.manifest.epoch, segment.number, at});
            frame && frame->group > above_group)
            return at;
    return std::nullopt;
}

Result<void> Scan::repair() {
    out_.found.groups = out_.groups;
    out_.found.records = out_.records;
    for (const std::string& name : names_)
        if (name.ends_with(".tmp"))
            CHECK_OK(directory_.remove(name));

    std::vector<std::string> kept;
    for (std::string& name : out_.spares)
        if (TRY(TRY(directory_.open(name))->size()) == options_.segment_bytes &&
            kept.size() < spares_limit)
            kept.push_back(std::move(name));
        else
            CHECK_OK(directory_.remove(name));
    out_.spares = std::move(kept);

    // Segments prepared ahead under other options go, newest first, so that no crash leaves a gap.
    auto unfit = [&](const Segment& segment) { return segment.bytes != options_.segment_bytes; };
    auto first_unfit = std::find_if(out_.segments.begin() + static_cast<std::ptrdiff_t>(out_.used),
                                    out_.segments.end(), unfit);
    while (first_unfit != out_.segments.end()) {
        bool last = first_unfit == std::prev(out_.segments.end());
        CHECK_OK(directory_.remove(segment_name(out_.manifest.epoch, out_.segments.back().number)));
        CHECK_OK(directory_.sync());
        if (half_activated_.number == out_.segments.back().number)
            half_activated_ = {};
        out_.segments.pop_back();
        if (last)
            break;
    }

    if (half_activated_.number != 0) {
        CHECK_OK(write_zeros(*half_activated_.file, 0, half_activated_.bytes));
        CHECK_OK(half_activated_.file->sync());
    }
    if (out_.used > 0) {
        // The last group may be whole in the kernel's memory alone (a killed process, or a sync
        // that failed): written again and synced, it is what it seems. Behind it everything becomes
        // zeros, whatever seems to be there, for that may be an earlier repair whose sync failed.
        Segment& last = out_.segments[out_.used - 1];
        last.bytes = std::max<std::uint64_t>(last.bytes, options_.segment_bytes);
        CHECK_OK(last.file->write_at(0, last_header_));
        CHECK_OK(last.file->write_at(last.end - last_group_.size(), last_group_));
        CHECK_OK(write_zeros(*last.file, last.end, last.bytes));
        CHECK_OK(last.file->sync());
    }
    return directory_.sync();
}

} // namespace

Result<Recovered> recover(Directory& directory, const JournalOptions& options, Rng& rng) {
    return Scan(directory, options).run(rng);
}

Result<Recovered> look(Directory& directory) {
    const JournalOptions any{.directory = {}, .cell = ""};
    return Scan(directory, any).look();
}

} // namespace bw::journal
