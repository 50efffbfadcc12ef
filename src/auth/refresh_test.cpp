// Refresh against a real database: families rotate, thieves end them, lost commits and outages sign
// nobody out.
#include "auth/refresh.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "auth/session_sweep.hpp"
#include "support/epoch_last.hpp"
#include "support/installation.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {
namespace {

using test::Installation;

struct Refresh : testing::Test {
    Installation installation;
    tenancy::TenantInfo alpha = installation.provision("alpha"),
                        bravo = installation.provision("bravo");
    SystemClock clock;
    tenancy::KeyRing keys{SigningKey::make(installation.rng())};
    RoutingHints hints{SecretKey{}};
    TokenIssuer issuer{{.issuer = "test"}, keys, hints, clock, installation.rng()};
    RefreshTokens tokens{{installation.rng().bytes<32>()}};
    tenancy::Revocations revocations;
    std::vector<RefreshToken> reused;
    RotationLane rotations{{.budget = {.name = "sessions", .threads = 0},
                            .on_reuse =
                                [this](tenancy::TenantTx& tx, const RefreshToken& token) {
                                    reused.push_back(token);
                                    return audited_reuse(clock, installation.rng())(tx, token);
                                }},
                           clock,
                           [this] { return installation.database(); }};
    SessionRefresh service{rotations, tokens, issuer, revocations, clock};
    const UserId ada{*to_array<16>(*from_hex("0000000000007000800000000000000a"))};

