// Every route of the modules, over real HTTP: one institution's people with the other's ids, and
// strangers with every kind of bad token. The route table is walked, so a new route is attacked
// without anybody thinking of it.
#include <gtest/gtest.h>

#include <map>

#include "auth/passwords.hpp"
#include "base/json.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using tenancy::Role;

/// Routes that answer without a token, and why.
const std::map<std::string_view, const char*> open_routes = {
    {"sign_in", "this is where tokens come from; the host names the institution"},
    {"refresh_session", "the refresh token is the credential, and counts at its own host alone"},
    {"list_sign_in_methods", "what the sign-in page shows"},
    {"get_institution", "what the sign-in page shows"},
    {"get_institution_logo", "the same"},
    {"start_federation", "on to the provider; the host names the institution"},
    {"finish_federation", "back from it: the state and this browser's cookie are the credential"},
    {"exchange_federation_code", "the code is the credential, once, and counts at its own host"},
    {"ask_password_reset", "one answer for everybody; the host names the institution"},
    {"choose_password", "the link or the code is the credential, and counts at its own host alone"},
    {"finish_sign_in", "the challenge is the credential, and counts at its own institution alone"},
    {"enrol_at_sign_in", "the same"},
    {"describe_uploads", "what of tus is offered, for everybody"},
    {"download_file", "the link is the credential, and counts at its own institution alone"},
    {"download_submission_file", "the same"},
    {"download_material", "the same"},
    {"download_draft", "the same"},
    {"download_report_export", "the same"},
    {"read_recorded_playlist", "the edges' secret is the credential; who has none gets nothing"},
    {"read_recorded_object", "the same"},
    {"read_calendar_feed",
     "the address is the credential, until revoked, and counts at its own institution alone"},
    {"ask_to_publish", "the stream key is the credential; the answer is yes or no"},
    {"send_heartbeat", "the token is the credential, of one class at its own institution"},
    {"enter_room", "the grant is the credential, once, and counts at its own institution alone"},
    {"list_token_keys", "public keys"},
    {"list_receipt_keys", "public keys"},
    {"list_journal_heads", "the same proofs for everybody, without a word of whom they are about"},
    {"prove_consistency", "the same proofs for everybody, without a word of whom they are about"},
    {"livez", "says that the process lives"},
    {"readyz", "counts and states of this process, for whoever routes to it"},
    {"get_page", "the same files for everybody"},
    {"get_page_plain", "the same files for everybody"},
    {"get_page_page_js", "the same files for everybody"},
    {"get_page_style_css", "the same files for everybody"},
    {"get_page_docs", "the same files for everybody"},
    {"get_page_docs_reference_js", "the same files for everybody"},
    {"get_page_docs_reference_css", "the same files for everybody"},
    {"get_page_verify", "the same file for everybody"},
    {"get_page_password", "the same file for everybody"},
    {"get_openapi", "the same document for everybody"},
};

std::string what(const net::Route& route, const net::ClientResponse& answer) {
    return route.operation + " answered " + std::to_string(answer.status) + " " + answer.body;
}

bool is_problem(const net::ClientResponse& answer) {
    return answer.header("content-type").value_or("").starts_with("application/problem+json");
}

struct Caller {
    const char* name;
    std::string token;
};

TEST(RouteAttack, GuessedIdsFindNothing) {
    World world;
    const std::string before = digest(world.sides.installation.superuser(), world.sides.bravo);
    ASSERT_GE(world.routes.routes().size(), 9U);
    // The last: a user id of the other side under our own tenant, as a confused issuer might sign
    // it.
    for (const Caller& caller :
         {Caller{"student", world.student()},
          {"teacher", world.teacher()},
          {"administrator", world.administrator()},
          {"the victim's user id",
           tenancy::sign_token(world.claims(world.sides.alpha, 0, Role::administrator),
                               world.key)}})
        for (const net::Route& route : world.routes.routes()) {
            auto answer = world.call(route, "alpha.school.test", "Bearer " + caller.token);
            EXPECT_FALSE(world.betrayed(answer)) << caller.name << ": " << what(route, answer);
            if (route.path.find('{') != std::string::npos) {
                EXPECT_TRUE(answer.status == 404 || answer.status == 403)
                    << caller.name << ": " << what(route, answer);
                EXPECT_TRUE(is_problem(answer)) << what(route, answer);
            }
            EXPECT_LT(answer.status, 500) << caller.name << ": " << what(route, answer);
        }
    // What was handed in to the victim's assignment is recorded with the attacker, refused.
    world.record_all();
    EXPECT_EQ(digest(world.sides.installation.superuser(), world.sides.bravo), before);
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select string_agg(distinct state || ' ' || reason, ',') from submissions where "
                  "content = 'stolen'"),
              "refused unknown_assignment");
}

