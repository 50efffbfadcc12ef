// When tokens are renewed and when they end, around bells.
#include "auth/steering.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bw::auth {
namespace {

using tenancy::Bell;

constexpr Instant nine{32'400'000};
constexpr Duration lifetime = 1h;
constexpr Duration quiet_before = 3min, quiet_after = 6min; // 5 and 10 % of it

bool at_a_bell(Instant moment, const std::vector<Bell>& bells) {
    return std::ranges::any_of(bells, [&](const Bell& bell) {
        return moment > bell.at - quiet_before && moment < bell.at + quiet_after;
    });
}
bool in_a_lesson(Instant moment, const std::vector<Bell>& bells) {
    return std::ranges::any_of(bells, [&](const Bell& bell) {
        return moment >= bell.at && moment < bell.at + bell.lasts;
    });
}

TEST(Steering, WithoutABellRenewalIsSpreadOverAThirdOfTheLifetime) {
    SeededRng rng(1);
    for (const std::vector<Bell>& bells :
         {std::vector<Bell>{}, {{nine - 2h, 1h}}, {{nine + 2h, 1h}}})
        for (int i = 0; i < 1'000; ++i) {
            const TokenTimes times = steered_times(nine, lifetime, bells, rng);
            EXPECT_GE(times.renew_at, nine + 36min);
            EXPECT_LE(times.renew_at, nine + 54min);
            EXPECT_EQ(times.expires_at, nine + 1h);
        }
}

TEST(Steering, RenewalsAreOverBeforeTheBellAndNothingEndsInTheLesson) {
    const std::vector<Bell> bells{{nine, 1h}};
    struct Row {
        const char* issued;
        Duration after;                                    // the bell; negative: before it
        Duration renew_from, renew_to, ends_from, ends_to; // after the bell
    };
    const Row rows[] = {
        {"long before", -3h, -144min, -126min, -2h, -2h},
        {"ends before it is quiet", -64min, -28min, -10min, -4min, -4min},
        {"ends shortly before", -62min, -26min, -8min, 1h, 67min},
        {"an hour before", -1h, -24min, -6min, 1h, 67min},
        {"would be renewed in the quiet", -55min, -29min, -3min, 1h, 67min},
        {"would be renewed at the bell", -40min, -21min - 30s, -3min, 1h, 67min},
        {"just early enough", -39min, -21min, -3min, 1h, 67min},
        {"would be renewed after it, or early", -38min, 6min, 16min, 1h, 67min},
        {"too fresh to come back before", -20min, 16min, 34min, 1h, 67min},
        {"shortly before", -1min, 35min, 53min, 1h, 67min},
        {"at the bell", 0s, 36min, 54min, 1h, 67min},
        {"in the lesson", 30min, 66min, 84min, 90min, 90min},
        {"after it", 2h, 156min, 174min, 3h, 3h},
    };
    SeededRng rng(2);
    for (const Row& row : rows) {
        SCOPED_TRACE(row.issued);
        const Instant now = nine + row.after;
        std::int64_t first = INT64_MAX, last = INT64_MIN;
        for (int i = 0; i < 2'000; ++i) {
            const TokenTimes times = steered_times(now, lifetime, bells, rng);
            first = std::min(first, times.renew_at.ms);
            last = std::max(last, times.renew_at.ms);
            ASSERT_FALSE(at_a_bell(times.renew_at, bells));
            ASSERT_FALSE(in_a_lesson(times.expires_at, bells));
            ASSERT_GE(times.expires_at, nine + row.ends_from);
            ASSERT_LE(times.expires_at, nine + row.ends_to);
        }
        EXPECT_GE(first, (nine + row.renew_from).ms);
        EXPECT_LE(last, (nine + row.renew_to).ms);
        // Spread over all of it, not heaped up in a corner.
        const Duration width = row.renew_to - row.renew_from;
        EXPECT_LT(first, (nine + row.renew_from + width / 20).ms);
        EXPECT_GT(last, (nine + row.renew_to - width / 20).ms);
    }
}

TEST(Steering, AnyBellsWithRoomBetweenThemAreMet) {
    SeededRng rng(3);
    for (int round = 0; round < 3'000; ++round) {
        std::vector<Bell> bells;
        Instant at = nine;
        for (std::uint64_t left = 1 + rng.u64() % 12; left > 0; --left) {
            at = at + std::chrono::minutes(16 + rng.u64() % 90);
            bells.push_back({at, std::chrono::minutes(rng.u64() % 60)}); // some overlap
        }
        const Instant now = nine + std::chrono::seconds(rng.u64() % 36'000);
        const TokenTimes times = steered_times(now, lifetime, bells, rng);
        ASSERT_FALSE(at_a_bell(times.renew_at, bells)) << "round " << round;
        ASSERT_GT(times.renew_at, now);
        ASSERT_LT(times.renew_at, now + lifetime);
        ASSERT_GE(times.expires_at, now + lifetime);
        ASSERT_LE(times.expires_at, now + lifetime + steered_extension_limit);
        if (times.expires_at < now + lifetime + steered_extension_limit)
            ASSERT_FALSE(in_a_lesson(times.expires_at, bells)) << "round " << round;
    }
}

TEST(Steering, BellsWithoutRoomBetweenThemDoNoHarm) {
    SeededRng rng(4);
    std::vector<Bell> bells; // every five minutes, all day, each for hours
    for (int i = 0; i < 500; ++i)
        bells.push_back({nine + std::chrono::minutes(5 * i), 4h});
    for (int i = 0; i < 1'000; ++i) {
        const Instant now = nine + std::chrono::minutes(i);
        const TokenTimes times = steered_times(now, lifetime, bells, rng);
        EXPECT_GE(times.renew_at, now + 9min);
        EXPECT_LE(times.renew_at, now + 54min);
        EXPECT_LE(times.expires_at, now + lifetime + steered_extension_limit);
    }
}

struct Morning {
    std::int64_t before = 0, at_the_bell = 0, peak = 0; // renewals; a minute's
    std::int64_t ended = 0;                             // tokens that end in the lesson
};
/// The tokens in hand before nine, and what they do from a quarter past eight until ten.
Morning morning(const std::vector<Instant>& issued, const std::vector<Bell>& bells) {
    const std::vector<Bell> lesson{{nine, 1h}};
    SeededRng rng(5);
    std::vector<std::int64_t> minutes(24 * 60);
    Morning out;
    for (Instant now : issued) {
        // Whoever is told to, renews; the last token before the bell counts.
        TokenTimes times = steered_times(now, lifetime, bells, rng);
        while (times.renew_at < nine) {
            ++minutes[static_cast<std::size_t>(times.renew_at.ms / 60'000)];
            out.before += times.renew_at >= nine - 1h;
            times = steered_times(times.renew_at, lifetime, bells, rng);
        }
        ++minutes[static_cast<std::size_t>(times.renew_at.ms / 60'000)];
        out.at_the_bell += at_a_bell(times.renew_at, lesson);
        out.ended += in_a_lesson(times.expires_at, lesson);
    }
    out.peak = *std::ranges::max_element(minutes);
    return out;
}

TEST(Steering, AMorningBeforeTheBell) {
    SeededRng rng(6);
    auto over = [&](Instant from, Duration width) {
        std::vector<Instant> issued(20'000);
        for (Instant& at : issued)
            at = from + std::chrono::duration_cast<Duration>(width * rng.unit());
        return issued;
    };
    const struct {
        const char* name;
        std::vector<Instant> issued;
    } mornings[] = {{"signed in from 7:00 to 8:55", over(nine - 2h, 115min)},
                    {"signed in within a minute, at the bell of 8:10", over(nine - 50min, 1min)}};
    for (const auto& [name, issued] : mornings) {
        const Morning plain = morning(issued, {}), steered = morning(issued, {{nine, 1h}});
        std::printf(
            "20,000 %s: renewed in the hour before %lld, unsteered %lld; around the bell "
            "%lld, unsteered %lld; peak a minute %lld, unsteered %lld, ratio %.2f; tokens "
            "that end in the lesson %lld, unsteered %lld\n",
            name, static_cast<long long>(steered.before), static_cast<long long>(plain.before),
            static_cast<long long>(steered.at_the_bell), static_cast<long long>(plain.at_the_bell),
            static_cast<long long>(steered.peak), static_cast<long long>(plain.peak),
            static_cast<double>(steered.peak) / static_cast<double>(plain.peak),
            static_cast<long long>(steered.ended), static_cast<long long>(plain.ended));
        EXPECT_EQ(steered.at_the_bell, 0);
        EXPECT_EQ(steered.ended, 0);
        EXPECT_GT(plain.at_the_bell, 1'000) << "else this morning shows nothing";
        EXPECT_GT(plain.ended, 1'000);
        EXPECT_LT(steered.peak, plain.peak * 3 / 2) << "moved, not heaped up";
    }
}

} // namespace
} // namespace bw::auth
