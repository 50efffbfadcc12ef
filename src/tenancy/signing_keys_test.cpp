// Signing keys in a real database: processes share them, rotate once, withdraw at once, and start
// without the database.
#include "tenancy/signing_keys.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "support/installation.hpp"
#include "tenancy/provisioning.hpp"
#include "tenancy/revocation_feed.hpp"
#include "tenancy/token.hpp"

namespace bw::tenancy {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* issuer = "https://bellwether.test";

struct SigningKeysTest : testing::Test {
    test::Installation installation;
    TenantInfo alpha = installation.provision("alpha");
    TenantDirectory directory;
    SecretKey master = installation.rng().bytes<32>();
    std::unique_ptr<Database> desk = installation.database("bw_operator");

    /// A server process: its clock, its keys, its verifier.
    struct Process {
        ManualClock clock;
        KeyRing ring;
        std::string saved;
        SigningKeyFeed keys;
        Revocations revocations;
        RevocationFeed feed;
        TokenVerifier verifier;

        explicit Process(SigningKeysTest& of, SigningKeyOptions options = {.makes_keys = true},
                         Duration ahead = 0s)
            : clock(SystemClock().now() + ahead), ring(of.master),
              keys(ring, of.master, clock, of.installation.rng(), options,
                   [this](const std::string& file) { saved = file; }),
              feed(of.installation.database(), revocations, of.directory, clock,
                   of.installation.rng(), {.deadline = 20s}, nullptr, &keys),
              verifier(issuer, ring, of.directory, revocations, clock, of.installation.rng()) {}
        void step() {
            auto stepped = feed.step();
            EXPECT_TRUE(stepped) << stepped.error().text();
        }
        /// Until nothing is new.
        void settle() {
            for (int i = 0; i < 3; ++i)
                step();
        }
        std::string signer() const {
            auto key = ring.signer(clock.now());
            return key ? key->kid() : "none";
        }
        /// Set to that moment, which lies ahead.
        void wait_until(Instant at) { clock.advance(at - clock.now()); }
        std::string token(const TenantInfo& tenant, Rng& rng) const {
            const Instant now = clock.now();
            return sign_token({issuer, tenant.scope.tenant(), UserId::make(now, rng),
                               AuthSessionId::make(now, rng), Role::student, now, now + 1h,
                               now + 40min},
                              *ring.signer(now));
        }
        std::string verdict(const std::string& token) const {
            auto principal = verifier.verify(token);
            return principal ? "good" : std::string(wire_name(principal.error().code));
        }
    };

    void SetUp() override { installation.refresh(directory); }
    std::string token_of(const Process& process) {
        return process.token(alpha, installation.rng());
    }
    std::vector<KeyRecord> listed() { return *SigningKeys::list(*desk, installation.soon()); }
    Result<KeyRecord> rotate(SigningKeys::Rotation rotation = {}) {
        return SigningKeys::rotate(*desk, master, rotation, "opt_1 ops", installation.rng(),
                                   installation.soon());
    }
    Result<std::int64_t> revoke(const std::optional<std::string>& kid) {
        return SigningKeys::revoke(*desk, master, kid, "opt_1 ops", installation.rng(),
                                   installation.soon());
    }
    std::string book() {
        return installation.superuser().value(
            "select coalesce(string_agg(actor || ' ' || action, ', ' order by seq), '') from "
            "control.operator_events where action like 'signing_key.%'");
    }
};

TEST_F(SigningKeysTest, OfManyProcessesThatStartAtOnceOneMakesTheFirst) {
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < 4; ++i)
        processes.push_back(std::make_unique<Process>(*this));
    {
        std::vector<std::jthread> threads;
        for (auto& process : processes)
            threads.emplace_back([&process] { process->settle(); });
    }
    ASSERT_EQ(listed().size(), 1U);
    const std::string token = token_of(*processes[0]);
    for (auto& process : processes) {
        process->step();
        EXPECT_EQ(process->signer(), listed()[0].kid);
        EXPECT_EQ(process->verdict(token), "good");
    }
    EXPECT_EQ(book(), "schedule signing_key.announced");
}

