#include "timetable/occurrences.hpp"

#include <algorithm>
#include <utility>

namespace bw::timetable {

namespace {

using std::chrono::days;

struct Times {
    Instant begin, end;
};

/// A period that begins in a gap begins later, and its end may not: then it keeps its length.
Times times_of(const Zone& zone, Date date, const Period& period) {
    Times times{zone.at({date, period.begin}), zone.at({date, period.end})};
    if (times.end <= times.begin)
        times.end = times.begin + std::chrono::minutes(period.end - period.begin);
    return times;
}

bool takes_place(const Plan& plan, const Day& day, std::uint32_t place) {
    const std::uint32_t rotation = plan.timetable().lessons[place].rotation;
    return (plan.terms_of(place) & day.terms) != 0 &&
           (rotation == 0 || (day.rotation != Day::none && (rotation >> day.rotation & 1) != 0));
}

void add_day(const Plan& plan, std::int32_t number, Instant from, Instant until,
             std::vector<Occurrence>& out, Cancelled cancelled = Cancelled::left_out) {
    const Day& day = plan.days()[static_cast<std::size_t>(number)];
    if (day.schedule == Day::none || !day.lessons)
        return;
    const Date date = plan.first_day() + days(number);
    const auto& periods = plan.timetable().schedules[day.schedule].periods;
    const std::size_t first = out.size();
    for (std::size_t i = 0; i < periods.size(); ++i) {
        const auto lessons = plan.lessons(day.schedule, i, day.weekday);
        if (lessons.empty())
            continue;
        const Times times = times_of(plan.zone(), date, periods[i]);
        if (times.begin < from || times.begin >= until)
            continue;
        for (const std::uint32_t lesson : lessons) {
            if (!takes_place(plan, day, lesson))
                continue;
            const Change* change = plan.change(lesson, date);
            const bool gone = change != nullptr && change->cancelled;
            if (!gone || cancelled == Cancelled::marked)
                out.push_back({lesson, number, times.begin, times.end, gone});
        }
    }
    // Only a gap puts periods out of order.
    const auto order = [](const Occurrence& one) { return std::pair(one.begin, one.lesson); };
    const auto mine =
        std::ranges::subrange(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
    if (!std::ranges::is_sorted(mine, {}, &Occurrence::begin))
        std::ranges::sort(mine, {}, order);
}

/// The numbers of the plan's days on which instants of [from, until) can lie.
std::pair<std::int32_t, std::int32_t> numbers(const Plan& plan, Instant from, Instant until) {
    const auto count = static_cast<std::int64_t>(plan.days().size());
    // A period that ends at midnight or moves over it belongs to the day before.
    const auto first = (plan.zone().wall(from).date - plan.first_day()).count() - 1;
    const auto last = (plan.zone().wall(until).date - plan.first_day()).count() + 1;
    return {static_cast<std::int32_t>(std::clamp<std::int64_t>(first, 0, count)),
            static_cast<std::int32_t>(std::clamp<std::int64_t>(last, 0, count))};
}

} // namespace

Date date_of(const Plan& plan, const Occurrence& occurrence) {
    return plan.first_day() + days(occurrence.day);
}

std::optional<UserId> teacher_of(const Plan& plan, const Occurrence& occurrence) {
    const Change* change = plan.change(occurrence.lesson, date_of(plan, occurrence));
    return change != nullptr && change->teacher
               ? change->teacher
               : plan.timetable().lessons[occurrence.lesson].teacher;
}

const std::string& room_of(const Plan& plan, const Occurrence& occurrence) {
    const Change* change = plan.change(occurrence.lesson, date_of(plan, occurrence));
    return change != nullptr && !change->room.empty()
               ? change->room
               : plan.timetable().lessons[occurrence.lesson].room;
}

std::vector<Occurrence> occurrences(const Plan& plan, Instant from, Instant until) {
    std::vector<Occurrence> out;
    if (from >= until)
        return out;
    const auto [first, last] = numbers(plan, from, until);
    for (std::int32_t number = first; number < last; ++number)
        add_day(plan, number, from, until, out);
    return out;
}

std::vector<Occurrence> occurrences(const Plan& plan, Instant from, Instant until,
                                    const Person& person, std::size_t limit, Cancelled cancelled) {
    std::vector<Occurrence> out;
    if (from >= until)
        return out;
    const auto [first, last] = numbers(plan, from, until);
    std::vector<Occurrence> day;
    for (std::int32_t number = first; number < last && out.size() < limit; ++number) {
        day.clear();
        add_day(plan, number, from, until, day, cancelled);
        std::erase_if(day, [&](const Occurrence& one) {
            const bool sits =
                person.sections.contains(plan.timetable().lessons[one.lesson].section);
            return !sits && (!person.teacher || teacher_of(plan, one) != person.teacher);
        });
        day.resize(std::min(day.size(), limit - out.size()));
        out.insert(out.end(), day.begin(), day.end());
    }
    return out;
}

Today today(const Plan& plan, Instant now) {
    Today today{.date = plan.zone().wall(now).date};
    const Day* day = plan.day(today.date);
    if (day == nullptr)
        return today;
    const Timetable& timetable = plan.timetable();
    if (day->exception)
        today.exception = &timetable.exceptions[*day->exception];
    if (day->schedule == Day::none)
        return today;
    today.schedule = &timetable.schedules[day->schedule];
    if (day->rotation != Day::none)
        today.rotation = &timetable.rotation.names[day->rotation];
    add_day(plan, static_cast<std::int32_t>((today.date - plan.first_day()).count()), {INT64_MIN},
            {INT64_MAX}, today.lessons);
    return today;
}

std::optional<NextBell> next_bell(const Plan& plan, Instant now) {
    const std::int32_t first = numbers(plan, now, now).first;
    for (auto number = static_cast<std::size_t>(first); number < plan.days().size(); ++number) {
        const Day& day = plan.days()[number];
        if (day.schedule == Day::none)
            continue;
        const Date date = plan.first_day() + days(number);
        std::optional<NextBell> next;
        for (const Period& period : plan.timetable().schedules[day.schedule].periods) {
            const Instant at = times_of(plan.zone(), date, period).begin;
            if (at > now && (!next || at < next->at))
                next = NextBell{at, date, &period};
        }
        if (next)
            return next;
    }
    return std::nullopt;
}

} // namespace bw::timetable
