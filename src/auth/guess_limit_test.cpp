// The limit on guessing: its state machine as the README's table, many at once, a flood of names.
#include "auth/guess_limit.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "auth/device_token.hpp"
#include "base/rng.hpp"
#include "support/installation.hpp"

namespace bw::auth {
namespace {

struct GuessLimits : testing::Test {
    SeededRng rng{7};
    ManualClock clock{Instant{1795424340000}};
    test::Installation installation;
    tenancy::TenantScope scope = installation.provision("alpha").scope;

    Guess stranger() { return {.account = rng.bytes<16>()}; }
    static Guess known(const Guess& guess) { return {guess.account, {1}}; }
    bool admit(GuessLimit& limit, const Guess& guess) {
        return limit.admit(guess, clock.monotonic()).has_value();
    }
    Duration wait(GuessLimit& limit, const Guess& guess) {
        auto admitted = limit.admit(guess, clock.monotonic());
        if (admitted) {
            limit.let_go(guess);
            return Duration::zero();
        }
        EXPECT_EQ(admitted.error().code, Code::sign_in_delayed);
        return *admitted.error().retry_after;
    }
    void fail_times(GuessLimit& limit, const Guess& guess, int times) {
        for (int i = 0; i < times; ++i) {
            if (const Duration left = wait(limit, guess); left > Duration::zero())
                clock.advance(left);
            ASSERT_TRUE(admit(limit, guess)) << i;
            limit.failed(scope, guess, clock.monotonic());
        }
    }
};

// The README's table, state by state.
TEST_F(GuessLimits, StateMachine) {
    enum class Then : std::uint8_t { in, later };
    struct Row {
        const char* what;
        int failures, under_way;
        Duration since; // the last failure
        Then then;
        Duration wait;
    };
    const Row rows[] = {
        {"unknown", 0, 0, 0s, Then::in, 0s},
        {"free", 4, 0, 0s, Then::in, 0s},
        {"free, and as many under way as may fail", 2, 3, 0s, Then::later, 1s},
        {"free, one place left", 2, 2, 0s, Then::in, 0s},
        {"delayed", 5, 0, 0s, Then::later, 2s},
        {"delayed, some time later", 5, 0, 500ms, Then::later, 1500ms},
        {"delayed twice", 6, 0, 0s, Then::later, 4s},
        {"delayed by the most", 20, 0, 0s, Then::later, 15min},
        {"due", 5, 0, 2s, Then::in, 0s},
        {"due, and one is under way", 5, 1, 2s, Then::later, 1s},
        {"forgotten", 20, 0, 1h + 1ms, Then::in, 0s},
        {"not forgotten", 6, 0, 1h, Then::in, 0s},
    };
    for (const Row& row : rows) {
        GuessLimit limit;
        const Guess guess = stranger();
        fail_times(limit, guess, row.failures);
        clock.advance(row.since);
        for (int i = 0; i < row.under_way; ++i)
            ASSERT_TRUE(admit(limit, guess)) << row.what;
        EXPECT_EQ(wait(limit, guess), row.wait) << row.what;
        EXPECT_EQ(wait(limit, known(guess)), 0s) << row.what << ", from a device that is known";
        EXPECT_EQ(wait(limit, stranger()), 0s) << row.what << ", somebody else";
        limit.lift(guess.account);
        EXPECT_EQ(wait(limit, guess), 0s) << row.what << ", lifted";
    }
}

TEST_F(GuessLimits, DelaysDoubleUpToTheirMost) {
    const GuessRules rules;
    const std::pair<int, Duration> rows[] = {{0, 0s},    {4, 0s},     {5, 2s},        {6, 4s},
                                             {13, 512s}, {14, 15min}, {100000, 15min}};
    for (auto [failures, delay] : rows)
        EXPECT_EQ(delay_after(failures, false, rules), delay) << failures;
    EXPECT_EQ(delay_after(100, true, rules), 5min);
}

TEST_F(GuessLimits, WhoeverIsRightOrNeverJudgedLeavesNothing) {
    GuessLimit limit;
    const Guess guess = stranger();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(admit(limit, guess));
        limit.let_go(guess);
    }
    EXPECT_EQ(limit.status().items, 0U);
    fail_times(limit, guess, 3);
    ASSERT_TRUE(admit(limit, guess));
    limit.let_go(guess);
    EXPECT_EQ(limit.status().items, 1U);
    fail_times(limit, guess, 2);
    EXPECT_EQ(wait(limit, guess), 2s) << "being right in between wipes nothing out";
}

TEST_F(GuessLimits, AKnownDeviceIsHeldToItsOwnCount) {
    GuessLimit limit;
    const Guess guess = stranger();
    fail_times(limit, known(guess), 5);
    EXPECT_EQ(wait(limit, known(guess)), 2s);
    EXPECT_EQ(wait(limit, guess), 0s);
    limit.lift(guess.account);
    EXPECT_EQ(wait(limit, known(guess)), 0s);
}

TEST_F(GuessLimits, ManyAtOnceGainNothing) {
    GuessLimit limit;
    const Guess guess = stranger();
    std::atomic<int> admitted = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i)
                if (limit.admit(guess, clock.monotonic())) {
                    ++admitted;
                    limit.failed(scope, guess, clock.monotonic());
                }
        });
    threads.clear();
    EXPECT_EQ(admitted, 5);
    EXPECT_EQ(limit.status().failed, 5U);
    EXPECT_EQ(limit.status().delayed, 3995U);
}