TEST_F(SigningKeysTest, OfManyThatFindARotationDueOneDoesItAndTheOthersFollow) {
    Process(*this).settle();
    const std::string before = listed()[0].kid;
    // Due at once, by the database's clock too.
    const SigningKeyOptions due{.makes_keys = true, .rotate_every = announce_default};
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < 4; ++i)
        processes.push_back(std::make_unique<Process>(*this, due));
    {
        std::vector<std::jthread> threads;
        for (auto& process : processes)
            threads.emplace_back([&process] { process->settle(); });
    }
    ASSERT_EQ(listed().size(), 2U);
    for (auto& process : processes) {
        process->settle();
        EXPECT_EQ(process->signer(), before) << "the new one is announced";
        EXPECT_THAT(process->ring.jwk_set(process->clock.now()), HasSubstr(listed()[1].kid));
    }
    processes[0]->wait_until(listed()[1].signs_from);
    EXPECT_EQ(processes[0]->signer(), listed()[1].kid);
    EXPECT_EQ(processes[1]->verdict(token_of(*processes[0])), "good");
}

TEST_F(SigningKeysTest, AProcessWhoseClockIsDaysAheadDoesNotRotateEarly) {
    Process(*this).settle();
    Process hurried(*this, {.makes_keys = true}, 40 * 24h);
    hurried.settle();
    EXPECT_EQ(listed().size(), 1U) << "the database's clock counts";
}

TEST_F(SigningKeysTest, ARotationLeavesNoGapBetweenProcessesWhoseClocksDiffer) {
    Process ahead(*this, {.makes_keys = true}, 60s), behind(*this, {.makes_keys = true}, -60s);
    ahead.settle();
    behind.settle();
    ASSERT_TRUE(rotate());
    const std::string old_key = listed()[0].kid, new_key = listed()[1].kid;
    ahead.settle();
    behind.settle();
    // Second by second around the moment, and around the old one's end, each takes the other's.
    ahead.wait_until(listed()[1].signs_from - 5s);
    behind.wait_until(listed()[1].signs_from - 125s);
    bool mixed = false;
    std::string latest;
    for (int second = 0; second < 140; ++second) {
        const std::string a = token_of(ahead), b = token_of(behind);
        ASSERT_EQ(behind.verdict(a), "good") << second << ": signed by the one that is ahead";
        ASSERT_EQ(ahead.verdict(b), "good") << second;
        mixed |= ahead.signer() == new_key && behind.signer() == old_key;
        if (behind.signer() == old_key)
            latest = b;
        ahead.clock.advance(1s);
        behind.clock.advance(1s);
    }
    EXPECT_TRUE(mixed) << "they signed with different keys for a while";
    EXPECT_EQ(behind.signer(), new_key);
    ahead.clock.advance(57min); // just before it expires by this clock
    EXPECT_EQ(ahead.verdict(latest), "good");
    ahead.clock.advance(retirement);
    EXPECT_EQ(ahead.ring.find(old_key, ahead.clock.now(), ahead.clock.monotonic()).error().code,
              Code::unavailable)
        << "gone, as if it had never been";
}

TEST_F(SigningKeysTest, WhoMissedARotationAcceptsWithinAMoment) {
    Process one(*this), other(*this);
    one.settle();
    other.settle();
    const std::string old_token = token_of(one);
    ASSERT_EQ(other.verdict(old_token), "good");
    ASSERT_TRUE(rotate({.algorithm = TokenAlgorithm::es256, .announce = 0s}));
    one.settle();
    one.wait_until(listed()[1].signs_from);
    const std::string fresh = token_of(one);
    EXPECT_THAT(*from_base64url(fresh.substr(0, fresh.find('.'))), HasSubstr("ES256"));
    EXPECT_EQ(other.verdict(fresh), "unavailable") << "it is looking";
    EXPECT_EQ(other.verdict(fresh), "unavailable");
    other.step();
    EXPECT_EQ(other.verdict(fresh), "good");
    EXPECT_EQ(other.verdict(old_token), "good");
    // What no database knows is refused after the look, and costs one look a second at most.
    const KeyRing strangers{TokenKey::make(TokenAlgorithm::eddsa, installation.rng())};
    Claims claims{issuer, alpha.scope.tenant()};
    claims.issued_at = other.clock.now();
    claims.expires_at = claims.issued_at + 1h;
    const std::string forged = sign_token(claims, *strangers.signer(other.clock.now()));
    EXPECT_EQ(other.verdict(forged), "unavailable");
    other.clock.advance(2s);
    other.step();
    EXPECT_EQ(other.verdict(forged), "unauthenticated");
    // Nor is anybody told to come again with what would be no good then.
    const KeyRing others{TokenKey::make(TokenAlgorithm::eddsa, installation.rng())};
    Claims expired = claims, foreign = claims;
    expired.expires_at = other.clock.now() - 1s;
    foreign.issuer = "https://elsewhere.test";
    for (const Claims& useless : {expired, foreign})
        EXPECT_EQ(other.verdict(sign_token(useless, *others.signer(other.clock.now()))),
                  "unauthenticated");
}

