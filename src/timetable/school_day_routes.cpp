// All lessons of the institution on one day, with what is different, for whoever arranges it. (The
// name ends in _routes: it sees HTTP.)
#include <algorithm>

#include "timetable/occurrences.hpp"
#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

const Lesson& lesson_of(const Plan& plan, const Occurrence& one) {
    return plan.timetable().lessons[one.lesson];
}

void write_text_or_null(JsonWriter& json, const char* name, std::string_view text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
}

/// The day's lessons in order, those that are cancelled without times.
struct SchoolDay {
    std::vector<Occurrence> lessons;
    std::vector<Occurrence> cancelled;
};

SchoolDay day_of(const Plan& plan, Date date) {
    SchoolDay day{
        occurrences(plan, plan.zone().at({date, 0}), plan.zone().at({date, minutes_a_day})), {}};
    for (const Change& change : plan.timetable().changes)
        if (change.date == date && change.cancelled)
            if (const auto place = plan.find(change.lesson))
                day.cancelled.push_back({*place, 0, {}, {}});
    std::ranges::sort(day.cancelled, {}, [&](const Occurrence& one) {
        return std::pair<std::string_view, LessonId>(lesson_of(plan, one).period,
                                                     lesson_of(plan, one).id);
    });
    return day;
}

struct Names {
    std::map<SectionId, std::string> titles;
    std::map<UserId, std::string> teachers;
};

void write_lesson(JsonWriter& json, const Plan& plan, const Names& names, const Occurrence& one,
                  bool cancelled) {
    const Lesson& lesson = lesson_of(plan, one);
    const auto title = names.titles.find(lesson.section);
    if (title == names.titles.end()) // the roster has it no longer
        return;
    const auto teacher = cancelled ? std::nullopt : teacher_of(plan, one);
    const auto name = teacher ? names.teachers.find(*teacher) : names.teachers.end();
    json.object()
        .member("lesson_id", lesson.id.text())
        .member("section_id", lesson.section.text())
        .member("section_title", title->second)
        .member("period", lesson.period)
        .member("cancelled", cancelled)
        .member("changed",
                !cancelled && (teacher != lesson.teacher || room_of(plan, one) != lesson.room));
    write_text_or_null(json, "begins_at", cancelled ? "" : to_rfc3339(one.begin));
    write_text_or_null(json, "ends_at", cancelled ? "" : to_rfc3339(one.end));
    write_text_or_null(json, "room", cancelled ? "" : room_of(plan, one));
    write_text_or_null(json, "teacher_id", teacher ? teacher->text() : "");
    write_text_or_null(json, "teacher_name", name != names.teachers.end() ? name->second : "");
    write_text_or_null(json, "usual_room", lesson.room);
    write_text_or_null(json, "usual_teacher_id", lesson.teacher ? lesson.teacher->text() : "");
    json.end();
}

Result<net::Response> day_response(tenancy::TenantTx& tx, const Plan& plan, Date date) {
    const SchoolDay day = day_of(plan, date);
    std::vector<Occurrence> all = day.lessons;
    all.insert(all.end(), day.cancelled.begin(), day.cancelled.end());
    const Names names{TRY(titles_of(tx, plan, all)), TRY(teachers_of(tx, plan, day.lessons))};
    JsonWriter json;
    json.object().member("date", date_text(date)).member("zone", plan.zone().name());
    json.key("lessons").array();
    for (const Occurrence& one : day.lessons)
        write_lesson(json, plan, names, one, false);
    for (const Occurrence& one : day.cancelled)
        write_lesson(json, plan, names, one, true);
    json.end().end();
    return net::Response::json(200, json.take());
}

Result<Work> school_day_work(const RouteParts& parts, const Principal& principal,
                             const net::Request& request) {
    const auto text = request.query_param("date");
    const auto date = text ? roster::parse_date(*text) : std::nullopt;
    if (!date)
        return fail(Code::invalid_field, "expected a date, e.g. 2026-11-30", "date");
    return in_transaction(
        parts, principal,
        [&parts, date = *date](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            if (const auto plan = TRY(parts.plans.of(tx)))
                return day_response(tx, plan->plan, date);
            JsonWriter json;
            json.object()
                .member("date", date_text(date))
                .member("zone", TRY(known_zone(parts, tx.tenant())).name())
                .key("lessons")
                .array()
                .end()
                .end();
            return net::Response::json(200, json.take());
        });
}

} // namespace

void add_school_day_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add({.method = net::Method::get,
                .path = "/v1/timetable/day",
                .operation = "get_school_day",
                .summary = "All lessons of the institution on one day, in order, with what is "
                           "different on it (administrators).",
                .handler = parts.gate.authenticated(answered(parts, school_day_work),
                                                    tenancy::Role::administrator),
                .tag = "timetable",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "date",
                                .description = "The day, at the institution.",
                                .schema = date_schema,
                                .required = true,
                                .example = "2026-11-30"}},
                .answers = {{200, "The day.", R"({"$ref": "#/components/schemas/SchoolDay"})"}},
                .content_etag = true});
}

} // namespace bw::timetable
