// The timetable's tables as CSV, out and in, and holidays from another program's calendar. (The
// name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "net/media_type.hpp"
#include "timetable/calendar.hpp"
#include "timetable/conflicts.hpp"
#include "timetable/csv_form.hpp"
#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

constexpr std::size_t table_bytes_limit = 8 * 1024 * 1024;
constexpr std::size_t calendar_bytes_limit = 4 * 1024 * 1024;
constexpr Duration conflicts_window = 14 * 24h; // weeks A and B
constexpr std::string_view csv = "text/csv", icalendar = "text/calendar";

enum class Table : std::uint8_t { schedules, exceptions, lessons };

Result<Table> table_in_path(const net::Request& request) {
    const std::string_view name = request.path_param("table");
    if (name == "schedules")
        return Table::schedules;
    if (name == "exceptions")
        return Table::exceptions;
    if (name == "lessons")
        return Table::lessons;
    return fail(Code::not_found, "the tables are schedules, exceptions and lessons");
}

Result<bool> is_trial(const net::Request& request) {
    const auto text = request.query_param("trial");
    if (!text || *text == "false")
        return false;
    if (*text == "true")
        return true;
    return fail(Code::invalid_field, "expected true or false", "trial");
}

std::string table_text(const Timetable& timetable, Table table) {
    switch (table) {
    case Table::schedules:
        return to_csv(timetable.schedules);
    case Table::exceptions:
        return to_csv(timetable.exceptions);
    case Table::lessons:
        return to_csv(timetable.lessons, timetable.rotation.names);
    }
    return {};
}

Result<Work> read_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const Table table = TRY(table_in_path(request));
    return in_transaction(
        parts, principal, [&parts, table](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            const auto plan = TRY(parts.plans.of(tx));
            net::Response response{200,
                                   "text/csv; charset=utf-8",
                                   table_text(plan ? plan->plan.timetable() : Timetable{}, table),
                                   {}};
            response.headers.emplace_back("ETag", fmt::format("\"{}\"", plan ? plan->version : 0));
            return response;
        });
}

// ---- what an import would do, or did ----

struct Outcome {
    std::int64_t version = 0;
    std::size_t added = 0, changed = 0, removed = 0, ignored = 0, conflicts = 0;
    bool written = false;
};

template <class T, class Key>
void compare(const std::vector<T>& before, const std::vector<T>& after, Key&& key, Outcome& out) {
    std::map<decltype(key(before.front())), const T*> had;
    for (const T& one : before)
        had.emplace(key(one), &one);
    for (const T& one : after) {
        const auto was = had.find(key(one));
        out.added += was == had.end() ? 1 : 0;
        out.changed += was != had.end() && *was->second != one ? 1 : 0;
        if (was != had.end())
            had.erase(was);
    }
    out.removed += had.size();
}

void compare(const Timetable& before, const Timetable& after, Outcome& out) {
    compare(before.schedules, after.schedules, [](const auto& one) { return one.name; }, out);
    compare(before.exceptions, after.exceptions, [](const auto& one) { return one.date; }, out);
    compare(before.lessons, after.lessons, [](const auto& one) { return one.id; }, out);
}

net::Response outcome_response(const Outcome& outcome) {
    JsonWriter json;
    json.object()
        .member("version", outcome.version)
        .member("added", outcome.added)
        .member("changed", outcome.changed)
        .member("removed", outcome.removed)
        .member("ignored", outcome.ignored)
        .member("conflicts", outcome.conflicts)
        .member("written", outcome.written)
        .end();
    return tagged(json.take(), outcome.version);
}

/// The edited timetable is written or, as a trial, only checked.
template <class Edit>
Result<net::Response> import(const RouteParts& parts, tenancy::TenantTx& tx,
                             const Principal& principal, std::string_view action,
                             std::optional<std::int64_t> version, bool trial, Instant now,
                             Edit&& edit) {
    Outcome outcome;
    auto prepare = [&](const Stored& before, Timetable& after) -> Result<void> {
        CHECK_OK(check_begun(before));
        if (version)
            CHECK_OK(check_version(before, *version));
        CHECK_OK(edit(after, outcome));
        compare(before.timetable, after, outcome);
        outcome.version = before.version;
        return {};
    };
    auto count_conflicts = [&](const Plan& plan) {
        outcome.conflicts = conflicts(plan, now, now + conflicts_window).list.size();
    };
    if (trial) {
        const Stored before = TRY(read_timetable(tx));
        Timetable after = before.timetable;
        CHECK_OK(prepare(before, after));
        count_conflicts(TRY(check_timetable(tx, before, std::move(after))));
        return outcome_response(outcome);
    }
    const Saved saved = TRY(change_timetable(parts, tx, principal, action, tx.tenant().text(), now,
                                             prepare, count_conflicts));
    outcome.version = saved.version;
    outcome.written = true;
    return outcome_response(outcome);
}

// ---- tables ----

Result<void> replace(Table table, const std::string& text, Timetable& into) {
    switch (table) {
    case Table::schedules:
        into.schedules = TRY(schedules_from_csv(text));
        break;
    case Table::exceptions:
        into.exceptions = TRY(exceptions_from_csv(text));
        break;
    case Table::lessons: {
        into.lessons = TRY(lessons_from_csv(text, into.rotation.names));
        // Changes of days go with their lessons.
        std::set<LessonId> stay;
        for (const Lesson& lesson : into.lessons)
            stay.insert(lesson.id);
        std::erase_if(into.changes, [&](const Change& one) { return !stay.contains(one.lesson); });
        break;
    }
    }
    return {};
}

