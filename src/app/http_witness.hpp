// A witness that takes heads by HTTP: another installation, a log elsewhere, a service of somebody
// else's. Each head is one POST of its JSON; 2xx means that it is kept.
#pragma once

#include <string>

#include "submissions/head_publisher.hpp"

namespace bw::app {

/// "https://HOST[:PORT]/PATH", or http:// for one on this machine; else invalid_field.
Result<submissions::Witness> http_witness(const std::string& url, const Clock& clock);

} // namespace bw::app
