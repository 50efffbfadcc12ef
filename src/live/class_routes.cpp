// One's live classes, how ready one is, and who is put out of it. (The name ends in _routes: it
// sees HTTP.)
#include "live/shared_routes.hpp"
#include "roster/users.hpp"

namespace bw::live {

namespace {

constexpr Duration window = 7 * 24h, window_limit = 31 * 24h;
constexpr std::int64_t classes_limit = 500;

Error no_such_class() {
    return fail(Code::not_found, "there is no such live class");
}

void write_plan(JsonWriter& json, const LiveClass& of, const std::vector<video::Ingest>& ingests,
                Instant now) {
    const auto why = concerns(of, now);
    json.object().member("go", why.empty()).key("concerns").array();
    for (const std::string& concern : why)
        json.value(concern);
    json.end()
        .member("signal", to_text(of.signal))
        .member("slate_on", of.slate_on)
        .member("warm_planned", of.warm_planned)
        .member("warm_verified", of.warm_verified)
        .key("ingests")
        .array();
    for (const video::Ingest& one : ingests)
        json.object()
            .member("protocol", to_text(one.protocol))
            .member("url", one.url)
            .member("user", one.user)
            .member("key", one.key.text())
            .end();
    json.end().end();
}

void write_class(JsonWriter& json, const RouteParts& parts, const LiveClass& of,
                 const std::vector<video::Ingest>* ingests, Instant now) {
    json.object()
        .member("live_class_id", of.id.text())
        .member("lesson_id", of.lesson.text())
        .member("section_id", of.section.text())
        .member("title", of.title)
        .key("teacher_id");
    of.teacher ? json.value(of.teacher->text()) : json.null();
    json.member("begins_at", to_rfc3339(of.begins))
        .member("ends_at", to_rfc3339(of.ends))
        .member("opens_at", to_rfc3339(of.begins - parts.joining.rules.opens))
        .member("cancelled", of.cancelled)
        .member("state", name(of.state))
        .key("recording");
    of.recording.empty() ? json.null() : json.value(of.recording);
    json.key("plan");
    ingests ? write_plan(json, of, *ingests, now) : static_cast<void>(json.null());
    json.end();
}

Result<Instant> instant_in(const net::Request& request, std::string_view name, Instant usual) {
    const auto text = request.query_param(name);
    if (!text)
        return usual;
    auto at = from_rfc3339(*text);
    if (!at)
        return fail(Code::invalid_field, "is an instant as RFC 3339 writes it", std::string(name));
    return *at;
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const Instant from = TRY(instant_in(request, "from", parts.clock.now() - 12h));
    const Instant until = TRY(instant_in(request, "until", from + window));
    if (until <= from || until - from > window_limit)
        return fail(Code::invalid_field, "is after `from`, by 31 days at most", "until");
    return in_transaction(parts, principal,
                          [&parts, principal, from, until](tenancy::TenantTx& tx,
                                                           Instant now) -> Result<net::Response> {
                              JsonWriter json;
                              json.object().key("data").array();
                              for (const LiveClass& one : TRY(classes_of(
                                       tx, principal.user, now, from, until, classes_limit)))
                                  write_class(json, parts, one, nullptr, now);
                              json.end().end();
                              return net::Response::json(200, json.take());
                          });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<LiveClassId>(request, "live_class_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto of = TRY(class_by_id(tx, id));
            if (!of)
                return no_such_class();
            const bool decides_it = principal.roles.any_of(tenancy::staff) &&
                                    TRY(decides(tx, principal, of->section, of->teacher, now));
            if (!decides_it && !TRY(roster::place_in_section(tx, principal.user, of->section, now)))
                return no_such_class();
            std::vector<video::Ingest> ingests;
            if (decides_it)
                ingests = TRY(open_ingests(parts.ingest_key, tx.tenant(), *of));
            JsonWriter json;
            write_class(json, parts, *of, decides_it ? &ingests : nullptr, now);
            net::Response response = net::Response::json(200, json.take());
            response.compressible = !decides_it; // keys are in it
            return response;
        });
}

/// Both: whoever decides about the class, or not_found.
Result<void> check_decides(tenancy::TenantTx& tx, const Principal& principal, LiveClassId id,
                           Instant now) {
    const auto of = TRY(class_by_id(tx, id));
    if (!of || !TRY(decides(tx, principal, of->section, of->teacher, now)))
        return no_such_class();
    return {};
}

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, LiveClassId id, UserId user) {
    JsonWriter details;
    details.object().member("live_class_id", id.text()).end();
    return audit::record(tx, {principal.user.text(), action, user.text(), details.text()},
                         parts.clock, parts.rng);
}

