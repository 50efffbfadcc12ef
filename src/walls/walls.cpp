#include "walls/walls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bw::walls {

namespace {

constexpr double week_ms = 7.0 * 24 * 60 * 60 * 1000;

std::optional<double> headroom_of(const Reading& reading) {
    if (!reading.capacity || !reading.peak)
        return std::nullopt;
    if (*reading.peak <= 0)
        return std::nullopt; // nothing is expected: no measure of anything
    return *reading.capacity / *reading.peak;
}

/// Less headroom first; what is not known last.
bool nearer(const std::optional<double>& a, const std::optional<double>& b) {
    return a && (!b || *a < *b);
}

/// Those that are equal stay in their order.
template <class T, class Before>
std::vector<T> in_order(std::vector<T> all, Before&& before) {
    std::vector<T> out;
    for (T& one : all)
        out.insert(std::ranges::upper_bound(out, one, before), std::move(one));
    return out;
}

std::optional<Instant> reached_at(double headroom, std::optional<double> growth, Instant now,
                                  const Rules& rules) {
    if (headroom <= 1)
        return now;
    if (!growth || *growth <= 0)
        return std::nullopt;
    const double weeks = std::log(headroom) / std::log1p(*growth);
    const double ms = weeks * week_ms;
    if (ms > std::chrono::duration<double, std::milli>(rules.horizon).count())
        return std::nullopt;
    return Instant{now.ms + static_cast<std::int64_t>(ms)};
}

Standing standing_of(const Verdict& verdict, Instant now, const Rules& rules) {
    if (!verdict.headroom)
        return verdict.reading.capacity && verdict.reading.peak ? Standing::far : Standing::unknown;
    if (*verdict.headroom <= 1)
        return Standing::reached;
    const bool soon = verdict.reached_at && *verdict.reached_at - now <= rules.soon;
    return *verdict.headroom < rules.near || soon ? Standing::near : Standing::far;
}

std::string said_of(const Verdict& verdict) {
    return fmt::format("{}: {} {}, {:.3g} of {:.3g} {} are expected in the busiest minute.",
                       verdict.wall, verdict.reading.limit,
                       verdict.standing == Standing::reached ? "do not suffice"
                                                             : "are near their end",
                       *verdict.reading.peak, *verdict.reading.capacity, verdict.reading.unit);
}

} // namespace

std::string_view wire_name(Standing standing) {
    switch (standing) {
    case Standing::unknown:
        return "unknown";
    case Standing::far:
        return "far";
    case Standing::near:
        return "near";
    case Standing::reached:
        return "reached";
    }
    return "unknown";
}

std::optional<double> growth_a_week(const std::vector<WeekPeak>& past, const Rules& rules) {
    if (past.size() < rules.weeks_least ||
        std::ranges::any_of(past, [](const WeekPeak& week) { return week.events <= 0; }))
        return std::nullopt;
    double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    const auto n = static_cast<double>(past.size());
    for (const WeekPeak& week : past) {
        const double x = static_cast<double>(week.week.ms - past.front().week.ms) / week_ms,
                     y = std::log(week.events);
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    const double spread = n * sum_xx - sum_x * sum_x;
    if (spread <= 0)
        return std::nullopt;
    return std::expm1((n * sum_xy - sum_x * sum_y) / spread);
}

Verdict judge(std::string wall, std::vector<Reading> readings, Instant now, const Rules& rules) {
    Verdict verdict{.wall = std::move(wall), .reading = {}};
    if (readings.empty())
        return verdict;
    readings = in_order(std::move(readings), [](const Reading& a, const Reading& b) {
        return nearer(headroom_of(a), headroom_of(b));
    });
    verdict.reading = std::move(readings.front());
    verdict.others.assign(std::make_move_iterator(readings.begin() + 1),
                          std::make_move_iterator(readings.end()));
    verdict.headroom = headroom_of(verdict.reading);
    verdict.growth_a_week = growth_a_week(verdict.reading.past, rules);
    if (verdict.headroom)
        verdict.reached_at = reached_at(*verdict.headroom, verdict.growth_a_week, now, rules);
    verdict.standing = standing_of(verdict, now, rules);
    return verdict;
}

Diagnosis diagnose(std::vector<Verdict> verdicts) {
    Diagnosis out{.walls = in_order(std::move(verdicts), [](const Verdict& a, const Verdict& b) {
                      const bool known_a = a.standing != Standing::unknown,
                                 known_b = b.standing != Standing::unknown;
                      return known_a != known_b ? known_a : nearer(a.headroom, b.headroom);
                  })};
    // One that growth reaches soon is near although another has less room and does not grow.
    const auto near = std::ranges::find_if(out.walls, [](const Verdict& verdict) {
        return verdict.standing == Standing::near || verdict.standing == Standing::reached;
    });
    if (near != out.walls.end()) {
        out.nearest = near->wall;
        out.said = said_of(*near);
        return out;
    }
    const auto unknown = std::ranges::count(out.walls, Standing::unknown, &Verdict::standing);
    out.said = unknown == 0 ? "No wall is near."
               : static_cast<std::size_t>(unknown) == out.walls.size()
                   ? "Nothing can be said yet: capacity or forecast is not known of any wall."
                   : fmt::format("No wall is near, as far as is known: {} of {} cannot be judged "
                                 "yet.",
                                 unknown, out.walls.size());
    return out;
}

void Register::add(std::string wall, Read read) {
    const std::scoped_lock lock(mutex_);
    walls_.emplace_back(std::move(wall), std::move(read));
}

Diagnosis Register::look(Instant now, const Rules& rules) const {
    std::vector<std::pair<std::string, Read>> walls;
    {
        const std::scoped_lock lock(mutex_);
        walls = walls_;
    }
    std::vector<Verdict> verdicts;
    for (const auto& [wall, read] : walls)
        verdicts.push_back(judge(wall, read(), now, rules));
    return diagnose(std::move(verdicts));
}

} // namespace bw::walls
