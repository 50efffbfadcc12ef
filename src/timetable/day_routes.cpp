// Everybody's lessons: today, what comes next, a window of time. (The name ends in _routes: it sees
// HTTP.)
#include "timetable/occurrences.hpp"
#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

constexpr Duration window_limit = 62 * 24h, window = 28 * 24h;

void write_text_or_null(JsonWriter& json, const char* name, std::string_view text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
}

/// What has to be known of the occurrences to show them.
struct Names {
    std::map<SectionId, std::string> titles;
    std::map<UserId, std::string> teachers;
};
Result<Names> names_of(tenancy::TenantTx& tx, const Plan& plan,
                       const std::vector<Occurrence>& occurrences) {
    return Names{TRY(titles_of(tx, plan, occurrences)), TRY(teachers_of(tx, plan, occurrences))};
}

const Lesson& lesson_of(const Plan& plan, const Occurrence& one) {
    return plan.timetable().lessons[one.lesson];
}

void write_occurrence(JsonWriter& json, const Plan& plan, const Names& names,
                      const Occurrence& one) {
    const Lesson& lesson = lesson_of(plan, one);
    const auto teacher = teacher_of(plan, one);
    const auto name = teacher ? names.teachers.find(*teacher) : names.teachers.end();
    json.object()
        .member("lesson_id", lesson.id.text())
        .member("section_id", lesson.section.text())
        .member("section_title", names.titles.at(lesson.section))
        .member("date", date_text(date_of(plan, one)))
        .member("period", lesson.period)
        .member("begins_at", to_rfc3339(one.begin))
        .member("ends_at", to_rfc3339(one.end));
    write_text_or_null(json, "room", room_of(plan, one));
    write_text_or_null(json, "teacher_id", teacher ? teacher->text() : "");
    write_text_or_null(json, "teacher_name", name != names.teachers.end() ? name->second : "");
    json.member("changed", teacher != lesson.teacher || room_of(plan, one) != lesson.room)
        .member("cancelled", one.cancelled)
        .end();
}

void write_occurrences(JsonWriter& json, const Plan& plan, const Names& names,
                       const std::vector<Occurrence>& occurrences) {
    json.array();
    for (const Occurrence& one : occurrences)
        if (names.titles.contains(lesson_of(plan, one).section)) // the roster still has it
            write_occurrence(json, plan, names, one);
    json.end();
}

Result<Work> occurrences_work(const RouteParts& parts, const Principal& principal,
                              const net::Request& request) {
    const Window wanted = TRY(window_in(request, parts.clock.now(), window, window_limit));
    return in_transaction(
        parts, principal,
        [&parts, principal, wanted](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto plan = TRY(parts.plans.of(tx));
            if (!plan)
                return net::Response::json(200, R"({"data":[]})");
            const auto found = TRY(occurrences_of(tx, plan->plan, principal.user, now, wanted.from,
                                                  wanted.until, Cancelled::marked));
            if (found.size() == occurrences_limit)
                return fail(Code::invalid_field,
                            "there are too many lessons until then; ask for less", "until");
            const Names names = TRY(names_of(tx, plan->plan, found));
            JsonWriter json;
            json.object().key("data");
            write_occurrences(json, plan->plan, names, found);
            json.end();
            return net::Response::json(200, json.take());
        });
}

/// Lessons of the caller's sections that do not take place on the day.
Result<void> write_cancelled(JsonWriter& json, tenancy::TenantTx& tx, const Plan& plan,
                             const Principal& principal, Instant now, Date date) {
    std::vector<Occurrence> cancelled;
    for (const Change& change : plan.timetable().changes)
        if (change.date == date && change.cancelled)
            if (const auto place = plan.find(change.lesson))
                cancelled.push_back({.lesson = *place, .day = 0, .begin = {}, .end = {}});
    json.key("cancelled").array();
    if (!cancelled.empty()) {
        const auto titles = TRY(titles_of(tx, plan, cancelled));
        const Person person = TRY(person_of(tx, principal.user, now));
        for (const Occurrence& one : cancelled) {
            const Lesson& lesson = lesson_of(plan, one);
            const auto title = titles.find(lesson.section);
            if (title != titles.end() &&
                (person.sections.contains(lesson.section) || lesson.teacher == principal.user))
                json.object()
                    .member("lesson_id", lesson.id.text())
                    .member("section_id", lesson.section.text())
                    .member("section_title", title->second)
                    .member("period", lesson.period)
                    .end();
        }
    }
    json.end();
    return {};
}

