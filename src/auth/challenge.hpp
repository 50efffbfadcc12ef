// Challenges: that somebody has shown their password, for the minutes until they show their second
// factor as well. What one says stands in it under a MAC; nothing is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/device_token.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"

namespace bw::auth {

struct Challenge {
    TenantId tenant;
    UserId user;
    std::int64_t epoch = 0; // the person's when the password was right
    AccountKey account{};   // by which the device is known later
    DeviceId device{};      // as it was known before; zeros: it was not
    bool enrolment = false; // they must have a second factor, and have none: they may make one
    std::optional<Duration> shared_for = {}; // see Holder; in whole milliseconds
    Instant expires_at;

    bool operator==(const Challenge&) const = default;
};

/// Thread-safe.
class Challenges {
public:
    static constexpr Duration lifetime = 5min;

    explicit Challenges(const SecretKey& key) : key_(key) {}

    /// "bwc_" and base64url.
    std::string write(const Challenge& challenge) const;
    /// unauthenticated: altered, not ours, of another institution, or too old.
    Result<Challenge> read(std::string_view text, TenantId tenant, Instant now) const;

private:
    const SecretKey key_;
};

} // namespace bw::auth
