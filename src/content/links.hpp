// Links to pages elsewhere, as teachers write them: which of them may stand on a page. Nobody here
// fetches them.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace bw::content {

constexpr std::size_t link_bytes_limit = 2'000;

/// An absolute https URL (RFC 3986) in ASCII, of a host name with two labels or more, without a
/// user: nothing that a browser runs, and nothing that looks like another host than it leads to.
/// invalid_field, with `field`, says what is wrong.
Result<void> check_link(std::string_view url, std::string_view field);

} // namespace bw::content
