// Releasing, and reading what was released: by its student alone, with all that was ever told by
// the section's teachers. (The name ends in _routes: it sees HTTP.)
#include <algorithm>

#include <fmt/format.h>

#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"
#include "marking/telling.hpp"

namespace bw::marking {

namespace {

using tenancy::Permission;

constexpr std::int64_t history_limit = 200;
constexpr std::size_t named_limit = 500;
constexpr std::size_t reason_bytes_limit = 500;

// ---- writing answers ----

/// Points and feedback item by item, with the titles that were in force.
void write_items(JsonWriter& json, const Scheme& scheme, const MarkContent& content) {
    json.key("items").array();
    for (const Criterion& criterion : scheme.items()) {
        const auto item = std::ranges::find(content.items, criterion.id, &ItemMark::id);
        const bool marked = item != content.items.end();
        json.object().member("id", criterion.id).member("title", criterion.title).key("level");
        const auto level = marked && item->level
                               ? std::ranges::find(criterion.levels, *item->level, &Level::id)
                               : criterion.levels.end();
        level == criterion.levels.end() ? json.null() : json.value(level->title);
        write_points(json, "points", marked ? item->points : std::nullopt);
        write_points(json, "points_max", criterion.points_max);
        json.member("feedback", marked ? item->feedback : "").end();
    }
    json.end();
}

void write_grade(JsonWriter& json, const Scheme& scheme, const Grade& grade) {
    json.member("number", grade.number).member("released_at", to_rfc3339(grade.released_at));
    write_points(json, "points", grade.points);
    write_points(json, "points_max", scheme.points_max);
    write_items(json, scheme, grade.content);
    json.member("feedback", grade.content.feedback);
}

// ---- what each route does ----

Result<LaneWork> own_grade_work(const RouteParts& parts, const Principal& principal,
                                const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    return LaneWork([&parts, principal, id](tenancy::Database& database,
                                            Deadline deadline) -> Result<net::Response> {
        TRY(submissions::visible_assignment(database, principal, id, deadline));
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                const auto grades = TRY(grades_of(tx, id, principal.user, 1));
                if (grades.empty())
                    return fail(Code::not_found, "no grade of yours has been released");
                const Grade& grade = grades.front();
                const Scheme scheme = TRY(scheme_at(tx, id, grade.scheme_version));
                const auto marking = TRY(marking_of(tx, id));
                const auto asked = TRY(latest_regrade(tx, id, principal.user));
                JsonWriter json;
                json.object().member("assignment_id", id.text());
                write_grade(json, scheme, grade);
                write_optional(json, "regrade_until",
                               marking ? asked_until(marking->scheme, grade.released_at)
                                       : std::nullopt);
                json.key("regrade_request");
                asked ? write_regrade(json, parts, tx.tenant(), *asked) : void(json.null());
                json.end();
                return net::Response::json(200, json.take());
            });
    });
}

/// From the primary, as the one grade is: what was released can be read at once.
Result<LaneWork> own_grades_work(const RouteParts&, const Principal& principal,
                                 const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const auto after = TRY(net::time_cursor_in<AssignmentId>(request));
    return LaneWork([principal, limit, after](tenancy::Database& database,
                                              Deadline deadline) -> Result<net::Response> {
        auto grades = TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return latest_grades(tx, principal.user, after, limit + 1);
        }));
        JsonWriter json;
        write_own_grades(json, std::move(grades), static_cast<std::size_t>(limit));
        return net::Response::json(200, json.take());
    });
}

