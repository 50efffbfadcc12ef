#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <memory>

#include "timetable/calendar.hpp"

namespace bw::timetable {

namespace {

struct FreeComponent {
    void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

void add(const Component& to, icalproperty* property) {
    icalcomponent_add_property(to.get(), property);
}

icaltimetype wall_time(WallTime wall) {
    const std::chrono::year_month_day date(wall.date);
    icaltimetype time = icaltime_null_time();
    time.year = static_cast<int>(date.year());
    time.month = static_cast<int>(static_cast<unsigned>(date.month()));
    time.day = static_cast<int>(static_cast<unsigned>(date.day()));
    time.hour = wall.minute / 60;
    time.minute = wall.minute % 60;
    return time;
}

icalproperty* in_zone(icalproperty* property, const Zone& zone) {
    icalproperty_add_parameter(property, icalparameter_new_tzid(zone.name().c_str()));
    return property;
}

/// Each change of clocks as an observance of its own: no rule can say Ramadan.
Component zone_component(const Zone& zone, Instant from, Instant until) {
    Component out(icalcomponent_new_vtimezone());
    add(out, icalproperty_new_tzid(zone.name().c_str()));
    // From one change before, or the first event's day could lie before all observances.
    const auto spans = zone.spans(from - 24h, until + 24h);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const Zone::Span& span = spans[i];
        const std::int32_t before =
            zone.spans(Instant{std::max<std::int64_t>(span.begin - 1, 0) * 1000},
                       Instant{span.begin * 1000})
                .front()
                .offset;
        Component observance(span.daylight ? icalcomponent_new_xdaylight()
                                           : icalcomponent_new_xstandard());
        const std::int64_t local = span.begin + before;
        const std::int64_t day = local >= 0 ? local / 86'400 : (local - 86'399) / 86'400;
        icaltimetype start = wall_time(
            {Date(std::chrono::days(day)), static_cast<Minute>((local - day * 86'400) / 60)});
        start.second = static_cast<int>((local - day * 86'400) % 60);
        add(observance, icalproperty_new_dtstart(start));
        add(observance, icalproperty_new_tzoffsetfrom(before));
        add(observance, icalproperty_new_tzoffsetto(span.offset));
        add(observance, icalproperty_new_tzname(span.abbreviation.c_str()));
        icalcomponent_add_component(out.get(), observance.release());
    }
    return out;
}

Component event(const Plan& plan, const Occurrence& occurrence,
                const std::map<SectionId, std::string>& titles, icaltimetype stamp) {
    const Lesson& lesson = plan.timetable().lessons[occurrence.lesson];
    Component out(icalcomponent_new_vevent());
    const std::string uid = fmt::format("{}-{}@bellwether", lesson.id.text(),
                                        roster::to_text(date_of(plan, occurrence)));
    add(out, icalproperty_new_uid(uid.c_str()));
    add(out, icalproperty_new_dtstamp(stamp));
    add(out, in_zone(icalproperty_new_dtstart(wall_time(plan.zone().wall(occurrence.begin))),
                     plan.zone()));
    add(out,
        in_zone(icalproperty_new_dtend(wall_time(plan.zone().wall(occurrence.end))), plan.zone()));
    const auto title = titles.find(lesson.section);
    add(out,
        icalproperty_new_summary((title == titles.end() ? lesson.period : title->second).c_str()));
    if (const std::string& room = room_of(plan, occurrence); !room.empty())
        add(out, icalproperty_new_location(room.c_str()));
    if (occurrence.cancelled)
        add(out, icalproperty_new_status(ICAL_STATUS_CANCELLED));
    return out;
}

} // namespace

std::string to_icalendar(const Plan& plan, std::span<const Occurrence> occurrences,
                         const std::map<SectionId, std::string>& titles, Instant stamp) {
    Component calendar(icalcomponent_new_vcalendar());
    add(calendar, icalproperty_new_version("2.0"));
    add(calendar, icalproperty_new_prodid("-//Bellwether//timetable//EN"));
    if (!occurrences.empty())
        icalcomponent_add_component(
            calendar.get(),
            zone_component(plan.zone(), occurrences.front().begin, occurrences.back().end)
                .release());
    // libical makes it at the first call, which no two threads may do.
    static icaltimezone* const utc = icaltimezone_get_utc_timezone();
    const icaltimetype now = icaltime_from_timet_with_zone(stamp.ms / 1000, 0, utc);
    for (const Occurrence& one : occurrences)
        icalcomponent_add_component(calendar.get(), event(plan, one, titles, now).release());
    const std::unique_ptr<char, decltype(&icalmemory_free_buffer)> text(
        icalcomponent_as_ical_string_r(calendar.get()), icalmemory_free_buffer);
    return text.get();
}

} // namespace bw::timetable
