// Lessons, and what is different with one on one day. (The name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include <algorithm>

#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

constexpr std::size_t lesson_bytes_limit = 16 * 1024;
constexpr std::initializer_list<std::string_view> members{
    "section_id", "period", "days", "rotation", "room", "teacher_id", "term"};

std::string lesson_json(const Lesson& lesson, std::span<const std::string> rotation,
                        std::int64_t version) {
    JsonWriter json;
    json.object().member("version", version);
    write_lesson(json, lesson, rotation);
    json.end();
    return json.take();
}

Error no_such_lesson() {
    return fail(Code::not_found, "there is no such lesson");
}

/// Faults of the whole timetable that are the one lesson's name its members; others keep theirs.
Error of_the_body(Error error, std::string_view list, std::size_t place) {
    const std::string prefix = fmt::format("/{}/{}", list, place);
    if (error.code == Code::invalid_field && error.field.starts_with(prefix))
        error.field.erase(0, prefix.size());
    return error;
}

std::size_t place_of(const Timetable& timetable, LessonId id) {
    return static_cast<std::size_t>(std::ranges::find(timetable.lessons, id, &Lesson::id) -
                                    timetable.lessons.begin());
}

// ---- reading ----

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const std::int64_t limit = TRY(net::page_limit(request));
    const auto after = TRY(net::page_cursor<16>(request));
    std::optional<SectionId> section;
    if (const auto text = request.query_param("section_id")) {
        section = SectionId::parse(*text);
        if (!section)
            return fail(Code::invalid_field, "is no section's id", "section_id");
    }
    return in_transaction(
        parts, principal,
        [limit, after, section](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            auto lessons = TRY(lessons_after(tx, {after.value_or(Uuid{})}, section, limit + 1));
            const bool more = std::ssize(lessons) > limit;
            if (more)
                lessons.pop_back();
            JsonWriter json;
            json.object().key("data").array();
            for (const StoredLesson& one : lessons)
                json.raw(lesson_json(one.lesson, one.rotation_names, one.version));
            json.end().key("next");
            more ? json.value(to_base64url(view(lessons.back().lesson.id.uuid))) : json.null();
            json.end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<LessonId>(request, "lesson_id"));
    return in_transaction(
        parts, principal, [id](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            const auto found = TRY(lesson_by_id(tx, id));
            if (!found)
                return no_such_lesson();
            return tagged(lesson_json(found->lesson, found->rotation_names, found->version),
                          found->version);
        });
}

// ---- writing ----

Result<Work> add_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, members));
    for (const char* name : {"section_id", "period"})
        if (!body.has(name))
            return fail(Code::invalid_field, "is missing", std::string("/") + name);
    return in_transaction(
        parts, principal,
        [&parts, principal, text = std::string(request.body)](
            tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            Lesson lesson{.id = LessonId::make(now, parts.rng)};
            std::size_t place = 0;
            auto saved =
                change_timetable(parts, tx, principal, "lesson.added", lesson.id.text(), now,
                                 [&](const Stored& before, Timetable& after) -> Result<void> {
                                     CHECK_OK(check_begun(before));
                                     CHECK_OK(read_lesson(text, after.rotation, lesson));
                                     place = after.lessons.size();
                                     after.lessons.push_back(lesson);
                                     return {};
                                 });
            if (!saved)
                return of_the_body(std::move(saved).error(), "lessons", place);
            return tagged(lesson_json(lesson, saved->plan.timetable().rotation.names, 1), 1, 201);
        });
}

