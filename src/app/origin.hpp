// Where another HTTP server is, as an operator writes it.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/client.hpp"

namespace bw::app {

struct Origin {
    bool secure = false;
    std::string host, target = "/";
    std::uint16_t port = 0;
};

/// "https://HOST[:PORT]/PATH" or "http://"; `option` is named in the error.
Result<Origin> parse_origin(const std::string& url, const char* option);

/// With one connection, for one caller.
std::shared_ptr<net::Client> client_to(const Origin& origin, const Clock& clock);

} // namespace bw::app
