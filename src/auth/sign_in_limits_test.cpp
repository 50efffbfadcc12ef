// The limit on guessing where it stands: before the hash, by account and by device, the same for
// names that nobody has, and known to every process.
#include "auth/failure_exchange.hpp"

#include <map>

#include "auth/sign_in_for_test.hpp"

namespace bw::auth {
namespace {

using SignInLimits = SignInForTest;

TEST_F(SignInLimits, AStrangerWaitsAndTheOwnerDoesNot) {
    const std::string device = sign_in("ada", "right")->device_token;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of("ada", "guess " + std::to_string(i)), Code::unauthenticated) << i;
    auto refused = sign_in("ADA", "right");
    ASSERT_FALSE(refused) << "even the right password, from a device that is not known";
    EXPECT_EQ(refused.error().code, Code::sign_in_delayed);
    EXPECT_EQ(refused.error().retry_after, 2s);
    auto owner = sign_in("ada", "right", device);
    ASSERT_TRUE(owner) << owner.error().text();
    EXPECT_TRUE(sign_in(service, bravo, "ada", "right")) << "another institution's ada";
    EXPECT_EQ(code_of("tess", "right", device), Code::internal) << "another's token harms nobody";
    EXPECT_EQ(code_of("ada", "right", "bwd_nonsense"), Code::sign_in_delayed);
    wall.advance(2s);
    EXPECT_TRUE(sign_in("ada", "right")) << "a delay ends";
    EXPECT_EQ(code_of("ada", "guess"), Code::unauthenticated);
    EXPECT_EQ(sign_in("ada", "guess").error().retry_after, 4s) << "being right wiped nothing out";
    // The device keeps its name when it signs in again, and has a count of its own.
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of("ada", "guess", i % 2 ? device : owner->device_token),
                  Code::unauthenticated);
    EXPECT_EQ(code_of("ada", "right", device), Code::sign_in_delayed);
}

TEST_F(SignInLimits, NamesThatNobodyHasAreCountedAlike) {
    auto answers = [&](const std::string& name) {
        std::vector<std::string> out;
        for (int i = 0; i < 8; ++i) {
            auto outcome = sign_in(name, "guess " + std::to_string(i));
            out.push_back(outcome.error().text() +
                          std::to_string(outcome.error().retry_after.value_or(0ms).count()));
        }
        return out;
    };
    EXPECT_EQ(answers("nobody"), answers("ada"));
}

TEST_F(SignInLimits, WhoeverIsDelayedTakesNoPlaceAndNoHash) {
    tenancy::DatabaseLane hashing({.name = "auth", .threads = 0, .queue_items_limit = 64},
                                  installation.clock(), [this] { return installation.database(); });
    PasswordSignIn by_hand(parts(hashing, guards), installation.rng());
    std::map<Code, int> answers;
    auto come = [&](const std::string& name, const std::string& password) {
        by_hand.sign_in(alpha.scope, {name, password, "a test"}, installation.soon(),
                        [&](Result<IssuedToken> outcome) {
                            ++answers[outcome ? Code::internal : outcome.error().code];
                        });
    };
    for (int i = 0; i < 100; ++i)
        come("ada", "guess " + std::to_string(i));
    EXPECT_EQ(hashing.status().queued, 5U) << "as many at once as may fail";
    EXPECT_EQ(answers[Code::sign_in_delayed], 95);
    come("ada", "guess 1"); // is being hashed already: waits with it, whatever the limit says
    EXPECT_EQ(by_hand.status().coalesced, 1U);
    while (hashing.run_one()) {
    }
    EXPECT_EQ(answers[Code::unauthenticated], 6);
    come("ada", "right");
    EXPECT_EQ(hashing.status().queued, 0U);
    EXPECT_EQ(answers[Code::sign_in_delayed], 96);
    EXPECT_EQ(guards.guesses.status().failed, 5U) << "a hash, not a waiter, is an attempt";
}

TEST_F(SignInLimits, WhatTheLaneRefusesIsNoFailure) {
    tenancy::DatabaseLane full({.name = "auth", .threads = 0, .queue_items_limit = 1},
                               installation.clock(), [this] { return installation.database(); });
    PasswordSignIn busy(parts(full, guards), installation.rng());
    int refused = 0;
    for (int i = 0; i < 50; ++i)
        busy.sign_in(alpha.scope, {"ada", "guess " + std::to_string(i), "a test"},
                     installation.soon(), [&](Result<IssuedToken> outcome) {
                         refused += !outcome && outcome.error().code == Code::overloaded;
                     });
    EXPECT_EQ(refused, 49);
    full.stop();
    EXPECT_TRUE(sign_in("ada", "right"));
}

TEST_F(SignInLimits, ADatabaseThatIsAwayIsNoFailure) {
    tenancy::DatabaseLane nowhere(lane::Budget{"auth", 1, 4}, installation.clock(), [this] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none user=bw_app",
                                                   "test", installation.clock());
    });
    PasswordSignIn away(parts(nowhere, guards), installation.rng());
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sign_in(away, alpha, "ada", "guess").error().code, Code::unavailable)
            << "nothing was judged, so nothing is counted";
    EXPECT_EQ(guards.guesses.status().failed, 0U);
    nowhere.stop();
}

// ---- several processes ----

struct Exchange : SignInForTest {
    SignInGuards elsewhere_guards{guard_key};
    PasswordSignIn elsewhere{parts(lane, elsewhere_guards), installation.rng()};
    FailureExchange here{installation.database(), guards.guesses, wall},
        there{installation.database(), elsewhere_guards.guesses, wall};

