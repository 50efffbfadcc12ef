// Percent-encoding (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace bw {

/// Everything but the unreserved: letters, digits and - . _ ~
std::string percent_encoded(std::string_view text);

} // namespace bw
