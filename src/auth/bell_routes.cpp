#include "auth/bell_routes.hpp"

#include "audit/audit.hpp"
#include "auth/bells.hpp"
#include "auth/schemas.hpp"
#include "base/json.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::auth {

namespace {

using tenancy::Principal;
using tenancy::Work;

void write_bell(JsonWriter& json, const StoredBell& stored) {
    json.object()
        .member("bell_id", stored.id.text())
        .member("at", to_rfc3339(stored.bell.at))
        .member("lasts_seconds", stored.bell.lasts / 1s)
        .end();
}

Result<tenancy::Bell> bell_in(const net::Request& request, Instant now) {
    const JsonObject body = TRY(net::json_body(request, {"at", "lasts_seconds"}));
    auto at = from_rfc3339(TRY(body.string("at", 64)));
    if (!at)
        return fail(Code::invalid_field, at.error().detail, "/at");
    const BellRules rules;
    if (*at <= now || *at > now + rules.ahead_max)
        return fail(Code::invalid_field,
                    "expected a moment to come, within the next " +
                        std::to_string(rules.ahead_max / 24h) +
                        " days: tokens are steered ahead of it",
                    "/at");
    tenancy::Bell bell{.at = *at};
    if (body.has("lasts_seconds"))
        bell.lasts = std::chrono::seconds(
            TRY(body.integer("lasts_seconds", 0, rules.lasts_max / std::chrono::seconds(1))));
    return bell;
}

Result<Work> put_work(const RouteParts& parts, const Principal& who, const net::Request& request) {
    const tenancy::Bell bell = TRY(bell_in(request, parts.clock.now()));
    return Work([&clock = parts.clock, &rng = parts.rng, who,
                 bell](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        StoredBell stored{BellId::make(clock.now(), rng), bell};
        CHECK_OK(database.run(who.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
            JsonWriter details;
            details.object()
                .member("at", to_rfc3339(bell.at))
                .member("lasts_seconds", bell.lasts / 1s)
                .end();
            CHECK_OK(
                audit::record(tx, {who.user.text(), "bell.put", "", details.text()}, clock, rng));
            stored.id = TRY(put_bell(tx, bell, stored.id));
            return {};
        }));
        JsonWriter json;
        write_bell(json, stored);
        return net::Response::json(200, json.take());
    });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& who,
                         const net::Request& request) {
    const BellId id = TRY(net::id_in_path<BellId>(request, "bell_id"));
    return Work([&clock = parts.clock, &rng = parts.rng, who,
                 id](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        CHECK_OK(database.run(who.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
            CHECK_OK(
                audit::record(tx, {who.user.text(), "bell.removed", id.text(), "{}"}, clock, rng));
            return remove_bell(tx, id);
        }));
        return net::Response{.status = 204};
    });
}

Result<Work> list_work(const RouteParts&, const Principal& who, const net::Request&) {
    return Work([who](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        const auto bells = TRY(database.run(who.scope, deadline,
                                            [](tenancy::TenantTx& tx) { return list_bells(tx); }));
        JsonWriter json;
        json.object().key("data").array();
        for (const StoredBell& stored : bells)
            write_bell(json, stored);
        json.end().end();
        return net::Response::json(200, json.take());
    });
}

net::Handler answered(const RouteParts& parts,
                      Result<Work> (*read)(const RouteParts&, const Principal&,
                                           const net::Request&)) {
    return parts.gate.authenticated(
        tenancy::answered_on(
            parts.lane,
            [parts, read](const Principal& principal, const net::Request& request) {
                return read(parts, principal, request);
            }),
        tenancy::Permission::bells_write);
}

} // namespace

void add_bell_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("NewBell", new_bell_schema);
    routes.add_schema("Bell", bell_schema);
    routes.add_schema("BellList", bell_list_schema);
    auto add = [&](net::Route route) {
        route.tag = "bells";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/bells",
         .operation = "list_bells",
         .summary =
             "The bells that were declared, in their order; those that follow from the timetable "
             "are not among them (get_next_bell).",
         .handler = answered(parts, list_work),
         .answers = {{200, "The bells.", R"({"$ref": "#/components/schemas/BellList"})"}}});
    add({.method = net::Method::post,
         .path = "/v1/bells",
         .operation = "put_bell",
         .summary = "Say when many will come: whoever is signed in renews ahead of it, and no "
                    "access token ends while it lasts. One of the same moment is changed.",
         .handler = answered(parts, put_work),
         .body_bytes_limit = 1024,
         .body = net::Body{R"({"$ref": "#/components/schemas/NewBell"})", new_bell_example},
         .answers = {{200, "As it is now.", R"({"$ref": "#/components/schemas/Bell"})"},
                     {409, "There are too many."}}});
    add({.method = net::Method::del,
         .path = "/v1/bells/{bell_id}",
         .operation = "remove_bell",
         .summary = "Expect nobody then.",
         .handler = answered(parts, remove_work),
         .parameters = {{.name = "bell_id",
                         .in = net::Parameter::In::path,
                         .description = "The bell's id.",
                         .schema = R"({"type": "string", "pattern": "^bel_[0-9a-f]{32}$"})",
                         .required = true,
                         .example = "bel_0192f3c4a5b67c8d9e0f112233445566"}},
         .answers = {{204, "Removed."}}});
}

} // namespace bw::auth