Result<Work> replace_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    const Table table = TRY(table_in_path(request));
    CHECK_OK(net::check_media_type(request, csv));
    const bool trial = TRY(is_trial(request));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, table, trial, version, text = std::string(request.body)](
            tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            return import(parts, tx, principal, "timetable.table_replaced", version, trial, now,
                          [&](Timetable& after, Outcome&) { return replace(table, text, after); });
        });
}

// ---- holidays ----

constexpr std::size_t days_limit = 20'000; // of a calendar's events together

/// One line, no longer than a name may be, ended at a character's end.
std::string note_of(const CalendarEvent& event) {
    const std::string& text = event.summary;
    std::size_t end = std::min(text.size(), PlanRules{}.name_bytes);
    while (end < text.size() && end > 0 && (text[end] & '\xc0') == '\x80')
        --end;
    std::string note = text.substr(0, end);
    std::ranges::replace_if(note, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
    return note;
}

bool in_a_term(const Timetable& timetable, Date day) {
    return std::ranges::any_of(
        timetable.terms, [&](const Term& term) { return term.begins <= day && day <= term.ends; });
}

/// Whole days of the calendar, within the terms, become holidays; days that have an exception keep
/// it.
Result<void> add_holidays(const std::string& text, Timetable& into, Outcome& outcome) {
    const Zone zone = TRY(Zone::find(into.zone));
    std::set<Date> taken;
    for (const Exception& one : into.exceptions)
        taken.insert(one.date);
    if (into.terms.empty())
        return fail(Code::conflict, "the timetable has no terms in which holidays could lie");
    const Date first = std::ranges::min(into.terms, {}, &Term::begins).begins,
               last = std::ranges::max(into.terms, {}, &Term::ends).ends;
    const auto events = TRY(read_icalendar(text, zone, zone.at({first - std::chrono::days(62), 0}),
                                           zone.at({last + std::chrono::days(1), 0})));
    std::size_t days = 0;
    for (const CalendarEvent& event : events) {
        bool used = false;
        const Date end = std::min(zone.wall(event.end).date, last + std::chrono::days(1));
        for (Date day = std::max(event.date, first); event.all_day && day < end;
             day += std::chrono::days(1)) {
            if (++days > days_limit)
                return fail(Code::payload_too_large,
                            fmt::format("its events take more than {} days", days_limit));
            if (!in_a_term(into, day))
                continue;
            used = true;
            if (taken.insert(day).second)
                into.exceptions.push_back({.date = day, .note = note_of(event)});
        }
        outcome.ignored += used ? 0 : 1;
    }
    std::ranges::sort(into.exceptions, {}, &Exception::date);
    return {};
}

Result<Work> holidays_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    CHECK_OK(net::check_media_type(request, icalendar));
    const bool trial = TRY(is_trial(request));
    return in_transaction(parts, principal,
                          [&parts, principal, trial, text = std::string(request.body)](
                              tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
                              return import(parts, tx, principal, "timetable.holidays_added",
                                            std::nullopt, trial, now,
                                            [&](Timetable& after, Outcome& outcome) {
                                                return add_holidays(text, after, outcome);
                                            });
                          });
}

net::Parameter table_parameter() {
    return {.name = "table",
            .in = net::Parameter::In::path,
            .description = "schedules, exceptions or lessons.",
            .schema = R"({"type": "string", "enum": ["schedules", "exceptions", "lessons"]})",
            .required = true,
            .example = "exceptions"};
}

constexpr net::Parameter trial_parameter{.name = "trial",
                                         .description =
                                             "Check it and say what would change; write nothing.",
                                         .schema = R"({"enum": ["true", "false"]})",
                                         .example = "true"};

} // namespace

void add_table_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view outcome = R"({"$ref": "#/components/schemas/TimetableImport"})";
    auto add = [&](net::Route route, Read read) {
        route.tag = "timetable";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read),
                                                 tenancy::Roles(tenancy::Role::administrator));
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/timetable/tables/{table}",
         .operation = "export_timetable_table",
         .summary = "A table of the timetable as CSV (administrators).",
         .parameters = {table_parameter()},
         .answers = {{200, "The table, and the timetable's `ETag`.", {}, csv}}},
        read_work);
    add({.method = net::Method::put,
         .path = "/v1/timetable/tables/{table}",
         .operation = "replace_timetable_table",
         .summary =
             "Put a CSV table in the place of the one before (administrators): the same file "
             "twice changes nothing the second time. Faults name line and column.",
         .body_bytes_limit = table_bytes_limit,
         .time_limit = 30s,
         .parameters = {table_parameter(), trial_parameter, version_parameter()},
         .body = net::Body{R"({"type": "string"})",
                           "date,kind,schedule,weekday,rotation,note\n"
                           "2026-12-24,holiday,,,,Christmas\n",
                           csv},
         .answers = {{200, "What changed, or would change.", outcome},
                     {409, "There is no timetable yet."}}},
        replace_work);
    add({.method = net::Method::post,
         .path = "/v1/timetable/holidays",
         .operation = "import_holidays",
         .summary = "Take whole days of an iCalendar as holidays (administrators). Days that are "
                    "something else already stay so.",
         .body_bytes_limit = calendar_bytes_limit,
         .time_limit = 30s,
         .parameters = {trial_parameter},
         .body = net::Body{R"({"type": "string"})",
                           "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//school//EN\r\n"
                           "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260901T000000Z\r\n"
                           "DTSTART;VALUE=DATE:20261026\r\nDTEND;VALUE=DATE:20261031\r\n"
                           "SUMMARY:Half term\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                           icalendar},
         .answers = {{200, "What changed, or would change.", outcome},
                     {409, "There is no timetable yet, or it has no terms."}}},
        holidays_work);
}

} // namespace bw::timetable