TEST(RouteAttack, NegativeControlWithoutRowLevelSecurityTheGuessesFindSomething) {
    World world;
    for (const std::string& table : tenant_tables(world.sides.installation.superuser()))
        world.sides.installation.superuser().run("alter table " + table +
                                                 " disable row level security");
    const std::string before = digest(world.sides.installation.superuser(), world.sides.bravo);
    std::string leaks;
    for (const net::Route& route : world.routes.routes())
        if (world.betrayed(
                world.call(route, "alpha.school.test", "Bearer " + world.administrator())))
            leaks += route.operation + " ";
    EXPECT_NE(leaks.find("get_assignment"), std::string::npos) << leaks;
    EXPECT_NE(leaks.find("list_submissions"), std::string::npos) << leaks;
    EXPECT_NE(digest(world.sides.installation.superuser(), world.sides.bravo), before)
        << "move_due_instant has no teeth";
}

TEST(RouteAttack, BadTokensOpenNothing) {
    World world;
    const std::string before = digest(world.sides.installation.superuser(), world.sides.bravo);
    const std::string good = world.administrator();
    const std::size_t first = good.find('.'), second = good.find('.', first + 1);
    const std::string header = *from_base64url(good.substr(0, first)),
                      payload = *from_base64url(good.substr(first + 1, second - first - 1));
    auto signed_by = [](const SigningKey& key, const std::string& head, const std::string& claims) {
        std::string text = to_base64url(head) + "." + to_base64url(claims);
        return text + "." + to_base64url(view(key.sign(text)));
    };
    auto swapped = [](std::string text, const std::string& from, const std::string& to) {
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
    };
    auto flipped = [&](std::size_t at) {
        std::string token = good;
        token[at] = token[at] == 'A' ? 'B' : 'A';
        return token;
    };
    auto with_header = [&](const std::string& from, const std::string& to) {
        return signed_by(world.key, swapped(header, from, to), payload);
    };
    auto with_claim = [&](const std::string& from, const std::string& to) {
        return signed_by(world.key, header, swapped(payload, from, to));
    };
    tenancy::Claims expired = world.claims(world.sides.alpha, 7, Role::administrator);
    expired.issued_at = expired.issued_at - 2h;
    expired.expires_at = expired.issued_at + 1h;
    const tenancy::Claims victims = world.claims(world.sides.bravo, 7, Role::administrator);
    struct Case {
        const char* what;
        std::optional<std::string> authorization;
    };
    const Case cases[] = {
        {"none", std::nullopt},
        {"empty", ""},
        {"the scheme alone", "Bearer"},
        {"another scheme", "Basic " + good},
        {"no scheme", good},
        {"expired", "Bearer " + tenancy::sign_token(expired, world.key)},
        {"a bit of the header", "Bearer " + flipped(5)},
        {"a bit of the claims", "Bearer " + flipped(first + 20)},
        {"a bit of the signature", "Bearer " + flipped(second + 20)},
        {"no signature", "Bearer " + good.substr(0, second + 1)},
        {"alg none", "Bearer " + to_base64url(swapped(header, "EdDSA", "none")) +
                         good.substr(first, second - first) + "."},
        {"alg HS256", "Bearer " + with_header("EdDSA", "HS256")},
        {"alg ES256", "Bearer " + with_header("EdDSA", "ES256")},
        {"no typ", "Bearer " + with_header("\"typ\":\"at+jwt\",", "")},
        {"unknown kid", "Bearer " + with_header(world.key.kid(), "AAAAAAAAAAAAAAAA")},
        {"crit", "Bearer " + with_header("{", "{\"crit\":[\"x\"],")},
        {"another issuer", "Bearer " + with_claim(issuer, "https://evil.test")},
        {"another audience", "Bearer " + with_claim("\"bellwether\"", "\"other\"")},
        {"the attacker's key", "Bearer " + tenancy::sign_token(victims, world.attackers_key)},
        {"the attacker's key under our kid",
         "Bearer " + signed_by(world.attackers_key, header,
                               swapped(payload, world.sides.alpha.info.scope.tenant().text(),
                                       world.sides.bravo.info.scope.tenant().text()))},
        {"the receipt key", "Bearer " + tenancy::sign_token(victims, world.receipt_key)},
        {"oversized", "Bearer " + with_claim("{", "{\"x\":\"" + std::string(6000, 'x') + "\",")},
    };
    for (const net::Route& route : world.routes.routes()) {
        if (open_routes.contains(route.operation))
            continue;
        if (route.credential == net::Credential::operator_token) {
            for (const Case& c : cases) {
                auto answer = world.call(route, World::base_host, c.authorization);
                EXPECT_EQ(answer.status, 401) << c.what << ": " << what(route, answer);
                EXPECT_FALSE(world.betrayed(answer)) << c.what << ": " << what(route, answer);
            }
            continue;
        }
        for (const Case& c : cases)
            for (const char* host : {"alpha.school.test", "bravo.school.test"}) {
                auto answer = world.call(route, host, c.authorization);
                EXPECT_EQ(answer.status, 401) << c.what << ": " << what(route, answer);
                EXPECT_TRUE(is_problem(answer)) << c.what;
                EXPECT_FALSE(world.betrayed(answer)) << c.what << ": " << what(route, answer);
            }
        // A good token at a foreign address, or one that does not exist: nothing is there.
        for (const char* host : {"bravo.school.test", "BRAVO.school.test:8480",
                                 "nobody.school.test", "alpha.bravo.school.test"}) {
            auto answer = world.call(route, host, "Bearer " + good);
            EXPECT_EQ(answer.status, 404) << host << ": " << what(route, answer);
            EXPECT_FALSE(world.betrayed(answer)) << host << ": " << what(route, answer);
        }
    }
    world.record_all();
    EXPECT_EQ(digest(world.sides.installation.superuser(), world.sides.bravo), before);
}

