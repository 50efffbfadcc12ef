#include "walls/peak_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bw::walls {

namespace {

constexpr std::int64_t day_ms = 86'400'000, week_ms = 7 * day_ms;
constexpr std::int64_t first_monday_ms = 4 * day_ms; // 1970-01-05

std::int64_t week_of(Instant at) {
    std::int64_t since = (at.ms - first_monday_ms) % week_ms;
    if (since < 0)
        since += week_ms;
    return at.ms - since;
}

/// The number in front of `rest`, which is then behind it.
template <class Number>
bool take(std::string_view& rest, Number& number) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc())
        return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
}

} // namespace

PeakBook PeakBook::parse(std::string_view text) {
    PeakBook book;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::int64_t week = 0;
        double events = 0;
        if (!take(line, week) || !line.starts_with(' '))
            continue;
        line.remove_prefix(1);
        if (!take(line, events) || !line.starts_with(' ') || line.size() < 2 ||
            !std::isfinite(events) || events < 0 || week != week_of({week}))
            continue;
        book.weeks_[std::string(line.substr(1, 64))][week] = events;
    }
    return book;
}

std::string PeakBook::text() const {
    std::string out;
    for (const auto& [name, weeks] : weeks_)
        for (const auto& [week, events] : weeks)
            out += fmt::format("{} {} {}\n", week, events, name);
    return out;
}

bool PeakBook::note(std::string_view name, Instant now, double events) {
    auto& weeks = weeks_[std::string(name)];
    const auto [place, fresh] = weeks.emplace(week_of(now), events);
    if (!fresh && place->second >= events)
        return false;
    place->second = events;
    while (weeks.size() > weeks_limit)
        weeks.erase(weeks.begin());
    return true;
}

std::optional<double> PeakBook::lately(std::string_view name, Instant now) const {
    std::optional<double> out;
    if (const auto weeks = weeks_.find(name); weeks != weeks_.end())
        for (const auto& [week, events] : weeks->second)
            if (week >= week_of({now.ms - week_ms}))
                out = std::max(out.value_or(0), events);
    return out;
}

std::vector<WeekPeak> PeakBook::past(std::string_view name, Instant now) const {
    std::vector<WeekPeak> out;
    if (const auto weeks = weeks_.find(name); weeks != weeks_.end())
        for (const auto& [week, events] : weeks->second)
            if (week < week_of(now))
                out.push_back({{week}, events});
    return out;
}

} // namespace bw::walls
