// Second factors: made, asked for, used once, lost, reset; and what a challenge is good for.
#include "auth/second_factor.hpp"

#include <set>
#include <thread>

#include "auth/refresh.hpp"
#include "auth/sign_in_for_test.hpp"
#include "auth/totp.hpp"

namespace bw::auth {
namespace {

struct SecondFactor : SignInForTest {
    std::string secret; // of the last enrolment, raw

    static Bytes from_base32(std::string_view text) {
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        Bytes out;
        std::uint32_t held = 0;
        int bits = 0;
        for (char c : text) {
            held = held << 5 | static_cast<std::uint32_t>(letters.find(c));
            if ((bits += 5) >= 8) {
                bits -= 8;
                out.push_back(static_cast<char>(held >> bits));
                held &= (1U << bits) - 1;
            }
        }
        return out;
    }
    /// By the database's clock, whatever this process's says.
    std::string code(int steps_off = 0) {
        const Instant now{std::stoll(installation.superuser().value(
            "select floor(extract(epoch from now()) * 1000)::bigint"))};
        return totp_code(secret, totp_step(now) + steps_off);
    }
    /// As if what was used up had been used up two minutes before.
    void steps_later() {
        installation.superuser().run("update second_factors set used_step = used_step - 4");
    }
    Result<Enrolment> begin(UserId user) {
        auto begun = in(alpha, [&](tenancy::TenantTx& tx) { return factors.begin(tx, user, "A"); });
        if (begun)
            secret = from_base32(begun->secret);
        return begun;
    }
    std::vector<std::string> confirmed(UserId user) {
        EXPECT_TRUE(begin(user));
        auto codes =
            in(alpha, [&](tenancy::TenantTx& tx) { return factors.confirm(tx, user, code()); });
        EXPECT_TRUE(codes && *codes);
        steps_later();
        return **codes;
    }
    void policy(bool required) {
        auto changed = in(alpha, [&](tenancy::TenantTx& tx) -> Result<void> {
            SignInPolicy wanted = TRY(read_policy(tx));
            wanted.staff_second_factor = required;
            TRY(change_policy(tx, wanted, wall.now()));
            return {};
        });
        ASSERT_TRUE(changed) << changed.error().text();
    }
    FactorStatus status(UserId user) {
        return *in(alpha, [&](tenancy::TenantTx& tx) { return factors.status(tx, user); });
    }
};

// The README's table.
TEST_F(SecondFactor, IsAskedForWhenThereIsOneOrThePolicySaysSo) {
    struct Row {
        const char* what;
        const char* who;
        bool confirmed, required;
        FactorNeed need;
    };
    const Row rows[] = {
        {"a student", "ada", false, true, FactorNeed::none},
        {"a teacher", "tess", false, false, FactorNeed::none},
        {"a teacher who must", "tess", false, true, FactorNeed::enrolment},
        {"an administrator who must", "alice", false, true, FactorNeed::enrolment},
        {"a teacher who has one", "tess", true, false, FactorNeed::code},
        {"an administrator who has one and must", "alice", true, true, FactorNeed::code},
    };
    for (const Row& row : rows) {
        policy(row.required);
        const UserId who = row.who == std::string("ada")    ? ada
                           : row.who == std::string("tess") ? tess
                                                            : alice;
        if (row.confirmed)
            confirmed(who);
        auto outcome = sign_in(row.who, "right");
        EXPECT_EQ(outcome.has_value(), row.need == FactorNeed::none) << row.what;
        if (!outcome) {
            EXPECT_EQ(outcome.error().code, Code::second_factor_required) << row.what;
            EXPECT_EQ(outcome.error().second_factor->enrolment, row.need == FactorNeed::enrolment);
        }
        EXPECT_EQ(code_of(row.who, "wrong"), Code::unauthenticated) << row.what;
    }
}

TEST_F(SecondFactor, BeginsToCountWhenACodeOfItWasShown) {
    ASSERT_TRUE(begin(tess));
    EXPECT_TRUE(sign_in("tess", "right")) << "begun is not confirmed";
    auto wrong =
        in(alpha, [&](tenancy::TenantTx& tx) { return factors.confirm(tx, tess, "000000"); });
    EXPECT_TRUE(wrong && !*wrong);
    const std::string first = secret;
    ASSERT_TRUE(begin(tess)) << "begun again";
    EXPECT_NE(secret, first);
    EXPECT_EQ(confirmed(tess).size(), 10U);
    EXPECT_EQ(begin(tess).error().code, Code::conflict) << "nobody replaces it by beginning anew";
    EXPECT_TRUE(status(tess).confirmed_at);
    EXPECT_EQ(status(tess).recovery_codes, 10);

    const std::string asked = challenge("tess");
    ASSERT_NE(asked, "");
    auto passed = finish(asked, code());
    ASSERT_TRUE(passed) << passed.error().text();
    EXPECT_EQ(passed->issued.claims.user, tess);
    EXPECT_TRUE(passed->issued.claims.roles.has(tenancy::Role::teacher));
    EXPECT_TRUE(passed->issued.refresh_token);
    EXPECT_FALSE(passed->issued.device_token.empty());
    EXPECT_TRUE(passed->recovery_codes.empty());
}

TEST_F(SecondFactor, ACodeCountsOnceInAllProcesses) {
    confirmed(tess);
    SignInGuards elsewhere_guards{guard_key};
    SecondFactorSignIn elsewhere{second_parts(service, elsewhere_guards)};
    const std::string asked = challenge("tess");
    EXPECT_FALSE(finish(asked, code(-2)));
    ASSERT_TRUE(finish(asked, code(0)));
    for (int off : {0, -1}) { // the same, and one before it
        auto replayed = finish(elsewhere, asked, code(off));
        ASSERT_FALSE(replayed) << off;
        EXPECT_EQ(replayed.error().code, Code::unauthenticated);
        EXPECT_EQ(replayed.error().field, "/code");
    }
    EXPECT_TRUE(finish(elsewhere, asked, code(1)));
    EXPECT_EQ(guards.second_factors_failed, 1U);
    EXPECT_EQ(elsewhere_guards.second_factors_failed, 2U);
}

TEST_F(SecondFactor, CodesAreJudgedByTheDatabasesClock) {
    confirmed(tess); // by processes a minute ahead of the database and behind it, more than a step
    for (const Duration off : {Duration(1min), Duration(-1min)}) {
        const Instant now{std::stoll(installation.superuser().value(
            "select floor(extract(epoch from now()) * 1000)::bigint"))};
        wall.advance(now + off - wall.now());
        EXPECT_TRUE(finish(challenge("tess"), code()));
        steps_later();
    }
}

TEST_F(SecondFactor, ACodeConfirmsTheSecretThatItIsOf) {
    ASSERT_TRUE(begin(tess));
    const std::string of_the_first = code();
    // Another enrolment commits between the look at the first secret and its confirmation.
    std::future<Result<bool>> confirmed;
    ASSERT_TRUE(in(alpha, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(factors.begin(tx, tess, "A"));
        confirmed = std::async(std::launch::async, [&]() -> Result<bool> {
            return installation.database()->run(
                alpha.scope, installation.soon(), [&](tenancy::TenantTx& theirs) -> Result<bool> {
                    return TRY(factors.confirm(theirs, tess, of_the_first)).has_value();
                });
        });
        while (confirmed.wait_for(0s) != std::future_status::ready && // until it waits for us
               installation.superuser().value("select count(*) from pg_locks where not granted") ==
                   "0")
            std::this_thread::yield();
        return {};
    }));
    const Result<bool> taken = confirmed.get();
    ASSERT_TRUE(taken) << taken.error().text();
    EXPECT_FALSE(*taken);
    EXPECT_FALSE(status(tess).confirmed_at);
}

TEST_F(SecondFactor, RecoveryCodesCountOnceEach) {
    std::vector<std::string> codes = confirmed(tess);
    EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10U);
    std::string typed = codes[0];
    std::erase(typed, '-');
    for (char& c : typed)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    ASSERT_TRUE(finish(challenge("tess"), typed)) << "as people type it";
    EXPECT_FALSE(finish(challenge("tess"), codes[0]));
    EXPECT_TRUE(finish(challenge("tess"), codes[9]));
    EXPECT_EQ(status(tess).recovery_codes, 8);
    EXPECT_EQ(installation.superuser().value("select count(*) from audit_events where action = "
                                             "'recovery_code.used'"),
              "2");
    const std::string dump =
        installation.superuser().value("select string_agg(c::text, ' ') from recovery_codes c");
    for (const std::string& code : codes)
        EXPECT_EQ(dump.find(to_hex(code)), std::string::npos) << "stored in the clear";
    // Another's do not help.
    confirmed(alice);
    EXPECT_FALSE(finish(challenge("alice"), codes[5]));
}

