// What is ended in one process ends in all, and whoever ended it hears when.
#include "tenancy/revocation_feed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "support/installation.hpp"

namespace bw::tenancy {
namespace {

struct Feed : testing::Test {
    test::Installation installation;
    TenantInfo alpha = installation.provision("alpha");
    TenantDirectory directory;
    ManualClock clock{SystemClock().now()};
    std::unique_ptr<Database> database = installation.database();
    const UserId user = UserId::make(clock.now(), installation.rng());
    const AuthSessionId session = AuthSessionId::make(clock.now(), installation.rng());

    /// A server process, as far as the feed goes.
    struct Process {
        Revocations known;
        std::string saved;
        RevocationFeed feed;
        explicit Process(Feed& of, FeedOptions options = {}, const Clock* clock = nullptr)
            : feed(of.installation.database(), known, of.directory, clock ? *clock : of.clock,
                   of.installation.rng(), options,
                   [this](const std::string& file) { saved = file; }) {}
        void step() {
            auto stepped = feed.step();
            EXPECT_TRUE(stepped) << stepped.error().text();
        }
    };

    void SetUp() override { installation.refresh(directory); }

    std::int64_t revoke(bool commit = true) {
        std::int64_t epoch = 0;
        auto done =
            database->run(alpha.scope, installation.soon(), [&](TenantTx& tx) -> Result<void> {
                epoch = TRY(revoke_user(tx, user, clock.now()));
                if (!commit)
                    return fail(Code::conflict, "the deed did not stand");
                return {};
            });
        EXPECT_EQ(done.has_value(), commit);
        return epoch;
    }
    void revoke_session_at(Instant at) {
        ASSERT_TRUE(database->run(alpha.scope, installation.soon(), [&](TenantTx& tx) {
            return tenancy::revoke_session(tx, session, at);
        }));
    }
    bool ended(const Process& process, std::int64_t epoch = 0) const {
        return process.known.revoked(alpha.scope.tenant(), user, session, epoch);
    }
};

TEST_F(Feed, WhatIsEndedInOneProcessEndsInAll) {
    Process one(*this), two(*this);
    one.step();
    two.step();
    const std::int64_t epoch = revoke();
    EXPECT_FALSE(ended(one));
    one.step();
    EXPECT_TRUE(ended(one));
    EXPECT_FALSE(ended(one, epoch));
    EXPECT_FALSE(ended(two)); // it has not asked yet
    two.step();
    EXPECT_TRUE(ended(two));
}

TEST_F(Feed, WhatWasRolledBackEndsNothing) {
    Process one(*this);
    revoke(false);
    one.step();
    EXPECT_FALSE(ended(one));
    EXPECT_EQ(revoke(), 1) << "nor is its epoch used up";
}

TEST_F(Feed, AllThreeKindsComeOver) {
    Process one(*this);
    auto done = database->run(alpha.scope, installation.soon(), [&](TenantTx& tx) -> Result<void> {
        EXPECT_EQ(TRY(revoke_session(tx, session, clock.now())), 1);
        EXPECT_EQ(TRY(revoke_user(tx, user, clock.now())), 2);
        EXPECT_EQ(TRY(revoke_everybody(tx, clock.now())), 3);
        return {};
    });
    ASSERT_TRUE(done) << done.error().text();
    one.step();
    std::vector<Revocation> all = one.known.all();
    std::ranges::sort(all, {}, &Revocation::epoch);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].session, session);
    EXPECT_EQ(all[1].user, user);
    EXPECT_FALSE(all[2].user || all[2].session);
}

TEST_F(Feed, AWaiterHearsWhenEveryLiveProcessHasSeenIt) {
    SystemClock real;
    Process asking(*this, {.interval = 10ms}, &real), slow(*this);
    slow.step();
    asking.feed.start();
    const std::int64_t epoch = revoke();
    auto hear = [&](Duration within) {
        auto heard = std::make_shared<std::promise<bool>>();
        asking.feed.when_confirmed(epoch, Deadline::in(real, within),
                                   [heard](bool seen) { heard->set_value(seen); });
        return heard->get_future().get();
    };
    EXPECT_FALSE(hear(300ms)) << "the slow one has not seen it";
    slow.step(); // sees it
    slow.step(); // says so
    EXPECT_TRUE(hear(20s));
    installation.superuser().run(
        "update control.processes set seen_epoch = 0, seen_at = now() - interval '3 seconds' "
        "where seen_epoch = (select min(seen_epoch) from control.processes)");
    EXPECT_TRUE(hear(20s)) << "nobody waits for the dead";
    asking.feed.stop();
    EXPECT_FALSE(hear(20s)) << "nobody listens any more";
}

