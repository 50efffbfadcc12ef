// RefreshTokens: derived, not stored. What one says stands in it under a MAC, so that the same row
// always gives the same token, and one that the database has lost can still be believed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"
#include "tenancy/principal.hpp"

namespace bw::auth {

/// Between these moments, by our own clocks, the token was shown to us and the connection to the
/// database was lost at COMMIT: whether it was rotated then, nobody could tell.
struct Unanswered {
    Instant from, until;
    bool operator==(const Unanswered&) const = default;
};

struct RefreshToken {
    TenantId tenant;
    UserId user;
    AuthSessionId session; // its RefreshFamily's id
    std::int64_t generation = 0;
    Instant issued_at;  // by the database's clock
    Instant expires_at; // the family's end
    std::int64_t epoch = 0;
    tenancy::Roles roles;       // as they were: for the time that the database is away
    bool shared_device = false; // others use the device next
    std::optional<Unanswered> unanswered = {};

    bool operator==(const RefreshToken&) const = default;
};

/// Thread-safe.
class RefreshTokens {
public:
    /// The first key signs; all verify. At least one.
    explicit RefreshTokens(std::vector<SecretKey> keys);
    ~RefreshTokens();

    /// "bwr_" and 152 base64url characters; 174 of one that was not answered.
    std::string write(const RefreshToken& token) const;
    /// unauthenticated: not one of ours, or altered. Whether it still counts is RefreshFamilies'.
    Result<RefreshToken> read(std::string_view text) const;

private:
    std::vector<SecretKey> keys_;
};

} // namespace bw::auth