TEST_F(GuessLimits, AFloodOfNamesIsBoundedAndWipesNobodysCountOut) {
    GuessLimit limit({.items_limit = 6400});
    const Guess victim = stranger();
    fail_times(limit, victim, 8);
    for (int i = 0; i < 100'000; ++i) {
        const Guess guess = stranger();
        ASSERT_TRUE(admit(limit, guess));
        limit.failed(scope, guess, clock.monotonic());
    }
    EXPECT_LE(limit.status().items, 6400U);
    EXPECT_GT(limit.status().items, 1000U);
    EXPECT_GT(wait(limit, victim), 0s);
}

TEST_F(GuessLimits, WhatOthersCountedCountsHere) {
    GuessLimit limit;
    const Guess guess = stranger();
    limit.learn(guess.account, 6, 1s, clock.monotonic());
    EXPECT_EQ(wait(limit, guess), 3s);
    limit.learn(guess.account, 5, 0s, clock.monotonic()); // older news
    EXPECT_EQ(wait(limit, guess), 3s);
    EXPECT_EQ(wait(limit, known(guess)), 0s);
    limit.learn(guess.account, 0, 0s, clock.monotonic()); // a teacher, at another process
    EXPECT_EQ(wait(limit, guess), 0s);
    limit.learn(guess.account, 50, 2h, clock.monotonic());
    EXPECT_EQ(wait(limit, guess), 0s);
}

TEST(DeviceToken, CountsForItsAccountForHalfAYear) {
    SeededRng rng(1);
    const SecretKey key = rng.bytes<32>();
    const AccountKeys accounts(key);
    const TenantId tenant = TenantId::make({}, rng), other = TenantId::make({}, rng);
    const AccountKey ada = accounts.of_name(tenant, "ada");
    const DeviceTokens tokens(key), others(rng.bytes<32>());
    const DeviceId device = rng.bytes<16>();
    const Instant given{1795424340123}, later = given + DeviceTokens::lifetime;
    const std::string token = tokens.write(ada, device, given);
    EXPECT_EQ(token.size(), DeviceTokens::text_bytes);
    EXPECT_EQ(tokens.read(token, ada, later), device);
    EXPECT_EQ(tokens.read(token, ada, later + 1ms), std::nullopt);
    EXPECT_EQ(tokens.read(token, accounts.of_name(tenant, "eve"), later), std::nullopt);
    EXPECT_EQ(tokens.read(token, accounts.of_name(other, "ada"), later), std::nullopt);
    EXPECT_EQ(others.read(token, ada, later), std::nullopt);
    EXPECT_NE(AccountKeys(rng.bytes<32>()).of_name(tenant, "ada"), ada);
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string bad = token;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(tokens.read(bad, ada, later), std::nullopt) << i;
    }
    for (std::size_t i = 0; i < token.size(); ++i)
        EXPECT_EQ(tokens.read(token.substr(0, i), ada, later), std::nullopt) << i;
}

} // namespace
} // namespace bw::auth
