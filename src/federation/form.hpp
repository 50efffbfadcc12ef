// application/x-www-form-urlencoded, as providers are sent it, and base64 with its padding.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bw::federation {

/// Everything but letters, digits and - . _ ~ percent-encoded (RFC 3986's unreserved).
std::string form_encoded(std::string_view text);
/// Appends name=value, after a "&" where something stands already.
void add_to_form(std::string& form, std::string_view name, std::string_view value);
/// RFC 4648, section 4.
std::string to_base64(ByteView bytes);

} // namespace bw::federation
