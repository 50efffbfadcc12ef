#include "journal/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::journal {

namespace {

constexpr std::uint64_t chunk_bytes = 256 * 1024;

} // namespace

Result<std::vector<Entry>> Reader::read(std::uint64_t after_seq, std::size_t items_limit,
                                        std::size_t bytes_limit) {
    std::lock_guard lock(mutex_);
    std::vector<Entry> out;
    std::size_t bytes = 0;
    const std::uint64_t durable = segments_.durable_seq();
    if (const std::uint64_t first = segments_.first_seq(); after_seq + 1 < first)
        return fail(Code::not_found,
                    fmt::format("the journal has forgotten record {}: its first is {}",
                                after_seq + 1, first));
    for (std::uint64_t seq = after_seq + 1; seq <= durable && out.size() < items_limit; ++seq) {
        CHECK_OK(seek(seq));
        std::uint64_t index = seq - loaded_.shape.group.first_seq;
        const RecordParts parts = record_of(loaded_.shape, loaded_bytes(), index);
        std::size_t record_bytes = parts.record.size();
        if (!out.empty() && bytes + record_bytes > bytes_limit)
            break;
        bytes += record_bytes;
        CHECK_OK(prove());
        Entry& entry = out.emplace_back();
        entry.position = {segments_.manifest().epoch, seq};
        entry.record = parts.record;
        entry.nonce = parts.nonce;
        entry.group = loaded_.group;
        entry.index = static_cast<std::uint32_t>(index);
    }
    return out;
}

Result<void> Reader::seek(std::uint64_t seq) {
    if (loaded_.holds(seq))
        return {};
    std::optional<IndexEntry> entry = segments_.find(seq);
    ENSURE(entry, "only durable records are sought");
    const Group& at = loaded_.shape.group;
    bool ahead = at.number >= entry->group && at.first_seq < seq;
    if (!ahead)
        CHECK_OK(load(*entry));
    while (!loaded_.holds(seq))
        CHECK_OK(load_next());
    return {};
}

Result<std::vector<LoggedGroup>> Reader::groups(std::uint64_t after, std::size_t limit) {
    std::lock_guard lock(mutex_);
    const std::uint64_t durable = segments_.groups();
    if (const std::uint64_t forgotten = segments_.forgotten_tree().size(); after < forgotten)
        return fail(Code::not_found,
                    fmt::format("the journal has forgotten the groups up to {}", forgotten));
    std::vector<LoggedGroup> out;
    for (std::uint64_t number = after + 1; number <= durable && out.size() < limit; ++number) {
        CHECK_OK(seek_group(number));
        out.push_back({loaded_.shape.group, loaded_.shape.head_root});
    }
    return out;
}

Result<void> Reader::seek_group(std::uint64_t group) {
    std::optional<IndexEntry> entry = segments_.find_group(group);
    if (!entry)
        return fail(Code::not_found, fmt::format("the journal has forgotten group {}", group));
    const std::uint64_t at = loaded_.shape.group.number;
    if (at < entry->group || at > group)
        CHECK_OK(load(*entry));
    while (loaded_.shape.group.number != group)
        CHECK_OK(load_next());
    return {};
}

Result<void> Reader::load_next() {
    std::uint64_t segment = loaded_.segment;
    std::uint64_t offset = loaded_.offset + loaded_.shape.bytes;
    std::optional<Segment> here = segments_.segment(segment);
    if (!here) // a reader that the recorder does not wait for
        return fail(Code::not_found, "the journal has forgotten what was being read");
    if (offset >= here->end) {
        ++segment;
        offset = segment_header_bytes;
    }
    const Group& done = loaded_.shape.group;
    MerkleFrontier tree = loaded_.tree;
    tree.append(done.leaf());
    return load({done.first_seq + done.size, done.number + 1, segment, offset, std::move(tree)});
}

Result<void> Reader::load(const IndexEntry& place) {
    const auto [first_seq, group, number, offset, tree] = place;
    std::optional<Segment> segment = segments_.segment(number);
    if (!segment)
        return fail(Code::not_found, "the journal has forgotten what was being read");
    ENSURE(offset < segment->end, "a durable group lies outside of its segment");
    loaded_.segment = number;
    loaded_.offset = offset;
    loaded_.group.reset();
    loaded_.tree = tree;
    // Until it is whole: a failed read must not leave an earlier group's shape over other bytes.
    loaded_.shape.group = {};
    if (chunk_segment_ != number || offset < chunk_begin_ ||
        offset > chunk_begin_ + chunk_.size()) {
        chunk_segment_ = number;
        chunk_begin_ = offset;
        chunk_.clear();
    }
    std::uint64_t want = chunk_bytes;
    for (;;) {
        if (loaded_bytes().size() >= frame_header_bytes) {
            GroupParse parsed =
                parse_group(loaded_bytes(), {segments_.manifest().epoch, number, offset}, group,
                            first_seq, loaded_.shape);
            if (parsed.found == GroupFound::whole)
                return {};
            loaded_.shape.group = {};
            bool all_read = chunk_begin_ + chunk_.size() >= segment->end;
            if (parsed.found == GroupFound::contradiction || all_read) {
                if (!segments_.segment(number)) // and its file is zeroed, to be used again
                    return fail(Code::not_found, "the journal has forgotten what was being read");
                loaded_.offset += parsed.stopped_at;
                return corrupt("a frame of a durable group does not verify");
            }
        }
        // Cut only because not enough was read: the group, and what lies behind it, in one larger
        // piece.
        chunk_begin_ = offset;
        std::size_t bytes = std::min(want, segment->end - offset);
        chunk_.resize(bytes);
        auto got = segment->file->read_at(offset, chunk_.data(), bytes);
        if (!got || *got < bytes)
            chunk_.clear(); // nothing of it counts as read
        if (!got)
            return std::move(got).error();
        if (*got < bytes)
            return corrupt("the segment is shorter than it was");
        want *= 4;
    }
}

Result<void> Reader::prove() {
    if (loaded_.group)
        return {};
    auto proven = prove_group(segments_.manifest(), loaded_.tree, loaded_.shape, loaded_bytes(),
                              segments_.durability_of(loaded_.shape.group), sign_);
    if (!proven)
        return corrupt(std::move(proven).error().detail);
    loaded_.group = *std::move(proven);
    return {};
}

Result<std::vector<Bytes>> Reader::messages(std::uint64_t after, std::size_t limit,
                                            std::size_t bytes_limit) {
    std::lock_guard lock(mutex_);
    std::vector<Bytes> out;
    std::size_t bytes = 0;
    const std::uint64_t durable = segments_.groups();
    for (std::uint64_t number = after + 1; number <= durable && out.size() < limit; ++number) {
        CHECK_OK(seek_group(number));
        bytes += loaded_.shape.bytes;
        if (!out.empty() && bytes > bytes_limit)
            break;
        out.push_back(
            group_message(segments_.manifest().epoch, loaded_.tree, loaded_.shape, loaded_bytes()));
    }
    return out;
}

Error Reader::corrupt(std::string why) const {
    return fail(Code::corrupt, std::move(why),
                fmt::format("{}:{}", segments_.path_of(loaded_.segment), loaded_.offset));
}

} // namespace bw::journal
