// Calendar feeds over HTTP: their owners make and revoke them, calendar programs read them. (The
// name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include <algorithm>

#include "net/etag.hpp"
#include "timetable/calendar.hpp"
#include "timetable/feeds.hpp"
#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

constexpr Duration window_before = 14 * 24h, window_after = 120 * 24h;
constexpr std::string_view prefix = "/v1/calendars/", suffix = ".ics";

void write_feed(JsonWriter& json, const Feed& feed) {
    json.member("feed_id", feed.id.text())
        .member("name", feed.name)
        .member("created_at", to_rfc3339(feed.created_at));
}

Result<Work> add_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"name"}));
    const std::string name = body.has("name") ? TRY(body.text("name", 100)) : "";
    if (std::ranges::any_of(name, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return fail(Code::invalid_field, "is one line, without control characters", "/name");
    return in_transaction(
        parts, principal,
        [&parts, principal, name](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Feed feed{FeedId::make(now, parts.rng), name, now};
            const std::string token = TRY(add_feed(tx, principal.user, feed, parts.rng));
            CHECK_OK(audit::record(
                tx, {principal.user.text(), "calendar_feed.made", feed.id.text(), "{}"},
                parts.clock, parts.rng));
            JsonWriter json;
            json.object();
            write_feed(json, feed);
            json.member("path", fmt::format("{}{}{}", prefix, token, suffix)).end();
            net::Response response = net::Response::json(201, json.take());
            response.compressible = false;
            response.headers.emplace_back("Cache-Control", "no-store");
            return response;
        });
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal, const net::Request&) {
    return in_transaction(parts, principal,
                          [principal](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
                              JsonWriter json;
                              json.object().key("data").array();
                              for (const Feed& feed : TRY(feeds_of(tx, principal.user))) {
                                  json.object();
                                  write_feed(json, feed);
                                  json.end();
                              }
                              json.end().end();
                              return net::Response::json(200, json.take());
                          });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<FeedId>(request, "feed_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            CHECK_OK(remove_feed(tx, principal.user, id));
            CHECK_OK(
                audit::record(tx, {principal.user.text(), "calendar_feed.revoked", id.text(), "{}"},
                              parts.clock, parts.rng));
            return net::Response{204, "", "", {}};
        });
}

/// The person's calendar. Its stamp is the timetable's, so that what did not change is the same to
/// the byte.
Result<std::string> calendar_of(const RouteParts& parts, tenancy::TenantTx& tx, UserId user,
                                Instant now) {
    const auto plan = TRY(parts.plans.of(tx));
    if (!plan) {
        Timetable none{.zone = TRY(known_zone(parts, tx.tenant())).name(),
                       .schedules = {},
                       .terms = {{"none", roster::Date{std::chrono::days(14'610)},
                                  roster::Date{std::chrono::days(14'610)}}}};
        return to_icalendar(TRY(Plan::make(std::move(none))), {}, {}, Instant{});
    }
    // Whole days: who asks twice a day reads the same calendar.
    const Instant day{now.ms - now.ms % (24h / 1ms)};
    auto found = TRY(occurrences_of(tx, plan->plan, user, now, day - window_before,
                                    day + window_after, Cancelled::marked));
    const auto titles = TRY(titles_of(tx, plan->plan, found));
    std::erase_if(found, [&](const Occurrence& one) {
        return !titles.contains(plan->plan.timetable().lessons[one.lesson].section);
    });
    return to_icalendar(plan->plan, found, titles, plan->changed_at);
}

void read_feed(const RouteParts& parts, const tenancy::TenantInfo& tenant,
               const net::Request& request, net::Responder respond) {
    const std::string_view address = request.path_param("address");
    if (!address.ends_with(suffix) || address.size() != feed_token_length + suffix.size())
        return respond(fail(Code::not_found, "there is no such calendar"));
    tenancy::answer_on(
        parts.lane, tenant.scope.tenant(), request, std::move(respond),
        [&parts, scope = tenant.scope, token = std::string(address.substr(0, feed_token_length))](
            tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            return database.run(
                scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                    const auto owner = TRY(owner_of(tx, token));
                    if (!owner)
                        return fail(Code::not_found, "there is no such calendar");
                    std::string body = TRY(calendar_of(parts, tx, *owner, parts.clock.now()));
                    net::Response response{
                        200, "text/calendar; charset=utf-8", std::move(body), {}};
                    response.headers.emplace_back("ETag", net::content_etag(response.body));
                    response.headers.emplace_back("Cache-Control", "private, max-age=900");
                    return response;
                });
        });
}

} // namespace

void add_feed_routes(net::RouteTable& routes, const RouteParts& parts) {
    auto add = [&](net::Route route, Read read) {
        route.tag = "calendar feeds";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read));
        routes.add(std::move(route));
    };
    add({.method = net::Method::post,
         .path = "/v1/calendar-feeds",
         .operation = "make_calendar_feed",
         .summary = "An address at which a calendar program reads the caller's lessons, without a "
                    "password; it can be revoked.",
         .body_bytes_limit = 1024,
         .body = net::Body{R"({"$ref": "#/components/schemas/NewCalendarFeed"})",
                           new_calendar_feed_example},
         .answers = {{201, "The feed; its address is shown this once.",
                      R"({"$ref": "#/components/schemas/MadeCalendarFeed"})"},
                     {409, "There are ten already."}}},
        add_work);
    add({.method = net::Method::get,
         .path = "/v1/calendar-feeds",
         .operation = "list_calendar_feeds",
         .summary = "The caller's calendar feeds, without their addresses.",
         .answers = {{200, "The feeds.", R"({"$ref": "#/components/schemas/CalendarFeedList"})"}}},
        list_work);
    add({.method = net::Method::del,
         .path = "/v1/calendar-feeds/{feed_id}",
         .operation = "revoke_calendar_feed",
         .summary = "Nobody reads at that address any more.",
         .parameters = {{.name = "feed_id",
                         .in = net::Parameter::In::path,
                         .description = "Of the feed.",
                         .schema = R"({"type": "string", "pattern": "^cal_[0-9a-f]{32}$"})",
                         .required = true,
                         .example = "cal_0192f3c47d3b7a1e8f5096a2b4c8d0e1"}},
         .answers = {{204, "Revoked."}}},
        remove_work);
    routes.add(
        {.method = net::Method::get,
         .path = std::string(prefix) + "{address}",
         .operation = "read_calendar_feed",
         .summary = "A person's lessons of the last two weeks and the next four months as "
                    "iCalendar (RFC 5545), for whoever knows the address.",
         .handler =
             parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                          const net::Request& request, net::Responder respond) {
                 read_feed(parts, tenant, request, std::move(respond));
             }),
         .tag = "calendar feeds",
         .credential = net::Credential::host,
         .parameters = {{.name = "address",
                         .in = net::Parameter::In::path,
                         .description = "The secret part, and `.ics`.",
                         .schema = R"({"type": "string", "pattern": "^[A-Za-z0-9_-]{43}\\.ics$"})",
                         .required = true,
                         .example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics"}},
         .answers = {{200, "The calendar, and its `ETag`.", {}, "text/calendar"}}});
}

} // namespace bw::timetable
