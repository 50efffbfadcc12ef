// Access tokens: what is signed verifies, and no other text does.
#include "tenancy/token.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <functional>

#include "support/installation.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

constexpr const char* issuer = "https://bellwether.test/cell/1";
constexpr std::int64_t start_ms = 1795424340000;

struct Parts {
    std::string header, payload, signature; // decoded
};

Parts split(const std::string& token) {
    const std::size_t first = token.find('.'), second = token.find('.', first + 1);
    return {*from_base64url(token.substr(0, first)),
            *from_base64url(token.substr(first + 1, second - first - 1)),
            *from_base64url(token.substr(second + 1))};
}

std::string replace(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// One institution, one key, one clock. The directory is real, so it comes from a database.
struct Tokens : testing::Test {
    Installation installation;
    TenantInfo alpha = installation.provision("alpha"), bravo = installation.provision("bravo");
    TenantDirectory directory{1}; // sees what the superuser changes
    Revocations revocations;
    ManualClock clock{Instant{start_ms}};
    SeededRng rng{1};
    SigningKey key = SigningKey::make(rng), other_key = SigningKey::make(rng);
    KeyRing keys{key};
    Claims claims{issuer,
                  alpha.scope.tenant(),
                  UserId::make({start_ms}, rng),
                  AuthSessionId::make({start_ms}, rng),
                  Roles(Role::teacher).with(Role::administrator),
                  {start_ms},
                  Instant{start_ms} + 1h,
                  Instant{start_ms} + 40min};

    void SetUp() override { installation.refresh(directory); }

    std::unique_ptr<TokenVerifier> verifier(std::size_t cache = 1000) {
        return std::make_unique<TokenVerifier>(issuer, keys, directory, revocations, clock, rng,
                                               cache);
    }
    std::string sign(const std::string& header, const std::string& payload,
                     const SigningKey& with) const {
        std::string text = to_base64url(header) + "." + to_base64url(payload);
        return text + "." + to_base64url(view(with.sign(text)));
    }
    std::string good() const { return sign_token(claims, key); }
};

TEST_F(Tokens, WhatWasEndedIsRefusedAlsoFromMemory) {
    claims.epoch = 4;
    const TenantId tenant = claims.tenant;
    struct Case {
        const char* what;
        Revocation revocation;
        bool holds;
    };
    const Case cases[] = {
        {"an older epoch of the same person", {tenant, claims.user, {}, 4}, true},
        {"another person", {tenant, UserId::make({start_ms}, rng), {}, 9}, true},
        {"another session", {tenant, {}, AuthSessionId::make({start_ms}, rng), 9}, true},
        {"another institution", {bravo.scope.tenant(), {}, {}, 9}, true},
        {"the same ids in another institution", {bravo.scope.tenant(), claims.user, {}, 9}, true},
        {"the person", {tenant, claims.user, {}, 5}, false},
        {"the session", {tenant, {}, claims.session, 5}, false},
        {"everybody", {tenant, {}, {}, 5}, false},
    };
    for (const Case& c : cases) {
        Revocations ended;
        TokenVerifier verify(issuer, keys, directory, ended, clock, rng);
        ASSERT_TRUE(verify.verify(good())) << c.what;
        ended.add({{c.revocation}});
        for (int use = 0; use < 2; ++use) {
            auto principal = verify.verify(good());
            EXPECT_EQ(principal.has_value(), c.holds) << c.what;
            if (!principal)
                EXPECT_EQ(principal.error().code, Code::unauthenticated) << c.what;
        }
        claims.epoch = 9; // whoever signed in afterwards is in again
        EXPECT_TRUE(verify.verify(good())) << c.what;
        claims.epoch = 4;
    }
}

TEST_F(Tokens, ATokenWithoutAnEpochIsOlderThanAny) {
    Parts parts = split(good());
    const std::string old = sign(parts.header, replace(parts.payload, "\"epoch\":0,", ""), key);
    ASSERT_TRUE(verifier()->verify(old));
    revocations.add({{{claims.tenant, claims.user, {}, 1}}});
    EXPECT_FALSE(verifier()->verify(old));
    EXPECT_FALSE(verifier()->verify(
        sign(parts.header, replace(parts.payload, "\"epoch\":0", "\"epoch\":\"9\""), key)));
}

TEST(TokenKeys, NoKidLooksLikeAnOption) {
    SeededRng rng(1);
    for (int i = 0; i < 600; ++i) // one in 64 would
        ASSERT_FALSE(TokenKey::make(TokenAlgorithm::eddsa, rng).kid().starts_with('-')) << i;
}

TEST_F(Tokens, RoundTrip) {
    auto verify = verifier();
    for (int use = 0; use < 2; ++use) { // the second from memory
        auto principal = verify->verify(good());
        ASSERT_TRUE(principal) << principal.error().text();
        EXPECT_EQ(principal->scope, alpha.scope);
        EXPECT_EQ(principal->user, claims.user);
        EXPECT_EQ(principal->session, claims.session);
        EXPECT_EQ(principal->roles, claims.roles);
        EXPECT_EQ(principal->expires_at, claims.expires_at);
    }
}

TEST_F(Tokens, EveryTrickIsRefused) {
    const Parts p = split(good());
    const std::string jwk = R"("jwk":{"kty":"OKP","crv":"Ed25519","x":")" +
                            to_base64url(view(other_key.public_key())) + "\"}";
    auto hs256 = [&](const std::string& secret) {
        std::string text =
            to_base64url(replace(p.header, "EdDSA", "HS256")) + "." + to_base64url(p.payload);
        unsigned char mac[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
        return text + "." + to_base64url({reinterpret_cast<const char*>(mac), length});
    };
    auto header = [&](std::string_view from, std::string_view to) {
        return sign(replace(p.header, from, to), p.payload, key);
    };
    auto payload = [&](std::string_view from, std::string_view to) {
        return sign(p.header, replace(p.payload, from, to), key);
    };
    const std::string unsigned_text = good().substr(0, good().rfind('.'));
    Claims foreign = claims;
    foreign.tenant = bravo.scope.tenant();
    const std::string tid = alpha.scope.tenant().text();

    struct Case {
        const char* what;
        std::string token;
    };
    const Case cases[] = {
        {"empty", ""},
        {"a word", "token"},
        {"two dots", ".."},
        {"two parts", unsigned_text},
        {"no signature", unsigned_text + "."},
        {"four parts", good() + ".e30"},
        {"five parts, as a JWE", good() + ".e30.e30"},
        {"padding", good() + "=="},
        {"a blank behind", good() + " "},
        {"a line end behind", good() + "\n"},
        {"a NUL behind", good() + std::string(1, '\0')},
        {"alg none, no signature",
         to_base64url(replace(p.header, "EdDSA", "none")) + "." + to_base64url(p.payload) + "."},
        {"alg none, the old signature", to_base64url(replace(p.header, "EdDSA", "none")) + "." +
                                            to_base64url(p.payload) + "." +
                                            to_base64url(p.signature)},
        {"alg none, signed", header("EdDSA", "none")},
        {"alg nOnE", header("EdDSA", "nOnE")},
        {"alg eddsa", header("EdDSA", "eddsa")},
        {"alg HS256 under the public key", hs256(Bytes(view(key.public_key())))},
        {"alg HS256 under the public key's text", hs256(to_base64url(view(key.public_key())))},
        {"alg HS256 under the kid", hs256(key.kid())},
        {"alg HS256 under nothing", hs256("")},
        {"alg ES256 in the header", header("EdDSA", "ES256")},
        {"alg a list", header("\"EdDSA\"", "[\"EdDSA\"]")},
        {"no alg", header(R"("alg":"EdDSA",)", "")},
        {"alg twice, the bad one first",
         header(R"("alg":"EdDSA")", R"("alg":"none","alg":"EdDSA")")},
        {"alg twice, the bad one last",
         header(R"("alg":"EdDSA")", R"("alg":"EdDSA","alg":"none")")},
        {"no typ", header(R"("typ":"at+jwt",)", "")},
        {"typ JWT", header("at+jwt", "JWT")},
        {"no kid", sign(replace(p.header, ",\"kid\":\"" + key.kid() + "\"", ""), p.payload, key)},
        {"unknown kid", header(key.kid(), "AAAAAAAAAAAAAAAA")},
        {"empty kid", header(key.kid(), "")},
        {"kid a path", header(key.kid(), "../../dev/null")},
        {"kid of another key that did sign", sign_token(claims, other_key)},
        {"our kid, signed with another key", sign(p.header, p.payload, other_key)},
        {"the attacker's key in the header",
         sign(replace(p.header, "{", "{" + jwk + ","), p.payload, other_key)},
        {"kid twice", header("\"kid\"", "\"kid\":\"x\",\"kid\"")},
        {"crit", header("{", R"({"crit":["exp"],)")},
        {"crit null", header("{", R"({"crit":null,)")},
        {"b64 false without crit",
         sign(replace(p.header, "{", R"({"b64":false,)"), p.payload, other_key)},
        {"header an array", sign("[" + p.header + "]", p.payload, key)},
        {"header not JSON", sign("alg=EdDSA", p.payload, key)},
        {"payload an array", sign(p.header, "[" + p.payload + "]", key)},
        {"payload not UTF-8", payload("teacher", "\xff\xff")},
        {"another issuer", payload(issuer, "https://evil.test")},
        {"an issuer that begins like ours", payload(issuer, std::string(issuer) + "0")},
        {"no issuer", payload("\"iss\"", "\"ist\"")},
        {"another audience", payload("\"bellwether\"", "\"other\"")},
        {"audience a list", payload("\"bellwether\"", "[\"bellwether\"]")},
        {"no subject", payload("\"sub\"", "\"sob\"")},
        {"a subject of another kind", payload("usr_", "sec_")},
        {"no tenant", payload("\"tid\"", "\"tad\"")},
        {"tenant in upper case", payload("ten_", "TEN_")},
        {"unknown tenant", payload(tid, "ten_" + std::string(32, '0'))},
        {"the tenant swapped, the old signature",
         unsigned_text.substr(0, unsigned_text.find('.') + 1) +
             to_base64url(replace(p.payload, tid, bravo.scope.tenant().text())) + "." +
             to_base64url(p.signature)},
        {"the tenant swapped, the attacker's key", sign_token(foreign, other_key)},
        {"tenant twice",
         payload("\"tid\"", "\"tid\":\"" + bravo.scope.tenant().text() + "\",\"tid\"")},
        {"no expiry", payload("\"exp\"", "\"exq\"")},
        {"expiry a text", payload("\"exp\":", "\"exp\":\"9\",\"exq\":")},
        {"expiry a fraction", payload("\"exp\":", "\"exp\":1e300,\"exq\":")},
        {"expiry past all time", payload("\"exp\":", "\"exp\":9223372036854775807,\"exq\":")},
        {"expiry before issue", payload("\"iat\":", "\"iat\":253402300799,\"iau\":")},
        {"roles a text", payload("\"roles\":[", "\"roles\":\"teacher\",\"rolls\":[")},
        {"a role that is a number", payload("\"roles\":[", "\"roles\":[1,")},
        {"longer than the limit",
         sign(p.header, replace(p.payload, "{", "{\"x\":\"" + std::string(4096, 'x') + "\","),
              key)},
    };
    auto verify = verifier();
    for (const Case& c : cases) {
        for (int use = 0; use < 2; ++use) {
            auto principal = verify->verify(c.token);
            ASSERT_FALSE(principal) << c.what;
            EXPECT_EQ(principal.error().code, Code::unauthenticated)
                << c.what << ": " << principal.error().text();
            EXPECT_EQ(principal.error().detail.find("eyJ"), std::string::npos)
                << "quotes the token";
        }
    }
    EXPECT_TRUE(verify->verify(good())); // the tools above do make good tokens from good parts
    EXPECT_TRUE(verify->verify(sign(p.header, p.payload, key)));
    EXPECT_TRUE(verify->verify(
        sign(p.header, replace(p.payload, "{", R"({"later":"claims are ignored",)"), key)));
}

TEST_F(Tokens, EveryCharacterCounts) {
    auto verify = verifier();
    const std::string token = good();
    ASSERT_TRUE(verify->verify(token)); // it is in the cache, next to which the forgeries come
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string forged = token;
        forged[i] = token[i] == 'A' ? 'B' : 'A';
        ASSERT_FALSE(verify->verify(forged)) << i;
        forged = token;
        forged[i] = static_cast<char>(forged[i] ^ 1);
        ASSERT_FALSE(verify->verify(forged)) << i;
    }
    for (std::size_t length = 0; length < token.size(); ++length)
        ASSERT_FALSE(verify->verify(token.substr(0, length))) << length;
}

