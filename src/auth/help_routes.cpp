// What staff does for somebody who cannot sign in: lift a delay, reset a second factor.
#include "audit/audit.hpp"
#include "auth/failure_exchange.hpp"
#include "auth/second_factor.hpp"
#include "auth/second_factor_routes.hpp"
#include "roster/users.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::auth {

namespace {

using tenancy::answered_on, tenancy::Principal, tenancy::Work;

Error nobody() {
    return fail(Code::not_found, "there is nobody of this id whom you may help");
}

Result<UserId> user_in_path(const net::Request& request) {
    auto user = UserId::parse(request.path_param("user_id"));
    if (!user)
        return nobody();
    return *user;
}

/// The name, in its normal form, of somebody whom the caller may help: their student, or for an
/// administrator anybody.
Result<std::string> helped(tenancy::TenantTx& tx, const Principal& principal, UserId user,
                           Instant now) {
    const auto found = TRY(roster::user_by_id(tx, user));
    if (!found || !found->active ||
        !(principal.roles.has(tenancy::Role::administrator) ||
          TRY(roster::teaches(tx, principal.user, user, now))))
        return nobody();
    return roster::username_normal(found->username);
}

Result<Work> lift_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const UserId user = TRY(user_in_path(request));
    return Work([parts, principal, user](tenancy::Database& database,
                                         Deadline deadline) -> Result<net::Response> {
        CHECK_OK(parts.feed.require_fresh());
        const AccountKeys& keys = parts.guards.accounts;
        const TenantId tenant = principal.scope.tenant();
        const auto accounts = TRY(database.run(
            principal.scope, deadline,
            [&](tenancy::TenantTx& tx) -> Result<std::vector<AccountKey>> {
                const std::string name = TRY(helped(tx, principal, user, parts.clock.now()));
                std::vector<AccountKey> lifted{keys.of_name(tenant, name),
                                               keys.of_second_factor(tenant, user)};
                CHECK_OK(lift_failures(tx, lifted));
                CHECK_OK(audit::record(
                    tx, {principal.user.text(), "sign_in_delay.lifted", user.text(), "{}"},
                    parts.clock, parts.rng));
                return lifted;
            }));
        for (const AccountKey& account : accounts)
            parts.guards.guesses.lift(account);
        return net::Response{.status = 204};
    });
}

Result<Work> reset_work(const RouteParts& parts, const Principal& principal,
                        const net::Request& request) {
    const UserId user = TRY(user_in_path(request));
    return Work([parts, principal, user](tenancy::Database& database,
                                         Deadline deadline) -> Result<net::Response> {
        CHECK_OK(parts.feed.require_fresh());
        CHECK_OK(
            database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
                if (!TRY(SecondFactors::remove(tx, user)))
                    return fail(Code::not_found, "this person has no second factor");
                return audit::record(
                    tx, {principal.user.text(), "second_factor.reset", user.text(), "{}"},
                    parts.clock, parts.rng);
            }));
        return net::Response{.status = 204};
    });
}

net::Parameter user_in_document() {
    return {.name = "user_id",
            .in = net::Parameter::In::path,
            .description = "The person.",
            .schema = R"({"type":"string","pattern":"^usr_[0-9a-f]{32}$"})",
            .required = true,
            .example = "usr_0192f3c4a5b67c8d9e0f112233445566"};
}

} // namespace

void add_help_routes(net::RouteTable& routes, const RouteParts& parts) {
    auto on = [&](auto read, tenancy::Permission permission) {
        return parts.gate.authenticated(
            answered_on(parts.lane,
                        [parts, read](const Principal& principal, const net::Request& request) {
                            return read(parts, principal, request);
                        }),
            permission);
    };
    routes.add({.method = net::Method::del,
                .path = "/v1/users/{user_id}/sign-in-delay",
                .operation = "lift_sign_in_delay",
                .summary = "Let somebody try again at once after too many failed attempts: a "
                           "student of the caller's classes, or for administrators anybody.",
                .handler = on(lift_work, tenancy::Permission::sign_in_delays),
                .tag = "sign-in",
                .credential = net::Credential::access_token,
                .parameters = {user_in_document()},
                .answers = {{204, "Lifted, here at once and in all processes within a second."}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/users/{user_id}/second-factor",
                .operation = "reset_second_factor",
                .summary = "Take away a colleague's second factor: the device is lost, and the "
                           "recovery codes too (administrators).",
                .handler = on(reset_work, tenancy::Permission::credentials_write),
                .tag = "sign-in",
                .credential = net::Credential::access_token,
                .parameters = {user_in_document()},
                .answers = {{204, "Taken away."}}});
}

} // namespace bw::auth
