#include "net/cors.hpp"

#include <algorithm>

#include "net/response_policy.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

/// What scripts of other origins may read beside the headers that are always safe.
constexpr std::string_view exposed =
    "RateLimit, RateLimit-Policy, Retry-After, ETag, Link, Location, traceparent, "
    "Idempotency-Replayed, Request-Id, Server-Timing";
constexpr std::size_t asked_headers_bytes_max = 1024;

/// Of a preflight: a list of header names, which can be granted as it is.
bool is_name_list(std::string_view list) {
    if (list.empty() || list.size() > asked_headers_bytes_max)
        return false;
    while (!list.empty()) {
        std::string_view name = trimmed(take_until(list, ','));
        if (name.empty() || !std::ranges::all_of(name, is_token_char))
            return false;
    }
    return true;
}

void answer_preflight(const Request& request, const CorsOptions& options, Response& response) {
    auto allow = std::ranges::find(response.headers, "Allow",
                                   &decltype(response.headers)::value_type::first);
    if (allow == response.headers.end())
        return;
    response.headers.emplace_back("Access-Control-Allow-Methods", std::string(allow->second));
    auto asked = request.header("Access-Control-Request-Headers");
    if (asked && is_name_list(*asked))
        response.headers.emplace_back("Access-Control-Allow-Headers", *asked);
    auto seconds = std::chrono::floor<std::chrono::seconds>(options.max_age).count();
    response.headers.emplace_back("Access-Control-Max-Age", std::to_string(seconds));
}

} // namespace

Result<void> check_origin(std::string_view origin) {
    auto refuse = [&](const char* why) {
        return fail(Code::invalid_field,
                    "'" + std::string(origin) +
                        "' is not an origin such as https://app.example: " + why + ".",
                    "origin");
    };
    bool https = origin.starts_with("https://");
    if (!https && !origin.starts_with("http://"))
        return refuse("it must begin with https:// or http://");
    std::string_view host = origin.substr(https ? 8 : 7);
    std::size_t colon = host.starts_with('[') ? host.find("]:") : host.rfind(':');
    if (colon != std::string_view::npos) {
        std::string_view port = host.substr(colon + (host.starts_with('[') ? 2 : 1));
        bool number = !port.empty() && port.size() <= 5 && port[0] != '0' &&
                      std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
        if (!number)
            return refuse("after the last colon stands no port");
        if (port == (https ? "443" : "80"))
            return refuse("browsers leave the scheme's own port out");
        host = host.substr(0, host.starts_with('[') ? colon + 1 : colon);
    }
    if (host.empty())
        return refuse("the host is missing");
    for (char c : host) {
        if (c >= 'A' && c <= 'Z')
            return refuse("browsers write the host in lower case");
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!plain && !(host.starts_with('[') && (c == '[' || c == ']' || c == ':')))
            return refuse("after the host may stand nothing but a port, no path and no slash");
    }
    return {};
}

void add_cors(const Request& request, const CorsOptions& options, Response& response) {
    add_vary(response, "Origin"); // also without one: caches must not mix the two
    auto origin = request.header("Origin");
    if (!origin || request.header_count("Origin") != 1 ||
        std::ranges::find(options.origins, *origin) == options.origins.end())
        return;
    response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
    if (options.credentials)
        response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
    if (request.method == Method::options && request.header("Access-Control-Request-Method"))
        answer_preflight(request, options, response);
    else
        response.headers.emplace_back("Access-Control-Expose-Headers", exposed);
}

} // namespace bw::net