TEST(RouteAttack, OperatorsAndInstitutionsCannotUseEachOthersTokens) {
    World world;
    const std::string
        before = digest(world.sides.installation.superuser(), world.sides.bravo),
        all_tenants = world.sides.installation.superuser().value(
            "select string_agg(t::text, ' ' order by t::text) from control.tenants t");
    std::size_t operator_routes = 0;
    for (const net::Route& route : world.routes.routes()) {
        const bool is_operators = route.credential == net::Credential::operator_token;
        operator_routes += is_operators;
        EXPECT_EQ(is_operators,
                  route.path.starts_with("/v1/operator/") || route.path.starts_with("/v1/ops/"))
            << route.path;
        if (is_operators) {
            // The best that an institution's people have, at every host that answers them.
            for (const std::string& token :
                 {world.student(), world.teacher(), world.administrator()}) {
                auto answer = world.call(route, World::base_host, "Bearer " + token);
                EXPECT_EQ(answer.status, 401) << what(route, answer);
                EXPECT_FALSE(world.betrayed(answer)) << what(route, answer);
            }
            // And at an institution's own address not even an operator gets in.
            for (const char* host :
                 {"alpha.school.test", "bravo.school.test", "nobody.school.test", "somewhere.test"})
                for (const std::string& token : {world.operator_token, world.administrator()}) {
                    auto answer = world.call(route, host, "Bearer " + token);
                    EXPECT_EQ(answer.status, 404) << host << ": " << what(route, answer);
                    EXPECT_FALSE(world.betrayed(answer)) << what(route, answer);
                }
        } else if (!open_routes.contains(route.operation)) {
            for (const char* host : {"alpha.school.test", World::base_host}) {
                auto answer = world.call(route, host, "Bearer " + world.operator_token);
                EXPECT_EQ(answer.status, 401) << what(route, answer);
                EXPECT_FALSE(world.betrayed(answer)) << what(route, answer);
            }
        }
    }
    EXPECT_GE(operator_routes, 7U);
    EXPECT_EQ(digest(world.sides.installation.superuser(), world.sides.bravo), before);
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select string_agg(t::text, ' ' order by t::text) from control.tenants t"),
              all_tenants);
    // The routes do have teeth.
    for (const net::Route& route : world.routes.routes())
        if (route.operation == "suspend_tenant")
            EXPECT_EQ(world.call(route, World::base_host, "Bearer " + world.operator_token).status,
                      200);
    EXPECT_NE(digest(world.sides.installation.superuser(), world.sides.bravo), before);
}

