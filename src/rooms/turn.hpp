// Credentials for a TURN server (coturn's use-auth-secret, draft-uberti-behave-turn-rest-00): good
// for a while, checked by the server without asking anybody.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace bw::rooms {

struct TurnCredential {
    std::string username, password;
};
/// TURN servers look at it with each refresh, so it has to last for a lesson.
constexpr Duration turn_lifetime = 4h;

TurnCredential turn_credential(std::string_view secret, UserId user, Instant now,
                               Duration lifetime = turn_lifetime);

/// RTCConfiguration's iceServers, as a JSON list; empty without urls.
std::string ice_servers_json(const std::vector<std::string>& urls, std::string_view secret,
                             UserId user, Instant now);

} // namespace bw::rooms
