// Sections: one's own, and for administrators all; who is in them.
#include <algorithm>

#include "institution/people_schemas.hpp"
#include "institution/sections.hpp"
#include "institution/shared_routes.hpp"

namespace bw::institution {

namespace {

/// Of a caller in a section, or of a member.
template <class Place>
void write_places(JsonWriter& json, const char* name, const Place& place) {
    json.key(name).array();
    if (place.teaches)
        json.value("teacher");
    if (place.attends)
        json.value("student");
    json.end();
}

/// {"data": [..], "next": ..}: of `items`, which are one more than shown if there is more.
template <class Item, class Write>
net::Response page_response(std::vector<Item> items, std::size_t shown, Write write) {
    const bool more = items.size() > shown;
    items.resize(std::min(items.size(), shown));
    JsonWriter json;
    json.object().key("data").array();
    for (const Item& item : items)
        write(json, item);
    json.end().key("next");
    more ? json.value(to_base64url(view(items.back().id.uuid))) : json.null();
    json.end();
    return net::Response::json(200, json.take());
}

void write_line(JsonWriter& json, const SectionLine& line) {
    json.object()
        .member("section_id", line.id.text())
        .member("title", line.title)
        .member("class_code", line.class_code)
        .member("course", line.course);
    write_places(json, "roles", line);
    json.end();
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const std::string of = request.query_param("of").value_or("me");
    if (of != "me" && of != "institution")
        return fail(Code::invalid_field, "expected me or institution", "of");
    const int shown = TRY(net::page_limit(request));
    std::optional<SectionId> after;
    if (const auto position = TRY(net::page_cursor<16>(request)))
        after = SectionId{*position};
    if (of == "me")
        return in_transaction(
            principal,
            [&parts, user = principal.user](tenancy::TenantTx& tx) -> Result<net::Response> {
                auto own = TRY(own_sections(tx, user, parts.clock.now()));
                const std::size_t all = own.size();
                return page_response(std::move(own), all, write_line);
            });
    if (!principal.roles.has(tenancy::Role::administrator))
        return fail(Code::forbidden, "all sections are for administrators to see");
    return in_transaction(principal,
                          [&parts, user = principal.user, after,
                           shown](tenancy::TenantTx& tx) -> Result<net::Response> {
                              return page_response(TRY(active_sections(tx, user, after, shown + 1,
                                                                       parts.clock.now())),
                                                   static_cast<std::size_t>(shown), write_line);
                          });
}

/// not_found for whoever is neither in it nor an administrator.
Result<roster::SectionPlace> place_of(tenancy::TenantTx& tx, const Principal& principal,
                                      SectionId section, Instant now) {
    auto place = TRY(roster::place_in_section(tx, principal.user, section, now));
    if (!place ||
        !(place->teaches || place->attends || principal.roles.has(tenancy::Role::administrator)))
        return fail(Code::not_found, "there is no such section");
    return *std::move(place);
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    return in_transaction(
        principal, [&parts, principal, section](tenancy::TenantTx& tx) -> Result<net::Response> {
            const Instant now = parts.clock.now();
            const auto place = TRY(place_of(tx, principal, section, now));
            const auto details = TRY(section_details(tx, section, now));
            if (!details)
                return fail(Code::not_found, "there is no such section");
            JsonWriter json;
            json.object()
                .member("section_id", section.text())
                .member("title", details->title)
                .member("class_code", details->class_code)
                .member("location", details->location)
                .member("course", details->course)
                .member("school", details->school)
                .member("active", details->active)
                .member("teachers", details->teachers)
                .member("students", details->students);
            write_places(json, "roles", place);
            json.key("terms").array();
            for (const Term& term : details->terms)
                json.object()
                    .member("title", term.title)
                    .member("begin_date", term.begin_date)
                    .member("end_date", term.end_date)
                    .end();
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> people_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    const int shown = TRY(net::page_limit(request));
    std::optional<UserId> after;
    if (const auto position = TRY(net::page_cursor<16>(request)))
        after = UserId{*position};
    return in_transaction(
        principal,
        [&parts, principal, section, shown, after](tenancy::TenantTx& tx) -> Result<net::Response> {
            const Instant now = parts.clock.now();
            const auto place = TRY(place_of(tx, principal, section, now));
            const bool staff = place.teaches || principal.roles.has(tenancy::Role::administrator);
            return page_response(TRY(members(tx, section, !staff, after, shown + 1, now)),
                                 static_cast<std::size_t>(shown),
                                 [staff](JsonWriter& json, const Member& member) {
                                     json.object()
                                         .member("user_id", member.id.text())
                                         .member("given_name", member.given_name)
                                         .member("family_name", member.family_name)
                                         .key("username");
                                     staff ? json.value(member.username) : json.null();
                                     write_places(json, "roles", member);
                                     json.end();
                                 });
        });
}

net::Parameter section_in_path() {
    return {.name = "section_id",
            .in = net::Parameter::In::path,
            .description = "One that the caller is in; for administrators, any.",
            .schema = R"({"type":"string","pattern":"^sec_[0-9a-f]{32}$"})",
            .required = true,
            .example = "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace

void add_section_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("SectionLine", section_line_schema);
    routes.add_schema("SectionLinePage", section_line_page_schema);
    routes.add_schema("SectionDetails", section_details_schema);
    routes.add_schema("SectionMemberPage", section_member_page_schema);
    auto add = [&](net::Route route, Read read) {
        route.handler = parts.gate.authenticated(answered(parts, read));
        route.tag = "sections";
        route.credential = net::Credential::access_token;
        route.content_etag = true;
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/sections",
         .operation = "list_sections",
         .summary = "The sections that the caller teaches or attends today, all on one page; or, "
                    "for administrators, the institution's, page by page. By title.",
         .parameters = {{.name = "of",
                         .description = "Whose sections.",
                         .schema = R"({"enum": ["me", "institution"], "default": "me"})",
                         .example = "me"},
                        net::limit_parameter,
                        net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/SectionLinePage"})"}}},
        list_work);
    add({.method = net::Method::get,
         .path = "/v1/sections/{section_id}",
         .operation = "get_section",
         .summary = "A section: its course, school and terms, and what the caller is in it.",
         .parameters = {section_in_path()},
         .answers = {{200, "The section.", R"({"$ref": "#/components/schemas/SectionDetails"})"}}},
        get_work);
    add({.method = net::Method::get,
         .path = "/v1/sections/{section_id}/people",
         .operation = "list_section_people",
         .summary = "Who is in it today, by name: for its teachers and administrators everybody, "
                    "for its students those who teach it.",
         .parameters = {section_in_path(), net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/SectionMemberPage"})"}}},
        people_work);
}

} // namespace bw::institution