    void SetUp() override {
        for (const tenancy::TenantInfo& tenant : {alpha, bravo})
            as(tenant, R"(
                insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000001', 's', 'o', 'O', 'school');
                insert into users (user_id, source, sourced_id, status, username, username_normal, given_name, family_name) values
                    ('00000000-0000-7000-8000-00000000000a', 's', 'a', 'active', 'Ada', 'ada', 'Ada', 'L');
                insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
                    ('00000000-0000-7000-8000-00000000000d', 's', 'r', '00000000-0000-7000-8000-00000000000a',
                     '00000000-0000-7000-8000-000000000001', 'student', 'primary'))");
    }
    void as(const tenancy::TenantInfo& tenant, const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(tenant.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    std::string families() {
        return installation.superuser().value(
            "select coalesce(string_agg(generation || case when revoked_at is null then '' else ' "
            "ended' end, ', ' order by began_at, generation), '') from refresh_families");
    }

    /// A session of Ada's, begun; its first token, issued so long ago.
    RefreshToken begun(Duration ago = 1h, const tenancy::TenantInfo* tenant = nullptr) {
        const tenancy::TenantScope& scope = (tenant ? *tenant : alpha).scope;
        RefreshToken token{.tenant = scope.tenant(),
                           .user = ada,
                           .session = issuer.new_session(),
                           .issued_at = clock.now() - ago,
                           .expires_at = clock.now() + 24h,
                           .roles = tenancy::Role::student};
        bool done = false;
        rotations.begin(scope, {token.session, ada, "a tablet", token.expires_at},
                        installation.soon(), [&](Result<Instant> begun) {
                            EXPECT_TRUE(begun) << begun.error().text();
                            done = true;
                        });
        while (!done)
            rotations.run_batch();
        return token;
    }
    /// All shown at once, in one batch.
    std::vector<Result<IssuedToken>> refresh(const std::vector<RefreshToken>& shown) {
        return refresh(shown, service, rotations);
    }
    std::vector<Result<IssuedToken>> refresh(const std::vector<RefreshToken>& shown,
                                             SessionRefresh& at, RotationLane& lane) {
        std::vector<std::optional<Result<IssuedToken>>> outcomes(shown.size());
        for (std::size_t i = 0; i < shown.size(); ++i)
            at.refresh(
                scope_of(shown[i]), tokens.write(shown[i]), installation.soon(),
                [&outcomes, i](Result<IssuedToken> outcome) { outcomes[i] = std::move(outcome); });
        while (lane.run_batch()) {
        }
        std::vector<Result<IssuedToken>> out;
        for (auto& outcome : outcomes)
            out.push_back(std::move(outcome).value());
        return out;
    }
    Result<IssuedToken> refresh(const RefreshToken& shown) {
        return refresh(std::vector{shown})[0];
    }
    /// The same at a process whose connection is lost at COMMIT: nothing is committed.
    std::vector<Result<IssuedToken>> refresh_in_vain(const std::vector<RefreshToken>& shown) {
        installation.superuser().run(R"(
            create or replace function lose() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(20); return null; end $$;
            create constraint trigger lose after update on refresh_families
            deferrable initially deferred for each row execute function lose())");
        RotationLane lane({.budget = {.name = "lossy", .threads = 0}}, clock,
                          [this] { return installation.database(); });
        SessionRefresh lossy(lane, tokens, issuer, revocations, clock);
        auto answers = refresh(shown, lossy, lane);
        EXPECT_EQ(lossy.status().outage, shown.size());
        installation.superuser().run("drop trigger lose on refresh_families");
        return answers;
    }
    const tenancy::TenantScope& scope_of(const RefreshToken& token) const {
        return token.tenant == alpha.scope.tenant() ? alpha.scope : bravo.scope;
    }
    RefreshToken next(const Result<IssuedToken>& issued) {
        EXPECT_TRUE(issued) << issued.error().text();
        EXPECT_TRUE(issued && issued->refresh_token);
        return *tokens.read(*issued->refresh_token);
    }
    /// As if the last rotation had been so long ago.
    void age(const std::string& interval) {
        installation.superuser().run("update refresh_families set rotated_at = rotated_at - "
                                     "interval '" +
                                     interval + "'");
    }
    static RefreshToken aged(RefreshToken token, Duration by) {
        token.issued_at = token.issued_at - by;
        return token;
    }
};

TEST_F(Refresh, ATokenIsGoodOnceAndItsSuccessorNext) {
    RefreshToken token = begun();
    for (int generation = 1; generation <= 3; ++generation) {
        auto issued = refresh(token);
        token = next(issued);
        EXPECT_EQ(token.generation, generation);
        EXPECT_EQ(issued->claims.session, token.session);
        EXPECT_EQ(issued->claims.user, ada);
        EXPECT_EQ(issued->claims.roles, tenancy::Roles(tenancy::Role::student));
    }
    EXPECT_EQ(families(), "3");
}

TEST_F(Refresh, TheSameTokenGivesTheSameSuccessorWithinTheGrace) {
    const RefreshToken token = begun();
    const RefreshToken successor = next(refresh(token));
    EXPECT_EQ(next(refresh(token)), successor);
    age("20 seconds");
    EXPECT_EQ(next(refresh(token)).generation, 1);
    EXPECT_EQ(families(), "1");
}

TEST_F(Refresh, DuplicatesInOneBatchAreOneRotationAndAllAreAnswered) {
    const RefreshToken one = begun(), two = begun(), bravos = begun(1h, &bravo);
    auto answers = refresh({one, two, one, bravos, one, two, bravos});
    for (std::size_t i : {0U, 2U, 4U})
        EXPECT_EQ(next(answers[i]), next(answers[0]));
    EXPECT_EQ(next(answers[5]), next(answers[1]));
    EXPECT_EQ(next(answers[6]), next(answers[3]));
    EXPECT_EQ(families(), "1, 1, 1");
}

TEST_F(Refresh, AnOldAndANewTokenInOneBatchAreJudgedEach) {
    const RefreshToken first = begun();
    const RefreshToken second = next(refresh(first));
    age("1 minute");
    auto answers = refresh({first, aged(second, 1min)});
    EXPECT_FALSE(answers[0]) << "used a minute ago";
    EXPECT_EQ(next(answers[1]).generation, 2);
    EXPECT_EQ(families(), "2 ended");
    EXPECT_EQ(reused.size(), 1U);
}

TEST_F(Refresh, AfterTheGraceItEndsTheSessionForBothHolders) {
    test::nothing_follows_the_epoch(installation.superuser());
    const RefreshToken stolen = begun();
    const RefreshToken newest = next(refresh(stolen));
    age("31 seconds");
    auto thief = refresh(stolen);
    ASSERT_FALSE(thief);
    EXPECT_EQ(thief.error().code, Code::unauthenticated);
    EXPECT_EQ(reused.size(), 1U);
    EXPECT_FALSE(refresh(newest));
    EXPECT_EQ(families(), "1 ended");
    EXPECT_EQ(installation.superuser().value("select count(*) from revocations"), "1")
        << "access tokens end too";
    EXPECT_EQ(installation.superuser().value(
                  "select actor || ' ' || action || ' ' || subject from audit_events"),
              ada.text() + " session.reused " + stolen.session.text());
    EXPECT_EQ(service.status().reused, 1U);
    EXPECT_EQ(service.status().ended, 1U);
    EXPECT_EQ(service.status().rotated, 1U);
}

TEST_F(Refresh, WhatAFailoverLostGoesOn) {
    const RefreshToken first = begun();
    const RefreshToken second = next(refresh(first)), third = next(refresh(second));
    installation.superuser().run("update refresh_families set generation = 1"); // two commits lost
    EXPECT_EQ(next(refresh(aged(third, 1h))).generation, 3);
    installation.superuser().run("delete from refresh_families"); // the sign-in too
    const RefreshToken fourth = next(refresh(aged(third, 1h)));
    EXPECT_EQ(fourth.generation, 3);
    EXPECT_EQ(next(refresh(fourth)).generation, 4);
    EXPECT_EQ(families(), "4");
}

TEST_F(Refresh, WhoseCommitWasLostComesBackWithTheSameToken) {
    const RefreshToken token = begun();
    auto answer = refresh_in_vain({token})[0];
    RefreshToken again = next(answer);
    EXPECT_EQ(again.generation, token.generation) << "nobody has judged it: no successor";
    EXPECT_TRUE(again.unanswered);
    EXPECT_EQ(answer->claims.expires_at - answer->claims.issued_at, 5min);
    EXPECT_EQ(families(), "0") << "else nothing was lost";
    again = next(refresh_in_vain({again})[0]);
    const RefreshToken first = next(refresh(again));
    EXPECT_EQ(first.generation, 1);
    EXPECT_FALSE(first.unanswered);

    // Committed after all, which is heard of an hour later.
    again = next(refresh_in_vain({first})[0]);
    installation.superuser().run(
        "update refresh_families set generation = 2, rotated_at = now() - interval '1 hour'");
    again.unanswered = {again.unanswered->from - 1h, again.unanswered->until - 1h};
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(next(refresh(aged(again, 2h))).generation, 2);
    EXPECT_EQ(next(refresh(next(refresh(aged(again, 2h))))).generation, 3);
    EXPECT_EQ(families(), "3");
}

TEST_F(Refresh, AnOldTokenGainsNothingByALostCommit) {
    for (const int stolen : {0, 1, 2}) {
        std::vector<RefreshToken> all{begun()};
        for (int i = 0; i < 3; ++i)
            all.push_back(next(refresh(all.back())));
        age("1 hour");
        const RefreshToken thiefs = aged(all[static_cast<std::size_t>(stolen)], 2h);
        // In one batch with a rotation that is lost.
        RefreshToken gained = next(refresh_in_vain({thiefs, begun()})[0]);
        gained = next(refresh_in_vain({gained, begun()})[0]); // and once more
        auto thief = refresh(gained);
        ASSERT_FALSE(thief) << stolen << ": a token that was used up became the newest";
        EXPECT_EQ(thief.error().code, Code::unauthenticated);
        EXPECT_EQ(reused.size(), static_cast<std::size_t>(stolen) + 1);
    }
}

TEST_F(Refresh, AThiefGetsNothingThoughTheFamilyCannotBeEnded) {
    const RefreshToken stolen = begun();
    next(refresh(stolen));
    age("1 hour");
    for (const Code code : {Code::unavailable, Code::deadline_exceeded, Code::outcome_unknown}) {
        RotationLane lane(
            {.budget = {.name = "lame", .threads = 0},
             .on_reuse = [&](tenancy::TenantTx&, const RefreshToken&) -> Result<void> {
                 return fail(code, "not now");
             }},
            clock, [this] { return installation.database(); });
        SessionRefresh lame(lane, tokens, issuer, revocations, clock);
        auto thief = refresh({stolen}, lame, lane)[0];
        ASSERT_FALSE(thief) << wire_name(code);
        EXPECT_EQ(thief.error().code, Code::unauthenticated);
        EXPECT_EQ(lame.status().reused, 1U);
    }
    EXPECT_EQ(families(), "1");
    EXPECT_FALSE(refresh(stolen));
    EXPECT_EQ(families(), "1 ended") << "by the next that is shown";
}

TEST_F(Refresh, AFamilyThatWasLostIsAsSharedAndAsOldAsItCanHaveBeen) {
    for (const bool shared : {false, true}) {
        RefreshToken token = begun();
        token.shared_device = shared;
        installation.superuser().run("delete from refresh_families");
        EXPECT_EQ(next(refresh(token)).shared_device, shared);
        EXPECT_EQ(installation.superuser().value("select shared_device from refresh_families"),
                  shared ? "t" : "f");
        EXPECT_EQ(installation.superuser().value("select began_at <= expires_at - interval '30 "
                                                 "days' from refresh_families"),
                  "t")
            << "a refresh token is no fresh proof of who somebody is";
    }
}

TEST_F(Refresh, AnEndedFamilyStaysEndedWhateverIsShown) {
    const RefreshToken token = begun();
    auto database = installation.database();
    auto end = [&](const RefreshToken& which) {
        auto ended = database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return end_session(tx, which.user, which.session, which.expires_at);
        });
        ASSERT_TRUE(ended && *ended);
    };
    end(token);
    EXPECT_FALSE(refresh(token));
    RefreshToken newer = token;
    newer.generation = 9;
    EXPECT_FALSE(refresh(newer)) << "its tombstone stands";
    // One that the database never knew: signed out before its first refresh, in an outage.
    RefreshToken unknown = token;
    unknown.session = issuer.new_session();
    end(unknown);
    EXPECT_FALSE(refresh(unknown));
    EXPECT_EQ(families(), "0 ended, 0 ended");
}

TEST_F(Refresh, NobodyEndsAnothersSession) {
    const RefreshToken token = begun();
    auto database = installation.database();
    auto ended = database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return end_session(tx, UserId::make(clock.now(), installation.rng()), token.session,
                           token.expires_at);
    });
    ASSERT_TRUE(ended) << ended.error().text();
    EXPECT_FALSE(*ended);
    EXPECT_TRUE(refresh(token));
}