TEST_F(SigningKeysTest, UnderLoadNoTokenIsLostWhileKeysChangeWithoutNotice) {
    const SystemClock real;
    struct Live { // a process whose feed runs
        KeyRing ring;
        SigningKeyFeed keys;
        Revocations revocations;
        RevocationFeed feed;
        TokenVerifier verifier;
        Live(SigningKeysTest& of, const Clock& clock)
            : ring(of.master),
              keys(ring, of.master, clock, of.installation.rng(), {.makes_keys = true}),
              feed(of.installation.database(), revocations, of.directory, clock,
                   of.installation.rng(), {.interval = 50ms, .deadline = 20s}, nullptr, &keys),
              verifier(issuer, ring, of.directory, revocations, clock, of.installation.rng()) {
            feed.start();
        }
    };
    Live one(*this, real), other(*this, real);
    auto both_sign_with = [&](const std::string& kid) {
        for (const Deadline end = installation.soon(); !end.expired(real);
             std::this_thread::yield()) {
            const auto a = one.ring.signer(real.now()), b = other.ring.signer(real.now());
            if (a && b && a->kid() == b->kid() && (kid.empty() || a->kid() == kid))
                return true;
        }
        return false;
    };
    ASSERT_TRUE(both_sign_with(""));
    std::atomic<std::uint64_t> verified = 0, refused = 0;
    std::vector<std::jthread> load;
    for (int i = 0; i < 3; ++i)
        load.emplace_back([&, i](const std::stop_token& stop) {
            const Live &from = i == 0 ? other : one, &to = i == 0 ? one : other;
            while (!stop.stop_requested()) {
                const Instant now = real.now();
                const std::string token = sign_token(
                    {issuer, alpha.scope.tenant(), UserId::make(now, installation.rng()),
                     AuthSessionId::make(now, installation.rng()), Role::student, now, now + 1h},
                    *from.ring.signer(now));
                auto principal = to.verifier.verify(token);
                // It is looking for the key; whoever comes again finds it.
                for (const Deadline end = installation.soon();
                     !principal && principal.error().code == Code::unavailable &&
                     !end.expired(real);
                     principal = to.verifier.verify(token))
                    std::this_thread::yield();
                ++(principal ? verified : refused);
            }
        });
    for (int i = 0; i < 4; ++i) {
        const auto next =
            rotate({.algorithm = i % 2 == 0 ? TokenAlgorithm::es256 : TokenAlgorithm::eddsa,
                    .announce = 0s});
        ASSERT_TRUE(next) << next.error().text();
        EXPECT_TRUE(both_sign_with(next->kid));
    }
    load.clear();
    EXPECT_EQ(refused, 0U);
    EXPECT_GT(verified, 100U);
}

TEST_F(SigningKeysTest, ALeakedKeyIsRefusedAtOnceByAll) {
    Process one(*this), other(*this);
    one.settle();
    other.settle();
    const std::string leaked = one.signer(), token = token_of(one);
    ASSERT_EQ(one.verdict(token), "good");
    ASSERT_EQ(other.verdict(token), "good"); // remembered as verified
    const auto epoch = revoke(leaked);
    ASSERT_TRUE(epoch) << epoch.error().text();
    one.step();
    other.step();
    EXPECT_EQ(one.verdict(token), "unauthenticated");
    EXPECT_EQ(other.verdict(token), "unauthenticated");
    EXPECT_EQ(one.feed.status().seen_epoch, *epoch) << "who waits for it waits for the key";
    EXPECT_NE(one.signer(), leaked);
    EXPECT_EQ(one.signer(), other.signer());
    EXPECT_EQ(other.verdict(token_of(one)), "good") << "sessions come back by a refresh";
    EXPECT_EQ(
        installation.superuser().value("select count(*) from control.signing_keys where kid = '" +
                                       leaked + "' and sealed is null"),
        "1")
        << "its private half is gone";
    EXPECT_TRUE(revoke(leaked)) << "twice is fine";
    EXPECT_EQ(listed().size(), 2U);
    EXPECT_EQ(revoke(std::string(kid_bytes, 'A')).error().code, Code::not_found);
    EXPECT_EQ(book(), "schedule signing_key.announced, opt_1 ops signing_key.revoked, opt_1 ops "
                      "signing_key.announced");
    EXPECT_FALSE(SigningKeys::revoke(*installation.database(), master, leaked, "x",
                                     installation.rng(), installation.soon()))
        << "a server's role may not";
}

