// Does a request say that its body is what a route reads? For those who read it by themselves; see
// json_body.hpp.
#pragma once

#include "net/http.hpp"

namespace bw::net {

/// unsupported_media_type unless the body is of this type, whatever its parameters.
Result<void> check_media_type(const Request& request, std::string_view wanted);
inline Result<void> check_is_json(const Request& request) {
    return check_media_type(request, "application/json");
}

} // namespace bw::net
