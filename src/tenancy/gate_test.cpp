// The gate: which host leads where, what a suspended institution answers, quotas, permissions, and
// who gets to the operator API.
#include "tenancy/gate.hpp"

#include <gtest/gtest.h>

#include "support/installation.hpp"
#include "tenancy/http_for_test.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::tenancy {
namespace {

using bw::test::Installation;
using test::call;
using test::Call;
using test::header;

struct Gates : testing::Test {
    Installation installation;
    const Clock& clock = installation.clock();
    Rng& rng = installation.rng();
    std::unique_ptr<Database> desk = installation.database("bw_operator");
    TenantRecord alpha = make("alpha", {"learn.alpha.example"}), bravo = make("bravo", {});
    TenantDirectory directory;
    SigningKey key = SigningKey::make(rng);
    Revocations revocations;
    KeyRing keys{key};
    TokenVerifier verifier{"https://test", keys, directory, revocations, clock, rng};
    Gate gate{verifier, directory, "School.test"};
    net::Handler open = gate.authenticated(
        [](const Principal& principal, const net::Request&, net::Responder respond) {
            respond(net::Response::json(200, principal.scope.tenant().text()));
        });
    net::Handler door =
        gate.for_host([](const TenantInfo& tenant, const net::Request&, net::Responder respond) {
            respond(net::Response::json(200, tenant.slug));
        });
    net::Handler desk_door =
        gate.for_operator([](const Operator& who, const net::Request&, net::Responder respond) {
            respond(net::Response::json(200, who.name));
        });

    void SetUp() override { installation.refresh(directory); }