Result<std::string> no_day_json(const RouteParts& parts, TenantId tenant, Instant now) {
    const Zone zone = TRY(known_zone(parts, tenant));
    JsonWriter json;
    json.object()
        .member("date", date_text(zone.wall(now).date))
        .member("zone", zone.name())
        .key("schedule")
        .null()
        .key("rotation")
        .null()
        .key("exception")
        .null()
        .key("lessons")
        .array()
        .end()
        .key("cancelled")
        .array()
        .end()
        .end();
    return json.take();
}

Result<Work> today_work(const RouteParts& parts, const Principal& principal, const net::Request&) {
    return in_transaction(
        parts, principal,
        [&parts, principal](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto versioned = TRY(parts.plans.of(tx));
            if (!versioned)
                return net::Response::json(200, TRY(no_day_json(parts, tx.tenant(), now)));
            const Plan& plan = versioned->plan;
            const Today day = today(plan, now);
            const Instant from = plan.zone().at({day.date, 0}),
                          until = plan.zone().at({day.date, minutes_a_day});
            const auto own = TRY(occurrences_of(tx, plan, principal.user, now, from, until));
            const Names names = TRY(names_of(tx, plan, own));
            JsonWriter json;
            json.object().member("date", date_text(day.date)).member("zone", plan.zone().name());
            write_text_or_null(json, "schedule", day.schedule ? day.schedule->name : "");
            write_text_or_null(json, "rotation", day.rotation ? *day.rotation : "");
            json.key("exception");
            day.exception ? write_exception(json, *day.exception) : static_cast<void>(json.null());
            json.key("lessons");
            write_occurrences(json, plan, names, own);
            CHECK_OK(write_cancelled(json, tx, plan, principal, now, day.date));
            json.end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> next_bell_work(const RouteParts& parts, const Principal& principal,
                            const net::Request&) {
    return in_transaction(
        parts, principal,
        [&parts, principal](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto versioned = TRY(parts.plans.of(tx));
            if (!versioned)
                return net::Response::json(200, R"({"bell":null,"lesson":null})");
            const Plan& plan = versioned->plan;
            JsonWriter json;
            json.object().key("bell");
            if (const auto bell = next_bell(plan, now))
                json.object()
                    .member("at", to_rfc3339(bell->at))
                    .member("date", date_text(bell->date))
                    .member("period", bell->period->name)
                    .end();
            else
                json.null();
            auto own = TRY(occurrences_of(tx, plan, principal.user, now, now, now + window));
            const Names names = TRY(names_of(tx, plan, own));
            const auto first = std::ranges::find_if(own, [&](const Occurrence& one) {
                return one.begin > now && names.titles.contains(lesson_of(plan, one).section);
            });
            json.key("lesson");
            first != own.end() ? write_occurrence(json, plan, names, *first)
                               : static_cast<void>(json.null());
            json.end();
            return net::Response::json(200, json.take());
        });
}

} // namespace

void add_day_routes(net::RouteTable& routes, const RouteParts& parts) {
    auto add = [&](net::Route route, Read read) {
        route.method = net::Method::get;
        route.tag = "timetable";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read));
        routes.add(std::move(route));
    };
    add({.path = "/v1/today",
         .operation = "get_today",
         .summary = "The caller's day at the institution: lessons in order, with substitutions.",
         .answers = {{200, "The day.", R"({"$ref": "#/components/schemas/Today"})"}},
         .content_etag = true},
        today_work);
    add({.path = "/v1/next-bell",
         .operation = "get_next_bell",
         .summary = "When the next period begins at the institution, and the caller's next lesson.",
         .answers = {{200, "The bell and the lesson.",
                      R"({"$ref": "#/components/schemas/NextBell"})"}},
         .content_etag = true},
        next_bell_work);
    add({.path = "/v1/occurrences",
         .operation = "list_occurrences",
         .summary = "The caller's lessons that begin in a window of time; those that were "
                    "cancelled one by one "
                    "are marked.",
         .parameters = {from_parameter, until_parameter},
         .answers = {{200, "The lessons, in order.",
                      R"({"$ref": "#/components/schemas/OccurrenceList"})"}},
         .content_etag = true},
        occurrences_work);
}

} // namespace bw::timetable
