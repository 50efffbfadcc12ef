// Announcements over HTTP. (The name ends in _routes: it sees HTTP.)
#include "content/schemas.hpp"
#include "content/shared_routes.hpp"
#include "net/json_body.hpp"

namespace bw::content {

namespace {

using tenancy::Permission;

net::Response announcement_response(int status, const Announcement& announcement) {
    JsonWriter json;
    write_announcement(json, announcement);
    return tagged(status, json.take(), announcement.version);
}

/// not_found for whoever is not of the section.
Result<Announcement> seen(tenancy::TenantTx& tx, const Principal& principal, AnnouncementId id,
                          Instant now) {
    auto announcement = TRY(find_announcement(tx, id));
    if (!announcement)
        return fail(Code::not_found, "there is no such announcement");
    TRY(place_in(tx, principal, announcement->section, now));
    return *std::move(announcement);
}

Result<Announcement> taught(tenancy::TenantTx& tx, const Principal& principal, AnnouncementId id,
                            Instant now) {
    Announcement announcement = TRY(seen(tx, principal, id, now));
    TRY(teachers_place(tx, principal, announcement.section, now));
    return announcement;
}

// ---- what each route does ----

Result<Work> announce_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    const JsonObject body = TRY(net::json_body(request, {"title", "text"}));
    const Instant at = parts.clock.now();
    Announcement wanted{.id = AnnouncementId::make(at, parts.rng),
                        .section = section,
                        .title = TRY(title_in(body)),
                        .text = body.has("text") ? TRY(text_in(body)) : "",
                        .created_at = at,
                        .changed_at = at};
    return in_transaction(
        parts, principal,
        [&parts, principal, wanted](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            TRY(teachers_place(tx, principal, wanted.section, now));
            CHECK_OK(record(parts, tx, principal, "announcement.made", wanted.id.text(),
                            wanted.section));
            CHECK_OK(announce(tx, wanted, principal.user, parts.clock, parts.rng));
            return announcement_response(201, wanted);
        });
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    const int limit = TRY(net::page_limit(request));
    const auto before = TRY(net::time_cursor_in<AnnouncementId>(request));
    return in_transaction(parts, principal,
                          [principal, section, limit,
                           before](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
                              TRY(place_in(tx, principal, section, now));
                              const auto answers =
                                  TRY(tx.run({announcements_step(section, before, limit)}));
                              const AnnouncementPage page = read_page(answers.front(), limit);
                              JsonWriter json;
                              json.object().key("data").array();
                              for (const Announcement& one : page.items)
                                  write_announcement(json, one);
                              json.end().key("next");
                              page.next ? json.value(net::time_cursor(*page.next)) : json.null();
                              json.end();
                              return net::Response::json(200, json.take());
                          });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<AnnouncementId>(request, "announcement_id"));
    return in_transaction(
        parts, principal,
        [principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            return announcement_response(200, TRY(seen(tx, principal, id, now)));
        });
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<AnnouncementId>(request, "announcement_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    const JsonObject body = TRY(net::json_body(request, {"title", "text"}));
    std::optional<std::string> title, text;
    if (body.has("title"))
        title = TRY(title_in(body));
    if (body.has("text"))
        text = TRY(text_in(body));
    if (!title && !text)
        return fail(Code::invalid_field, "changes nothing; send what is to change", "/title");
    return in_transaction(parts, principal,
                          [&parts, principal, id, version, title,
                           text](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
                              Announcement wanted = TRY(taught(tx, principal, id, now));
                              wanted.version = version;
                              wanted.title = title.value_or(wanted.title);
                              wanted.text = text.value_or(wanted.text);
                              wanted.version = TRY(change_announcement(tx, wanted, now));
                              wanted.changed_at = now;
                              CHECK_OK(record(parts, tx, principal, "announcement.changed",
                                              id.text(), wanted.section));
                              return announcement_response(200, wanted);
                          });
}

Result<Work> withdraw_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const auto id = TRY(net::id_in_path<AnnouncementId>(request, "announcement_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(parts, principal,
                          [&parts, principal, id, version](tenancy::TenantTx& tx,
                                                           Instant now) -> Result<net::Response> {
                              const Announcement announcement = TRY(taught(tx, principal, id, now));
                              CHECK_OK(withdraw_announcement(tx, announcement, version));
                              CHECK_OK(record(parts, tx, principal, "announcement.withdrawn",
                                              id.text(), announcement.section));
                              return net::Response{204, "", "", {}};
                          });
}

net::Parameter announcement_in_path() {
    return {.name = "announcement_id",
            .in = net::Parameter::In::path,
            .description = "Of the announcement.",
            .schema = announcement_id_schema,
            .required = true,
            .example = "ann_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

constexpr std::string_view reference = R"({"$ref": "#/components/schemas/Announcement"})";

void add_reading(net::RouteTable& routes, const RouteParts& parts) {
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/sections/{section_id}/announcements",
         .operation = "list_announcements",
         .summary = "What a section was told, the newest first.",
         .handler = parts.gate.authenticated(answered(parts, list_work)),
         .tag = "content",
         .credential = net::Credential::access_token,
         .parameters = {section_in_path(), net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/AnnouncementPage"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/announcements/{announcement_id}",
                .operation = "get_announcement",
                .summary = "One announcement; its ETag is needed to change it.",
                .handler = parts.gate.authenticated(answered(parts, get_work)),
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {announcement_in_path()},
                .answers = {{200, "The announcement, and its `ETag`.", reference}}});
}

} // namespace

void write_announcement(JsonWriter& json, const Announcement& announcement) {
    json.object()
        .member("announcement_id", announcement.id.text())
        .member("section_id", announcement.section.text())
        .member("title", announcement.title)
        .member("text", announcement.text)
        .member("version", announcement.version)
        .member("created_at", to_rfc3339(announcement.created_at))
        .member("changed_at", to_rfc3339(announcement.changed_at))
        .end();
}

void add_announcement_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/sections/{section_id}/announcements",
         .operation = "announce",
         .summary = "Tell a section's students something (its teachers): each gets a notice, "
                    "and a mail where the institution wants it.",
         .handler =
             parts.gate.authenticated(answered(parts, announce_work), Permission::content_write),
         .body_bytes_limit = request_bytes_limit,
         .tag = "content",
         .credential = net::Credential::access_token,
         .parameters = {section_in_path()},
         .body = net::Body{R"({"$ref": "#/components/schemas/NewAnnouncement"})",
                           new_announcement_example},
         .answers = {{201, "The announcement, and its `ETag`.", reference}}});
    add_reading(routes, parts);
    routes.add({.method = net::Method::patch,
                .path = "/v1/announcements/{announcement_id}",
                .operation = "change_announcement",
                .summary = "Change an announcement (its section's teachers); nobody is told again.",
                .handler = parts.gate.authenticated(answered(parts, change_work),
                                                    Permission::content_write),
                .body_bytes_limit = request_bytes_limit,
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {announcement_in_path(), version_parameter()},
                .body = net::Body{R"({"$ref": "#/components/schemas/AnnouncementChange"})",
                                  announcement_change_example},
                .answers = {{200, "Changed; with the new `ETag`.", reference}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/announcements/{announcement_id}",
                .operation = "withdraw_announcement",
                .summary = "Take an announcement back, with its notices (its section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, withdraw_work),
                                                    Permission::content_write),
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {announcement_in_path(), version_parameter()},
                .answers = {{204, "It is gone."}}});
}

} // namespace bw::content
