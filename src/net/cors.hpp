// Cross-origin requests of browsers (the Fetch standard's CORS protocol), by configuration: an
// exact list of origins, or nothing at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http.hpp"

namespace bw::net {

struct CorsOptions {
    std::vector<std::string> origins = {}; // "https://app.example"; empty: no CORS headers at all
    bool credentials = false;              // scripts may send cookies along
    Duration max_age = 10min;              // how long a browser may remember a preflight's answer

    bool on() const { return !origins.empty(); }
};

/// An origin as browsers serialise it: `scheme://host` or `scheme://host:port`, lower case, without
/// the scheme's own port. invalid_field names the one that is not; `*` and `null` are refused.
Result<void> check_origin(std::string_view origin);

/// Adds what the request's Origin asks for. The answer to a preflight is 204 with Allow, as the
/// server answers OPTIONS.
void add_cors(const Request& request, const CorsOptions& options, Response& response);

} // namespace bw::net
