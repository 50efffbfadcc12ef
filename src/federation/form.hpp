// application/x-www-form-urlencoded, as providers are sent it, and base64 with its padding.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bw::federation {

/// Appends name=value, percent-encoded, after a "&" where something stands already.
void add_to_form(std::string& form, std::string_view name, std::string_view value);
/// RFC 4648, section 4.
std::string to_base64(ByteView bytes);

} // namespace bw::federation
