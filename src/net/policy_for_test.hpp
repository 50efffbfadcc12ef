// What the tests of the response policy share: requests in, headers out. Header-only; for test
// programs alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/response_policy.hpp"
#include "net/text.hpp"

namespace bw::net {

using TestHeaders = std::vector<std::pair<std::string_view, std::string_view>>;

/// "-" if there is none; several with bars between.
inline std::string value_of(const Response& response, std::string_view name) {
    std::string out;
    for (const auto& [key, value] : response.headers)
        if (same_name(key, name))
            out += (out.empty() ? "" : " | ") + value;
    return out.empty() ? "-" : out;
}

inline Request request_of(Method method, TestHeaders headers) {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    return request;
}

inline Response shaped(const Request& request, Response response,
                       const ResponseOptions& options = {}, const Route* route = nullptr) {
    ManualClock clock(Instant{0});
    apply_policy(request, route, options, clock, response);
    return response;
}

} // namespace bw::net
