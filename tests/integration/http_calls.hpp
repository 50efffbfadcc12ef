// Calls of the API with a token, and what was answered. For tests over HTTP.
#pragma once

#include <atomic>
#include <simdjson.h>
#include <string>

#include "world.hpp"

namespace bw::test {

/// With a key of its own each time; at a host that names no institution, so the token says which.
inline net::ClientResponse call(World& world, net::Method method, const std::string& target,
                                const std::string& token, const std::string& body = "",
                                const std::string& if_match = "") {
    static std::atomic<int> keys = 0;
    net::ClientRequest request{.method = method,
                               .target = target,
                               .host = "localhost",
                               .headers = {{"Authorization", "Bearer " + token},
                                           {"Idempotency-Key", "k" + std::to_string(++keys)}},
                               .body = body};
    if (!body.empty())
        request.headers.emplace_back("Content-Type", "application/json");
    if (!if_match.empty())
        request.headers.emplace_back("If-Match", if_match);
    return world.send(std::move(request));
}

/// A member of a JSON answer, as JSON.
inline std::string member(const net::ClientResponse& answer, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    if (parser.parse(answer.body).at_pointer(pointer).get(value) != simdjson::SUCCESS)
        return "nothing in " + answer.body;
    return simdjson::minify(value);
}

inline std::string etag(const net::ClientResponse& answer) {
    return std::string(answer.header("etag").value_or(""));
}

} // namespace bw::test
