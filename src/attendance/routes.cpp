#include "attendance/routes.hpp"

#include "attendance/schemas.hpp"
#include "attendance/store.hpp"
#include "base/json.hpp"
#include "live/store.hpp"
#include "net/media_type.hpp"
#include "net/resource_request.hpp"
#include "roster/users.hpp"
#include "tenancy/route_work.hpp"

namespace bw::attendance {

namespace {

using tenancy::Principal, tenancy::Work, tenancy::answered, tenancy::in_transaction;

constexpr std::string_view token_header = "Heartbeat-Token";
/// Of one player, which is told to come every live::heartbeat_every.
constexpr tenancy::Rate player_rate{.per_second = 1, .burst = 10};

Error no_such_class() {
    return fail(Code::not_found, "there is no such live class");
}

// ---- heartbeats ----

Result<HeartbeatToken> token_of(const RouteParts& parts, TenantId tenant, live::LiveClassId id,
                                const net::Request& request) {
    const auto text = request.header(token_header);
    if (!text)
        return fail(Code::unauthenticated, "send the token of the join's `heartbeat`",
                    std::string(token_header));
    auto token = TRY(verify_token(*text, parts.key, parts.clock.now()));
    if (token.tenant != tenant || token.of != id)
        return fail(Code::unauthenticated, "the token is of another class",
                    std::string(token_header));
    return token;
}

Result<void> take(const RouteParts& parts, TenantId tenant, const net::Request& request) {
    const auto id = TRY(net::id_in_path<live::LiveClassId>(request, "live_class_id"));
    // While the database is away nobody knows of classes; the token says enough.
    const auto known = parts.audience.find(tenant, id);
    const live::Seats* const seats = known ? known->get() : nullptr;
    if (known && !seats)
        return no_such_class();
    const HeartbeatToken token = TRY(token_of(parts, tenant, id, request));
    if (seats && seats->is_out(token.user))
        return fail(Code::forbidden, "you were put out of this class");
    const auto decision =
        parts.buckets.take(tenancy::Counted::principal, tenant, UserId{token.session}, player_rate,
                           parts.clock.monotonic());
    if (!decision.admitted) {
        Error error = fail(Code::quota_exceeded, "more heartbeats than a player has to send; the "
                                                 "next one says what this one did");
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(decision.retry_after);
        return error;
    }
    CHECK_OK(net::check_is_json(request));
    return parts.book.add(token,
                          TRY(read_heartbeat(request.body, token, parts.edges, parts.clock.now())));
}

// ---- who watched ----

Result<bool> sees_everybody(tenancy::TenantTx& tx, const Principal& principal,
                            const live::LiveClass& of, Instant now) {
    if (principal.roles.has(tenancy::Role::administrator))
        return true;
    if (!principal.roles.any_of(tenancy::staff))
        return false;
    return of.teacher == principal.user ||
           TRY(roster::teaches(tx, principal.user, of.section, now));
}

void write(JsonWriter& json, const Attended& one) {
    json.object()
        .member("user_id", one.user.text())
        .member("name", one.name)
        .member("watched_seconds", one.watched / 1s)
        .key("first_seen_at");
    one.first ? json.value(to_rfc3339(*one.first)) : json.null();
    json.key("last_seen_at");
    one.last ? json.value(to_rfc3339(*one.last)) : json.null();
    json.end();
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const auto id = TRY(net::id_in_path<live::LiveClassId>(request, "live_class_id"));
    const int limit = TRY(net::page_limit(request));
    const auto cursor = TRY(net::page_cursor<16>(request));
    const auto after = cursor ? std::optional(UserId{*cursor}) : std::nullopt;
    return in_transaction(
        parts, principal,
        [principal, id, limit, after](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto of = TRY(live::class_by_id(tx, id));
            if (!of)
                return no_such_class();
            std::vector<Attended> people;
            if (TRY(sees_everybody(tx, principal, *of, now)))
                people = TRY(attendance_of(tx, id, after, limit + 1));
            else if (people = TRY(attendance_of(tx, id, principal.user)); people.empty())
                return no_such_class();
            const bool more = std::ssize(people) > limit;
            if (more)
                people.pop_back();
            JsonWriter json;
            json.object().key("data").array();
            for (const Attended& one : people)
                write(json, one);
            json.end().key("next");
            more ? json.value(to_base64url(view(people.back().user.uuid))) : json.null();
            json.end();
            return net::Response::json(200, json.take());
        });
}

net::Parameter class_in_path() {
    return {.name = "live_class_id",
            .in = net::Parameter::In::path,
            .description = "Of the live class.",
            .schema = live_class_id_schema,
            .required = true,
            .example = "liv_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace

std::string token_for(const live::LiveClass& of, TenantId tenant, UserId user, Instant now,
                      const SecretKey& key, Rng& rng) {
    return sign_token({.tenant = tenant,
                       .of = of.id,
                       .user = user,
                       .session = make_uuid_v7(now, rng),
                       .begun = now,
                       .from = of.begins,
                       .until = std::min(of.ends, of.begins + class_time_limit)},
                      key);
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Heartbeat", heartbeat_schema);
    routes.add_schema("PlayerQuality", quality_schema);
    routes.add_schema("LiveAttendance", attendance_schema);
    routes.add_schema("LiveAttendanceList", attendance_list_schema);
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/live-classes/{live_class_id}/heartbeats",
         .operation = "send_heartbeat",
         .summary = "What a player saw of the class since it got its token, every `every_ms`, and "
                    "once more when it ends. Keep the first join's token until then.",
         .handler =
             parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                          const net::Request& request, net::Responder respond) {
                 if (auto taken = take(parts, tenant.scope.tenant(), request); !taken)
                     return respond(std::move(taken).error());
                 respond(net::Response{202, "", "", {}});
             }),
         .body_bytes_limit = body_bytes_limit,
         .tag = "live classes",
         .credential = net::Credential::host,
         .parameters = {class_in_path(),
                        {.name = token_header,
                         .in = net::Parameter::In::header,
                         .description = "`heartbeat.token` of the join: the right to send them.",
                         .required = true,
                         .example = "AQGS"}},
         .body = net::Body{R"({"$ref": "#/components/schemas/Heartbeat"})", heartbeat_example},
         .answers = {{202, "Taken, and written within seconds. What is lost meanwhile the next "
                           "heartbeat says again."}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/live-classes/{live_class_id}/attendance",
                .operation = "list_live_attendance",
                .summary = "Who watched a live class, for how long: for its teachers and "
                           "administrators everybody of its section, for students their own line.",
                .handler = parts.gate.authenticated(answered(parts, list_work)),
                .tag = "live classes",
                .credential = net::Credential::access_token,
                .parameters = {class_in_path(), net::limit_parameter, net::cursor_parameter},
                .answers = {{200, "By user id.",
                             R"({"$ref": "#/components/schemas/LiveAttendanceList"})"}}});
}

} // namespace bw::attendance