TEST_F(Feed, ANoticeIsEnough) {
    SystemClock real;
    Process one(*this, {.interval = 1h}, &real);
    one.feed.start();
    auto heard = std::make_shared<std::promise<bool>>();
    while (one.known.silent_for(real.monotonic()) == Duration::max())
        std::this_thread::yield();
    const std::int64_t epoch = revoke();
    one.feed.when_confirmed(epoch, installation.soon(),
                            [heard](bool seen) { heard->set_value(seen); });
    EXPECT_TRUE(heard->get_future().get()); // the next question would be in an hour
    EXPECT_TRUE(ended(one));
}

TEST_F(Feed, WithoutANoticeItIsSeenByAsking) {
    installation.superuser().run(
        "create or replace function control.take_revocation_epoch() returns bigint language sql "
        "security definer set search_path = pg_catalog, pg_temp as $$ update "
        "control.revocation_epoch set value = value + 1 returning value $$");
    SystemClock real;
    Process one(*this, {.interval = 10ms}, &real), two(*this, {.interval = 10ms}, &real);
    one.feed.start();
    two.feed.start();
    while (two.known.silent_for(real.monotonic()) == Duration::max())
        std::this_thread::yield();
    const std::int64_t epoch = revoke();
    auto heard = std::make_shared<std::promise<bool>>();
    one.feed.when_confirmed(epoch, installation.soon(),
                            [heard](bool seen) { heard->set_value(seen); });
    EXPECT_TRUE(heard->get_future().get());
    EXPECT_TRUE(ended(one));
    EXPECT_TRUE(ended(two));
}

TEST_F(Feed, WhatAFailoverLostIsWrittenAgain) {
    Process one(*this), two(*this);
    revoke();
    revoke();
    one.step();
    two.step();
    installation.superuser().run(
        "delete from revocations; update control.revocation_epoch set value = 0");
    one.step(); // the epochs went back: it has read all again and found its own missing
    EXPECT_EQ(one.feed.status().restored, 1U);
    EXPECT_EQ(
        installation.superuser().value("select string_agg(epoch::text, ' ') from revocations"), "3")
        << "under an epoch that nobody ever had";
    two.step();
    two.step();
    EXPECT_EQ(two.feed.status().restored, 0U) << "once";
    EXPECT_TRUE(ended(two, 2));
    Process fresh(*this);
    fresh.step();
    EXPECT_TRUE(ended(fresh));
}

TEST_F(Feed, WhatHasEndedAllItCouldIsForgotten) {
    Process one(*this);
    revoke();
    revoke_session_at(clock.now());
    auto kept = [&] {
        one.step();
        const std::string in_database =
            installation.superuser().value("select count(*) from revocations");
        EXPECT_EQ(std::to_string(one.known.size()), in_database);
        return in_database;
    };
    EXPECT_EQ(kept(), "2");
    clock.advance(token_life_max);
    EXPECT_EQ(kept(), "2");
    clock.advance(1h); // past the clocks' difference, too
    EXPECT_EQ(kept(), "1") << "no access token of that session lives";
    EXPECT_TRUE(ended(one)) << "refresh tokens of the person do";
    clock.advance(32 * 24h);
    EXPECT_EQ(kept(), "0");
}

TEST_F(Feed, ASessionWhoseEndWasLostIsRememberedAsLongAsItsRefreshTokensLive) {
    Process one(*this);
    revoke_session_at(clock.now());
    one.step();
    installation.superuser().run(
        "delete from revocations; update control.revocation_epoch set value = 0");
    one.step();
    EXPECT_EQ(one.feed.status().restored, 1U);
    Process two(*this);
    for (const Duration later : {Duration(31 * 24h), Duration(24h + 1h)}) {
        clock.advance(later);
        one.step();
        two.step();
        EXPECT_EQ(two.known.revoked(alpha.scope.tenant(), user, session, 0), later > 48h)
            << "its family's tombstone was lost as well";
    }
}

TEST_F(Feed, KeysThatCannotBeReadKeepNoRevocationFromBeingHeard) {
    KeyRing ring(SecretKey{});
    SigningKeyFeed keys(ring, SecretKey{}, clock, installation.rng());
    Revocations known;
    RevocationFeed feed(installation.database(), known, directory, clock, installation.rng(), {},
                        nullptr, &keys);
    installation.superuser().run("alter function control.signing_keys_after rename to gone");
    const std::int64_t epoch = revoke();
    EXPECT_FALSE(feed.step());
    EXPECT_TRUE(known.revoked(alpha.scope.tenant(), user, session, epoch - 1));
    EXPECT_TRUE(feed.require_fresh());
    EXPECT_TRUE(feed.status().failing);
    EXPECT_FALSE(feed.step());
    auto confirmed = [&] {
        return installation.superuser().value("select min(seen_epoch) from control.processes");
    };
    EXPECT_EQ(confirmed(), "0") << "who waits for the epoch waits for the keys too";
    installation.superuser().run("alter function control.gone rename to signing_keys_after");
    ASSERT_TRUE(feed.step());
    ASSERT_TRUE(feed.step());
    EXPECT_EQ(confirmed(), std::to_string(epoch));
}

