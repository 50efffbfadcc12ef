#include "institution/picture.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>

namespace bw::institution {

namespace {

using namespace std::string_view_literals;

Error refused(std::string why) {
    return fail(Code::invalid_field, std::move(why), "body");
}

Result<void> check_sides(std::uint32_t width, std::uint32_t height) {
    if (width == 0 || height == 0 || width > picture_side_limit || height > picture_side_limit)
        return refused("the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                       " points; 1 x 1 to 1024 x 1024 are taken");
    return {};
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

// ---- PNG ----

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n"sv;

std::uint32_t big_endian(ByteView bytes) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(0, 4))
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

/// ISO/IEC 15948, table 11.1.
bool depth_fits(unsigned depth, unsigned colour_type) {
    switch (colour_type) {
    case 0:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

Result<void> read_header(ByteView header, Picture& picture) {
    if (header.size() != 13)
        return refused("the PNG has no proper header");
    auto byte = [&](std::size_t at) { return static_cast<unsigned char>(header[at]); };
    picture.width = big_endian(header);
    picture.height = big_endian(header.substr(4));
    if (!depth_fits(byte(8), byte(9)) || byte(10) != 0 || byte(11) != 0 || byte(12) > 1)
        return refused("the PNG's header says what no PNG is");
    return check_sides(picture.width, picture.height);
}

Result<Picture> check_png(ByteView bytes) {
    constexpr std::size_t frame = 12; // length, name, CRC
    Picture picture{.media_type = "image/png", .bytes = Bytes(png_signature)};
    bool pixels = false;
    ByteView rest = bytes.substr(png_signature.size());
    for (bool first = true;; first = false) {
        if (rest.size() < frame || big_endian(rest) > rest.size() - frame)
            return refused("the PNG is cut short");
        const std::size_t length = big_endian(rest);
        const ByteView chunk = rest.substr(0, frame + length), name = chunk.substr(4, 4),
                       named = chunk.substr(4, 4 + length);
        const auto crc =
            crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
        if (crc != big_endian(chunk.substr(8 + length)))
            return refused("the PNG is damaged");
        if (first != (name == "IHDR"))
            return refused("the PNG does not begin with its header");
        rest.remove_prefix(chunk.size());
        if (first)
            CHECK_OK(read_header(chunk.substr(8, length), picture));
        pixels = pixels || name == "IDAT";
        const bool end = name == "IEND";
        // What changes how the pixels look stays; texts, times and thumbnails go.
        if (end || one_of(name, {"IHDR", "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT"}))
            picture.bytes += chunk;
        else if ((static_cast<unsigned char>(name[0]) & 0x20) == 0)
            return refused("the PNG has a part that is unknown, and needed");
        else if (name == "acTL")
            return refused("a picture that moves is not taken");
        if (!end)
            continue;
        if (!pixels || length != 0 || !rest.empty())
            return refused(pixels ? "something stands behind the PNG's end"
                                  : "the PNG has no pixels");
        return picture;
    }
}

// ---- WebP ----

constexpr std::size_t riff_header = 12, riff_frame = 8;

std::uint32_t bits24(ByteView bytes) {
    return get_le<std::uint32_t>(bytes) & 0xffffff;
}

/// RFC 6386, 9.1: a key frame's start.
Result<void> read_lossy(ByteView data, Picture& picture) {
    if (data.size() < 10 || (static_cast<unsigned char>(data[0]) & 1) != 0 ||
        data.substr(3, 3) != "\x9d\x01\x2a"sv)
        return refused("the WebP's picture has no proper header");
    picture.width = get_le<std::uint16_t>(data.substr(6)) & 0x3fff;
    picture.height = get_le<std::uint16_t>(data.substr(8)) & 0x3fff;
    return check_sides(picture.width, picture.height);
}

/// RFC 9649, 3.4: a byte 0x2f, 14 bits each of width and height less one, alpha, version 0.
Result<void> read_lossless(ByteView data, Picture& picture) {
    if (data.size() < 5 || data[0] != '\x2f')
        return refused("the WebP's picture has no proper header");
    const auto bits = get_le<std::uint32_t>(data.substr(1));
    if (bits >> 29 != 0)
        return refused("the WebP's picture has no proper header");
    picture.width = (bits & 0x3fff) + 1;
    picture.height = (bits >> 14 & 0x3fff) + 1;
    return check_sides(picture.width, picture.height);
}

struct Canvas {
    std::uint32_t width, height;
};
/// RFC 9649, 2.7: flags, three reserved bytes, width and height less one.
Result<Canvas> read_canvas(ByteView data) {
    constexpr char animated = 0x02;
    if (data.size() != 10)
        return refused("the WebP has no proper header");
    if ((data[0] & animated) != 0)
        return refused("a picture that moves is not taken");
    // A byte more than each number has, so that four can be read.
    const Bytes numbers = Bytes(data.substr(4)) + '\0';
    return Canvas{bits24(numbers) + 1, bits24(ByteView(numbers).substr(3)) + 1};
}

Result<Picture> check_webp(ByteView bytes) {
    if (get_le<std::uint32_t>(bytes.substr(4)) != bytes.size() - riff_frame)
        return refused("the WebP is not as long as it says");
    Picture picture{.media_type = "image/webp", .bytes = Bytes(bytes.substr(0, riff_header))};
    bool pixels = false;
    std::optional<Canvas> canvas;
    for (ByteView rest = bytes.substr(riff_header); !rest.empty();) {
        if (rest.size() < riff_frame)
            return refused("the WebP is cut short");
        const std::size_t length = get_le<std::uint32_t>(rest.substr(4));
        const std::size_t padded = riff_frame + length + length % 2;
        if (padded > rest.size())
            return refused("the WebP is cut short");
        const ByteView name = rest.substr(0, 4), data = rest.substr(riff_frame, length);
        const bool first = rest.size() == bytes.size() - riff_header;
        Bytes chunk(rest.substr(0, padded));
        rest.remove_prefix(padded);
        if (one_of(name, {"ANIM", "ANMF"}))
            return refused("a picture that moves is not taken");
        if (pixels && one_of(name, {"VP8 ", "VP8L", "VP8X", "ALPH"}))
            return refused("the WebP has more than one picture");
        if (name == "VP8X") {
            if (!first)
                return refused("the WebP's header is not where it belongs");
            canvas = TRY(read_canvas(data));
            constexpr int colour_profile = 0x20, exif = 0x08, xmp = 0x04;
            chunk[riff_frame] =
                static_cast<char>(chunk[riff_frame] & ~(colour_profile | exif | xmp));
        } else if (name == "VP8 ") {
            CHECK_OK(read_lossy(data, picture));
            pixels = true;
        } else if (name == "VP8L") {
            CHECK_OK(read_lossless(data, picture));
            pixels = true;
        } else if (name != "ALPH") {
            continue; // EXIF, XMP, colour profiles and whatever else is no picture
        }
        picture.bytes += chunk;
    }
    if (!pixels)
        return refused("the WebP has no picture in it");
    if (canvas && (canvas->width != picture.width || canvas->height != picture.height))
        return refused("the WebP's picture is not as large as it says");
    Bytes length;
    put_le(length, static_cast<std::uint32_t>(picture.bytes.size() - riff_frame));
    picture.bytes.replace(4, 4, length);
    return picture;
}

} // namespace

Result<Picture> check_picture(ByteView bytes) {
    if (bytes.starts_with(png_signature))
        return check_png(bytes);
    if (bytes.size() >= riff_header && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP")
        return check_webp(bytes);
    return refused("this is neither a PNG nor a WebP picture; other kinds are not taken, SVG "
                   "because it can hold scripts");
}

} // namespace bw::institution
