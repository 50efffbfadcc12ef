// The bytes of a journal: manifest, segment header, frames and group trailers (README.md draws
// them). Pure functions over bytes; nothing here knows files or trusts its input.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "journal/head.hpp"

namespace bw::journal {

inline constexpr std::size_t segment_header_bytes = 2048;
inline constexpr std::size_t frame_header_bytes = 32;
inline constexpr std::size_t trailer_bytes = frame_header_bytes + 96;
inline constexpr std::size_t frame_alignment = 8;
inline constexpr std::size_t record_head_bytes =
    sizeof(Nonce) + 4; // the nonce, and how much of the record its leaf proves

/// What a record of this size takes in a segment, without the group's trailer.
constexpr std::size_t frame_bytes(std::size_t record_bytes) {
    std::size_t unpadded = frame_header_bytes + record_head_bytes + record_bytes;
    return (unpadded + frame_alignment - 1) / frame_alignment * frame_alignment;
}

/// What must be free for it to be accepted: it may be alone in its group.
constexpr std::uint64_t commit_cost(std::size_t record_bytes) {
    return frame_bytes(record_bytes) + trailer_bytes;
}

struct Manifest {
    std::uint64_t epoch = 0;
    std::uint64_t first_segment = 1; // the oldest that must be there
    std::string cell;
};
Bytes encode(const Manifest& manifest);
std::optional<Manifest> decode_manifest(ByteView bytes);
inline constexpr std::uint32_t format_version = 2;
/// Of a manifest of any version; nullopt if it is none.
std::optional<std::uint32_t> manifest_version(ByteView bytes);

struct SegmentHeader {
    std::uint64_t epoch = 0, number = 0, first_group = 0, first_seq = 0;
    MerkleFrontier tree{}; // of all groups before the first
};
Bytes encode(const SegmentHeader& header);
std::optional<SegmentHeader> decode_segment_header(ByteView bytes);

/// Where a frame is meant to stand. Its checksum is seeded with this, so no frame is valid anywhere
/// else.
struct FramePlace {
    std::uint64_t epoch = 0, segment = 0, offset = 0;
};

/// Appends one record's frame to `out`; `place.offset` is the frame's own.
void put_record(Bytes& out, const FramePlace& place, std::uint64_t group, std::uint64_t seq,
                const Nonce& nonce, std::size_t proven_bytes, ByteView record);
/// Appends the trailer; `group_bytes` counts the frames before it, `head_root` is the journal's
/// with this group.
void put_trailer(Bytes& out, const FramePlace& place, const Group& group, const Sha256& head_root,
                 std::uint64_t group_bytes);

enum class FrameKind : std::uint32_t { record = 1, trailer = 2 };

struct Frame {
    FrameKind kind;
    std::uint64_t group, seq;
    ByteView payload;
    std::size_t bytes; // with header and padding
};
/// The frame at the front of `bytes`, if a whole and valid one stands there.
std::optional<Frame> parse_frame(ByteView bytes, const FramePlace& place);

struct RecordPlace {
    std::size_t begin, bytes; // of the record's head and the record, from the group's start
};

/// A record frame's payload, taken apart.
struct RecordParts {
    Nonce nonce{};
    std::size_t proven_bytes = 0; // from the record's front: what its leaf covers
    ByteView record;
    Sha256 leaf() const { return leaf_hash(nonce, record.substr(0, proven_bytes)); }
};
/// nullopt if it is too short for what it says.
std::optional<RecordParts> parse_record(ByteView payload);

/// A group as it stands in a segment. The Merkle roots are not verified here: that takes a hash a
/// record.
struct GroupShape {
    Group group;
    Sha256 head_root{};
    std::vector<RecordPlace> records;
    std::size_t bytes = 0; // trailer included
};

enum class GroupFound {
    whole,
    cut, // a frame is not valid, or the bytes end before the trailer: a torn write looks like this,
         // and so does damage
    contradiction // every checksum holds, yet the frames do not belong together: no crash makes
                  // that
};
struct GroupParse {
    GroupFound found;
    std::size_t
        stopped_at; // offset from the group's start: of the first bad frame, or behind the trailer
};
/// Reads the group `group`, whose first record is `first_seq`, from the front of `bytes`; fills
/// `shape` when it is whole.
GroupParse parse_group(ByteView bytes, const FramePlace& place, std::uint64_t group,
                       std::uint64_t first_seq, GroupShape& shape);

} // namespace bw::journal
