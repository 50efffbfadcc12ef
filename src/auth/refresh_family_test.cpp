// The rule by which a refresh token counts: the README's table.
#include "auth/refresh_family.hpp"

#include <gtest/gtest.h>

namespace bw::auth {
namespace {

constexpr Instant now{1795424340000};
constexpr Duration grace = 30s;

TEST(RefreshFamilyRule, IsTheTable) {
    struct Case {
        const char* what;
        std::int64_t shown;
        Duration age; // since the token was issued
        std::optional<std::int64_t> known;
        Duration rotated; // so long ago
        bool ended, revoked, expired;
        Verdict verdict;
    };
    const Case cases[] = {
        {"the newest", 5, 1h, 5, 1h, false, false, false, Verdict::rotate},
        {"the newest, just issued", 5, 0s, 5, 0s, false, false, false, Verdict::rotate},
        {"newer than known: a commit was lost", 6, 1h, 5, 1h, false, false, false, Verdict::rotate},
        {"of a family that was lost", 6, 1h, {}, 0s, false, false, false, Verdict::rotate},
        {"the one before, within the grace", 4, 1h, 5, 30s, false, false, false, Verdict::repeat},
        {"the one before, after it", 4, 1h, 5, 31s, false, false, false, Verdict::reuse},
        {"two before, issued within the grace", 3, 20s, 5, 1s, false, false, false,
         Verdict::repeat},
        {"two before, issued earlier", 3, 31s, 5, 1s, false, false, false, Verdict::reuse},
        {"the first of all, long ago", 0, 24h, 5, 1s, false, false, false, Verdict::reuse},
        {"rotated by a clock ahead of this one", 4, 1h, 5, -60s, false, false, false,
         Verdict::repeat},
        {"signed out", 5, 1h, 5, 1h, true, false, false, Verdict::ended},
        {"old, and signed out already", 1, 1h, 5, 1h, true, false, false, Verdict::ended},
        {"revoked", 5, 1h, 5, 1h, false, true, false, Verdict::ended},
        {"lost, and revoked", 5, 1h, {}, 0s, false, true, false, Verdict::ended},
        {"expired", 5, 1h, 5, 1h, false, false, true, Verdict::ended},
        {"lost, and expired", 5, 1h, {}, 0s, false, false, true, Verdict::ended},
    };
    for (const Case& c : cases) {
        const Instant end = c.expired ? now : now + 1ms;
        const RefreshToken shown{
            .generation = c.shown, .issued_at = now - c.age, .expires_at = end};
        std::optional<RefreshFamily> known;
        if (c.known)
            known = {.generation = *c.known,
                     .rotated_at = now - c.rotated,
                     .expires_at = end,
                     .ended = c.ended};
        EXPECT_EQ(judge(shown, known, c.revoked, now, grace), c.verdict) << c.what;
    }
}

} // namespace
} // namespace bw::auth