/// Finds the lesson and holds it against the version seen.
Result<std::size_t> place_at(const Stored& before, LessonId id, std::int64_t version) {
    const std::size_t place = place_of(before.timetable, id);
    if (place == before.timetable.lessons.size())
        return no_such_lesson();
    if (before.lesson_versions[place] != version)
        return fail(Code::precondition_failed,
                    "it was changed meanwhile; read it again and send the new ETag", "If-Match");
    return place;
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<LessonId>(request, "lesson_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    const JsonObject body = TRY(net::json_body(request, members));
    if (std::ranges::none_of(members, [&](auto name) { return body.has(name); }))
        return fail(Code::invalid_field, "changes nothing; send what is to change", "/room");
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version, text = std::string(request.body)](
            tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            std::size_t place = 0;
            bool same = false;
            auto saved = change_timetable(
                parts, tx, principal, "lesson.changed", id.text(), now,
                [&](const Stored& before, Timetable& after) -> Result<void> {
                    place = TRY(place_at(before, id, version));
                    CHECK_OK(read_lesson(text, after.rotation, after.lessons[place]));
                    same = after.lessons[place] == before.timetable.lessons[place];
                    return {};
                });
            if (!saved)
                return of_the_body(std::move(saved).error(), "lessons", place);
            const Timetable& made = saved->plan.timetable();
            const std::int64_t is = version + (same ? 0 : 1);
            return tagged(lesson_json(made.lessons[place], made.rotation.names, is), is);
        });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<LessonId>(request, "lesson_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version](tenancy::TenantTx& tx,
                                         Instant now) -> Result<net::Response> {
            TRY(change_timetable(parts, tx, principal, "lesson.removed", id.text(), now,
                                 [&](const Stored& before, Timetable& after) -> Result<void> {
                                     const std::size_t place = TRY(place_at(before, id, version));
                                     after.lessons.erase(after.lessons.begin() +
                                                         static_cast<std::ptrdiff_t>(place));
                                     std::erase_if(after.changes, [&](const Change& one) {
                                         return one.lesson == id;
                                     });
                                     return {};
                                 }));
            return net::Response{204, "", "", {}};
        });
}

// ---- one day ----

struct LessonDay {
    LessonId lesson;
    Date date;
};
Result<LessonDay> lesson_day_in_path(const net::Request& request) {
    const auto id = TRY(net::id_in_path<LessonId>(request, "lesson_id"));
    const auto date = roster::parse_date(request.path_param("date"));
    if (!date)
        return fail(Code::not_found, "there is nothing at this address");
    return LessonDay{id, *date};
}

Result<Work> put_day_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    const LessonDay day = TRY(lesson_day_in_path(request));
    TRY(net::json_body(request, {"cancelled", "teacher_id", "room"}));
    Change change = TRY(read_change(request.body));
    if (!change.cancelled && !change.teacher && change.room.empty())
        return fail(Code::invalid_field,
                    "is true, or there is another teacher or room; DELETE lets it be as usual",
                    "/cancelled");
    change.lesson = day.lesson;
    change.date = day.date;
    return in_transaction(
        parts, principal,
        [&parts, principal, change](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            std::size_t place = 0;
            auto saved = change_timetable(
                parts, tx, principal, change.cancelled ? "lesson.cancelled" : "lesson.substituted",
                change.lesson.text(), now,
                [&](const Stored& before, Timetable& after) -> Result<void> {
                    if (place_of(before.timetable, change.lesson) ==
                        before.timetable.lessons.size())
                        return no_such_lesson();
                    const auto found = std::ranges::find_if(after.changes, [&](const Change& one) {
                        return one.lesson == change.lesson && one.date == change.date;
                    });
                    place = static_cast<std::size_t>(found - after.changes.begin());
                    found == after.changes.end() ? after.changes.push_back(change)
                                                 : static_cast<void>(*found = change);
                    return {};
                });
            if (!saved)
                return of_the_body(std::move(saved).error(), "changes", place);
            JsonWriter json;
            write_change(json, change);
            return net::Response::json(200, json.take());
        });
}

Result<Work> remove_day_work(const RouteParts& parts, const Principal& principal,
                             const net::Request& request) {
    const LessonDay day = TRY(lesson_day_in_path(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, day](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            TRY(change_timetable(
                parts, tx, principal, "lesson.as_usual", day.lesson.text(), now,
                [&](const Stored&, Timetable& after) -> Result<void> {
                    if (std::erase_if(after.changes, [&](const Change& one) {
                            return one.lesson == day.lesson && one.date == day.date;
                        }) == 0)
                        return fail(Code::not_found, "the lesson is as usual on that day");
                    return {};
                }));
            return net::Response{204, "", "", {}};
        });
}