Result<Work> put_out_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    const auto id = TRY(net::id_in_path<LiveClassId>(request, "live_class_id"));
    const auto user = TRY(net::id_in_path<UserId>(request, "user_id"));
    return Work([&parts, principal, id, user](tenancy::Database& database,
                                              Deadline deadline) -> Result<net::Response> {
        CHECK_OK(
            database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
                CHECK_OK(check_decides(tx, principal, id, parts.clock.now()));
                if (!TRY(remove_person(tx, id, user, parts.clock.now())))
                    return fail(Code::not_found, "there is no such person");
                return record(parts, tx, principal, "live_class.put_out", id, user);
            }));
        parts.audience.put_out(principal.scope.tenant(), id, user);
        return net::Response{204, "", "", {}};
    });
}

Result<Work> let_in_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<LiveClassId>(request, "live_class_id"));
    const auto user = TRY(net::id_in_path<UserId>(request, "user_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id, user](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            CHECK_OK(check_decides(tx, principal, id, now));
            if (!TRY(let_back_in(tx, id, user)))
                return fail(Code::not_found, "they are not put out of this class");
            CHECK_OK(record(parts, tx, principal, "live_class.let_in", id, user));
            return net::Response{204, "", "", {}};
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

net::Parameter user_in_path() {
    return {.name = "user_id",
            .in = net::Parameter::In::path,
            .description = "Of whom.",
            .schema = R"({"type": "string", "pattern": "^usr_[0-9a-f]{32}$"})",
            .required = true,
            .example = "usr_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

constexpr std::string_view region_header = "X-Viewer-Region"; // that a front or a CDN adds

/// Asked for before what the front says. It is a wish: of a region that nobody knows one is
/// anywhere.
Result<std::string> region_of(const net::Request& request) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    auto asked = request.query_param("region");
    if (!asked)
        return std::string(request.header(region_header).value_or(""));
    if (asked->empty() || asked->size() > 60 ||
        asked->find_first_not_of(letters) != std::string::npos)
        return fail(Code::invalid_field, "is a name of letters, digits, - . and _, 60 at most",
                    "region");
    return *std::move(asked);
}

void write_joined(JsonWriter& json, const Joined& joined, Instant now) {
    const LiveClass& of = joined.seats->of;
    json.object()
        .member("live_class_id", of.id.text())
        .member("title", of.title)
        .member("state", name(of.state))
        .member("on_air", name(joined.on_air))
        .member("begins_at", to_rfc3339(of.begins))
        .member("ends_at", to_rfc3339(of.ends))
        .member("role", name(joined.grant.role))
        .key("playback");
    if (joined.playback) {
        json.object().member("url", joined.playback->url).key("cookies").array();
        for (const video::Cookie& cookie : joined.playback->cookies)
            json.object()
                .member("name", cookie.name)
                .member("value", cookie.value)
                .member("domain", cookie.domain)
                .member("path", cookie.path)
                .end();
        json.end().member("expires_at", to_rfc3339(joined.playback->expires)).end();
    } else {
        json.null();
    }
    json.key("edges").array();
    for (const std::string& edge : joined.edges)
        json.value(edge);
    json.end()
        .member("renew_at", to_rfc3339(joined.renew_at))
        .member("play_at", to_rfc3339(joined.play_at))
        .member("wait_ms", std::max<std::int64_t>(0, joined.play_at.ms - now.ms))
        .key("grant")
        .object()
        .member("token", joined.grant_text)
        .key("may");
    write_rights(json, joined.grant.may);
    json.member("expires_at", to_rfc3339(joined.grant.expires)).end().key("heartbeat");
    if (joined.heartbeat_token.empty())
        json.null();
    else
        json.object()
            .member("token", joined.heartbeat_token)
            .member("every_ms", heartbeat_every / 1ms)
            .end();
    json.end();
}

} // namespace

void add_join_route(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("JoinedLiveClass", joined_schema);
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/live-classes/{live_class_id}/join",
         .operation = "join_live_class",
         .summary = "Everything that the caller needs to be in the class. Again at "
                    "`renew_at`: the same call renews.",
         .handler = parts.gate.authenticated([&parts](const Principal& principal,
                                                      const net::Request& request,
                                                      net::Responder respond) {
             const auto id = LiveClassId::parse(request.path_param("live_class_id"));
             if (!id)
                 return respond(no_such_class());
             const auto region = region_of(request);
             if (!region)
                 return respond(region.error());
             const Instant now = parts.clock.now();
             respond.result(
                 join(parts.joining, principal.scope.tenant(), *id, principal.user, now, *region),
                 [now](const Joined& joined) {
                     JsonWriter json;
                     write_joined(json, joined, now);
                     net::Response response = net::Response::json(200, json.take());
                     response.headers.emplace_back("Cache-Control", "no-store");
                     response.compressible = false; // the grant is in it
                     return response;
                 });
         }),
         .tag = "live classes",
         .credential = net::Credential::access_token,
         .parameters = {class_in_path(),
                        {.name = "region",
                         .description = "Where the caller is, as edges are configured: "
                                        "edges of it come first. Without: as the front "
                                        "says (X-Viewer-Region), or anywhere.",
                         .schema = R"({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,60}$"})",
                         .example = "eu"}},
         .answers = {{200, "Where to watch, until when, and with what to enter the room.",
                      R"({"$ref": "#/components/schemas/JoinedLiveClass"})"},
                     {409, "It is too early, the class is over, or it does not take place; "
                           "`detail` says when to come."}}});
}

