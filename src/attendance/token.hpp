// HeartbeatToken: the right to say that one person watches one live class, from one player. Made
// when that player joins, good as long as the class is; ours to sign and to verify, from memory.
#pragma once

#include "base/secret_box.hpp"
#include "live/live_class.hpp"

namespace bw::attendance {

struct HeartbeatToken {
    TenantId tenant;
    live::LiveClassId of;
    UserId user;
    Uuid session{};      // of this player; nothing that a client chose
    Instant begun;       // when it was made: what the client's times are counted from
    Instant from, until; // the class's time; nothing outside of it counts

    bool operator==(const HeartbeatToken&) const = default;
};

/// The longest time that a token is for.
constexpr Duration class_time_limit = 24h;
/// The last heartbeat may come so long after the class.
constexpr Duration token_grace = 5min;

/// For a URL: letters, digits, - and _.
std::string sign_token(const HeartbeatToken& token, const SecretKey& key);
/// unauthenticated (not ours, altered), token_expired.
Result<HeartbeatToken> verify_token(std::string_view text, const SecretKey& key, Instant now);

} // namespace bw::attendance
