#include "net/range.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "net/text.hpp"

namespace bw::net {

namespace {

/// Digits alone; what is larger than any size counts as just that. nullopt: not a number.
std::optional<std::uint64_t> number(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? value : UINT64_MAX;
}

} // namespace

RangeAsked parse_range(std::string_view header, std::uint64_t size) {
    using Kind = RangeAsked::Kind;
    constexpr std::string_view unit = "bytes=";
    if (header.size() < unit.size() || !same_name(header.substr(0, unit.size()), unit))
        return {};
    const std::string_view spec = trimmed(header.substr(unit.size()));
    const std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos || spec.contains(','))
        return {};
    const auto last = number(spec.substr(dash + 1));
    if (dash == 0) { // the last so many bytes
        if (!last)
            return {};
        if (*last == 0 || size == 0)
            return {Kind::none, {}};
        const std::uint64_t bytes = std::min(*last, size);
        return {Kind::part, {size - bytes, bytes}};
    }
    const auto first = number(spec.substr(0, dash));
    const bool open = dash + 1 == spec.size();
    if (!first || (!open && !last) || (last && *last < *first))
        return {};
    if (*first >= size)
        return {Kind::none, {}};
    const std::uint64_t end = open ? size : std::min(*last, size - 1) + 1;
    return {Kind::part, {*first, end - *first}};
}

RangeAsked range_asked(const Request& request, std::string_view etag, std::uint64_t size) {
    const auto range = request.header("Range");
    if (!range || request.header_count("Range") > 1)
        return {};
    if (const auto condition = request.header("If-Range"); condition && *condition != etag)
        return {};
    return parse_range(*range, size);
}

std::string content_range(const std::optional<ByteRange>& range, std::uint64_t size) {
    if (!range)
        return fmt::format("bytes */{}", size);
    return fmt::format("bytes {}-{}/{}", range->first, range->first + range->bytes - 1, size);
}

} // namespace bw::net
