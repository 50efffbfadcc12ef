// Bytes and their text forms. No I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bw {

using Bytes = std::string; // owned raw bytes; std::string because every library here takes it
using ByteView = std::string_view;

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);
/// RFC 4648 section 5, without padding; the reader refuses padding, white space and non-canonical
/// tails.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

/// How many bytes from the front are whole UTF-8 characters (RFC 3629): all of them, or up to the
/// first that is none.
std::size_t utf8_prefix(std::string_view text);
inline bool is_utf8(std::string_view text) {
    return utf8_prefix(text) == text.size();
}

template <std::size_t N>
ByteView view(const std::array<std::uint8_t, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}
/// `bytes` must hold exactly N bytes.
template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> to_array(ByteView bytes) {
    if (bytes.size() != N)
        return std::nullopt;
    std::array<std::uint8_t, N> out;
    for (std::size_t i = 0; i < N; ++i)
        out[i] = static_cast<std::uint8_t>(bytes[i]);
    return out;
}

/// Little-endian integers at the end of a buffer, and from the front of one.
template <class Integer>
void put_le(Bytes& out, Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
}
/// `bytes` must be long enough.
template <class Integer>
Integer get_le(ByteView bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return static_cast<Integer>(value);
}

} // namespace bw