TEST_F(SigningKeysTest, TheAnnouncedOneTakesOverFromALeakedOne) {
    Process one(*this);
    one.settle();
    const std::string leaked = one.signer();
    ASSERT_TRUE(rotate());
    ASSERT_TRUE(revoke(leaked));
    one.settle();
    EXPECT_EQ(listed().size(), 2U) << "others have its public half already";
    EXPECT_EQ(one.signer(), listed()[1].kid == leaked ? listed()[0].kid : listed()[1].kid);
    EXPECT_LE(one.ring.records(one.clock.now()).back().signs_from,
              SystemClock().now() + clock_skew_max);
}

TEST_F(SigningKeysTest, AllGoWhenTheMasterKeyHasLeaked) {
    Process one(*this);
    one.settle();
    const std::string token = token_of(one);
    ASSERT_TRUE(rotate());
    const std::vector<KeyRecord> before = listed();
    master = installation.rng().bytes<32>(); // the operator has put another one in its place
    EXPECT_EQ(rotate().error().code, Code::forbidden) << "the next must open where the others do";
    EXPECT_EQ(revoke(before[0].kid).error().code, Code::forbidden);
    ASSERT_TRUE(revoke(std::nullopt));
    Process restarted(*this);
    restarted.settle();
    EXPECT_EQ(restarted.verdict(token), "unauthenticated");
    for (const KeyRecord& old : before)
        EXPECT_NE(restarted.signer(), old.kid);
    EXPECT_EQ(restarted.verdict(token_of(restarted)), "good");
}

TEST_F(SigningKeysTest, AStartWithoutTheDatabaseSignsAndVerifiesFromTheFile) {
    Process one(*this);
    one.settle();
    ASSERT_TRUE(rotate());
    one.settle();
    const std::string token = token_of(one);
    Process alone(*this);
    ASSERT_TRUE(alone.ring.from_file(one.saved, alone.clock.now()));
    EXPECT_EQ(alone.verdict(token), "good");
    EXPECT_EQ(one.verdict(token_of(alone)), "good");
    alone.wait_until(listed()[1].signs_from);
    EXPECT_EQ(alone.signer(), listed()[1].kid) << "what was announced signs in its time";
    alone.clock.advance(400 * 24h);
    EXPECT_EQ(alone.signer(), listed()[1].kid) << "for the length of the outage";
}

TEST_F(SigningKeysTest, WhatAFailoverLostIsWrittenAgain) {
    Process one(*this), other(*this);
    one.settle();
    ASSERT_TRUE(rotate());
    const std::string leaked = listed()[0].kid;
    ASSERT_TRUE(revoke(leaked));
    one.settle();
    const auto before = listed();
    ASSERT_EQ(before.size(), 2U);
    // The rotation and the revocation were not replicated.
    installation.superuser().run("delete from control.signing_keys where kid <> '" + leaked +
                                 "'; update control.signing_keys set revoked_at = null, sealed = "
                                 "'x'; update control.revocation_epoch set value = 0");
    one.step();
    EXPECT_EQ(listed(), before);
    other.settle();
    EXPECT_EQ(other.signer(), one.signer());
    EXPECT_EQ(other.ring.find(leaked, other.clock.now(), {0}).error().code, Code::unauthenticated);
}

TEST_F(SigningKeysTest, AKeyThatWasThereBeforeTheDatabaseHadAnyIsTheFirst) {
    const TokenKey former = TokenKey::make(TokenAlgorithm::eddsa, installation.rng());
    Process one(*this), other(*this);
    const Instant since = one.clock.now() - 100 * 24h;
    const KeyRecord record{.kid = former.kid(),
                           .algorithm = former.algorithm(),
                           .sealed = seal_token_key(former, master, installation.rng()),
                           .announced_at = since,
                           .signs_from = since};
    one.ring.merge({&record, 1}, one.clock.now());
    const std::string token = token_of(one);
    one.settle();
    other.settle();
    EXPECT_EQ(listed()[0].kid, former.kid());
    EXPECT_EQ(listed().size(), 2U) << "it has signed for long: the next one is announced";
    EXPECT_EQ(other.signer(), former.kid());
    EXPECT_EQ(other.verdict(token), "good");
}

