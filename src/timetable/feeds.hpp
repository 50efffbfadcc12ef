// Calendar feeds: addresses at which other programs read a person's lessons without signing in.
// Whoever knows one reads; it can be revoked, and is kept as a hash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tenancy/database.hpp"

namespace bw::timetable {

struct FeedKind {
    static constexpr const char* prefix = "cal";
};
using FeedId = Id<FeedKind>;

struct Feed {
    FeedId id;
    std::string name;
    Instant created_at;
};

constexpr std::int64_t feeds_limit = 10; // of a person
/// 256 random bits in base64url.
constexpr std::size_t feed_token_length = 43;

/// The token, which is shown once. conflict: the person has as many as may be.
Result<std::string> add_feed(tenancy::TenantTx& tx, UserId user, const Feed& feed, Rng& rng);
Result<std::vector<Feed>> feeds_of(tenancy::TenantTx& tx, UserId user);
/// not_found: there is none of that person.
Result<void> remove_feed(tenancy::TenantTx& tx, UserId user, FeedId feed);
/// Whose it is; nullopt: nobody's, or of somebody whom the roster no longer has.
Result<std::optional<UserId>> owner_of(tenancy::TenantTx& tx, std::string_view token);

} // namespace bw::timetable
