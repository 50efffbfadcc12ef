// Routing hints: stable, apart from each other, and silent about whom they are of.
#include "auth/routing_hint.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.hpp"

namespace bw::auth {
namespace {

TEST(RoutingHint, IsStableAndOpaque) {
    SystemRng rng;
    const SecretKey key = rng.bytes<32>();
    const RoutingHints hints(key), another_process(key), another_installation(rng.bytes<32>());
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const TenantId tenant = TenantId::make(Instant{i}, rng);
        const UserId user = UserId::make(Instant{i}, rng);
        const std::string hint = hints.of(tenant, user);
        EXPECT_EQ(hint.size(), 22U); // what the proxy's configuration takes for a hint
        EXPECT_TRUE(from_base64url(hint));
        EXPECT_EQ(another_process.of(tenant, user), hint);
        EXPECT_NE(another_installation.of(tenant, user), hint); // nobody without the key can tell
        EXPECT_NE(hints.of(TenantId::make(Instant{i}, rng), user), hint);
        EXPECT_TRUE(seen.insert(hint).second);
    }
}

TEST(RoutingHint, TravelsInACookie) {
    EXPECT_EQ(routing_cookie("h", false), "bw_route=h; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(routing_cookie("h", true), "bw_route=h; Path=/; HttpOnly; SameSite=Lax; Secure");
}

} // namespace
} // namespace bw::auth