TEST_F(Tokens, ExpiryCountsForARememberedTokenToo) {
    auto verify = verifier();
    const std::string token = good();
    clock.advance(1h - 1ms);
    EXPECT_TRUE(verify->verify(token));
    clock.advance(1ms);
    EXPECT_EQ(verify->verify(token).error().code, Code::token_expired);
    EXPECT_EQ(verifier()->verify(token).error().code,
              Code::token_expired); // and for one never seen
    // A forged old token is a forgery first: expiry tells nobody that a signature held.
    EXPECT_EQ(verify->verify(token.substr(0, token.size() - 4) + "AAAA").error().code,
              Code::unauthenticated);
}

TEST_F(Tokens, TheTenantIsLookedUpAtEveryUse) {
    auto verify = verifier();
    const std::string token = good();
    EXPECT_EQ(verify->verify(token)->scope.generation(), 1);
    installation.superuser().run("update control.tenants set generation = 2 where slug = 'alpha'");
    installation.refresh(directory);
    EXPECT_EQ(verify->verify(token)->scope.generation(), 2);
    installation.superuser().run("delete from control.tenants where slug = 'alpha'");
    installation.refresh(directory);
    EXPECT_EQ(verify->verify(token).error().code, Code::unauthenticated);
}

TEST_F(Tokens, IssuedAheadOfOurClockIsRefusedBeyondWhatATokenLives) {
    struct Case {
        const char* what;
        Duration ahead;
        bool good;
    };
    const Case cases[] = {{"our own clock", 0s, true},
                          {"a clock that is as far ahead as a token lives", 1h, true},
                          {"more than that", 1h + 1s, false},
                          {"next year", 365 * 24h, false}};
    for (const Case& c : cases) {
        Claims ahead = claims;
        ahead.issued_at = Instant{start_ms} + c.ahead;
        ahead.expires_at = ahead.issued_at + 1h;
        auto verify = verifier();
        for (int use = 0; use < 2; ++use) {
            auto principal = verify->verify(sign_token(ahead, key));
            ASSERT_EQ(principal.has_value(), c.good) << c.what;
            if (!c.good) {
                EXPECT_EQ(principal.error().code, Code::unauthenticated) << c.what;
            }
        }
    }
    // A clock that is set back counts for a remembered token too.
    auto verify = verifier();
    const std::string token = good();
    ASSERT_TRUE(verify->verify(token));
    clock.step_wall(-10min);
    EXPECT_TRUE(verify->verify(token)) << "a step back of minutes signs nobody out";
    clock.step_wall(-51min);
    EXPECT_EQ(verify->verify(token).error().code, Code::unauthenticated);
}

