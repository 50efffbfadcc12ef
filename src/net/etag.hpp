// Entity tags and the preconditions made of them (RFC 9110, 8.8.3 and 13.1). If-None-Match on GET
// is answered by the response policy; this is what handlers need for the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"

namespace bw::net {

/// The strong tag `"opaque"`. Other characters than visible ASCII without quotes are a bug.
std::string strong_etag(std::string_view opaque);

/// The weak tag of a body's content: W/"<32 hexadecimal digits>".
std::string content_etag(std::string_view body);

/// If-Match against the tag of the version at hand, which is quoted and strong; empty: there is no
/// such thing. precondition_required without the header, bad_request if it is no list of tags,
/// precondition_failed if none of them is the current one (strong comparison; `*`: any version).
Result<void> check_if_match(const Request& request, std::string_view current);

enum class TagMatch : std::uint8_t { malformed, none, found };
enum class TagCompare : std::uint8_t { strong, weak };
/// One header value (`*` or a list) against a tag.
TagMatch match_tags(std::string_view list, std::string_view tag, TagCompare compare);

/// The tag of the gzip form of what `tag` names: two representations never share a strong tag. The
/// comparisons above take the two for one.
std::string gzip_etag(std::string_view tag);

} // namespace bw::net