TEST_F(Refresh, ARevokedPersonIsOutByTheDatabaseAndByMemory) {
    const RefreshToken known = begun(), lost = begun();
    as(alpha,
       "delete from refresh_families where session_id = '" + to_text(lost.session.uuid) + "'");
    auto database = installation.database();
    auto epoch = database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return tenancy::revoke_user(tx, ada, clock.now());
    });
    ASSERT_TRUE(epoch);
    // This process has not heard of it yet; the database has.
    EXPECT_FALSE(refresh(known));
    EXPECT_FALSE(refresh(lost));
    EXPECT_EQ(families(), "0");
    RefreshToken after = begun();
    after.epoch = *epoch; // signed in since
    EXPECT_TRUE(refresh(after));
    revocations.add({{{alpha.scope.tenant(), {}, {}, *epoch + 1, clock.now()}}});
    EXPECT_FALSE(refresh(after)) << "and this the database has not heard of";
}

TEST_F(Refresh, WhoLeftTheRosterIsOutAndRolesAreReadAgain) {
    const RefreshToken token = begun();
    as(alpha, "update user_roles set role = 'teacher'");
    auto issued = refresh(token);
    const RefreshToken second = next(issued);
    EXPECT_EQ(issued->claims.roles, tenancy::Roles(tenancy::Role::teacher));
    as(alpha, "update users set status = 'inactive', username_normal = null");
    EXPECT_FALSE(refresh(second));
    EXPECT_EQ(families(), "1");
}

