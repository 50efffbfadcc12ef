// Renewal steering: when an access token is to be renewed and when it ends, so that neither meets
// the bell. Pure; which bells are whose is the caller's.
#pragma once

#include <span>

#include "base/rng.hpp"
#include "tenancy/tenant.hpp"

namespace bw::auth {

/// How much longer than its lifetime a token lives at most, across lessons that are known.
constexpr Duration steered_extension_limit = 4h;

/// Around a bell nobody renews, as shares of the lifetime.
struct QuietTime {
    double before = 0.05, after = 0.1;
};

struct TokenTimes {
    Instant renew_at, expires_at;
};

/// Of a token that is issued now. `bells` in the order of their instants; none: renewal at 60 to
/// 90 % of the lifetime. Thread-safe.
TokenTimes steered_times(Instant now, Duration lifetime, std::span<const tenancy::Bell> bells,
                         Rng& rng);

} // namespace bw::auth
