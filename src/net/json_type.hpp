// Does a request say that its body is JSON? For those who read it by themselves; see json_body.hpp.
#pragma once

#include "net/http.hpp"

namespace bw::net {

/// unsupported_media_type unless it is application/json.
Result<void> check_is_json(const Request& request);

} // namespace bw::net
