// The attendance module's HTTP: heartbeats, and who watched.
#pragma once

#include "attendance/book.hpp"
#include "live/audience.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::attendance {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    const live::Audience& audience;
    Book& book;
    SecretKey key; // of tokens
    std::vector<std::string> edges = {};
    const Clock& clock;
    mutable tenancy::Buckets buckets = tenancy::Buckets{}; // of players
};
void add_routes(net::RouteTable& routes, const RouteParts& parts);

/// For whoever joins and does not teach.
std::string token_for(const live::LiveClass& of, TenantId tenant, UserId user, Instant now,
                      const SecretKey& key, Rng& rng);

} // namespace bw::attendance