TEST_F(SigningKeysTest, AStaleFileBringsNoKeyBack) {
    Process stale(*this);
    stale.settle();
    const std::string leaked = stale.signer(), file = stale.saved;
    ASSERT_TRUE(revoke(leaked));
    Process restarted(*this);
    ASSERT_TRUE(restarted.ring.from_file(file, restarted.clock.now()));
    EXPECT_EQ(restarted.signer(), leaked);
    restarted.settle();
    EXPECT_NE(restarted.signer(), leaked);
    EXPECT_EQ(restarted.ring.find(leaked, restarted.clock.now(), {0}).error().code,
              Code::unauthenticated);
    // Nor does a process that says so.
    test::Session(installation.conninfo())
        .run("select control.signing_key_restore('" + leaked +
             "', 'EdDSA', 'x', now(), now() - interval '1 day', null)");
    EXPECT_TRUE(listed().front().revoked_at && listed().front().sealed.empty());
}

TEST_F(SigningKeysTest, AnotherAlgorithmIsARotationAndTwoThatDisagreeComeToAnEnd) {
    Process eddsa(*this, {.makes_keys = true, .algorithm = TokenAlgorithm::eddsa});
    Process es256(*this, {.makes_keys = true, .algorithm = TokenAlgorithm::es256});
    eddsa.settle();
    es256.wait_until(listed()[0].signs_from);
    es256.settle();
    ASSERT_EQ(listed().size(), 2U);
    EXPECT_EQ(listed()[1].algorithm, TokenAlgorithm::es256);
    for (int i = 0; i < 6; ++i) {
        installation.superuser().run(
            "update control.signing_keys set signs_from = least(signs_from, now()), change = "
            "control.take_revocation_epoch()");
        for (Process* process : {&eddsa, &es256}) {
            process->clock.advance(5min);
            process->settle();
        }
    }
    EXPECT_LE(listed().size(), 4U);
}

TEST_F(SigningKeysTest, OnDemandOneAtATime) {
    ASSERT_TRUE(rotate()) << "the first signs at once";
    const auto next = rotate({.algorithm = TokenAlgorithm::es256});
    ASSERT_TRUE(next) << next.error().text();
    EXPECT_EQ(next->signs_from - next->announced_at, announce_default);
    EXPECT_EQ(rotate().error().code, Code::conflict) << "one is announced";
    EXPECT_EQ(rotate({.algorithm = TokenAlgorithm::eddsa, .announce = 0s}).error().code,
              Code::conflict);
    const auto promoted = rotate({.announce = 0s});
    ASSERT_TRUE(promoted);
    EXPECT_EQ(promoted->kid, next->kid);
    EXPECT_LE(promoted->signs_from, SystemClock().now());
    for (int i = 0; i < 14; ++i)
        ASSERT_TRUE(rotate({.announce = 0s})) << i;
    EXPECT_EQ(rotate({.announce = 0s}).error().code, Code::conflict) << "too many still verify";
    installation.superuser().run(
        "update control.signing_keys set signs_from = signs_from - "
        "interval '1 day', announced_at = announced_at - interval '1 day'");
    ASSERT_TRUE(rotate({.announce = 0s})) << "the old ones are gone";
    EXPECT_EQ(listed().size(), 2U);
}

TEST_F(SigningKeysTest, TheDatabaseAloneHasNoPrivateHalf) {
    Process one(*this);
    one.settle();
    ASSERT_TRUE(rotate({.algorithm = TokenAlgorithm::es256}));
    one.settle();
    const std::string dump = installation.superuser().value(
        "select string_agg(k::text, ' ') from control.signing_keys k");
    for (const KeyRecord& record : listed()) {
        const auto key = unseal_token_key(record, master);
        ASSERT_TRUE(key);
        EXPECT_THAT(dump, Not(HasSubstr(to_hex(view(key->seed())))));
    }
    // Nor does who can write it make a key.
    const TokenKey attackers = TokenKey::make(TokenAlgorithm::eddsa, installation.rng());
    installation.superuser().run(
        "insert into control.signing_keys select '" + attackers.kid() + "', 'EdDSA', '\\x" +
        to_hex(seal_token_key(attackers, SecretKey{}, installation.rng())) +
        "', now(), now() - interval '1 hour', null, control.take_revocation_epoch()");
    one.settle();
    EXPECT_FALSE(one.ring.find(attackers.kid(), one.clock.now(), {0}));
    EXPECT_NE(one.signer(), attackers.kid());
}

} // namespace
} // namespace bw::tenancy