net::Parameter lesson_in_path() {
    return {.name = "lesson_id",
            .in = net::Parameter::In::path,
            .description = "Of the lesson.",
            .schema = lesson_id_schema,
            .required = true,
            .example = "les_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

net::Parameter date_in_path() {
    return {.name = "date",
            .in = net::Parameter::In::path,
            .description = "The day, at the institution.",
            .schema = date_schema,
            .required = true,
            .example = "2026-11-30"};
}

} // namespace

void add_lesson_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/Lesson"})";
    auto add = [&](net::Route route, Read read, tenancy::Roles roles) {
        route.tag = "timetable";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read), roles);
        routes.add(std::move(route));
    };
    const tenancy::Roles administrator = tenancy::Role::administrator;
    add({.method = net::Method::get,
         .path = "/v1/lessons",
         .operation = "list_lessons",
         .summary = "The timetable's lessons (staff).",
         .parameters = {{.name = "section_id",
                         .description = "Those of one section.",
                         .schema = R"({"type": "string", "pattern": "^sec_[0-9a-f]{32}$"})"},
                        net::limit_parameter,
                        net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/LessonPage"})"}}},
        list_work, tenancy::staff);
    add({.method = net::Method::get,
         .path = "/v1/lessons/{lesson_id}",
         .operation = "get_lesson",
         .summary = "One lesson (staff); its ETag is needed to change it.",
         .parameters = {lesson_in_path()},
         .answers = {{200, "The lesson, and its `ETag`.", reference}}},
        get_work, tenancy::staff);
    add({.method = net::Method::post,
         .path = "/v1/lessons",
         .operation = "add_lesson",
         .summary = "Put a section into a period of the week (administrators).",
         .body_bytes_limit = lesson_bytes_limit,
         .body = net::Body{R"({"$ref": "#/components/schemas/NewLesson"})", new_lesson_example},
         .answers = {{201, "The lesson, and its `ETag`.", reference},
                     {409, "There is no timetable yet."}}},
        add_work, administrator);
    add({.method = net::Method::patch,
         .path = "/v1/lessons/{lesson_id}",
         .operation = "change_lesson",
         .summary = "Change a lesson for good (administrators).",
         .body_bytes_limit = lesson_bytes_limit,
         .parameters = {lesson_in_path(), version_parameter()},
         .body =
             net::Body{R"({"$ref": "#/components/schemas/LessonChange"})", lesson_change_example},
         .answers = {{200, "Changed; with the new `ETag`.", reference}}},
        change_work, administrator);
    add({.method = net::Method::del,
         .path = "/v1/lessons/{lesson_id}",
         .operation = "remove_lesson",
         .summary = "Take a lesson out of the timetable (administrators).",
         .parameters = {lesson_in_path(), version_parameter()},
         .answers = {{204, "It is gone."}}},
        remove_work, administrator);
    add({.method = net::Method::put,
         .path = "/v1/lessons/{lesson_id}/days/{date}",
         .operation = "change_lesson_on_day",
         .summary =
             "Cancel a lesson on one day, or give it another teacher, room or both "
             "(administrators). It takes the place of what was said of that day before; what "
             "is missing or null is as usual.",
         .body_bytes_limit = 1024,
         .parameters = {lesson_in_path(), date_in_path()},
         .body =
             net::Body{R"({"$ref": "#/components/schemas/NewLessonDay"})", new_day_change_example},
         .answers = {{200, "As it is on that day.",
                      R"({"$ref": "#/components/schemas/LessonDay"})"}}},
        put_day_work, administrator);
    add({.method = net::Method::del,
         .path = "/v1/lessons/{lesson_id}/days/{date}",
         .operation = "restore_lesson_on_day",
         .summary = "Let a lesson take place as usual on that day (administrators).",
         .parameters = {lesson_in_path(), date_in_path()},
         .answers = {{204, "It is as usual."}}},
        remove_day_work, administrator);
}

} // namespace bw::timetable
