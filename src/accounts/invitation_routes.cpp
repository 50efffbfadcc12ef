// Administrators invite people who have no password: a link by mail, once, for two weeks; sent
// again, taken back, listed. (The name ends in _routes: it sees HTTP.)
#include "accounts/schemas.hpp"
#include "accounts/shared_routes.hpp"
#include "audit/audit.hpp"
#include "net/json_body.hpp"

namespace bw::accounts {

namespace {

struct OrgKind {
    static constexpr const char* prefix = "org";
};
using OrgId = Id<OrgKind>;

constexpr int invitations_of_one_call = 100;

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx,
                    const tenancy::Principal& principal, std::string_view action, UserId person,
                    VoucherId invitation) {
    const std::string by = principal.user.text(), subject = person.text();
    JsonWriter details;
    details.object().member("invitation_id", invitation.text()).end();
    return audit::record(tx, {by, action, subject, details.text()}, parts.desk.parts().clock,
                         parts.desk.parts().rng);
}

/// A link for each, and the letter that carries it.
Result<std::vector<Voucher>> send_to(const RouteParts& parts, tenancy::TenantTx& tx,
                                     const Caller& caller, const std::vector<UserId>& persons) {
    const DeskParts& desk = parts.desk.parts();
    auto vouchers =
        TRY(make_vouchers(tx, desk.macs, persons, Purpose::invitation, caller.principal.user,
                          lifetime_of(Purpose::invitation), desk.clock, desk.rng));
    for (std::size_t i = 0; i < persons.size(); ++i) {
        const auto person = TRY(person_by_id(tx, persons[i]));
        if (!person)
            return fail(Code::not_found, "this person is no longer active in the roster");
        CHECK_OK(desk.letters.invitation(tx, caller.place, *person, vouchers[i]));
        CHECK_OK(
            record(parts, tx, caller.principal, "invitation.sent", persons[i], vouchers[i].id));
    }
    return vouchers;
}

// ---- reading requests ----

Result<Invited> invited_body(const net::Request& request) {
    const JsonObject body =
        TRY(net::json_body(request, {"user_id", "section_id", "org_id", "everybody"}));
    const bool everybody = body.has("everybody");
    Invited whom{.person = TRY(optional_id_in<UserId>(body, "user_id")),
                 .section = TRY(optional_id_in<SectionId>(body, "section_id")),
                 .org = {}};
    if (const auto org = TRY(optional_id_in<OrgId>(body, "org_id")))
        whom.org = org->uuid;
    if (everybody && !TRY(body.boolean("everybody")))
        return fail(Code::invalid_field, "expected true, or nothing", "/everybody");
    if (whom.person.has_value() + whom.section.has_value() + whom.org.has_value() + everybody != 1)
        return fail(Code::invalid_field,
                    "send exactly one of `user_id`, `section_id`, `org_id` and `everybody`",
                    "/user_id");
    return whom;
}

void write_invitation(JsonWriter& json, const Invitation& invitation) {
    json.object()
        .member("invitation_id", invitation.id.text())
        .member("user_id", invitation.person.text())
        .member("username", invitation.username)
        .member("given_name", invitation.given_name)
        .member("family_name", invitation.family_name)
        .key("invited_by");
    invitation.made_by ? json.value(invitation.made_by->text()) : json.null();
    json.member("invited_at", to_rfc3339(invitation.made_at))
        .member("expires_at", to_rfc3339(invitation.expires_at))
        .member("state", invitation.state)
        .end();
}

void write_sent(JsonWriter& json, UserId person, const Voucher& voucher) {
    json.object()
        .member("invitation_id", voucher.id.text())
        .member("user_id", person.text())
        .member("expires_at", to_rfc3339(voucher.expires_at))
        .end();
}

// ---- operations ----

Result<Done> send_all(const RouteParts& parts, const Caller& caller, const Invited& whom,
                      tenancy::Database& database, Deadline deadline) {
    return database.run(
        caller.principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Done> {
            const NotInvitable others = TRY(not_invitable(tx, whom));
            if (whom.person && others.all == 0)
                return fail(Code::not_found, "nobody active in the roster has this id");
            auto persons = TRY(
                uninvited(tx, whom, parts.desk.parts().clock.now(), invitations_of_one_call + 1));
            const bool more = persons.size() > invitations_of_one_call;
            if (more)
                persons.pop_back();
            const auto vouchers = TRY(send_to(parts, tx, caller, persons));
            JsonWriter json;
            json.object().key("data").array();
            for (std::size_t i = 0; i < persons.size(); ++i)
                write_sent(json, persons[i], vouchers[i]);
            json.end()
                .member("more", more)
                .member("with_password", others.with_password)
                .member("without_address", others.without_address)
                .end();
            return Done{net::Response::json(201, json.take())};
        });
}

Result<Work> invite(const RouteParts& parts, const Caller& caller, const net::Request& request) {
    const Invited whom = TRY(invited_body(request));
    return Work([&parts, caller, whom](tenancy::Database& database, Deadline deadline) {
        return send_all(parts, caller, whom, database, deadline);
    });
}

Result<Work> list(const RouteParts& parts, const Caller& caller, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    const auto after = TRY(net::time_cursor_in<VoucherId>(request));
    return Work([&parts, scope = caller.principal.scope, limit,
                 after](tenancy::Database& database, Deadline deadline) -> Result<Done> {
        const auto page = TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
            return list_invitations(tx, parts.desk.parts().clock.now(), after, limit);
        }));
        JsonWriter json;
        json.object().key("data").array();
        for (const Invitation& invitation : page.items)
            write_invitation(json, invitation);
        json.end().key("next");
        page.next ? json.value(net::time_cursor(*page.next)) : json.null();
        json.end();
        return Done{net::Response::json(200, json.take())};
    });
}

