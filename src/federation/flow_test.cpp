// The way to a provider and back without anything stored: what is sealed into `state`, and where a
// browser may be sent.
#include "federation/flow.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace bw::federation {
namespace {

struct FlowTest : testing::Test {
    ManualClock clock{Instant{1'800'000'000'000}};
    SeededRng rng{7};
    Flows flows{rng.bytes<32>(), clock, rng};
    const TenantId tenant = TenantId::make(clock.now(), rng),
                   other_tenant = TenantId::make(clock.now(), rng);
    const ProviderId provider = ProviderId::make(clock.now(), rng),
                     other_provider = ProviderId::make(clock.now(), rng);
    FlowStart begun(Flow flow = {}) {
        flow.tenant = tenant;
        flow.provider = provider;
        return flows.begin(std::move(flow), true);
    }
};

TEST_F(FlowTest, ComesBackInItsBrowserAlone) {
    const FlowStart start = begun({.return_to = "/work?x=1", .shared_device = true}),
                    another = begun();
    EXPECT_TRUE(start.cookie_name.starts_with("__Host-bw_sso_"));
    EXPECT_EQ(Flows::cookie_of(start.state, true), start.cookie_name);
    auto back = flows.open(start.state, start.cookie_value, tenant, provider);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->flow.return_to, "/work?x=1");
    EXPECT_TRUE(back->flow.shared_device);
    EXPECT_FALSE(flows.open(another.state, another.cookie_value, tenant, provider)
                     .value()
                     .flow.shared_device);
    EXPECT_EQ(back->nonce, start.nonce);
    EXPECT_EQ(challenge_of(back->code_verifier), start.code_challenge);
    EXPECT_NE(start.nonce, another.nonce);

    auto refused = [&](const std::string& state, const std::string& cookie, TenantId of,
                       ProviderId at) {
        auto opened = flows.open(state, cookie, of, at);
        return !opened && opened.error().code == Code::forbidden;
    };
    EXPECT_TRUE(refused(start.state, another.cookie_value, tenant, provider));
    EXPECT_TRUE(refused(start.state, "", tenant, provider));
    EXPECT_TRUE(refused(start.state, start.cookie_value, other_tenant, provider));
    EXPECT_TRUE(refused(start.state, start.cookie_value, tenant, other_provider));
    EXPECT_TRUE(refused("", start.cookie_value, tenant, provider));
    EXPECT_TRUE(refused(std::string(9'000, 'a'), start.cookie_value, tenant, provider));
    for (std::size_t at : {std::size_t{20}, start.state.size() / 2, start.state.size() - 2}) {
        std::string bent = start.state;
        bent[at] = bent[at] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(refused(bent, start.cookie_value, tenant, provider)) << at;
    }
    const Flows others(rng.bytes<32>(), clock, rng);
    EXPECT_FALSE(others.open(start.state, start.cookie_value, tenant, provider));
}

TEST_F(FlowTest, LastsTenMinutes) {
    const FlowStart start = begun();
    clock.advance(flow_lifetime - 1ms);
    EXPECT_TRUE(flows.open(start.state, start.cookie_value, tenant, provider));
    clock.advance(1ms);
    EXPECT_FALSE(flows.open(start.state, start.cookie_value, tenant, provider));
}

TEST_F(FlowTest, TheProviderLearnsNothingFromTheState) {
    const FlowStart start = begun({.return_to = "/a-secret-place"});
    const std::string sealed = *from_base64url(start.state.substr(17));
    EXPECT_EQ(sealed.find("secret-place"), std::string::npos);
}

TEST_F(FlowTest, KeepsWhoLinksAndForWhom) {
    const Flow link{.purpose = Purpose::link,
                    .user = UserId::make(clock.now(), rng),
                    .session = AuthSessionId::make(clock.now(), rng)};
    const FlowStart start = begun(link);
    auto back = flows.open(start.state, start.cookie_value, tenant, provider);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->flow.purpose, Purpose::link);
    EXPECT_EQ(back->flow.user, link.user);
    EXPECT_EQ(back->flow.session, link.session);
}

TEST_F(FlowTest, ACodeIsForWhoeverBegan) {
    const std::string verifier = "a verifier";
    const ExchangeCode code{
        .id = make_uuid_v7(clock.now(), rng),
        .tenant = tenant,
        .user = UserId::make(clock.now(), rng),
        .roles = tenancy::Roles(tenancy::Role::student).with(tenancy::Role::administrator),
        .epoch = 3,
        .challenge = challenge_of(verifier),
        .shared_for = 20min,
        .expires_at = clock.now() + exchange_lifetime};
    const std::string text = flows.write(code);
    auto read = flows.read(text, verifier, tenant);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->shared_for, code.shared_for);
    EXPECT_EQ(read->user, code.user);
    EXPECT_EQ(read->roles, code.roles);
    EXPECT_EQ(read->epoch, 3);
    EXPECT_FALSE(flows.read(text, "another", tenant));
    EXPECT_FALSE(flows.read(text, verifier, other_tenant));
    EXPECT_FALSE(flows.read(text + "A", verifier, tenant));
    // A state is no code, and a code no state.
    const FlowStart start = begun();
    EXPECT_FALSE(flows.read(start.state.substr(17), verifier, tenant));
    clock.advance(exchange_lifetime + exchange_skew - 1ms);
    EXPECT_TRUE(flows.read(text, verifier, tenant)) << "by the clock of a process that is ahead";
    clock.advance(1ms);
    EXPECT_FALSE(flows.read(text, verifier, tenant));
}

TEST(ReturnTo, IsAPathOfThisHost) {
    for (const char* good : {"/", "/work", "/work/1?x=1&y=a%20b", "/a//b", "/@me", "/a:b"})
        EXPECT_TRUE(check_return_to(good)) << good;
    for (const char* bad :
         {"", "work", "//evil.example", "//", "/\\evil.example", "\\\\evil.example",
          "https://evil.example", "javascript:alert(1)", "/a\nb", "/a\tb", "/ a", "/a#b",
          "/a\"><script>", "/<b>", "/a'b", " //evil.example", "/\xc3\xa4", "?x", "///evil.example"})
        EXPECT_FALSE(check_return_to(bad)) << bad;
    EXPECT_FALSE(check_return_to("/" + std::string(500, 'a')));
}

TEST(Challenge, IsAHash) {
    // RFC 7636, appendix B.
    EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    EXPECT_TRUE(check_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    for (const char* bad : {"", "plain", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="})
        EXPECT_FALSE(check_challenge(bad)) << bad;
}

} // namespace
} // namespace bw::federation