    void exchange() {
        for (FailureExchange* process : {&here, &there, &here}) {
            auto done = process->step(installation.soon());
            ASSERT_TRUE(done) << done.error().text();
        }
    }
};

TEST_F(Exchange, ProcessesCountTogetherWithinASecond) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(code_of("ada", "guess " + std::to_string(i)), Code::unauthenticated);
        EXPECT_EQ(sign_in(elsewhere, alpha, "ada", "other " + std::to_string(i)).error().code,
                  Code::unauthenticated);
    }
    EXPECT_EQ(code_of("nobody", "guess"), Code::unauthenticated);
    exchange();
    EXPECT_EQ(sign_in("ada", "right").error().code, Code::sign_in_delayed) << "3 and 3 are 6";
    EXPECT_EQ(sign_in(elsewhere, alpha, "ada", "right").error().code, Code::sign_in_delayed);
    EXPECT_TRUE(sign_in(elsewhere, bravo, "ada", "right"));
    EXPECT_EQ(installation.superuser().value("select count(*) from sign_in_failures"), "2")
        << "names that nobody has are told too";
    // A process that starts knows what the others knew.
    SignInGuards fresh_guards{guard_key};
    FailureExchange fresh(installation.database(), fresh_guards.guesses, wall);
    ASSERT_TRUE(fresh.step(installation.soon()));
    PasswordSignIn started(parts(lane, fresh_guards), installation.rng());
    EXPECT_EQ(sign_in(started, alpha, "ada", "right").error().code, Code::sign_in_delayed);
}

TEST_F(Exchange, ALiftReachesEveryProcess) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of("ada", "guess " + std::to_string(i)), Code::unauthenticated);
    exchange();
    ASSERT_EQ(sign_in(elsewhere, alpha, "ada", "right").error().code, Code::sign_in_delayed);
    const AccountKey account = guards.accounts.of_name(alpha.scope.tenant(), "ada");
    auto lifted =
        in(alpha, [&](tenancy::TenantTx& tx) { return lift_failures(tx, std::span(&account, 1)); });
    ASSERT_TRUE(lifted) << lifted.error().text();
    guards.guesses.lift(account);
    EXPECT_TRUE(sign_in("ada", "right"));
    exchange();
    EXPECT_TRUE(sign_in(elsewhere, alpha, "ada", "right"));
}

TEST_F(Exchange, ALiftIsHeardOnce) {
    const std::string device = sign_in("ada", "right")->device_token;
    const AccountKey account = guards.accounts.of_name(alpha.scope.tenant(), "ada");
    auto lift = [&] {
        ASSERT_TRUE(in(alpha, [&](tenancy::TenantTx& tx) {
            return lift_failures(tx, std::span(&account, 1));
        }));
    };
    lift();
    exchange();
    // The lift is still the newest row, and what fails on a known device is told to nobody.
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(code_of("ada", "guess " + std::to_string(i), device), Code::unauthenticated);
        exchange();
    }
    EXPECT_EQ(code_of("ada", "right", device), Code::sign_in_delayed);
    lift();
    exchange();
    EXPECT_TRUE(sign_in("ada", "right", device)) << "a later one counts";
}

TEST_F(Exchange, OfMoreThanOneLookHoldsAllAreHeard) {
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(code_of("name " + std::to_string(i), "guess"), Code::unauthenticated);
    ASSERT_TRUE(here.step(installation.soon()));
    FailureExchange short_of_breath(installation.database(), elsewhere_guards.guesses, wall,
                                    {.rows_limit = 5});
    ASSERT_TRUE(short_of_breath.step(installation.soon()));
    EXPECT_EQ(elsewhere_guards.guesses.status().items, 12U);
}

TEST_F(Exchange, APrimaryWhoseClockIsBehindTheLastOnesIsHeard) {
    EXPECT_EQ(code_of("tess", "guess"), Code::unauthenticated);
    exchange();
    // What the old primary wrote is a minute ahead of the clock that counts now.
    installation.superuser().run("update sign_in_failures set failed_at = now() + interval '60 s'");
    exchange();
    EXPECT_EQ(code_of("ada", "guess"), Code::unauthenticated);
    exchange();
    EXPECT_EQ(elsewhere_guards.guesses.status().items, 2U);
}

TEST_F(Exchange, ASuccessWritesNothingAndASuspendedInstitutionStopsNobody) {
    EXPECT_TRUE(sign_in("ada", "right"));
    exchange();
    EXPECT_EQ(installation.superuser().value("select count(*) from sign_in_failures"), "0");
    EXPECT_EQ(code_of("ada", "guess"), Code::unauthenticated);
    EXPECT_EQ(sign_in(service, bravo, "ada", "guess").error().code, Code::unauthenticated);
    installation.superuser().run(
        "update control.tenants set state = 'suspended' where slug = 'bravo'");
    std::ignore = here.step(installation.soon()); // says what was refused
    EXPECT_EQ(installation.superuser().value("select count(*) from sign_in_failures"), "1");
    auto again = here.step(installation.soon());
    EXPECT_TRUE(again) << "what is refused for good is not told again: " << again.error().text();
}

TEST_F(Exchange, WhatIsAnHourOldIsForgotten) {
    EXPECT_EQ(code_of("ada", "guess"), Code::unauthenticated);
    exchange();
    installation.superuser().run(
        "update sign_in_failures set failures = 50, failed_at = now() - interval '61 minutes'");
    wall.advance(61min);
    exchange();
    EXPECT_EQ(installation.superuser().value("select count(*) from sign_in_failures"), "0");
    EXPECT_TRUE(sign_in("ada", "right"));
}

} // namespace
} // namespace bw::auth