TEST_F(Feed, TheFileIsWrittenWhenSomethingChanged) {
    Process one(*this);
    one.step();
    EXPECT_EQ(one.saved, "");
    revoke();
    one.step();
    EXPECT_EQ(one.saved, "") << "first it says how far it has seen: somebody waits for that";
    one.step();
    Revocations again;
    ASSERT_TRUE(again.from_file(one.saved));
    EXPECT_EQ(again.all(), one.known.all());
    one.saved.clear();
    one.step();
    EXPECT_EQ(one.saved, "");
    for (int i = 0; i < 3; ++i) { // soon after: not at each change, though changes never end
        revoke();
        one.step();
        EXPECT_EQ(one.saved, "") << i;
        clock.advance(FeedOptions{}.save_interval / 3 + 1ms);
    }
    revoke();
    one.step();
    EXPECT_NE(one.saved, "");
}

TEST_F(Feed, SensitiveDeedsNeedAFeedThatWasHeardLately) {
    Process one(*this);
    auto refused = [&] {
        auto fresh = one.feed.require_fresh();
        return !fresh && fresh.error().code == Code::unavailable && fresh.error().retry_after;
    };
    EXPECT_TRUE(refused()) << "nothing was heard yet";
    one.step();
    EXPECT_TRUE(one.feed.require_fresh());
    clock.advance(sensitive_silence_max);
    EXPECT_TRUE(one.feed.require_fresh());
    clock.advance(1ms);
    EXPECT_TRUE(refused());
    one.step();
    EXPECT_TRUE(one.feed.require_fresh());
}

TEST_F(Feed, NewsAreHeardWhenTheyStandAndWhatMayHaveBeenMissedIsSaid) {
    SystemClock real;
    const TenantInfo bravo = installation.provision("bravo");
    Process one(*this, {.interval = 10ms}, &real);
    std::mutex mutex;
    std::condition_variable come;
    std::deque<std::optional<TenantId>> heard;
    auto watch = one.feed.on_news([&](std::optional<TenantId> of) {
        std::lock_guard lock(mutex);
        heard.push_back(of);
        come.notify_all();
    });
    auto next = [&] {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(come.wait_for(lock, 20s, [&] { return !heard.empty(); }));
        auto first = heard.empty() ? std::optional<TenantId>() : heard.front();
        if (!heard.empty())
            heard.pop_front();
        return first;
    };
    auto say = [&](const TenantInfo& at, bool commit = true) {
        auto said = database->run(at.scope, installation.soon(), [&](TenantTx& tx) -> Result<void> {
            const Step news = news_step();
            TRY(tx.run(news.statement, news.params));
            if (!commit)
                return fail(Code::conflict, "the deed did not stand");
            return {};
        });
        EXPECT_EQ(said.has_value(), commit);
    };
    one.feed.start();
    EXPECT_EQ(next(), std::nullopt) << "nobody listened before";
    say(alpha);
    EXPECT_EQ(next(), alpha.scope.tenant());
    say(alpha, false);
    say(bravo);
    EXPECT_EQ(next(), bravo.scope.tenant()) << "what was rolled back is no news";
    const std::int64_t seen = one.feed.status().seen_epoch;
    EXPECT_EQ(revoke(), seen + 1);
    say(alpha);
    EXPECT_EQ(next(), alpha.scope.tenant()) << "beside a revocation";
    installation.superuser().run("select pg_terminate_backend(pid, 10000) from pg_stat_activity "
                                 "where query like '%confirm_revocations%' and pid <> "
                                 "pg_backend_pid() and datname = current_database()");
    EXPECT_EQ(next(), std::nullopt);
    say(bravo);
    EXPECT_EQ(next(), bravo.scope.tenant());
    watch.reset();
    say(bravo);
    one.feed.stop();
    EXPECT_TRUE(heard.empty());
}

TEST_F(Feed, SaysSinceWhenItIsSilent) {
    Process one(*this);
    one.step();
    EXPECT_EQ(one.known.silent_for(clock.monotonic()), Duration::zero());
    installation.superuser().run("alter function control.confirm_revocations rename to gone");
    clock.advance(5s);
    EXPECT_FALSE(one.feed.step());
    EXPECT_TRUE(one.feed.status().failing);
    EXPECT_EQ(one.known.silent_for(clock.monotonic()), 5s);
}

} // namespace
} // namespace bw::tenancy