    TenantRecord make(const std::string& slug, std::vector<std::string> hosts) {
        return Provisioning::create(
                   *desk, {.slug = slug, .name = slug, .zone = "UTC", .hosts = std::move(hosts)},
                   std::nullopt, "test", clock, rng, installation.soon())
            ->tenant;
    }
    void set_quotas(TenantRecord& tenant, Quotas quotas) {
        tenant.settings.quotas = quotas;
        auto changed = Provisioning::change(*desk, tenant.id, tenant.version, tenant.settings,
                                            "test", clock, installation.soon());
        ASSERT_TRUE(changed) << changed.error().text();
        tenant = *changed;
        installation.refresh(directory);
    }
    std::string token(const TenantRecord& tenant, Roles roles = Role::student,
                      std::optional<UserId> user = {}) {
        const Instant now = clock.now();
        return sign_token({"https://test", tenant.id, user.value_or(UserId::make(now, rng)),
                           AuthSessionId::make(now, rng), roles, now, now + 1h, now + 30min},
                          key);
    }
    net::Response ask(const net::Handler& handler, const std::string& host,
                      const std::string& bearer = {}, Monotonic at = {}) {
        Call request{.headers = {{"Host", host}}, .received = at};
        if (!bearer.empty())
            request.headers.emplace_back("Authorization", "Bearer " + bearer);
        return call(handler, request, clock);
    }
};

TEST_F(Gates, HostsLeadWhereTheyShould) {
    const std::string mine = token(alpha);
    struct Case {
        const char* host;
        int before_token, with_token;
    };
    const Case cases[] = {
        {"alpha.school.test", 200, 200},
        {"ALPHA.School.Test:8480", 200, 200},
        {"alpha.school.test.", 200, 200},
        {"learn.alpha.example", 200, 200},
        {"LEARN.alpha.example:443", 200, 200},
        {"bravo.school.test", 200, 404},
        {"nobody.school.test", 404, 404},
        {"x.alpha.school.test", 404, 404},
        {"learn.alpha.example.school.test", 404, 404},
        {"alpha.example", 404, 200}, // nobody's: the token alone says where
        {"school.test", 404, 200},
        {"alphaschool.test", 404, 200},
        {"127.0.0.1:8480", 404, 200},
        {"", 404, 200},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(ask(door, c.host).status, c.before_token) << c.host;
        EXPECT_EQ(ask(open, c.host, mine).status, c.with_token) << c.host;
    }
}

TEST_F(Gates, AForeignPageDoesNothingWithACookie) {
    const std::string cookie = "bw_access=" + token(alpha);
    struct Case {
        const char* what;
        net::Method method;
        std::vector<std::pair<std::string, std::string>> more;
        int status;
    };
    const Case cases[] = {
        {"looks", net::Method::get, {}, 200},
        {"changes something", net::Method::post, {{"Origin", "http://evil.example"}}, 403},
        {"the same, and says nothing", net::Method::post, {}, 403},
        {"opens a WebSocket", net::Method::get, {{"Upgrade", "websocket"}}, 403},
        {"the same from a sibling's page",
         net::Method::get,
         {{"Upgrade", "websocket"}, {"Origin", "http://bravo.school.test"}},
         403},
        {"the same, as browsers say it",
         net::Method::get,
         {{"Upgrade", "websocket"}, {"Sec-Fetch-Site", "same-site"}},
         403},
        {"a page of this host",
         net::Method::get,
         {{"Upgrade", "websocket"}, {"Origin", "http://alpha.school.test"}},
         200},
        {"a page of this host changes something",
         net::Method::post,
         {{"Sec-Fetch-Site", "same-origin"}},
         200},
    };
    for (const Case& c : cases) {
        Call request{.method = c.method, .headers = c.more};
        request.headers.emplace_back("Host", "alpha.school.test");
        request.headers.emplace_back("Cookie", cookie);
        EXPECT_EQ(call(open, request, clock).status, c.status) << c.what;
    }
}

TEST_F(Gates, ANameUnderTheBaseHostIsNeverADomainOfOnesOwn) {
    // What the operator API refuses, made by hand.
    installation.superuser().run("insert into control.tenant_hosts select tenant_id, "
                                 "'bravo.school.test' from control.tenants where slug = 'alpha'");
    TenantDirectory fresh;
    installation.refresh(fresh);
    Gate other(verifier, fresh, "school.test");
    EXPECT_EQ(ask(other.for_host(
                      [](const TenantInfo& tenant, const net::Request&, net::Responder respond) {
                          respond(net::Response::json(200, tenant.slug));
                      }),
                  "bravo.school.test")
                  .body,
              "bravo");
}

TEST_F(Gates, ASuspendedInstitutionSaysThatAndNoMore) {
    const std::string mine = token(alpha), theirs = token(bravo);
    ASSERT_TRUE(Provisioning::set_state(*desk, alpha.id, TenantState::suspended, "test", clock,
                                        installation.soon()));
    EXPECT_EQ(ask(door, "alpha.school.test").status, 200) << "before the refresh";
    installation.refresh(directory);
    for (const char* host : {"alpha.school.test", "learn.alpha.example"}) {
        EXPECT_EQ(ask(door, host).status, 403);
        EXPECT_NE(ask(door, host).body.find("suspended"), std::string::npos);
        EXPECT_EQ(ask(open, host, mine).status, 403);
        EXPECT_EQ(ask(open, host).status, 401) << "without a token nothing is said";
        EXPECT_EQ(ask(open, host, theirs).status, 404) << "nor to another institution's people";
    }
    EXPECT_EQ(ask(open, "bravo.school.test", theirs).status, 200);
    ASSERT_TRUE(Provisioning::set_state(*desk, alpha.id, TenantState::active, "test", clock,
                                        installation.soon()));
    installation.refresh(directory);
    EXPECT_EQ(ask(open, "alpha.school.test", mine).status, 200);
}

// ---- quotas ----

TEST_F(Gates, AQuotaThatIsUsedUpIsSaidHonestly) {
    set_quotas(alpha, {Rate{2, 3}, std::nullopt});
    const std::string mine = token(alpha);
    const Monotonic start{1'000'000'000};
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(ask(open, "", mine, start).status, 200);
    const net::Response refused = ask(open, "", mine, start);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.content_type, "application/problem+json");
    EXPECT_NE(refused.body.find("quota_exceeded"), std::string::npos);
    EXPECT_NE(refused.body.find("0123456789abcdef"), std::string::npos) << "the request's id";
    EXPECT_EQ(header(refused, "Retry-After"), "1");
    EXPECT_EQ(header(refused, "RateLimit-Policy"), "\"tenant\";q=3;w=2");
    EXPECT_EQ(header(refused, "RateLimit"), "\"tenant\";r=0;t=1");
    EXPECT_EQ(ask(open, "", mine, start + 499ms).status, 429);
    EXPECT_EQ(ask(open, "", mine, start + 500ms).status, 200);
    EXPECT_EQ(ask(open, "", mine, start + 500ms).status, 429);
}

TEST_F(Gates, AHammeringInstitutionHarmsNoOther) {
    for (TenantRecord* tenant : {&alpha, &bravo})
        set_quotas(*tenant, {Rate{10, 10}, std::nullopt});
    const std::string mine = token(alpha), theirs = token(bravo);
    const Monotonic now{1'000'000'000};
    int served = 0;
    for (int i = 0; i < 1'000; ++i)
        served += ask(open, "", mine, now).status == 200;
    EXPECT_EQ(served, 10);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(ask(open, "", theirs, now).status, 200) << i;
    // A stranger at the host before sign-in does not use up the people's, nor they the stranger's.
    served = 0;
    for (int i = 0; i < 1'000; ++i)
        served += ask(door, "bravo.school.test", "", now).status == 200;
    EXPECT_EQ(served, 10);
    EXPECT_EQ(ask(open, "", theirs, now + 1s).status, 200);
}

TEST_F(Gates, AHammeringPersonHarmsNobodyElse) {
    set_quotas(alpha, {Rate{100, 100}, Rate{5, 5}});
    const Monotonic now{1'000'000'000};
    const UserId user = UserId::make(clock.now(), rng);
    int served = 0;
    // Several tokens, one person.
    for (int i = 0; i < 500; ++i)
        served += ask(open, "", token(alpha, Role::student, user), now).status == 200;
    EXPECT_EQ(served, 5);
    EXPECT_EQ(header(ask(open, "", token(alpha, Role::student, user), now), "RateLimit-Policy"),
              "\"principal\";q=5;w=1");
    // What was refused took nothing from the institution: the other 95 are served.
    served = 0;
    for (int i = 0; i < 200; ++i)
        served += ask(open, "", token(alpha), now).status == 200;
    EXPECT_EQ(served, 95);
    // And what the institution's quota refused took nothing from the person's.
    const std::string late = token(alpha);
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(ask(open, "", late, now).status, 429);
    EXPECT_EQ(header(ask(open, "", late, now), "RateLimit-Policy"), "\"tenant\";q=100;w=1");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask(open, "", late, now + 1s).status, 200);
}

TEST_F(Gates, WithoutQuotasNothingIsCounted) {
    const std::string mine = token(alpha);
    for (int i = 0; i < 1'000; ++i)
        ASSERT_EQ(ask(open, "", mine).status, 200);
}

// ---- permissions ----

TEST_F(Gates, WhatMayChangeSomethingIsToldBeforeItIsDone) {
    const UserId user = UserId::make(clock.now(), rng);
    std::vector<UserId> told;
    gate.on_deed([&](const Principal& who, const net::Request&) { told.push_back(who.user); });
    auto send = [&](net::Method method, const std::string& bearer) {
        return call(open,
                    {.method = method,
                     .headers = {{"Host", "localhost"}, {"Authorization", "Bearer " + bearer}}},
                    clock)
            .status;
    };
    const std::string mine = token(alpha, Role::student, user);
    for (net::Method method : {net::Method::get, net::Method::head, net::Method::options})
        EXPECT_EQ(send(method, mine), 200);
    EXPECT_EQ(send(net::Method::post, "none"), 401);
    EXPECT_TRUE(told.empty());
    for (net::Method method :
         {net::Method::post, net::Method::put, net::Method::patch, net::Method::del})
        EXPECT_EQ(send(method, mine), 200);
    EXPECT_EQ(told, std::vector(4, user));
}

TEST_F(Gates, PermissionsFollowFromRoles) {
    struct Row {
        Permission permission;
        const char* name;
        bool student, teacher, administrator;
    };
    const Row rows[] = {
        {Permission::assignments_read, "assignments:read", true, true, true},
        {Permission::assignments_write, "assignments:write", false, true, true},
        {Permission::submissions_write, "submissions:write", true, false, false},
        {Permission::submissions_read, "submissions:read", true, true, true},
        {Permission::submissions_read_others, "submissions:read_others", false, true, true},
        {Permission::roster_read, "roster:read", false, true, true},
        {Permission::roster_read_demographics, "roster:read_demographics", false, false, true},
        {Permission::roster_write, "roster:write", false, false, true},
        {Permission::credentials_write, "credentials:write", false, false, true},
        {Permission::sign_in_policy, "sign_in_policy:write", false, false, true},
        {Permission::sign_in_delays, "sign_in_delays:write", false, true, true},
        {Permission::audit_read, "audit:read", false, false, true},
        {Permission::identity_providers_write, "identity_providers:write", false, false, true},
        {Permission::bells_write, "bells:write", false, false, true},
        {Permission::marking_write, "marking:write", false, true, true},
        {Permission::notice_policy, "notice_policy:write", false, false, true},
        {Permission::content_write, "content:write", false, true, true},
        {Permission::identities_open, "identities:open", false, false, true},
        {Permission::grades_read, "grades:read", true, true, true},
        {Permission::regrades_write, "regrades:write", true, true, true},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(wire_name(row.permission), row.name);
        auto handler = gate.authenticated(
            [](const Principal&, const net::Request&, net::Responder respond) {
                respond(net::Response::json(200, "{}"));
            },
            row.permission);
        for (auto [role, may] :
             {std::pair{Role::student, row.student}, std::pair{Role::teacher, row.teacher},
              std::pair{Role::administrator, row.administrator}}) {
            const net::Response answer = ask(handler, "", token(alpha, role));
            EXPECT_EQ(answer.status, may ? 200 : 403) << row.name << " " << wire_name(role);
            EXPECT_EQ(answer.body.find(row.name) != std::string::npos, !may) << answer.body;
        }
        EXPECT_EQ(ask(handler, "", token(alpha, Roles())).status, 403) << row.name;
        EXPECT_EQ(ask(handler, "").status, 401) << row.name;
        EXPECT_EQ(ask(handler, "bravo.school.test", token(alpha, Role::administrator)).status, 404)
            << row.name;
    }
}

// ---- operators ----

TEST_F(Gates, TheOperatorApiIsForOperatorsAtTheBaseHost) {
    auto made = OperatorTokens::create(*desk, "ops", "test", clock, rng, installation.soon());
    ASSERT_TRUE(made);
    const std::string good = made->token;
    EXPECT_EQ(ask(desk_door, "school.test", good).status, 401) << "before the refresh";
    installation.refresh(directory);
    struct Case {
        const char* host;
        int status;
    };
    for (const Case& c : {Case{"school.test", 200},
                          {"SCHOOL.test:8480", 200},
                          {"localhost:8480", 200},
                          {"127.0.0.1:8480", 200},
                          {"[::1]:8480", 200},
                          {"alpha.school.test", 404},
                          {"learn.alpha.example", 404},
                          {"nobody.school.test", 404},
                          {"nobody.example", 404},
                          {"", 404}}) {
        EXPECT_EQ(ask(desk_door, c.host, good).status, c.status) << c.host;
        EXPECT_EQ(ask(desk_door, c.host, "bwop_wrong").status, c.status == 200 ? 401 : 404);
    }
    EXPECT_EQ(ask(desk_door, "school.test", good).body, "ops");

    std::string other = good;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    for (const std::string& bad :
         {other, good.substr(0, good.size() - 1), good + "A", good.substr(5), std::string("bwop_"),
          to_hex(view(sha256(good))), token(alpha, Role::administrator)})
        EXPECT_EQ(ask(desk_door, "school.test", bad).status, 401) << bad;
    EXPECT_EQ(ask(desk_door, "school.test").status, 401);
    EXPECT_EQ(ask(open, "alpha.school.test", good).status, 401)
        << "an operator is nobody inside an institution";

    EXPECT_EQ(OperatorTokens::revoke(*desk, OperatorTokenId{}, "test", clock, installation.soon())
                  .error()
                  .code,
              Code::not_found);
    ASSERT_TRUE(OperatorTokens::revoke(*desk, made->id, "test", clock, installation.soon()));
    ASSERT_TRUE(OperatorTokens::revoke(*desk, made->id, "test", clock, installation.soon()));
    installation.refresh(directory);
    EXPECT_EQ(ask(desk_door, "school.test", good).status, 401);
    EXPECT_EQ(installation.superuser().value("select count(*) from control.operator_events where "
                                             "action = 'operator_token.revoked'"),
              "1");
    auto all = OperatorTokens::list(*desk, installation.soon());
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    EXPECT_TRUE(all->front().revoked_at);
}

TEST_F(Gates, OfAnOperatorTokenOnlyTheHashIsKept) {
    auto made = OperatorTokens::create(*desk, "ops", "test", clock, rng, installation.soon());
    ASSERT_TRUE(made);
    EXPECT_EQ(made->token.size(), 5U + 43U); // 256 bits in base64url
    EXPECT_EQ(installation.superuser().value("select encode(sha256, 'hex') from "
                                             "control.operator_tokens"),
              to_hex(view(sha256(made->token))));
    for (const char* name : {"", "two\nlines", "\u00e9"})
        EXPECT_EQ(OperatorTokens::create(*desk, name, "test", clock, rng, installation.soon())
                      .error()
                      .code,
                  Code::invalid_field);
    EXPECT_FALSE(OperatorTokens::create(*installation.database(), "ops", "test", clock, rng,
                                        installation.soon()))
        << "the server's role must not make operators";
}

} // namespace
} // namespace bw::tenancy