Result<LaneWork> history_work(const RouteParts& parts, const Principal& principal,
                              const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const auto work = TRY(net::id_in_path<WorkId>(request, "work_id"));
    return in_taught(
        principal, id,
        [&parts, id, work](tenancy::TenantTx& tx, const auto&) -> Result<net::Response> {
            const UserId user = TRY(user_of(tx, parts.pseudonyms, id, work));
            JsonWriter json;
            json.object().key("data").array();
            for (const Grade& grade : TRY(grades_of(tx, id, user, history_limit))) {
                json.object();
                write_grade(json, TRY(scheme_at(tx, id, grade.scheme_version)), grade);
                json.member("scheme_version", grade.scheme_version)
                    .member("released_by", grade.released_by.text())
                    .key("reason");
                grade.reason ? json.value(*grade.reason) : json.null();
                json.end();
            }
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

/// Member `work_ids`; nullopt without it.
Result<std::optional<std::vector<WorkId>>> work_ids_in(const JsonObject& body) {
    if (!body.has("work_ids"))
        return std::optional<std::vector<WorkId>>();
    const std::string text = TRY(body.structure("work_ids", named_limit * 64));
    simdjson::dom::parser parser;
    Element list;
    if (parser.parse(text).get(list) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "expected a list", "/work_ids");
    std::vector<WorkId> out;
    for (Element item : TRY(items_in(list, named_limit, "/work_ids"))) {
        std::string_view name;
        const auto work = item.get(name) == simdjson::SUCCESS ? WorkId::parse(name) : std::nullopt;
        if (!work)
            return fail(Code::invalid_field, "expected a work's id (wrk_..)",
                        fmt::format("/work_ids/{}", out.size()));
        out.push_back(*work);
    }
    if (out.empty())
        return fail(Code::invalid_field, "name at least one, or leave this out for all",
                    "/work_ids");
    return std::optional(std::move(out));
}

Result<LaneWork> release_work(const RouteParts& parts, const Principal& principal,
                              const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const JsonObject body = TRY(net::json_body(request, {"work_ids", "reason"}));
    Release what{.works = TRY(work_ids_in(body)), .reason = "", .by = principal.user, .now = {}};
    if (body.has("reason"))
        what.reason = TRY(words_in(body, "reason", reason_bytes_limit));
    return in_taught(
        principal, id,
        [&parts, principal, id,
         what](tenancy::TenantTx& tx,
               const submissions::SeenAssignment& seen) mutable -> Result<net::Response> {
            const auto institution = parts.directory.by_id(tx.tenant());
            if (!institution)
                return fail(Code::not_found, "there is no such institution");
            what.now = parts.clock.now();
            const ReleaseOutcome done = TRY(release(tx, parts.pseudonyms, id, what));
            if (!done.released.empty())
                CHECK_OK(record(parts, tx, principal, "grades.released", id.text(),
                                fmt::format(R"({{"works":{},"named":{},"again":{}}})",
                                            done.released.size(), what.works.has_value(),
                                            !what.reason.empty())));
            if (done.identities_opened)
                CHECK_OK(record(parts, tx, principal, "identities.opened", id.text(),
                                R"({"by":"release"})"));
            const std::size_t mails =
                TRY(tell_released(tx, *institution, id, seen.assignment.title, done.released,
                                  parts.keys, parts.clock, parts.rng));
            JsonWriter json;
            json.object()
                .member("released", done.released.size())
                .member("unchanged", done.unchanged)
                .member("not_ready", done.not_ready)
                .member("mails", mails)
                .member("identities_opened", done.identities_opened)
                .end();
            return net::Response::json(200, json.take());
        });
}

} // namespace

void write_own_grades(JsonWriter& json, std::vector<LatestGrade> grades, std::size_t limit) {
    const bool more = grades.size() > limit;
    if (more)
        grades.resize(limit);
    json.object().key("data").array();
    for (const LatestGrade& grade : grades) {
        json.object()
            .member("assignment_id", grade.assignment.text())
            .member("title", grade.title)
            .member("section_title", grade.section_title)
            .member("number", grade.number)
            .member("released_at", to_rfc3339(grade.released_at));
        write_points(json, "points", grade.points);
        write_points(json, "points_max", grade.points_max);
        json.end();
    }
    json.end().key("next");
    if (more)
        json.value(
            net::time_cursor<AssignmentId>({grades.back().released_at, grades.back().assignment}));
    else
        json.null();
    json.end();
}

void add_grade_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("GradeItems", grade_items_schema);
    routes.add_schema("OwnGrade", own_grade_schema);
    routes.add_schema("OwnGradeList", own_grade_list_schema);
    routes.add_schema("GradeHistory", grade_history_schema);
    routes.add_schema("Release", release_schema);
    routes.add_schema("Released", released_schema);
    routes.add_schema("RegradeRequest", regrade_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/grade",
                .operation = "get_own_grade",
                .summary = "The caller's own result, once it was released.",
                .handler = parts.gate.authenticated(answered(parts, own_grade_work),
                                                    Permission::grades_read),
                .tag = "grades",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path()},
                .answers = {{200, "The newest that was released.",
                             R"({"$ref": "#/components/schemas/OwnGrade"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/grades",
                .operation = "list_own_grades",
                .summary = "The caller's own results over all assignments, as they were released.",
                .handler = parts.gate.authenticated(answered(parts, own_grades_work),
                                                    Permission::grades_read),
                .tag = "grades",
                .credential = net::Credential::access_token,
                .parameters = {net::limit_parameter, net::cursor_parameter},
                .answers = {{200, "The latest release first.",
                             R"({"$ref": "#/components/schemas/OwnGradeList"})"}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/assignments/{assignment_id}/works/{work_id}/grades",
         .operation = "list_grades",
         .summary = "All that was ever released of a work, and why it changed (the section's "
                    "teachers).",
         .handler =
             parts.gate.authenticated(answered(parts, history_work), Permission::marking_write),
         .tag = "grades",
         .credential = net::Credential::access_token,
         .parameters = {submissions::assignment_in_path(), work_in_path()},
         .answers = {
             {200, "The newest first.", R"({"$ref": "#/components/schemas/GradeHistory"})"}}});
    routes.add({.method = net::Method::post,
                .path = "/v1/assignments/{assignment_id}/grades:release",
                .operation = "release_grades",
                .summary = "Release the results of the named works, or of all that are ready, in "
                           "one transaction (the section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, release_work),
                                                    Permission::marking_write),
                .body_bytes_limit = 64 * 1024,
                .tag = "grades",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path()},
                .body = net::Body{R"({"$ref": "#/components/schemas/Release"})", release_example},
                .answers = {{200, "What was released; students may read it now.",
                             R"({"$ref": "#/components/schemas/Released"})"}}});
}

} // namespace bw::marking