TEST_F(SecondFactor, WhoMustHaveOneMakesItOnTheWayIn) {
    policy(true);
    const std::string asked = challenge("tess", true);
    ASSERT_NE(asked, "");
    EXPECT_EQ(finish(asked, "123456").error().code, Code::conflict) << "there is none yet";
    auto made = second_factor.enrol(*database, alpha.scope, asked, "A", installation.soon());
    ASSERT_TRUE(made) << made.error().text();
    secret = from_base32(made->secret);
    EXPECT_EQ(challenge("tess", true).empty(), false) << "begun is not confirmed";
    EXPECT_FALSE(finish(asked, "000000"));
    auto passed = finish(asked, code());
    ASSERT_TRUE(passed) << passed.error().text();
    EXPECT_EQ(passed->recovery_codes.size(), 10U);
    // From now on the challenge wants a code, and opens no other way.
    EXPECT_EQ(
        second_factor.enrol(*database, alpha.scope, asked, "A", installation.soon()).error().code,
        Code::conflict);
    steps_later();
    const std::string next = challenge("tess");
    EXPECT_EQ(
        second_factor.enrol(*database, alpha.scope, next, "A", installation.soon()).error().code,
        Code::forbidden);
    EXPECT_TRUE(finish(next, code()));
}

TEST_F(SecondFactor, GuessesAreDelayedAndTheOwnersDeviceIsNot) {
    confirmed(tess);
    auto in_once = finish(challenge("tess"), code());
    ASSERT_TRUE(in_once);
    steps_later();
    const std::string device = in_once->issued.device_token;
    const std::string thiefs = challenge("tess"); // who has the password
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(finish(thiefs, "00000" + std::to_string(i)).error().code, Code::unauthenticated);
    EXPECT_EQ(finish(thiefs, code()).error().code, Code::sign_in_delayed);
    EXPECT_EQ(finish(challenge("tess"), code()).error().code, Code::sign_in_delayed)
        << "another challenge is no way around";
    auto owner = finish(challenge("tess", false, device), code());
    EXPECT_TRUE(owner) << owner.error().text();
}

