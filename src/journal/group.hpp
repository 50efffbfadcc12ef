// One commit group put together and taken apart: in memory, wherever it is kept. Internal.
#pragma once

#include "journal/store.hpp"

namespace bw::journal {

/// What a group continues.
struct GroupStart {
    std::uint64_t number = 1, first_seq = 1;
    MerkleFrontier tree{}; // of all groups before it
};

struct GroupLimits {
    std::uint64_t bytes;      // of frames and trailer; the first item fits for sure
    std::size_t frames_bytes; // at most, unless one record alone is larger
    std::size_t items;
};

struct BuiltGroup {
    Group group;
    MerkleTree records;
    MerkleFrontier tree; // with this group
    std::size_t taken = 0;
};

/// Appends frames and trailer to `out`, as they stand at `place` (of the first frame).
BuiltGroup put_group(Bytes& out, const FramePlace& place, const GroupStart& start,
                     std::span<const Pending> items, const GroupLimits& limits, Instant time,
                     Durability durability);

/// The head whose tree ends with the group `last`.
Head head_of(const Manifest& manifest, const Group& last, const Sha256& root,
             Durability durability);

/// What its records and the groups before it lead to, signed: `corrupt` if that is not what the
/// group states. `bytes`: of the group, from its first frame.
Result<std::shared_ptr<const CommittedGroup>>
prove_group(const Manifest& manifest, const MerkleFrontier& before, const GroupShape& shape,
            ByteView bytes, Durability durability, const Journal::Sign& sign);

/// Index 0, 1, .. of `shape`, whose group begins `bytes`.
RecordParts record_of(const GroupShape& shape, ByteView bytes, std::size_t index);

// A group as one message, complete in itself: a segment's header, and behind it frames and trailer
// as they would stand in a segment of the group's own number.

/// Begins a message in `out`; put_group() at message_place() goes on.
void begin_message(Bytes& out, std::uint64_t epoch, const GroupStart& start);
inline FramePlace message_place(std::uint64_t epoch, std::uint64_t group) {
    return {epoch, group, segment_header_bytes};
}
/// The same group from where it stands elsewhere.
Bytes group_message(std::uint64_t epoch, const MerkleFrontier& before, const GroupShape& shape,
                    ByteView bytes);

struct GroupMessage {
    SegmentHeader header;
    GroupShape shape;
    ByteView bytes; // of the group, within the message
};
/// `corrupt` if it is not the whole of the group `number` of this epoch.
Result<GroupMessage> parse_group_message(ByteView message, std::uint64_t epoch,
                                         std::uint64_t number);

} // namespace bw::journal
