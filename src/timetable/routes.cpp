#include "timetable/routes.hpp"

#include "timetable/shared_routes.hpp"

namespace bw::timetable {

std::string zone_of(const RouteParts& parts, TenantId tenant) {
    const auto info = parts.directory.by_id(tenant);
    return info ? info->zone : "UTC";
}

Result<Zone> known_zone(const RouteParts& parts, TenantId tenant) {
    auto zone = Zone::find(zone_of(parts, tenant));
    return zone ? zone : Zone::find("UTC");
}

net::Response tagged(std::string json, std::int64_t version, int status) {
    net::Response response = net::Response::json(status, std::move(json));
    response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
    return response;
}

net::Parameter version_parameter() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that the change is based on.",
            .schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})",
            .required = true,
            .example = "\"1\""};
}

Result<Window> window_in(const net::Request& request, Instant now, Duration usual, Duration limit) {
    auto instant = [&](const char* name, Instant otherwise) -> Result<Instant> {
        const auto text = request.query_param(name);
        if (!text)
            return otherwise;
        auto at = from_rfc3339(*text);
        if (!at)
            return fail(Code::invalid_field, at.error().detail, name);
        return *at;
    };
    Window window{TRY(instant("from", now)), {}};
    window.until = TRY(instant("until", window.from + usual));
    if (window.until <= window.from || window.until > window.from + limit)
        return fail(Code::invalid_field,
                    "has to lie after `from`, by at most " + std::to_string(limit / 24h) + " days",
                    "until");
    return window;
}

Result<void> check_version(const Stored& stored, std::int64_t version) {
    if (stored.version != version)
        return fail(Code::precondition_failed,
                    "it was changed meanwhile; read it again, bring together what both say, and "
                    "send the new ETag",
                    "If-Match");
    return {};
}

Result<void> check_begun(const Stored& stored) {
    if (stored.version == 0)
        return fail(Code::conflict,
                    "there is no timetable yet; begin one with PATCH /v1/timetable");
    return {};
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    for (const auto& [name, schema] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"BellSchedule", bell_schedule_schema},
             {"Rotation", rotation_schema},
             {"Term", term_schema},
             {"TimetableException", exception_schema},
             {"Timetable", timetable_schema},
             {"TimetableChange", timetable_change_schema},
             {"TimetableImport", import_outcome_schema},
             {"TimetableGeneration", generate_schema},
             {"GeneratedTimetable", generated_schema},
             {"Lesson", lesson_schema},
             {"LessonPage", lesson_page_schema},
             {"NewLesson", new_lesson_schema},
             {"LessonChange", lesson_change_schema},
             {"LessonDay", day_change_schema},
             {"NewLessonDay", new_day_change_schema},
             {"Occurrence", occurrence_schema},
             {"OccurrenceList", occurrence_list_schema},
             {"SchoolDay", school_day_schema},
             {"Today", today_schema},
             {"NextBell", next_bell_schema},
             {"LessonInConflict", lesson_in_conflict_schema},
             {"TimetableConflicts", conflict_list_schema},
             {"CalendarFeed", calendar_feed_schema},
             {"NewCalendarFeed", new_calendar_feed_schema},
             {"MadeCalendarFeed", made_calendar_feed_schema},
             {"CalendarFeedList", calendar_feed_list_schema}})
        routes.add_schema(name, schema);
    add_calendar_routes(routes, parts);
    add_table_routes(routes, parts);
    add_lesson_routes(routes, parts);
    add_day_routes(routes, parts);
    add_school_day_routes(routes, parts);
    add_feed_routes(routes, parts);
}

} // namespace bw::timetable