TEST(RouteAttack, ASuspendedInstitutionsPeopleAreServedNothing) {
    World world;
    auto submission = [&](const std::string& token) {
        return world.send({.method = net::Method::post,
                           .target = "/v1/submissions",
                           .host = "alpha.school.test",
                           .headers = {{"Authorization", "Bearer " + token},
                                       {"Content-Type", "application/json"},
                                       {"Idempotency-Key", "before"}},
                           .body = R"({"assignment_id":")" +
                                   AssignmentId{world.sides.alpha.id(9)}.text() +
                                   R"(","text":"acknowledged"})"});
    };
    const std::string student = world.student();
    ASSERT_EQ(submission(student).status, 202);
    world.set_state(world.sides.alpha, tenancy::TenantState::suspended);
    world.refresh();
    EXPECT_EQ(submission(student).status, 403);
    for (const net::Route& route : world.routes.routes()) {
        if (route.credential == net::Credential::operator_token)
            continue;
        const bool open = open_routes.contains(route.operation);
        for (const std::string& token :
             {student, world.teacher(), world.administrator(), std::string()}) {
            if (open && route.operation != "sign_in")
                continue;
            auto answer =
                world.call(route, "alpha.school.test",
                           token.empty() ? std::nullopt : std::optional("Bearer " + token));
            EXPECT_EQ(answer.status, token.empty() && !open ? 401 : 403) << what(route, answer);
            EXPECT_TRUE(is_problem(answer)) << what(route, answer);
        }
    }
    // What was acknowledged before is recorded all the same, and nothing is set aside.
    world.record_all();
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select count(*) from submissions where content = 'acknowledged'"),
              "1");
    world.set_state(world.sides.alpha, tenancy::TenantState::active);
    world.refresh();
    EXPECT_EQ(submission(student).status, 202) << "the retry finds it";
}

TEST(RouteAttack, AProcessThatHasNotHeardOfTheSuspensionIsRefusedByTheDatabase) {
    World world;
    world.set_state(world.sides.alpha, tenancy::TenantState::suspended); // and no refresh
    auto answer = world.send({.target = "/v1/assignments",
                              .host = "alpha.school.test",
                              .headers = {{"Authorization", "Bearer " + world.student()}}});
    EXPECT_EQ(answer.status, 403) << answer.body;
    EXPECT_NE(answer.body.find("suspended"), std::string::npos) << answer.body;
}

TEST(RouteAttack, OpenRoutesExistAndSayNothing) {
    World world;
    std::size_t found = 0;
    for (const net::Route& route : world.routes.routes())
        if (open_routes.contains(route.operation)) {
            ++found;
            for (const char* host : {"alpha.school.test", "nobody.school.test", "school.test",
                                     "alpha.school.test.evil.test"})
                EXPECT_FALSE(world.betrayed(world.call(route, host, std::nullopt)))
                    << route.operation;
        }
    EXPECT_EQ(found, open_routes.size());
}

} // namespace
} // namespace bw::test
