// What every answer gets whatever its route: conditional requests, compression, CORS, rate limit
// fields, timing. Pure functions over request and answer, applied once, where an answer becomes
// bytes; the order of the rules stands in README.md.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/time.hpp"
#include "net/cors.hpp"
#include "net/http.hpp"

namespace bw::net {

struct ResponseOptions {
    /// Below the first, one packet carries it anyway; above the second, compressing would hold up
    /// the other connections of the thread.
    std::size_t gzip_bytes_min = 1'400, gzip_bytes_max = 256 * 1024;
    int gzip_level = 1; // 1 to 9; 0: never
    CorsOptions cors = {};
    bool server_timing = false; // Server-Timing: how long the request was here
};

/// `route` is null where none matched.
void apply_policy(const Request& request, const Route* route, const ResponseOptions& options,
                  const Clock& clock, Response& response);

/// Adds a name to Vary, once.
void add_vary(Response& response, std::string_view name);

} // namespace bw::net
