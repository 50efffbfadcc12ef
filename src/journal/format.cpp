#include "journal/format.hpp"

#include <cstring>

#include "base/ensure.hpp"
#include "journal/crc32c.hpp"

namespace bw::journal {

namespace {

constexpr std::string_view manifest_magic = "BWJOURNL";
constexpr std::string_view segment_magic = "BWSEGMNT";
constexpr std::size_t segment_header_fixed_bytes = 48; // before the subtrees
constexpr std::uint32_t frame_magic = 0x31465742;      // "BWF1"

void store_le(char* at, std::unsigned_integral auto value) {
    for (std::size_t i = 0; i < sizeof(value); ++i)
        at[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

std::uint32_t seed(const FramePlace& place) {
    char bytes[24];
    store_le(bytes, place.epoch);
    store_le(bytes + 8, place.segment);
    store_le(bytes + 16, place.offset);
    return crc32c_update(crc32c_start, ByteView(bytes, sizeof bytes));
}

/// The checksum of a whole frame, without magic and checksum themselves.
std::uint32_t checksum(ByteView frame, const FramePlace& place) {
    return ~crc32c_update(seed(place), frame.substr(8));
}

/// Header at frame[0], payload behind it, padding last.
void seal_frame(char* frame, std::size_t bytes, const FramePlace& place, FrameKind kind,
                std::size_t payload_bytes, std::uint64_t group, std::uint64_t seq) {
    store_le(frame, frame_magic);
    store_le(frame + 8, static_cast<std::uint32_t>(payload_bytes));
    store_le(frame + 12, static_cast<std::uint32_t>(kind));
    store_le(frame + 16, group);
    store_le(frame + 24, seq);
    store_le(frame + 4, checksum(ByteView(frame, bytes), place));
}

constexpr std::size_t padded(std::size_t bytes) {
    return (bytes + frame_alignment - 1) / frame_alignment * frame_alignment;
}

} // namespace

Bytes encode(const Manifest& manifest) {
    ENSURE(manifest.cell.size() <= 255, "a cell's name is at most 255 bytes");
    Bytes out{manifest_magic};
    put_le(out, format_version);
    put_le(out, manifest.epoch);
    put_le(out, manifest.first_segment);
    put_le(out, static_cast<std::uint8_t>(manifest.cell.size()));
    out += manifest.cell;
    put_le(out, crc32c(out));
    return out;
}

std::optional<std::uint32_t> manifest_version(ByteView bytes) {
    if (bytes.size() < manifest_magic.size() + 4 || !bytes.starts_with(manifest_magic))
        return std::nullopt;
    return get_le<std::uint32_t>(bytes.substr(manifest_magic.size()));
}

std::optional<Manifest> decode_manifest(ByteView bytes) {
    constexpr std::size_t fixed = 8 + 4 + 8 + 8 + 1;
    if (bytes.size() < fixed + 4 || !bytes.starts_with(manifest_magic) ||
        get_le<std::uint32_t>(bytes.substr(8)) != format_version)
        return std::nullopt;
    std::size_t cell_bytes = static_cast<unsigned char>(bytes[fixed - 1]);
    if (bytes.size() != fixed + cell_bytes + 4 ||
        get_le<std::uint32_t>(bytes.substr(fixed + cell_bytes)) !=
            crc32c(bytes.substr(0, fixed + cell_bytes)))
        return std::nullopt;
    return Manifest{.epoch = get_le<std::uint64_t>(bytes.substr(12)),
                    .first_segment = get_le<std::uint64_t>(bytes.substr(20)),
                    .cell = std::string(bytes.substr(fixed, cell_bytes))};
}

Bytes encode(const SegmentHeader& header) {
    Bytes out{segment_magic};
    put_le(out, format_version);
    put_le(out, header.epoch);
    put_le(out, header.number);
    put_le(out, header.first_group);
    put_le(out, header.first_seq);
    put_le(out, static_cast<std::uint32_t>(header.tree.subtrees().size()));
    for (const Sha256& subtree : header.tree.subtrees())
        out += view(subtree);
    ENSURE(out.size() <= segment_header_bytes - 4, "a tree of too many groups");
    out.resize(segment_header_bytes - 4);
    put_le(out, crc32c(out));
    return out;
}

std::optional<SegmentHeader> decode_segment_header(ByteView bytes) {
    if (bytes.size() < segment_header_bytes || !bytes.starts_with(segment_magic) ||
        get_le<std::uint32_t>(bytes.substr(segment_header_bytes - 4)) !=
            crc32c(bytes.substr(0, segment_header_bytes - 4)) ||
        get_le<std::uint32_t>(bytes.substr(8)) != format_version)
        return std::nullopt;
    SegmentHeader header{
        get_le<std::uint64_t>(bytes.substr(12)), get_le<std::uint64_t>(bytes.substr(20)),
        get_le<std::uint64_t>(bytes.substr(28)), get_le<std::uint64_t>(bytes.substr(36))};
    const std::size_t subtrees = get_le<std::uint32_t>(bytes.substr(44));
    if (header.first_group == 0 ||
        subtrees > (segment_header_bytes - 4 - segment_header_fixed_bytes) / sizeof(Sha256))
        return std::nullopt;
    std::vector<Sha256> hashes;
    for (std::size_t i = 0; i < subtrees; ++i)
        hashes.push_back(*to_array<32>(
            bytes.substr(segment_header_fixed_bytes + i * sizeof(Sha256), sizeof(Sha256))));
    auto tree = MerkleFrontier::from(header.first_group - 1, std::move(hashes));
    if (!tree)
        return std::nullopt;
    header.tree = *std::move(tree);
    return header;
}

void put_record(Bytes& out, const FramePlace& place, std::uint64_t group, std::uint64_t seq,
                const Nonce& nonce, std::size_t proven_bytes, ByteView record) {
    std::size_t begin = out.size();
    std::size_t bytes = frame_bytes(record.size());
    out.append(frame_header_bytes, '\0');
    out += view(nonce);
    put_le(out, static_cast<std::uint32_t>(proven_bytes));
    out += record;
    out.resize(begin + bytes);
    seal_frame(out.data() + begin, bytes, place, FrameKind::record,
               record_head_bytes + record.size(), group, seq);
}

void put_trailer(Bytes& out, const FramePlace& place, const Group& group, const Sha256& head_root,
                 std::uint64_t group_bytes) {
    std::size_t begin = out.size();
    out.append(frame_header_bytes, '\0');
    put_le(out, group.first_seq);
    put_le(out, group.size);
    put_le(out, static_cast<std::uint32_t>(group.durability));
    put_le(out, group.time.ms);
    put_le(out, group_bytes);
    out += view(group.root);
    out += view(head_root);
    seal_frame(out.data() + begin, trailer_bytes, place, FrameKind::trailer,
               trailer_bytes - frame_header_bytes, group.number, group.first_seq);
}

std::optional<Frame> parse_frame(ByteView bytes, const FramePlace& place) {
    if (bytes.size() < frame_header_bytes || get_le<std::uint32_t>(bytes) != frame_magic)
        return std::nullopt;
    std::size_t payload_bytes = get_le<std::uint32_t>(bytes.substr(8));
    std::size_t whole = padded(frame_header_bytes + payload_bytes);
    if (whole > bytes.size())
        return std::nullopt;
    if (get_le<std::uint32_t>(bytes.substr(4)) != checksum(bytes.substr(0, whole), place))
        return std::nullopt;
    return Frame{.kind = static_cast<FrameKind>(get_le<std::uint32_t>(bytes.substr(12))),
                 .group = get_le<std::uint64_t>(bytes.substr(16)),
                 .seq = get_le<std::uint64_t>(bytes.substr(24)),
                 .payload = bytes.substr(frame_header_bytes, payload_bytes),
                 .bytes = whole};
}

std::optional<RecordParts> parse_record(ByteView payload) {
    if (payload.size() < record_head_bytes)
        return std::nullopt;
    RecordParts parts;
    std::memcpy(parts.nonce.data(), payload.data(), sizeof(Nonce));
    parts.proven_bytes = get_le<std::uint32_t>(payload.substr(sizeof(Nonce)));
    parts.record = payload.substr(record_head_bytes);
    if (parts.proven_bytes > parts.record.size())
        return std::nullopt;
    return parts;
}

GroupParse parse_group(ByteView bytes, const FramePlace& place, std::uint64_t group,
                       std::uint64_t first_seq, GroupShape& shape) {
    shape.records.clear();
    std::size_t at = 0;
    for (;;) {
        std::optional<Frame> frame =
            parse_frame(bytes.substr(at), {place.epoch, place.segment, place.offset + at});
        if (!frame)
            return {GroupFound::cut, at};
        if (frame->group != group)
            return {GroupFound::cut, at}; // of a later group: whoever looks behind the cut finds it
        if (frame->kind == FrameKind::record) {
            if (frame->seq != first_seq + shape.records.size() || !parse_record(frame->payload))
                return {GroupFound::contradiction, at};
            shape.records.push_back({at + frame_header_bytes, frame->payload.size()});
            at += frame->bytes;
            continue;
        }
        ByteView trailer = frame->payload;
        const auto durability = frame->bytes == trailer_bytes
                                    ? durability_of(get_le<std::uint32_t>(trailer.substr(12)))
                                    : std::nullopt;
        if (frame->kind != FrameKind::trailer || frame->bytes != trailer_bytes ||
            shape.records.empty() || frame->seq != first_seq ||
            get_le<std::uint64_t>(trailer) != first_seq ||
            get_le<std::uint32_t>(trailer.substr(8)) != shape.records.size() || !durability ||
            get_le<std::uint64_t>(trailer.substr(24)) != at)
            return {GroupFound::contradiction, at};
        shape.group = {.number = group,
                       .first_seq = first_seq,
                       .size = static_cast<std::uint32_t>(shape.records.size()),
                       .root = *to_array<32>(trailer.substr(32, sizeof(Sha256))),
                       .time = {get_le<std::int64_t>(trailer.substr(16))},
                       .durability = *durability};
        shape.head_root = *to_array<32>(trailer.substr(64, sizeof(Sha256)));
        shape.bytes = at + trailer_bytes;
        return {GroupFound::whole, shape.bytes};
    }
}

} // namespace bw::journal