TEST_F(Refresh, AnotherInstitutionsTokenIsNone) {
    const RefreshToken token = begun();
    Result<IssuedToken> outcome = fail(Code::internal, "not called");
    service.refresh(bravo.scope, tokens.write(token), installation.soon(),
                    [&](Result<IssuedToken> answer) { outcome = std::move(answer); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::unauthenticated);
    // A forger with the key but another tenant's ids meets row-level security.
    RefreshToken forged = token;
    forged.tenant = bravo.scope.tenant();
    EXPECT_TRUE(refresh(forged)) << "the same ids are another family there";
    EXPECT_EQ(families(), "1, 0");
}

TEST_F(Refresh, TwoProcessesRotateOneFamilyOnce) {
    RotationLane other({.budget = {.name = "other", .threads = 0}}, clock,
                       [this] { return installation.database(); });
    SessionRefresh elsewhere(other, tokens, issuer, revocations, clock);
    for (int round = 0; round < 20; ++round) {
        const RefreshToken token = begun();
        std::optional<Result<IssuedToken>> here, there;
        service.refresh(alpha.scope, tokens.write(token), installation.soon(),
                        [&](Result<IssuedToken> outcome) { here = std::move(outcome); });
        elsewhere.refresh(alpha.scope, tokens.write(token), installation.soon(),
                          [&](Result<IssuedToken> outcome) { there = std::move(outcome); });
        std::jthread second([&] { other.run_batch(); });
        rotations.run_batch();
        second.join();
        EXPECT_EQ(next(*here), next(*there));
        EXPECT_EQ(next(*here).generation, 1);
    }
}

TEST_F(Refresh, WhileTheDatabaseIsAwayStudentsStayIn) {
    RefreshToken token = begun();
    RotationLane cut({.budget = {.name = "cut", .threads = 0}}, clock, [this] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none user=bw_app",
                                                   "test", installation.clock());
    });
    SessionRefresh away(cut, tokens, issuer, revocations, clock);
    auto ask = [&](const RefreshToken& shown) {
        std::optional<Result<IssuedToken>> outcome;
        away.refresh(alpha.scope, tokens.write(shown), installation.soon(),
                     [&](Result<IssuedToken> answer) { outcome = std::move(answer); });
        cut.run_batch();
        return *std::move(outcome);
    };
    auto issued = ask(token);
    ASSERT_TRUE(issued) << issued.error().text();
    EXPECT_FALSE(issued->refresh_token) << "the one shown still holds";
    EXPECT_EQ(issued->claims.expires_at - issued->claims.issued_at, 5min);
    EXPECT_EQ(issued->claims.roles, token.roles);
    EXPECT_EQ(away.status().outage, 1U);
    EXPECT_TRUE(refresh(token)) << "when it is back";
    revocations.add({{{alpha.scope.tenant(), ada, {}, 1, clock.now()}}});
    EXPECT_FALSE(ask(token)) << "but nobody who was sent out comes back that way";
}

