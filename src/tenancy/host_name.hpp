// Names that lead to an institution: slugs, and domains of its own. Syntax alone; who has which
// name is the control plane's business.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bw::tenancy {

/// A slug is one label of a host name (RFC 1123): 1 to 63 lower-case letters, digits and inner
/// hyphens.
bool is_slug(std::string_view text);

/// A domain name as it is kept: lower case, at least two labels, 253 bytes at most, no address.
/// Names outside ASCII come as A-labels (RFC 5890: xn--...). invalid_field, without the field's
/// name, says what to send instead.
Result<std::string> own_host(std::string_view text);

/// A Host header as it is looked up: without port and last dot, in lower case. An address in
/// brackets stays as it is.
std::string host_looked_up(std::string_view header);

/// An IPv4 address, or anything in brackets.
bool is_address(std::string_view host);

} // namespace bw::tenancy