TEST_F(Tokens, ThoseOfASuspendedInstitutionStopWithTheNextRefresh) {
    auto verify = verifier();
    auto desk = installation.database("bw_operator");
    const std::string token = good();
    auto set = [&](TenantState state) {
        auto done = Provisioning::set_state(*desk, alpha.scope.tenant(), state, "test",
                                            installation.clock(), installation.soon());
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(done->state, state);
        installation.refresh(directory);
    };
    ASSERT_TRUE(verify->verify(token));
    set(TenantState::suspended);
    EXPECT_EQ(verify->verify(token).error().code, Code::forbidden);
    EXPECT_EQ(verifier()->verify(token).error().code, Code::forbidden);
    // Only whoever shows a good token hears of it.
    EXPECT_EQ(verify->verify(token.substr(0, token.size() - 4) + "AAAA").error().code,
              Code::unauthenticated);
    Claims foreign = claims;
    foreign.tenant = bravo.scope.tenant();
    EXPECT_TRUE(verify->verify(sign_token(foreign, key)));
    set(TenantState::active);
    EXPECT_TRUE(verify->verify(token));
}

TEST_F(Tokens, ACrowdDoesNotSpoilTheCache) {
    // More tokens than it holds, used in turn: each still verifies as itself.
    auto verify = verifier(32);
    std::vector<std::pair<std::string, UserId>> crowd;
    for (int i = 0; i < 300; ++i) {
        claims.user = UserId::make({start_ms}, rng);
        crowd.emplace_back(good(), claims.user);
    }
    for (int round = 0; round < 2; ++round)
        for (const auto& [token, user] : crowd) {
            auto principal = verify->verify(token);
            ASSERT_TRUE(principal);
            ASSERT_EQ(principal->user, user);
        }
}

