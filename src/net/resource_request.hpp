// What requests about resources have in common: ids in the path, pages of a list, versions in
// If-Match.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http.hpp"

namespace bw::net {

/// not_found: no such thing can exist, so it does not.
template <class IdType>
Result<IdType> id_in_path(const Request& request, std::string_view name) {
    auto id = IdType::parse(request.path_param(name));
    if (!id)
        return fail(Code::not_found, "there is nothing at this address");
    return *id;
}

/// `limit`: 1 to 500, 50 unless said; or invalid_field.
Result<int> page_limit(const Request& request);
constexpr Parameter limit_parameter{
    .name = "limit",
    .description = "How many a page has at most.",
    .schema = R"({"type": "integer", "minimum": 1, "maximum": 500, "default": 50})",
    .example = "50"};

/// `cursor`: the position after which to go on, in base64url: N bytes; or invalid_field.
template <std::size_t N>
Result<std::optional<std::array<std::uint8_t, N>>> page_cursor(const Request& request) {
    using Position = std::optional<std::array<std::uint8_t, N>>;
    auto text = request.query_param("cursor");
    if (!text)
        return Position();
    auto raw = from_base64url(*text);
    if (!raw || raw->size() != N)
        return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                    "cursor");
    return Position(to_array<N>(*raw));
}
constexpr Parameter cursor_parameter{.name = "cursor",
                                     .description = "`next` of the page before, unchanged.",
                                     .schema =
                                         R"({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"})"};

/// The position behind an item in a list by time, then id.
template <class IdType>
using TimePosition = std::pair<Instant, IdType>;
template <class IdType>
std::string time_cursor(const TimePosition<IdType>& after) {
    Bytes raw;
    put_le(raw, after.first.ms);
    raw += view(after.second.uuid);
    return to_base64url(raw);
}
/// Of the years 1970 to 9999 in UTC, so that what is answered is RFC 3339 again.
constexpr Instant instant_min{0}, instant_max{253'402'300'799'999};
template <class IdType>
Result<std::optional<TimePosition<IdType>>> time_cursor_in(const Request& request) {
    using After = std::optional<TimePosition<IdType>>;
    const auto raw = TRY(page_cursor<24>(request));
    if (!raw)
        return After();
    const ByteView bytes = view(*raw);
    const Instant at{get_le<std::int64_t>(bytes)};
    if (at < instant_min || at > instant_max)
        return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                    "cursor");
    return After({at, IdType{*to_array<16>(bytes.substr(8))}});
}

/// If-Match: one strong entity tag, the version in quotes. precondition_required without one,
/// precondition_failed if it is no version.
Result<std::int64_t> version_in_if_match(const Request& request);

} // namespace bw::net