void add_class_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("LiveClass", live_class_schema);
    routes.add_schema("LiveClassPlan", live_class_plan_schema);
    routes.add_schema("LiveClassList", live_class_list_schema);
    auto add = [&](net::Route route, tenancy::ReadInto<RouteParts> read, tenancy::Roles roles) {
        route.tag = "live classes";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read), roles);
        routes.add(std::move(route));
    };
    constexpr std::string_view instant_schema = R"({"type": "string", "format": "date-time"})";
    add({.method = net::Method::get,
         .path = "/v1/live-classes",
         .operation = "list_live_classes",
         .summary = "The caller's live classes: that they attend or teach.",
         .parameters = {{.name = "from",
                         .description = "From when on; without: from twelve hours ago.",
                         .schema = instant_schema,
                         .example = "2026-11-30T00:00:00.000Z"},
                        {.name = "until",
                         .description = "Until when, 31 days later at most; without: a week later.",
                         .schema = instant_schema,
                         .example = "2026-12-07T00:00:00.000Z"}},
         .answers = {{200, "The first 500.", R"({"$ref": "#/components/schemas/LiveClassList"})"}}},
        list_work, {});
    add({.method = net::Method::get,
         .path = "/v1/live-classes/{live_class_id}",
         .operation = "get_live_class",
         .summary = "A live class, for its people; for whoever teaches it, how ready it is.",
         .parameters = {class_in_path()},
         .answers = {{200, "The class.", R"({"$ref": "#/components/schemas/LiveClass"})"}}},
        get_work, {});
    add({.method = net::Method::put,
         .path = "/v1/live-classes/{live_class_id}/removed/{user_id}",
         .operation = "put_out_of_live_class",
         .summary = "Put somebody out of a live class: they get no URL and no grant any more (its "
                    "teachers, administrators).",
         .parameters = {class_in_path(), user_in_path()},
         .answers = {{204, "They are out."}}},
        put_out_work, tenancy::staff);
    add({.method = net::Method::del,
         .path = "/v1/live-classes/{live_class_id}/removed/{user_id}",
         .operation = "let_into_live_class",
         .summary = "Let somebody into a live class again (its teachers, administrators).",
         .parameters = {class_in_path(), user_in_path()},
         .answers = {{204, "They may join."}}},
        let_in_work, tenancy::staff);
}

} // namespace bw::live