TEST_F(Tokens, KeysOverlapDuringRotation) {
    const KeyRing two{key, other_key};
    TokenVerifier both(issuer, two, directory, revocations, clock, rng);
    EXPECT_TRUE(both.verify(sign_token(claims, key)));
    EXPECT_TRUE(both.verify(sign_token(claims, other_key)));
    // The kid chooses, the other key does not help.
    const Parts p = split(good());
    EXPECT_FALSE(both.verify(sign(p.header, p.payload, other_key)));
}

TEST_F(Tokens, TheAlgorithmIsTheKeysToChoose) {
    const TokenKey ed = key, es = TokenKey::make(TokenAlgorithm::es256, rng);
    const KeyRing two{ed, es};
    TokenVerifier verify(issuer, two, directory, revocations, clock, rng);
    const Parts by_ed = split(sign_token(claims, ed)), by_es = split(sign_token(claims, es));
    auto signed_by = [](const TokenKey& with, const std::string& header,
                        const std::string& payload) {
        const std::string text = to_base64url(header) + "." + to_base64url(payload);
        return text + "." + to_base64url(view(with.sign(text)));
    };
    JsonWriter es_public;
    es.write_jwk(es_public);
    auto hs256 = [&](const std::string& secret) {
        const std::string text = to_base64url(replace(by_es.header, "ES256", "HS256")) + "." +
                                 to_base64url(by_es.payload);
        unsigned char mac[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
        return text + "." + to_base64url({reinterpret_cast<const char*>(mac), length});
    };
    struct Case {
        const char* what;
        std::string token;
        bool good;
    };
    const Case cases[] = {
        {"EdDSA", sign_token(claims, ed), true},
        {"ES256", sign_token(claims, es), true},
        {"EdDSA under the ES256 key's name",
         signed_by(ed, replace(by_ed.header, ed.kid(), es.kid()), by_ed.payload), false},
        {"ES256 under the EdDSA key's name",
         signed_by(es, replace(by_es.header, es.kid(), ed.kid()), by_es.payload), false},
        {"a good EdDSA signature called ES256",
         signed_by(ed, replace(by_ed.header, "EdDSA", "ES256"), by_ed.payload), false},
        {"a good ES256 signature called EdDSA",
         signed_by(es, replace(by_es.header, "ES256", "EdDSA"), by_es.payload), false},
        {"the other key's signature", signed_by(ed, by_es.header, by_es.payload), false},
        {"none",
         to_base64url(replace(by_es.header, "ES256", "none")) + "." + to_base64url(by_es.payload) +
             ".",
         false},
        {"ES384", signed_by(es, replace(by_es.header, "ES256", "ES384"), by_es.payload), false},
        {"es256", signed_by(es, replace(by_es.header, "ES256", "es256"), by_es.payload), false},
        {"HS256 under the public JWK", hs256(es_public.text()), false},
        {"HS256 under the kid", hs256(es.kid()), false},
        {"zeros for r and s",
         to_base64url(by_es.header) + "." + to_base64url(by_es.payload) + "." +
             to_base64url(std::string(64, '\0')),
         false},
        {"a signature in DER",
         to_base64url(by_es.header) + "." + to_base64url(by_es.payload) + "." +
             to_base64url("\x30\x44" + by_es.signature),
         false},
    };
    for (const Case& c : cases)
        for (int use = 0; use < 2; ++use)
            EXPECT_EQ(verify.verify(c.token).has_value(), c.good) << c.what;
}

TEST_F(Tokens, ARememberedTokenEndsWithItsKey) {
    const SecretKey master = rng.bytes<32>();
    KeyRing ring(master);
    const TokenKey first = key, next = other_key;
    auto record = [&](const TokenKey& of, Duration from) {
        return KeyRecord{.kid = of.kid(),
                         .algorithm = of.algorithm(),
                         .sealed = seal_token_key(of, master, rng),
                         .announced_at = {start_ms},
                         .signs_from = Instant{start_ms} + from};
    };
    const KeyRecord one = record(first, 0s), two = record(next, 0s + 1min);
    ring.merge({&one, 1}, clock.now());
    TokenVerifier verify(issuer, ring, directory, revocations, clock, rng);
    claims.expires_at = Instant{start_ms} + 1000h; // as a thief of the key would write it
    const std::string stolen = sign_token(claims, first);
    ASSERT_TRUE(verify.verify(stolen));
    ring.merge({&two, 1}, clock.now());
    clock.advance(1min + retirement);
    EXPECT_TRUE(verify.verify(stolen));
    clock.advance(1ms);
    EXPECT_EQ(verify.verify(stolen).error().code, Code::unauthenticated) << "it has retired";
}

TEST_F(Tokens, WhoWasAdmittedIsAskedForAgain) {
    claims.epoch = 4;
    auto verify = verifier();
    const Principal admitted = *verify->verify(good());
    auto code = [&] {
        auto still = verify->still_good(admitted);
        return still ? std::string_view() : wire_name(still.error().code);
    };
    EXPECT_EQ(code(), "");
    const std::uint64_t version = verify->version();
    const std::vector<Revocation> older{{.tenant = claims.tenant, .user = claims.user, .epoch = 4}},
        newer{{.tenant = claims.tenant, .user = claims.user, .epoch = 5}};
    revocations.add(older);
    EXPECT_EQ(code(), "");
    revocations.add(newer);
    EXPECT_EQ(code(), "unauthenticated");
    EXPECT_NE(verify->version(), version);
    claims.epoch = 5;
    const Principal again = *verify->verify(good());
    EXPECT_TRUE(verify->still_good(again));
    clock.advance(1h);
    EXPECT_EQ(verify->still_good(again).error().code, Code::token_expired);
}

TEST_F(Tokens, ByAClockThatIsAMinuteAheadTheyAreGood) {
    auto verify = verifier();
    for (Duration ahead : {-60s, 60s}) {
        Claims theirs = claims;
        theirs.issued_at = clock.now() + ahead;
        theirs.expires_at = theirs.issued_at + 5min; // the shortest that we issue
        EXPECT_TRUE(verify->verify(sign_token(theirs, key)));
    }
}

TEST_F(Tokens, UnknownRolesGrantNothing) {
    const Parts p = split(good());
    auto principal = verifier()->verify(sign(
        p.header, replace(p.payload, R"(["teacher","administrator"])", R"(["emperor","student"])"),
        key));
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->roles, Roles(Role::student));
}

} // namespace
} // namespace bw::tenancy
