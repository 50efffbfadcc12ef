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

// One that was shown when the connection was lost at COMMIT counts as it would have counted then.
TEST(RefreshFamilyRule, OneThatWasNotAnsweredIsTheTable) {
    struct Case {
        const char* what;
        std::int64_t shown;
        Duration from, until; // so long ago it was shown
        std::optional<std::int64_t> known;
        Duration rotated; // so long ago
        Verdict verdict;
    };
    const Case cases[] = {
        {"nothing was committed", 5, 1h, 1h, 5, 2h, Verdict::rotate},
        {"a failover lost more", 5, 1h, 1h, 3, 2h, Verdict::rotate},
        {"a failover lost all", 5, 1h, 1h, {}, 0s, Verdict::rotate},
        {"it was committed", 5, 1h, 1h, 6, 1h, Verdict::repeat},
        {"committed the first of three times", 5, 3h, 1h, 6, 3h, Verdict::repeat},
        {"committed the second of three times", 5, 3h, 1h, 6, 2h, Verdict::repeat},
        {"committed by a clock behind by a minute", 5, 1h, 1h, 6, 1h + 61s, Verdict::repeat},
        {"committed by a clock ahead by a minute", 5, 1h, 1h, 6, 1h - 61s, Verdict::repeat},
        {"used before it was shown then", 5, 1h, 1h, 6, 1h + 91s, Verdict::reuse},
        {"shown then, used by another holder since", 5, 1h, 1h, 6, 1h - 91s, Verdict::reuse},
        {"used, and shown within its grace now", 5, 1h, 1h, 6, 30s, Verdict::repeat},
        {"older, used long before", 4, 0s, 0s, 6, 2h, Verdict::reuse},
        {"older, used just before", 4, 0s, 0s, 6, 0s, Verdict::reuse},
    };
    for (const Case& c : cases) {
        const RefreshToken shown{.generation = c.shown,
                                 .issued_at = now - 24h,
                                 .expires_at = now + 24h,
                                 .unanswered = Unanswered{now - c.from, now - c.until}};
        std::optional<RefreshFamily> known;
        if (c.known)
            known = {.generation = *c.known,
                     .rotated_at = now - c.rotated,
                     .expires_at = shown.expires_at};
        EXPECT_EQ(judge(shown, known, false, now, grace), c.verdict) << c.what;
    }
}

} // namespace
} // namespace bw::auth
