#include "forecast/deadline_load.hpp"

#include <algorithm>
#include <cmath>

namespace bw::forecast {
namespace {

constexpr Duration busy_before = 15min, busy_after = 10min;

Duration apart(Instant a, Instant b) {
    return a < b ? b - a : a - b;
}

/// Everything but jobs, which wait.
class Demand {
public:
    explicit Demand(const Forecast* forecast) {
        if (forecast == nullptr)
            return;
        window_ = forecast->window;
        for (std::size_t k = 0; k < kinds; ++k) {
            const Line& line = forecast->lines[k];
            if (static_cast<Kind>(k) == Kind::job || line.basis == Basis::unknown)
                continue;
            sum_.expected.resize(line.expected.size());
            for (std::size_t m = 0; m < line.expected.size(); ++m)
                sum_.expected[m] += line.expected[m];
            sum_.basis =
                sum_.basis == Basis::unknown ? line.basis : std::min(sum_.basis, line.basis);
        }
        sum_.doubt.resize(sum_.expected.size());
        if (!sum_.expected.empty())
            peak_ = *std::ranges::max_element(sum_.expected);
    }

    std::optional<Busy> around(Instant at) const {
        const std::int64_t from = window_.minute(at - busy_before),
                           until = window_.minute(at + busy_after);
        if (peak_ == 0 || window_.minute(at) < 0 || from >= window_.minutes ||
            until > window_.minutes)
            return std::nullopt;
        const Peak found = peak(sum_, window_, from, until);
        return Busy{.at = found.at,
                    .expected = static_cast<double>(found.expected) / 1000,
                    .of_peak = static_cast<double>(found.expected) / static_cast<double>(peak_),
                    .basis = sum_.basis};
    }

private:
    Window window_{};
    Line sum_;
    std::int64_t peak_ = 0;
};

struct Weighed {
    DeadlineLoad::Slot slot;
    double cost = 0;
};

Weighed weigh(const DeadlineQuestion& question, const DeadlineRules& rules, const Demand& demand,
              Instant at) {
    Weighed out{.slot = {.at = at, .busy = demand.around(at)}};
    for (const OtherDue& other : question.others) {
        const Duration away = apart(other.at, at);
        if (away >= rules.collides_within)
            continue;
        const double near = 1 - std::chrono::duration<double>(away) / rules.collides_within;
        out.cost += near * other.students / std::max<std::uint32_t>(1, question.students);
        out.slot.colliding_students = std::max(out.slot.colliding_students, other.students);
    }
    if (out.slot.busy)
        out.cost += out.slot.busy->of_peak;
    out.cost += rules.hour_away * std::chrono::duration<double>(apart(at, question.due)) / 1h;
    return out;
}

} // namespace

DeadlineLoad deadline_load(const DeadlineQuestion& question, const Forecast* forecast,
                           const DeadlineRules& rules) {
    const Demand demand(forecast);
    DeadlineLoad out{.collisions = question.others, .busy = demand.around(question.due)};
    std::erase_if(out.collisions, [&](const OtherDue& other) {
        return apart(other.at, question.due) >= rules.collides_within || other.students == 0;
    });
    std::ranges::sort(out.collisions, {}, [&](const OtherDue& other) {
        return std::pair(apart(other.at, question.due), other.assignment);
    });

    Weighed best = weigh(question, rules, demand, question.due);
    const double wanted = best.cost - rules.better_by;
    for (Duration away = -rules.look_around; away <= rules.look_around; away += rules.step) {
        const Instant at = question.due + away;
        const timetable::Minute minute = question.zone.wall(at).minute;
        if (at < question.not_before || minute < rules.day_begins || minute > rules.day_ends)
            continue;
        const Weighed slot = weigh(question, rules, demand, at);
        // What is known of one must be known of the other.
        if (slot.slot.busy.has_value() != out.busy.has_value() || slot.cost > wanted ||
            slot.cost >= best.cost)
            continue;
        best = slot;
        out.calmer = slot.slot;
    }
    return out;
}

} // namespace bw::forecast