/// Ahead of the system's by as much as a test says.
struct ClockAhead final : Clock {
    SystemClock system;
    std::atomic<std::int64_t> ahead = 0;
    Instant now() const override { return system.now(); }
    Monotonic monotonic() const override { return system.monotonic() + Duration(ahead); }
};

TEST_F(Refresh, AQueueThatIsFullForWantOfADatabaseKeepsNobodyOut) {
    RotationLane cut({.budget = {.name = "cut", .threads = 0, .queue_items_limit = 1}}, clock, [&] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none user=bw_app",
                                                   "test", installation.clock());
    });
    SessionRefresh away(cut, tokens, issuer, revocations, clock);
    std::vector<Result<IssuedToken>> answers;
    auto ask = [&](SessionRefresh& at, const RefreshToken& shown) {
        at.refresh(alpha.scope, tokens.write(shown), installation.soon(),
                   [&](Result<IssuedToken> answer) { answers.push_back(std::move(answer)); });
    };
    const RefreshToken one = begun(), two = begun();
    ask(away, one);
    ask(away, two);
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_FALSE(answers[0]) << "nobody knows yet that it is away";
    EXPECT_EQ(answers[0].error().code, Code::overloaded);
    cut.run_batch(); // by now it is known
    ask(away, one);
    ask(away, two);
    cut.run_batch();
    ASSERT_EQ(answers.size(), 4U);
    for (std::size_t i : {1U, 2U, 3U})
        EXPECT_TRUE(answers[i]) << i << ": " << answers[i].error().text();
    EXPECT_TRUE(refresh(one));
}

