#include "recordings/fragments.hpp"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "recordings/manifest.hpp"

namespace bw::recordings {

namespace {

Error broken() {
    return fail(Code::corrupt, "the tool wrote no video that can be cut");
}

std::uint64_t big(ByteView bytes, std::size_t at, std::size_t size) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < size; ++i)
        out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
    return out;
}
bool has(ByteView bytes, std::size_t at, std::size_t size) {
    return at <= bytes.size() && size <= bytes.size() - at;
}

struct Box {
    std::string_view type;
    std::uint64_t size = 0; // with its header
    std::size_t header = 8;
};
/// nullopt: its header is not there. A size of 0: it cannot be.
std::optional<Box> box_at(ByteView bytes) {
    if (bytes.size() < 8)
        return std::nullopt;
    Box out{bytes.substr(4, 4), big(bytes, 0, 4), 8};
    if (out.size == 1) {
        if (bytes.size() < 16)
            return std::nullopt;
        out.size = big(bytes, 8, 8);
        out.header = 16;
    }
    if (out.size < out.header || out.size > segment_bytes_limit)
        out.size = 0;
    return out;
}

/// The content of the first box of that path within `bytes`; empty: there is none.
ByteView inside(ByteView bytes, std::initializer_list<std::string_view> path) {
    for (const std::string_view wanted : path) {
        ByteView found;
        while (const auto box = box_at(bytes)) {
            if (box->size == 0 || box->size > bytes.size())
                return {};
            if (box->type == wanted) {
                found =
                    bytes.substr(box->header, static_cast<std::size_t>(box->size) - box->header);
                break;
            }
            bytes.remove_prefix(static_cast<std::size_t>(box->size));
        }
        if (found.empty())
            return {};
        bytes = found;
    }
    return bytes;
}

/// Of all samples of a moof's track run; nullopt: it cannot be read.
std::optional<std::uint64_t> duration_of(ByteView moof, std::uint32_t usual) {
    const ByteView tfhd = inside(moof, {"traf", "tfhd"}), trun = inside(moof, {"traf", "trun"});
    if (!has(tfhd, 0, 8) || !has(trun, 0, 8))
        return std::nullopt;
    const std::uint64_t of_track = big(tfhd, 0, 4), of_run = big(trun, 0, 4);
    std::size_t at = 8 + (of_track & 1 ? 8 : 0) + (of_track & 2 ? 4 : 0);
    std::uint64_t each = usual;
    if (of_track & 8) {
        if (!has(tfhd, at, 4))
            return std::nullopt;
        each = big(tfhd, at, 4);
    }
    const std::uint64_t samples = big(trun, 4, 4);
    if (!(of_run & 0x100))
        return samples * each;
    at = 8 + (of_run & 1 ? 4 : 0) + (of_run & 4 ? 4 : 0);
    std::size_t step = 0;
    for (const std::uint64_t flag : {0x100U, 0x200U, 0x400U, 0x800U})
        step += of_run & flag ? 4 : 0;
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < samples; ++i, at += step) {
        if (!has(trun, at, step))
            return std::nullopt;
        sum += big(trun, at, 4);
    }
    return sum;
}

} // namespace

Result<void> Fragments::take(ByteView bytes) {
    held_.append(bytes);
    std::size_t done = 0;
    for (;;) {
        const ByteView left = ByteView(held_).substr(done);
        const auto next = box_at(left);
        if (!next)
            break;
        if (next->size == 0)
            return broken();
        if (next->size > left.size())
            break;
        CHECK_OK(box(next->type, left.substr(0, static_cast<std::size_t>(next->size))));
        done += static_cast<std::size_t>(next->size);
    }
    held_.erase(0, done);
    return {};
}

Result<void> Fragments::box(std::string_view type, ByteView whole) {
    const ByteView content = whole.substr(box_at(whole)->header);
    if (type == "ftyp") {
        init_ = whole;
    } else if (type == "moov") {
        const ByteView mdhd = inside(content, {"trak", "mdia", "mdhd"}),
                       trex = inside(content, {"mvex", "trex"});
        const std::size_t at = !mdhd.empty() && mdhd[0] == 1 ? 20 : 12;
        if (began_ || init_.empty() || !has(mdhd, at, 4) || !has(trex, 12, 4))
            return broken();
        timescale_ = static_cast<std::uint32_t>(big(mdhd, at, 4));
        usual_duration_ = static_cast<std::uint32_t>(big(trex, 12, 4));
        if (timescale_ == 0)
            return broken();
        began_ = true;
        init_.append(whole);
        return sink_.init(init_);
    } else if (type == "moof") {
        const auto duration = duration_of(content, usual_duration_);
        if (!began_ || !fragment_.empty() || !duration ||
            *duration > std::uint64_t{timescale_} * 600)
            return broken();
        fragment_ = whole;
        duration_ = *duration;
    } else if (type == "mdat" && !fragment_.empty()) {
        fragment_.append(whole);
        const Bytes bytes = std::exchange(fragment_, {});
        return sink_.fragment(
            bytes, static_cast<std::int64_t>((duration_ * 1'000 + timescale_ / 2) / timescale_));
    }
    return {}; // others (sidx, mfra) are not needed
}

Result<void> Fragments::end() const {
    return held_.empty() && fragment_.empty() && began_ ? Result<void>() : broken();
}

Result<Picture> picture_of(ByteView init) {
    const std::size_t entry = init.find("avc1"), settings = init.rfind("avcC");
    // A sample entry: 24 bytes, width, height. Its settings: version, profile, constraints, level.
    if (entry == ByteView::npos || settings == ByteView::npos || !has(init, entry + 28, 4) ||
        !has(init, settings + 4, 4))
        return broken();
    // "avc1" is also a brand of the file; the entry is the last one.
    const std::size_t last = init.rfind("avc1");
    if (!has(init, last + 28, 4))
        return broken();
    return Picture{fmt::format("avc1.{:06x}", big(init, settings + 5, 3)),
                   static_cast<int>(big(init, last + 28, 2)),
                   static_cast<int>(big(init, last + 30, 2))};
}

} // namespace bw::recordings
