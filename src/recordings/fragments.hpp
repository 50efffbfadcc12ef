// A fragmented MP4 of one track, cut into what HLS wants while it comes: an init, then fragments
// with how long they are. Reads box headers alone (ISO 14496-12, the part that ffmpeg writes); what
// it reads was made of a file from outside.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::recordings {

class Fragments {
public:
    struct Sink {
        std::function<Result<void>(ByteView init)> init;
        std::function<Result<void>(ByteView bytes, std::int64_t ms)> fragment;
    };
    explicit Fragments(Sink sink) : sink_(std::move(sink)) {}

    /// corrupt: it is none of that kind; or what the sink said.
    Result<void> take(ByteView bytes);
    /// corrupt: something is half there.
    Result<void> end() const;

private:
    Result<void> box(std::string_view type, ByteView whole);

    const Sink sink_;
    Bytes held_;     // not a whole box yet
    Bytes init_;     // ftyp and moov
    Bytes fragment_; // moof, waiting for its mdat
    std::uint32_t timescale_ = 0, usual_duration_ = 0;
    std::uint64_t duration_ = 0; // of fragment_
    bool began_ = false;
};

/// What a master says of a rung, by its init.
struct Picture {
    std::string codec; // "avc1.64001f"
    int width = 0, height = 0;
};
/// corrupt: it has no H.264 picture.
Result<Picture> picture_of(ByteView init);

} // namespace bw::recordings