TEST_F(Refresh, AQueueThatIsFullBecauseNothingMovesKeepsNobodyOut) {
    ClockAhead moved;
    RotationLane hung({.budget = {.name = "hung", .threads = 1, .queue_items_limit = 1}}, moved,
                      [&] { return installation.database(); });
    SessionRefresh there(hung, tokens, issuer, revocations, clock);
    const RefreshToken first = begun(), second = begun(), third = begun();
    test::Session keeper(installation.superuser_conninfo());
    keeper.run("begin; lock table refresh_families");
    std::promise<Result<IssuedToken>> answers[4];
    auto ask = [&](std::size_t i, const RefreshToken& shown) {
        there.refresh(alpha.scope, tokens.write(shown), installation.soon(),
                      [&, i](Result<IssuedToken> answer) { answers[i].set_value(answer); });
    };
    ask(0, first);
    while (hung.status().running == 0)
        std::this_thread::yield();
    ask(1, second);
    ask(2, third);
    auto full = answers[2].get_future().get();
    ASSERT_FALSE(full) << "the database may only be busy";
    EXPECT_EQ(full.error().code, Code::overloaded);
    moved.ahead = Duration(3s).count();
    ask(3, third);
    auto short_one = answers[3].get_future().get();
    ASSERT_TRUE(short_one) << short_one.error().text();
    EXPECT_FALSE(short_one->refresh_token);
    keeper.run("commit");
    EXPECT_TRUE(answers[0].get_future().get());
    EXPECT_TRUE(answers[1].get_future().get());
    EXPECT_FALSE(hung.database_away());
}

TEST_F(Refresh, TheOwnerSeesTheirSessionsTheLastUsedFirst) {
    const RefreshToken first = begun(), second = begun();
    begun(1h, &bravo);
    age("1 hour");
    next(refresh(first));
    auto database = installation.database();
    auto list = [&] {
        auto sessions = database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return list_sessions(tx, ada, clock.now());
        });
        EXPECT_TRUE(sessions);
        return *sessions;
    };
    auto sessions = list();
    ASSERT_EQ(sessions.size(), 2U);
    EXPECT_EQ(sessions[0].session, first.session);
    EXPECT_EQ(sessions[0].device, "a tablet");
    EXPECT_GT(sessions[0].used_at, sessions[1].used_at);
    ASSERT_TRUE(database->run(alpha.scope, installation.soon(),
                              [&](tenancy::TenantTx& tx) { return end_sessions(tx, ada); }));
    EXPECT_EQ(list().size(), 0U);
    EXPECT_FALSE(refresh(second));
}

TEST_F(Refresh, WhatNobodyCanShowAnyMoreIsForgottenAltogether) {
    for (const tenancy::TenantInfo& tenant : {alpha, bravo})
        as(tenant, "insert into refresh_families (session_id, user_id, generation, rotated_at, "
                   "began_at, expires_at, device) select gen_random_uuid(), "
                   "'00000000-0000-7000-8000-00000000000a', 7, now(), now(), now() - interval '25 "
                   "hours', '' from generate_series(1, 250)");
    begun();
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    SessionSweep sweep([this] { return installation.database(); }, directory, {.rows_limit = 100});
    EXPECT_EQ(sweep.step(), 500) << "more than one statement takes";
    EXPECT_EQ(families(), "0");
    installation.superuser().run(
        "update refresh_families set expires_at = now() - interval '23 hours'");
    EXPECT_EQ(sweep.step(), 0) << "a tombstone stands a day longer than any clock is wrong";
    // By itself, and it ends when it is told to.
    installation.superuser().run(
        "update refresh_families set expires_at = now() - interval '25 hours'");
    SessionSweep alone([this] { return installation.database(); }, directory,
                       {.first_after = 1ms, .interval = 1h});
    alone.start();
    while (families() != "")
        std::this_thread::yield();
    alone.stop();
}

} // namespace
} // namespace bw::auth
