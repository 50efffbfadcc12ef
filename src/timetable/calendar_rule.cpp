#include "timetable/calendar_rule.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

namespace bw::timetable {

namespace {

/// libical's lists end with a mark, or are full.
template <std::size_t N>
std::vector<int> values(const short (&list)[N]) {
    const auto end = std::ranges::find(list, static_cast<short>(ICAL_RECURRENCE_ARRAY_MAX));
    return {std::ranges::begin(list), end};
}

int longest(int month) {
    constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 ? days[month - 1] : 0;
}

const char* fault_of_month_days(const icalrecurrencetype& rule, std::span<const int> month_days,
                                std::span<const int> months) {
    for (const int day : month_days) {
        if (day == 0 || std::abs(day) > 31)
            return "names a day that no month has";
        if (std::abs(day) > 28 && rule.interval > 1 && rule.freq == ICAL_MONTHLY_RECURRENCE)
            return "the 29th to 31st are followed in every month only, not with INTERVAL";
    }
    const bool possible = std::ranges::any_of(month_days, [&](int day) {
        return std::ranges::any_of(months, [&](int m) { return std::abs(day) <= longest(m); });
    });
    return months.empty() || month_days.empty() || possible
               ? nullptr
               : "names a day that none of its months has";
}

const char* fault_of_positions(const icalrecurrencetype& rule, std::span<const int> week_days,
                               std::span<const int> positions) {
    const bool monthly = rule.freq >= ICAL_MONTHLY_RECURRENCE;
    const int most = rule.interval > 1 ? 4 : 5;
    for (const int day : week_days) {
        const int position = std::abs(icalrecurrencetype_day_position(static_cast<short>(day)));
        if (position != 0 && (!monthly || position > most || !positions.empty()))
            return "weekdays are counted in months and years, up to the fifth (with INTERVAL the "
                   "fourth), and not with BYSETPOS";
    }
    if (positions.empty())
        return nullptr;
    const bool near =
        std::ranges::all_of(positions, [&](int at) { return at != 0 && std::abs(at) <= most; });
    return monthly && !week_days.empty() && near ? nullptr
                                                 : "BYSETPOS counts the weekdays of BYDAY, up to "
                                                   "the fifth (with INTERVAL the fourth)";
}

} // namespace

const char* fault_of(const icalrecurrencetype& rule, const icaltimetype& start) {
    if (rule.freq < ICAL_DAILY_RECURRENCE)
        return "recurs oftener than daily";
    if (rule.freq > ICAL_YEARLY_RECURRENCE || rule.interval < 1)
        return "is no rule that can be read, e.g. FREQ=WEEKLY;COUNT=10";
    if (!values(rule.by_hour).empty() || !values(rule.by_minute).empty() ||
        !values(rule.by_second).empty() || !values(rule.by_year_day).empty() ||
        !values(rule.by_week_no).empty())
        return "only BYDAY, BYMONTH, BYMONTHDAY and BYSETPOS are followed";
    const std::vector<int> week_days = values(rule.by_day), positions = values(rule.by_set_pos);
    std::vector<int> month_days = values(rule.by_month_day), months = values(rule.by_month);
    const bool monthly = rule.freq >= ICAL_MONTHLY_RECURRENCE;
    if (rule.interval > 1 && !months.empty() && rule.freq != ICAL_YEARLY_RECURRENCE)
        return "BYMONTH is followed without INTERVAL only";
    if (rule.interval > 1 && !week_days.empty() && rule.freq == ICAL_DAILY_RECURRENCE)
        return "BYDAY of a daily rule is followed without INTERVAL only";
    if (!month_days.empty() && (!monthly || !week_days.empty()))
        return "BYMONTHDAY is followed in months and years, without BYDAY";
    for (const int month : months)
        if (longest(month) == 0)
            return "names a month that does not exist";
    // What a rule does not say, its start does.
    if (monthly && week_days.empty() && month_days.empty())
        month_days.push_back(start.day);
    if (rule.freq == ICAL_YEARLY_RECURRENCE && months.empty() && values(rule.by_month_day).empty())
        months.push_back(start.month);
    if (const char* fault = fault_of_month_days(rule, month_days, months))
        return fault;
    return fault_of_positions(rule, week_days, positions);
}

} // namespace bw::timetable
