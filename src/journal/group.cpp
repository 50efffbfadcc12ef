#include "journal/group.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::journal {

BuiltGroup put_group(Bytes& out, const FramePlace& place, const GroupStart& start,
                     std::span<const Pending> items, const GroupLimits& limits, Instant time,
                     Durability durability) {
    ENSURE(!items.empty(), "a group has at least one record");
    const std::size_t begin = out.size();
    auto here = [&] {
        return FramePlace{place.epoch, place.segment, place.offset + out.size() - begin};
    };
    std::vector<Sha256> leaves;
    leaves.reserve(std::min(items.size(), limits.items));
    for (const Pending& item : items) {
        const std::size_t after = out.size() - begin + frame_bytes(item.record.size());
        if (after + trailer_bytes > limits.bytes || leaves.size() >= limits.items ||
            (after > limits.frames_bytes && !leaves.empty()))
            break;
        put_record(out, here(), start.number, start.first_seq + leaves.size(), item.nonce,
                   item.proven_bytes, item.record);
        leaves.push_back(item.leaf);
    }
    ENSURE(!leaves.empty(), "accepted more than fits");
    const std::size_t taken = leaves.size();
    MerkleTree records(std::move(leaves));
    const Group group{.number = start.number,
                      .first_seq = start.first_seq,
                      .size = static_cast<std::uint32_t>(taken),
                      .root = records.root(),
                      .time = time,
                      .durability = durability};
    MerkleFrontier tree = start.tree;
    tree.append(group.leaf());
    put_trailer(out, here(), group, tree.root(), out.size() - begin);
    return {group, std::move(records), std::move(tree), taken};
}

Head head_of(const Manifest& manifest, const Group& last, const Sha256& root,
             Durability durability) {
    return {.cell = manifest.cell,
            .epoch = manifest.epoch,
            .size = last.number,
            .root = root,
            .time = last.time,
            .durability = durability};
}

Result<std::shared_ptr<const CommittedGroup>>
prove_group(const Manifest& manifest, const MerkleFrontier& before, const GroupShape& shape,
            ByteView bytes, Durability durability, const Journal::Sign& sign) {
    std::vector<Sha256> leaves;
    leaves.reserve(shape.records.size());
    for (std::size_t i = 0; i < shape.records.size(); ++i)
        leaves.push_back(record_of(shape, bytes, i).leaf());
    MerkleTree records(std::move(leaves));
    if (records.root() != shape.group.root)
        return fail(Code::corrupt, fmt::format("the records of group {} do not lead to its root",
                                               shape.group.number));
    MerkleFrontier tree = before;
    tree.append(shape.group.leaf());
    if (tree.root() != shape.head_root)
        return fail(Code::corrupt,
                    fmt::format("the groups up to {} do not lead to the root that it states",
                                shape.group.number));
    Head head = head_of(manifest, shape.group, shape.head_root, durability);
    // Ed25519 is deterministic: this is the very signature that was given out at the commit.
    Signature signature = sign(head.signed_bytes());
    return std::make_shared<const CommittedGroup>(
        shape.group, std::move(records), before.path_of_next(), std::move(head), signature);
}

RecordParts record_of(const GroupShape& shape, ByteView bytes, std::size_t index) {
    const RecordPlace place = shape.records[index];
    return *parse_record(bytes.substr(place.begin, place.bytes)); // parse_group saw that it is one
}

void begin_message(Bytes& out, std::uint64_t epoch, const GroupStart& start) {
    out += encode(SegmentHeader{epoch, start.number, start.number, start.first_seq, start.tree});
}

Bytes group_message(std::uint64_t epoch, const MerkleFrontier& before, const GroupShape& shape,
                    ByteView bytes) {
    const Group& group = shape.group;
    Bytes out;
    out.reserve(segment_header_bytes + shape.bytes);
    begin_message(out, epoch, {group.number, group.first_seq, before});
    auto here = [&] { return FramePlace{epoch, group.number, out.size()}; };
    for (std::size_t i = 0; i < shape.records.size(); ++i) {
        const RecordParts parts = record_of(shape, bytes, i);
        put_record(out, here(), group.number, group.first_seq + i, parts.nonce, parts.proven_bytes,
                   parts.record);
    }
    put_trailer(out, here(), group, shape.head_root, out.size() - segment_header_bytes);
    return out;
}

Result<GroupMessage> parse_group_message(ByteView message, std::uint64_t epoch,
                                         std::uint64_t number) {
    auto corrupt = [&](const char* why) {
        return fail(Code::corrupt, fmt::format("the message of group {} {}", number, why));
    };
    auto header = decode_segment_header(message);
    if (!header)
        return corrupt("has no header that verifies");
    if (header->epoch != epoch || header->number != number || header->first_group != number)
        return corrupt("belongs to another place or another journal");
    GroupMessage out{*std::move(header), {}, message.substr(segment_header_bytes)};
    const GroupParse parsed = parse_group(out.bytes, message_place(epoch, number), number,
                                          out.header.first_seq, out.shape);
    if (parsed.found != GroupFound::whole || out.shape.bytes != out.bytes.size())
        return corrupt("does not verify");
    return out;
}

} // namespace bw::journal
