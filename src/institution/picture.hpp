// Pictures from outside, looked at before anybody's browser gets them: what they say they are, how
// large they are, and nothing in them but the picture.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::institution {

struct Picture {
    std::string_view media_type; // "image/png" or "image/webp"
    std::uint32_t width = 0, height = 0;
    Bytes bytes; // without texts, places, cameras and whatever else came along
};

constexpr std::uint32_t picture_side_limit = 1024;

/// A still PNG (ISO/IEC 15948) or WebP (RFC 9649), by its bytes, whatever it was called. Looks at
/// every chunk, not at the pixels: those are a browser's to judge, and bounded by the sides.
/// invalid_field, which says what is wrong.
Result<Picture> check_picture(ByteView bytes);

} // namespace bw::institution