TEST_F(SecondFactor, AChallengeIsGoodForMinutesAndNoLongerThanThePassword) {
    confirmed(tess);
    const std::string asked = challenge("tess");
    EXPECT_FALSE(
        finish(asked.substr(0, asked.size() - 1) + (asked.back() == 'A' ? "B" : "A"), code()));
    auto elsewhere = std::make_shared<std::promise<Code>>();
    second_factor.finish(bravo.scope, {asked, code(), "x"}, installation.soon(),
                         [elsewhere](Result<SecondFactorPassed> outcome) {
                             elsewhere->set_value(outcome ? Code::internal : outcome.error().code);
                         });
    EXPECT_EQ(elsewhere->get_future().get(), Code::unauthenticated);
    // A changed password ends it: by what the database says, though this process has not heard.
    const std::string hash = *hash_password("newer", {.passes = 1, .memory_bytes = 8192});
    ASSERT_TRUE(in(
        alpha, [&](tenancy::TenantTx& tx) { return set_password(tx, "tess", hash, wall.now()); }));
    auto ended = finish(asked, code());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().field, "/challenge");
    ASSERT_TRUE(in(alpha, [&](tenancy::TenantTx& tx) {
        return set_password(
            tx, "tess", *hash_password("right", {.passes = 1, .memory_bytes = 8192}), wall.now());
    }));
    const std::string late = challenge("tess");
    wall.advance(5min);
    EXPECT_EQ(finish(late, code()).error().field, "/challenge");
}

TEST_F(SecondFactor, ChallengesSayWhatWasWritten) {
    const Challenges challenges(guard_key), others(installation.rng().bytes<32>());
    const Challenge whole{.tenant = alpha.scope.tenant(),
                          .user = tess,
                          .epoch = 7,
                          .account = {1, 2},
                          .device = {3, 4},
                          .enrolment = true,
                          .shared_for = 90min,
                          .expires_at = wall.now() + 1min};
    const std::string text = challenges.write(whole);
    auto read = challenges.read(text, whole.tenant, wall.now());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, whole);
    EXPECT_FALSE(others.read(text, whole.tenant, wall.now()));
    EXPECT_FALSE(challenges.read(text, bravo.scope.tenant(), wall.now()));
    EXPECT_FALSE(challenges.read(text, whole.tenant, whole.expires_at));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string bad = text;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(challenges.read(bad, whole.tenant, wall.now())) << i;
        EXPECT_FALSE(challenges.read(text.substr(0, i), whole.tenant, wall.now())) << i;
    }
}

TEST_F(SecondFactor, IsSealedUnderThePersonsKeyAndGoesWithIt) {
    confirmed(tess);
    const std::string row =
        installation.superuser().value("select encode(sealed_secret, 'hex') from second_factors");
    EXPECT_EQ(row.find(to_hex(secret)), std::string::npos);
    ASSERT_TRUE(in(alpha, [&](tenancy::TenantTx& tx) {
        return audit::erase_subject_key(tx, tess, wall.now());
    }));
    EXPECT_FALSE(finish(challenge("tess"), code())) << "without the key it is noise";
    ASSERT_TRUE(
        in(alpha, [&](tenancy::TenantTx& tx) { return forget_person(tx, tess, wall.now()); }));
    EXPECT_EQ(installation.superuser().value(
                  "select (select count(*) from second_factors) + (select count(*) from "
                  "recovery_codes)"),
              "0");
}

TEST_F(SecondFactor, RefreshingAsksForNothing) {
    auto before = sign_in("tess", "right");
    ASSERT_TRUE(before);
    policy(true);
    confirmed(tess);
    SessionRefresh refresh(rotations, refresh_tokens, issuer, revocations, wall);
    auto outcome = std::make_shared<std::promise<bool>>();
    refresh.refresh(
        alpha.scope, *before->refresh_token, installation.soon(),
        [outcome](Result<IssuedToken> renewed) { outcome->set_value(renewed.has_value()); });
    EXPECT_TRUE(outcome->get_future().get());
}

} // namespace
} // namespace bw::auth