Result<Work> resend(const RouteParts& parts, const Caller& caller, const net::Request& request) {
    const auto id = TRY(id_in_path<VoucherId>(request, "invitation_id"));
    return Work([&parts, caller, id](tenancy::Database& database,
                                     Deadline deadline) -> Result<Done> {
        return database.run(
            caller.principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Done> {
                const UserId person = TRY(invited_person(tx, id));
                if (TRY(not_invitable(tx, {.person = person})).with_password > 0)
                    return fail(Code::conflict,
                                "this person has a password by now; they can have a link to reset "
                                "it sent to themselves");
                const auto vouchers = TRY(send_to(parts, tx, caller, {person}));
                JsonWriter json;
                write_sent(json, person, vouchers.front());
                return Done{net::Response::json(201, json.take())};
            });
    });
}

Result<Work> revoke(const RouteParts& parts, const Caller& caller, const net::Request& request) {
    const auto id = TRY(id_in_path<VoucherId>(request, "invitation_id"));
    return Work(
        [&parts, caller, id](tenancy::Database& database, Deadline deadline) -> Result<Done> {
            return database.run(
                caller.principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Done> {
                    const UserId person =
                        TRY(revoke_invitation(tx, id, parts.desk.parts().clock.now()));
                    CHECK_OK(record(parts, tx, caller.principal, "invitation.revoked", person, id));
                    return Done{net::Response{204, "", "", {}}};
                });
        });
}

net::Parameter invitation_in_path() {
    return {.name = "invitation_id",
            .in = net::Parameter::In::path,
            .description = "Of the invitation.",
            .schema = R"({"type":"string","pattern":"^vou_[0-9a-f]{32}$"})",
            .required = true,
            .example = "vou_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace

void add_invitation_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Invite", invite_schema);
    routes.add_schema("Invited", invited_schema);
    routes.add_schema("InvitationPage", invitation_page_schema);
    routes.add_schema("Resent", resent_schema);
    constexpr auto permission = tenancy::Permission::credentials_write;
    auto on = [&](Read read, Changes changes) {
        return parts.gate.authenticated(answered(parts, read, changes), permission);
    };
    routes.add({.method = net::Method::post,
                .path = "/v1/invitations",
                .operation = "invite",
                .summary = "Send links to people who have no password yet, by mail "
                           "(administrators). Who has an open one gets no second.",
                .handler = on(invite, Changes::something),
                .body_bytes_limit = 1024,
                .tag = "passwords",
                .credential = net::Credential::access_token,
                .body = net::Body{R"({"$ref": "#/components/schemas/Invite"})", invite_example},
                .answers = {{201, "Those who were invited by this call.",
                             R"({"$ref": "#/components/schemas/Invited"})"}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/invitations",
         .operation = "list_invitations",
         .summary = "Invitations and what became of them, the newest first (administrators).",
         .handler = on(list, Changes::nothing),
         .tag = "passwords",
         .credential = net::Credential::access_token,
         .parameters = {net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/InvitationPage"})"}}});
    routes.add({.method = net::Method::post,
                .path = "/v1/invitations/{invitation_id}/resend",
                .operation = "resend_invitation",
                .summary = "Invite the same person again, whatever became of the first "
                           "(administrators). The old link ends.",
                .handler = on(resend, Changes::something),
                .tag = "passwords",
                .credential = net::Credential::access_token,
                .parameters = {invitation_in_path()},
                .answers = {{201, "Sent.", R"({"$ref": "#/components/schemas/Resent"})"}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/invitations/{invitation_id}",
                .operation = "revoke_invitation",
                .summary = "Take an open invitation back (administrators).",
                .handler = on(revoke, Changes::something),
                .tag = "passwords",
                .credential = net::Credential::access_token,
                .parameters = {invitation_in_path()},
                .answers = {{204, "Its link has ended."}}});
}

} // namespace bw::accounts
