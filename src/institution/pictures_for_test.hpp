// Small pictures, made chunk by chunk. For tests alone.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bw::institution::test {

inline Bytes big_endian(std::uint32_t value) {
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xff);
    return out;
}

inline Bytes png_chunk(const Bytes& name, const Bytes& data) {
    const Bytes named = name + data;
    return big_endian(static_cast<std::uint32_t>(data.size())) + named +
           big_endian(static_cast<std::uint32_t>(crc32(
               0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()))));
}
inline Bytes png_header(std::uint32_t width, std::uint32_t height, char depth = 8, char type = 0) {
    return png_chunk("IHDR",
                     big_endian(width) + big_endian(height) + depth + type + Bytes(3, '\0'));
}
/// Grey, of one shade; `more` stands before its pixels.
inline Bytes png(std::uint32_t width = 3, std::uint32_t height = 2, const Bytes& more = {},
                 char shade = '\x80') {
    Bytes rows;
    for (std::uint32_t row = 0; row < height; ++row)
        rows += Bytes(1, '\0') + Bytes(width, shade);
    Bytes packed(compressBound(static_cast<uLong>(rows.size())), '\0');
    auto size = static_cast<uLongf>(packed.size());
    compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(rows.data()), static_cast<uLong>(rows.size()));
    packed.resize(size);
    return Bytes("\x89PNG\r\n\x1a\n") + png_header(width, height) + more +
           png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

inline Bytes riff_chunk(const Bytes& name, const Bytes& data) {
    Bytes out = name;
    put_le(out, static_cast<std::uint32_t>(data.size()));
    return out + data + Bytes(data.size() % 2, '\0');
}
inline Bytes webp_of(const Bytes& chunks) {
    Bytes out = "RIFF";
    put_le(out, static_cast<std::uint32_t>(chunks.size() + 4));
    return out + "WEBP" + chunks;
}
/// Headers as RFC 9649 has them; the pixels are nobody's business here.
inline Bytes lossless(std::uint32_t width, std::uint32_t height) {
    Bytes data = "\x2f";
    put_le(data, (width - 1) | (height - 1) << 14);
    return riff_chunk("VP8L", data + "pixels");
}
inline Bytes lossy(std::uint16_t width, std::uint16_t height) {
    Bytes data("\x10\x00\x00\x9d\x01\x2a", 6);
    put_le(data, width);
    put_le(data, height);
    return riff_chunk("VP8 ", data + "pixels");
}
inline Bytes canvas(std::uint32_t width, std::uint32_t height, char flags = '\0') {
    Bytes data = Bytes(1, flags) + Bytes(3, '\0');
    for (const std::uint32_t side : {width - 1, height - 1}) {
        Bytes number;
        put_le(number, side);
        data += number.substr(0, 3);
    }
    return riff_chunk("VP8X", data);
}

} // namespace bw::institution::test
