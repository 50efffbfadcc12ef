// People and their roles, for the institution's administrators.
#include <algorithm>

#include "audit/audit.hpp"
#include "institution/people.hpp"
#include "institution/people_schemas.hpp"
#include "institution/shared_routes.hpp"
#include "roster/granted_roles.hpp"

namespace bw::institution {

namespace {

using tenancy::Done, tenancy::Role;

constexpr int page_items_limit = 200;
constexpr std::size_t typed_bytes_limit = 200;

void write_roles(JsonWriter& json, tenancy::Roles roles) {
    json.key("roles").array();
    for (const Role role : tenancy::all_roles)
        if (roles.has(role))
            json.value(tenancy::wire_name(role));
    json.end();
}

void write_person(JsonWriter& json, const Person& person) {
    auto itself = [](const std::string& text) { return text; };
    json.member("user_id", person.id.text())
        .member("username", person.username)
        .member("given_name", person.given_name)
        .member("family_name", person.family_name);
    write_optional(json, "email", person.email, itself);
    json.member("active", person.active);
    write_roles(json, person.roles);
    json.member("has_password", person.has_password)
        .member("has_second_factor", person.has_second_factor);
    write_optional(json, "signed_in_at", person.signed_in_at, to_rfc3339);
    write_optional(json, "invited_until", person.invited_until, to_rfc3339);
}

void write_role_source(JsonWriter& json, const RoleSource& role) {
    const tenancy::Roles folded = roster::roles_from_names(role.name);
    json.object().key("role");
    const auto as =
        std::ranges::find_if(tenancy::all_roles, [&](Role one) { return folded.has(one); });
    as == std::end(tenancy::all_roles) ? json.null() : json.value(tenancy::wire_name(*as));
    json.member("name", role.name)
        .member("org", role.org)
        .member("source", role.source)
        .member("granted", role.source == roster::granted_source)
        .end();
}

void write_enrollment(JsonWriter& json, const roster::Enrollment& enrollment) {
    json.object()
        .member("section_id", enrollment.section.id.text())
        .member("title", enrollment.section.title)
        .member("class_code", enrollment.section.class_code)
        .member("role", enrollment.role)
        .member("active", enrollment.active && enrollment.section.active);
    write_optional(json, "begin_date", enrollment.begin_date, roster::to_text);
    write_optional(json, "end_date", enrollment.end_date, roster::to_text);
    json.end();
}

net::Response record_response(const PersonRecord& record) {
    JsonWriter json;
    json.object();
    write_person(json, record.person);
    json.member("source", record.source)
        .member("sourced_id", record.sourced_id)
        .member("identities", record.identities)
        .key("role_sources")
        .array();
    for (const RoleSource& role : record.roles)
        write_role_source(json, role);
    json.end().key("sections").array();
    for (const roster::Enrollment& enrollment : record.sections)
        write_enrollment(json, enrollment);
    json.end().end();
    return net::Response::json(200, json.take());
}

Error nobody() {
    return fail(Code::not_found, "there is nobody of this id");
}

// ---- looking ----

Result<PeopleAsked> asked_in(const net::Request& request) {
    PeopleAsked asked{.limit = TRY(net::page_limit(request))};
    if (asked.limit > page_items_limit)
        return fail(Code::invalid_field, "expected a number from 1 to 200", "limit");
    if (const auto role = request.query_param("role")) {
        asked.role = tenancy::role_from(*role);
        if (!asked.role)
            return fail(Code::invalid_field, "expected student, teacher or administrator", "role");
    }
    const std::string status = request.query_param("status").value_or("active");
    if (status != "active" && status != "inactive")
        return fail(Code::invalid_field, "expected active or inactive", "status");
    asked.active = status == "active";
    asked.typed = request.query_param("q").value_or("");
    if (asked.typed.size() > typed_bytes_limit || !is_utf8(asked.typed) ||
        asked.typed.find('\0') != std::string::npos)
        return fail(Code::invalid_field, "expected a name of at most 200 bytes, in UTF-8", "q");
    if (const auto after = TRY(net::page_cursor<16>(request)))
        asked.after = UserId{*after};
    return asked;
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    PeopleAsked asked = TRY(asked_in(request));
    const auto shown = static_cast<std::size_t>(asked.limit++); // one more says if there is more
    return in_transaction(
        principal, [&parts, asked, shown](tenancy::TenantTx& tx) -> Result<net::Response> {
            auto found = TRY(people(tx, asked, parts.clock.now()));
            const bool more = found.size() > shown;
            found.resize(std::min(found.size(), shown));
            JsonWriter json;
            json.object().key("data").array();
            for (const Person& person : found) {
                json.object();
                write_person(json, person);
                json.end();
            }
            json.end().key("next");
            more ? json.value(to_base64url(view(found.back().id.uuid))) : json.null();
            json.end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<UserId>(request, "user_id"));
    return in_transaction(principal, [&parts, id](tenancy::TenantTx& tx) -> Result<net::Response> {
        const auto record = TRY(person(tx, id, parts.clock.now()));
        if (!record)
            return nobody();
        return record_response(*record);
    });
}

// ---- making administrators ----

/// The role that stands in the roster, which is changed there and not here.
const RoleSource* of_the_roster(const PersonRecord& record) {
    for (const RoleSource& role : record.roles)
        if (role.source != roster::granted_source &&
            roster::roles_from_names(role.name).has(Role::administrator))
            return &role;
    return nullptr;
}

/// Was anything changed?
Result<bool> set_administration(const RouteParts& parts, tenancy::TenantTx& tx,
                                const Principal& principal, UserId user, bool wanted) {
    CHECK_OK(roster::lock_granted_roles(tx));
    const auto record = TRY(person(tx, user, parts.clock.now()));
    if (!record)
        return nobody();
    if (record->person.roles.has(Role::administrator) == wanted)
        return false;
    if (wanted) {
        if (!record->person.active)
            return fail(Code::conflict, "this person is not active in the roster, and cannot sign "
                                        "in; only who is active can administer");
        CHECK_OK(roster::grant_administration(tx, user, parts.clock, parts.rng));
    } else {
        if (const RoleSource* role = of_the_roster(*record))
            return fail(Code::conflict,
                        "the roster of source '" + role->source +
                            "' makes this person an administrator (" + role->name + ", " +
                            role->org + "); take the role away there, and import",
                        "/administrator");
        if (!TRY(roster::others_administer(tx, user)))
            return fail(Code::conflict, "this is the last administrator; make another one first",
                        "/administrator");
        TRY(roster::withdraw_administration(tx, user));
    }
    const std::string by = principal.user.text(), subject = user.text();
    CHECK_OK(audit::record(
        tx, {by, wanted ? "administration.granted" : "administration.withdrawn", subject, "{}"},
        parts.clock, parts.rng));
    return true;
}

Result<Done> set_roles(const RouteParts& parts, const Principal& principal, UserId user,
                       bool administrator, tenancy::Database& database, Deadline deadline) {
    CHECK_OK(parts.feed.require_fresh());
    return database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Done> {
        const bool changed = TRY(set_administration(parts, tx, principal, user, administrator));
        const auto record = TRY(person(tx, user, parts.clock.now()));
        if (!record)
            return nobody();
        Done done{record_response(*record)};
        if (changed) // tokens say roles; the last step, see there
            done.epoch = TRY(tenancy::revoke_user(tx, user, parts.clock.now()));
        return done;
    });
}

void put_roles(const RouteParts& parts, const Principal& principal, const net::Request& request,
               net::Responder respond) {
    auto read = [&]() -> Result<std::pair<UserId, bool>> {
        const auto user = TRY(net::id_in_path<UserId>(request, "user_id"));
        const JsonObject body = TRY(net::json_body(request, {"administrator"}));
        const bool administrator = TRY(body.boolean("administrator"));
        if (user == principal.user)
            return fail(Code::forbidden, "nobody changes what they may do themselves; ask another "
                                         "administrator");
        return std::pair{user, administrator};
    }();
    if (!read)
        return respond(std::move(read).error());
    tenancy::answer_when_heard(
        parts.lane, parts.feed, parts.clock, principal.scope.tenant(), request, std::move(respond),
        [&parts, principal, user = read->first,
         administrator = read->second](tenancy::Database& database, Deadline deadline) {
            return set_roles(parts, principal, user, administrator, database, deadline);
        });
}

net::Parameter user_in_path() {
    return {.name = "user_id",
            .in = net::Parameter::In::path,
            .description = "The person.",
            .schema = R"({"type":"string","pattern":"^usr_[0-9a-f]{32}$"})",
            .required = true,
            .example = "usr_0192f3c4a5b67c8d9e0f112233445566"};
}

std::vector<net::Parameter> list_parameters() {
    return {{.name = "q",
             .description = "The beginning of a family name, a given name or a user name, or of "
                            "both names in either order; case and accents do not count.",
             .schema = R"({"type": "string", "maxLength": 200})",
             .example = "ada"},
            {.name = "role",
             .description = "Only with this role.",
             .schema = R"({"enum": ["student", "teacher", "administrator"]})",
             .example = "teacher"},
            {.name = "status",
             .description = "In the roster and enabled there, or not any more.",
             .schema = R"({"enum": ["active", "inactive"], "default": "active"})",
             .example = "active"},
            {.name = "limit",
             .description = "How many a page has at most.",
             .schema = R"({"type": "integer", "minimum": 1, "maximum": 200, "default": 50})",
             .example = "50"},
            net::cursor_parameter};
}

} // namespace

void add_people_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view record = R"({"$ref": "#/components/schemas/PersonRecord"})";
    routes.add_schema("Person", person_schema);
    routes.add_schema("PersonPage", person_page_schema);
    routes.add_schema("PersonRecord", person_record_schema);
    routes.add_schema("RolesChange", roles_change_schema);
    auto add = [&](net::Route route) {
        route.tag = "people";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/users",
         .operation = "list_users",
         .summary = "The institution's people by name, or those whose names begin with what was "
                    "typed (administrators).",
         .handler = parts.gate.authenticated(answered(parts, list_work), Role::administrator),
         .parameters = list_parameters(),
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/PersonPage"})"}}});
    add({.method = net::Method::get,
         .path = "/v1/users/{user_id}",
         .operation = "get_user",
         .summary = "Somebody: what makes them what they are, their sections, whether they can "
                    "sign in (administrators).",
         .handler = parts.gate.authenticated(answered(parts, get_work), Role::administrator),
         .parameters = {user_in_path()},
         .answers = {{200, "The person.", record}}});
    add({.method = net::Method::put,
         .path = "/v1/users/{user_id}/roles",
         .operation = "set_user_roles",
         .summary = "Make somebody an administrator, or take that away again (administrators). "
                    "Everything else that people are is the roster's to say.",
         .handler = parts.gate.authenticated(
             [&parts](const Principal& principal, const net::Request& request,
                      net::Responder respond) {
                 put_roles(parts, principal, request, std::move(respond));
             },
             tenancy::Permission::roster_write),
         .body_bytes_limit = 1024,
         .parameters = {user_in_path()},
         .body = net::Body{R"({"$ref": "#/components/schemas/RolesChange"})", roles_change_example},
         .answers = {{200, "As they are now. If anything changed, they sign in again.", record},
                     {403, "One's own are for another administrator to change."},
                     {409, "The roster makes them an administrator; or they are the last one; or "
                           "they are not active."}}});
}

} // namespace bw::institution
