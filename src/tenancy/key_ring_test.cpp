// Which key signs, which verify, and what a process does with a kid that it does not know. The
// states are the table of README.md, "Signing keys".
#include "tenancy/key_ring.hpp"

#include <gmock/gmock.h>

#include "tenancy/token.hpp"

namespace bw::tenancy {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Instant noon{1795424340000};

KeyRecord record(std::string kid, Duration signs_from, bool revoked = false) {
    return {.kid = std::move(kid),
            .algorithm = TokenAlgorithm::eddsa,
            .sealed = {},
            .announced_at = noon + signs_from - announce_default,
            .signs_from = noon + signs_from,
            .revoked_at = revoked ? std::optional(noon) : std::nullopt};
}

std::string told(std::span<const KeyState> states) {
    std::string out;
    for (KeyState state : states)
        out += (out.empty() ? "" : " ") + std::string(wire_name(state));
    return out;
}

TEST(KeyStates, FollowFromTheMoments) {
    constexpr Duration day = 24h;
    struct Case {
        const char* what;
        std::vector<KeyRecord> keys; // in the order in which they sign
        Duration now;
        const char* states;
    };
    const Case cases[] = {
        {"none", {}, 0s, ""},
        {"the first", {record("a", 0s)}, 0s, "signing"},
        {"however old", {record("a", 0s)}, 1000 * day, "signing"},
        {"by a clock that is behind", {record("a", 0s)}, -1min, "signing"},
        {"another one is announced",
         {record("a", 0s), record("b", day)},
         day - 1ms,
         "signing announced"},
        {"its time has come", {record("a", 0s), record("b", day)}, day, "retired signing"},
        {"as long as what it signed lives",
         {record("a", 0s), record("b", day)},
         day + retirement,
         "retired signing"},
        {"and no longer",
         {record("a", 0s), record("b", day)},
         day + retirement + 1ms,
         "gone signing"},
        {"of three",
         {record("a", 0s), record("b", 1h), record("c", 2h)},
         90min,
         "retired signing announced"},
        {"each counts from its own successor",
         {record("a", 0s), record("b", 1h), record("c", 3h)},
         1h + retirement + 1ms,
         "gone retired signing"},
        {"a revoked one", {record("a", 0s, true), record("b", 1s)}, 0s, "revoked signing"},
        {"the successor was revoked",
         {record("a", 0s), record("b", 1h, true), record("c", 2h)},
         90min,
         "signing revoked announced"},
        {"all are revoked", {record("a", 0s, true)}, day, "revoked"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(told(key_states(c.keys, noon + c.now)), c.states) << c.what;
}

/// A ring as a process has it, with keys of its master's.
struct Ring : testing::Test {
    SeededRng rng{7};
    const SecretKey master = rng.bytes<32>();
    const TokenKey first = TokenKey::make(TokenAlgorithm::eddsa, rng),
                   second = TokenKey::make(TokenAlgorithm::es256, rng);
    KeyRing ring{master};

    KeyRecord sealed(const TokenKey& key, Duration signs_from) {
        KeyRecord out = record(key.kid(), signs_from);
        out.algorithm = key.algorithm();
        out.sealed = seal_token_key(key, master, rng);
        return out;
    }
    static KeyRecord revoked(KeyRecord of, Instant at = noon) {
        of.sealed.clear();
        of.revoked_at = at;
        return of;
    }
    std::size_t merge(std::vector<KeyRecord> records, Duration now = 0s) {
        return ring.merge(records, noon + now);
    }
    std::string signer(Duration now = 0s) const {
        auto key = ring.signer(noon + now);
        return key ? key->kid() : "none";
    }
    Result<KeyRing::Holding> find(const TokenKey& key, Duration now = 0s,
                                  Monotonic at = {0}) const {
        return ring.find(key.kid(), noon + now, at);
    }
};

TEST_F(Ring, HandsOverWhenTheMomentComes) {
    EXPECT_EQ(signer(), "none");
    EXPECT_EQ(merge({sealed(first, 0s), sealed(second, 1h)}), 0U);
    EXPECT_EQ(signer(), first.kid());
    EXPECT_EQ(signer(1h), second.kid());
    ASSERT_TRUE(find(second)) << "a process whose clock is ahead signs with it already";
    EXPECT_EQ(find(second)->key.algorithm(), TokenAlgorithm::es256);
    ASSERT_TRUE(find(first, 1h + retirement));
    EXPECT_EQ(find(first)->until, noon + 1h + retirement);
    EXPECT_FALSE(find(first, 1h + retirement + 1ms));
}

TEST_F(Ring, ARevokedKeyStaysRevokedAndItsPrivateHalfGoes) {
    const KeyRecord one = sealed(first, 0s), two = sealed(second, 1h);
    merge({one, two});
    const std::uint64_t before = ring.version();
    merge({revoked(one)});
    EXPECT_GT(ring.version(), before);
    EXPECT_EQ(signer(), second.kid()) << "at once";
    EXPECT_EQ(find(first).error().code, Code::unauthenticated);
    merge({one}); // as an old file or a restored database has it
    EXPECT_EQ(find(first).error().code, Code::unauthenticated);
    EXPECT_THAT(ring.jwk_set(noon), Not(HasSubstr(first.kid())));
    EXPECT_THAT(ring.jwk_set(noon), HasSubstr(second.kid()));
}

TEST_F(Ring, WhatDoesNotOpenUnderTheMasterKeyIsNoKey) {
    const TokenKey attackers = TokenKey::make(TokenAlgorithm::eddsa, rng);
    KeyRecord forged = sealed(attackers, 0s);
    forged.sealed = seal_token_key(attackers, SecretKey{9}, rng);
    KeyRecord renamed = sealed(attackers, 0s); // a good box in another key's place
    renamed.kid = first.kid();
    KeyRecord relabelled = sealed(attackers, 0s);
    relabelled.algorithm = TokenAlgorithm::es256;
    EXPECT_EQ(merge({forged, renamed, relabelled}), 3U);
    EXPECT_EQ(signer(), "none");
    EXPECT_EQ(ring.jwk_set(noon), R"({"keys":[]})");
}

TEST_F(Ring, AnUnknownKidIsLookedForOnceAndNobodyWaits) {
    merge({sealed(first, 0s)});
    auto at = [](Duration d) { return Monotonic{Duration(1h + d).count()}; };
    auto code = [&](Duration d) { return find(second, 0s, at(d)).error().code; };
    EXPECT_FALSE(ring.wants_look(at(0s)));
    auto unknown = find(second, 0s, at(0s));
    EXPECT_EQ(unknown.error().code, Code::unavailable);
    EXPECT_TRUE(unknown.error().retry_after);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(code(1ms), Code::unavailable);
    EXPECT_TRUE(ring.wants_look(at(2ms)));
    EXPECT_FALSE(ring.wants_look(at(2ms))) << "once for all of them";
    ring.looked(at(3ms));
    EXPECT_EQ(code(4ms), Code::unauthenticated) << "there is none";
    EXPECT_FALSE(ring.wants_look(at(2s)));
    // Another stranger: not before the interval is over.
    const TokenKey third = TokenKey::make(TokenAlgorithm::eddsa, rng);
    EXPECT_EQ(find(third, 0s, at(10ms)).error().code, Code::unavailable);
    EXPECT_FALSE(ring.wants_look(at(20ms)));
    EXPECT_TRUE(ring.wants_look(at(3ms + KeyRing::look_interval)));
    // It was missed, and is there now.
    ring.looked(at(2s));
    merge({sealed(third, 0s)});
    EXPECT_TRUE(find(third, 0s, at(2s)));
    // Later it is worth another look.
    EXPECT_EQ(code(11s), Code::unavailable);
}

TEST_F(Ring, ACrowdOfStrangersIsForgottenNotKept) {
    ring.looked({1});
    for (int i = 0; i < 1000; ++i) {
        std::string kid = std::to_string(100'000'000 + i) + "-strang";
        EXPECT_EQ(ring.find(kid, noon, {10 + i}).error().code, Code::unavailable);
    }
    EXPECT_EQ(ring.find("too-short", noon, {5000}).error().code, Code::unauthenticated);
    ring.looked({6000});
    EXPECT_EQ(ring.find("100000999-strang", noon, {7000}).error().code, Code::unauthenticated);
}

TEST_F(Ring, TheFileHoldsAllAndNothingInTheClear) {
    const TokenKey third = TokenKey::make(TokenAlgorithm::eddsa, rng);
    merge({sealed(first, 0s), sealed(second, 1h), revoked(sealed(third, 2h))});
    const std::string file = ring.to_file(noon);
    for (const TokenKey* key : {&first, &second}) {
        const auto seed = key->seed();
        EXPECT_THAT(file, Not(HasSubstr(view(seed))));
        EXPECT_THAT(file, Not(HasSubstr(to_base64url(view(seed)))));
        EXPECT_THAT(file, Not(HasSubstr(to_hex(view(seed)))));
    }
    KeyRing again{master};
    ASSERT_TRUE(again.from_file(file, noon));
    EXPECT_EQ(again.records(noon), ring.records(noon));
    EXPECT_EQ(again.signer(noon)->kid(), first.kid());
    EXPECT_EQ(again.find(third.kid(), noon, {0}).error().code, Code::unauthenticated);
    for (std::size_t i = 0; i < file.size(); ++i) {
        KeyRing other{master};
        std::string altered = file;
        altered[i] = altered[i] == '0' ? '1' : '0';
        if (altered == file)
            continue;
        EXPECT_FALSE(other.from_file(altered, noon)) << i;
        EXPECT_FALSE(other.from_file(file.substr(0, i), noon)) << i;
        EXPECT_FALSE(other.signer(noon)) << i;
    }
    KeyRing foreign{SecretKey{1}};
    EXPECT_FALSE(foreign.from_file(file, noon));
}

TEST_F(Ring, TheKeySetSaysWhatVerifiersNeed) {
    merge({sealed(first, 0s), sealed(second, 1h)});
    const std::string set = ring.jwk_set(noon);
    EXPECT_THAT(set, HasSubstr(R"("kty":"OKP")"));
    EXPECT_THAT(set, HasSubstr(R"("use":"sig","alg":"EdDSA","kid":")" + first.kid() + "\""));
    EXPECT_THAT(set, HasSubstr(R"("crv":"P-256","kty":"EC")"));
    EXPECT_THAT(set, HasSubstr(R"("use":"sig","alg":"ES256","kid":")" + second.kid() + "\""));
    for (const TokenKey* key : {&first, &second})
        EXPECT_THAT(set, Not(HasSubstr(to_base64url(view(key->seed())))));
    EXPECT_THAT(set, Not(HasSubstr("\"d\"")));
}

} // namespace
} // namespace bw::tenancy
