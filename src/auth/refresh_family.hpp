// RefreshFamily: a sign-in and the refresh tokens that follow from it, of which the database knows
// the newest generation. The rule by which one that is shown counts; README.md has it as a table.
#pragma once

#include <cstdint>
#include <optional>

#include "auth/refresh_token.hpp"

namespace bw::auth {

/// What the database knows.
struct RefreshFamily {
    std::int64_t generation = 0;
    Instant rotated_at; // when that generation came to be
    Instant expires_at;
    bool ended = false; // signed out, or used twice
};

/// How far two processes' clocks, or a process's and the database's, may be from each other.
constexpr Duration clocks_apart_max = 60s;

enum class Verdict : std::uint8_t {
    rotate, // the next generation is due: this one's successor
    repeat, // its successor is there already, and it may be told again
    reuse,  // somebody has shown a token that was used long ago: one of two holders is a thief
    ended   // signed out, revoked, expired, or no longer a user
};

struct RefreshRules {
    /// For so long an old token gives its successor again: an answer that was lost, two tabs.
    Duration grace = 30s;
    Duration lifetime = 30 * 24h; // of a family, whatever is done with it
};

/// `known`: nullopt if the database has no such family. `now` is by the clock that wrote
/// `rotated_at`. `revoked`: a newer epoch ends the token, or its user is no longer active.
Verdict judge(const RefreshToken& shown, const std::optional<RefreshFamily>& known, bool revoked,
              Instant now, Duration grace);

} // namespace bw::auth
