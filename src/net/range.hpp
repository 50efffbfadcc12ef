// Range requests (RFC 9110, 14): which bytes of a representation are asked for. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace bw::net {

struct ByteRange {
    std::uint64_t first = 0, bytes = 0;
    bool operator==(const ByteRange&) const = default;
};

struct RangeAsked {
    /// all: none was asked for, or in a way that is to be ignored (another unit, several ranges,
    /// malformed); none: what was asked for lies behind the end.
    enum class Kind : std::uint8_t { all, part, none };
    Kind kind = Kind::all;
    ByteRange range = {}; // of `part`; at least one byte
};

/// One `bytes` range of `size` bytes.
RangeAsked parse_range(std::string_view header, std::uint64_t size);

/// What a GET asks of a representation with that strong tag. An If-Range that names another version
/// (or a date, which we never gave) asks for all of it.
RangeAsked range_asked(const Request& request, std::string_view etag, std::uint64_t size);

/// "bytes 0-499/1234"; without a range "bytes */1234".
std::string content_range(const std::optional<ByteRange>& range, std::uint64_t size);

} // namespace bw::net
