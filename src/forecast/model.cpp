#include "forecast/model.hpp"

#include <cmath>
#include <set>

namespace bw::forecast {
namespace {

int weekday_of(timetable::Date date) {
    return static_cast<int>(std::chrono::weekday(date).iso_encoding()) - 1;
}

/// Rises over a quarter of an hour, falls faster.
Curve prior_curve() {
    Curve curve{};
    float sum = 0;
    for (int i = 0; i < bell_minutes; ++i) {
        const int offset = i - bell_before;
        curve[static_cast<std::size_t>(i)] = offset <= 0
                                                 ? std::exp(static_cast<float>(offset) / 4.0F)
                                                 : std::exp(static_cast<float>(-offset) / 2.5F);
        sum += curve[static_cast<std::size_t>(i)];
    }
    for (float& part : curve)
        part /= sum;
    return curve;
}

/// [from, until) in whole and parts of the window's minutes: adds `total`, weighted.
class Spreading {
public:
    Spreading(std::vector<float>& expected, std::vector<float>& doubt,
              std::span<const LocalHour> hours, std::span<const float> activity)
        : expected_(expected), doubt_(doubt), hours_(hours), activity_(activity) {}

    /// `total` lies in [from, until); what lies outside the window is left out. Longer than an
    /// hour: by activity, else evenly.
    void add(double from, double until, float total, float spread) {
        const auto end = static_cast<double>(expected_.size());
        const double low = std::max(from, 0.0), high = std::min(until, end);
        if (high <= low)
            return;
        const auto inside = static_cast<float>(total * (high - low) / (until - from));
        if (until - from <= 60)
            even(low, high, inside, spread);
        else
            by_activity(low, high, inside, spread);
    }

private:
    void even(double low, double high, float total, float spread) {
        const auto rate = static_cast<float>(total / (high - low));
        for (auto minute = static_cast<std::size_t>(low); static_cast<double>(minute) < high;
             ++minute) {
            const double part = std::min(high, static_cast<double>(minute) + 1) -
                                std::max(low, static_cast<double>(minute));
            const float value = rate * static_cast<float>(part);
            expected_[minute] += value;
            doubt_[minute] += value * spread;
        }
    }
    void by_activity(double low, double high, float total, float spread) {
        double sum = 0;
        const auto overlap = [&](const LocalHour& hour) {
            return std::max(0.0, std::min(high, static_cast<double>(hour.until)) -
                                     std::max(low, static_cast<double>(hour.from)));
        };
        for (std::size_t i = 0; i < hours_.size(); ++i)
            sum += overlap(hours_[i]) * activity_[i];
        if (sum <= 0)
            return;
        for (std::size_t i = 0; i < hours_.size(); ++i)
            if (const double part = overlap(hours_[i]); part > 0)
                even(std::max(low, static_cast<double>(hours_[i].from)),
                     std::min(high, static_cast<double>(hours_[i].until)),
                     static_cast<float>(total * part * activity_[i] / sum), spread);
    }

    std::vector<float>&expected_, &doubt_;
    std::span<const LocalHour> hours_;
    std::span<const float> activity_;
};

/// Due instants of the same moment are one.
std::vector<Due> merged(std::vector<Due> dues) {
    std::ranges::sort(dues, {}, &Due::at);
    std::vector<Due> out;
    for (const Due& due : dues) {
        if (out.empty() || out.back().at != due.at) {
            out.push_back(due);
            continue;
        }
        out.back().students += due.students;
        out.back().submitted += due.submitted;
    }
    return out;
}

/// What of a bin is left at `lead` minutes before the due instant, 0 to 1.
double left_of(const LeadBin& bin, double lead) {
    return std::clamp((lead - bin.until) / static_cast<double>(bin.from - bin.until), 0.0, 1.0);
}

double lead_of(const Due& due, Instant now) {
    return static_cast<double>(due.at.ms - now.ms) / 60'000.0;
}

} // namespace

std::vector<Ring> rings_of(const School& school) {
    std::vector<Ring> rings;
    rings.reserve(school.bells.size());
    timetable::Date day{};
    for (const Bell& bell : school.bells) {
        const timetable::WallTime wall = school.zone.wall(bell.at);
        rings.push_back({.minute = static_cast<std::uint16_t>(wall.minute),
                         .weekday = static_cast<std::uint8_t>(weekday_of(wall.date)),
                         .first = rings.empty() || wall.date != day});
        day = wall.date;
    }
    return rings;
}

PerKind<float> at_bell(const Learned& learned, const Ring& ring) {
    const PerKind<float>& prior = ring.first ? priors.first_bell : priors.later_bell;
    const auto minute = learned.bell_at.find(ring.minute);
    const auto weekday =
        learned.bell_on.find(static_cast<std::uint16_t>(ring.minute * 7 + ring.weekday));
    PerKind<float> out;
    for (std::size_t k = 0; k < kinds; ++k) {
        float value = learned.bell[ring.first ? 1 : 0][k].shrunk(prior[k], worth_of_prior);
        if (minute != learned.bell_at.end())
            value = minute->second[k].shrunk(value, worth_of_kind);
        if (weekday != learned.bell_on.end())
            value = weekday->second[k].shrunk(value, worth_of_minute);
        out[k] = value;
    }
    return out;
}

Curves curves(const Learned& learned) {
    static const Curve prior = prior_curve();
    Curves out;
    for (std::size_t first = 0; first < out.size(); ++first)
        for (std::size_t k = 0; k < kinds; ++k) {
            const auto& arrivals = learned.arrivals[first][k];
            float sum = worth_of_curve;
            for (const float count : arrivals)
                sum += count;
            for (std::size_t i = 0; i < prior.size(); ++i)
                out[first][k][i] = (worth_of_curve * prior[i] + arrivals[i]) / sum;
        }
    return out;
}

Shapes shapes(const Learned& learned) {
    constexpr int steps_an_hour = 60 / step_minutes;
    Shapes out;
    for (std::size_t k = 0; k < kinds; ++k)
        for (std::size_t day = 0; day < 2; ++day)
            for (std::size_t step = 0; step < steps_a_day; step += steps_an_hour) {
                float sum = 0;
                for (std::size_t i = step; i < step + steps_an_hour; ++i) {
                    const Cell& cell = learned.steps[k][day][i];
                    out[k][day][i] = (worth_of_shape + cell.sum) / (worth_of_shape + cell.weight);
                    sum += out[k][day][i];
                }
                for (std::size_t i = step; i < step + steps_an_hour; ++i)
                    out[k][day][i] *= steps_an_hour / sum;
            }
    return out;
}

float in_hour(const Learned& learned, Kind kind, bool school_day, int weekday, int hour) {
    const std::size_t k = place(kind), day = school_day ? 1 : 0, h = static_cast<std::size_t>(hour);
    const float prior = school_day ? priors.school_hour[k] : priors.other_hour[k];
    const float of_hour = learned.hours[k][day][h].shrunk(prior, worth_of_prior);
    return learned.hours_of_week[k][day][static_cast<std::size_t>(weekday)][h].shrunk(
        of_hour, worth_of_minute);
}

float with_submission(const Learned& learned, Kind kind) {
    const std::size_t k = place(kind);
    return learned.with_submission[k].shrunk(priors.with_submission[k], worth_of_prior);
}

Leads leads_of(const Learned& learned) {
    Leads out;
    float sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = worth_of_leads * priors.leads[i] + learned.leads[i];
        sum += out[i];
    }
    for (float& share : out)
        share /= sum;
    return out;
}

float spread(const Cell& squares) {
    return std::sqrt(std::max(spread_min * spread_min,
                              squares.shrunk(priors.spread * priors.spread, worth_of_spread)));
}

std::vector<LocalHour> hours_of(const School& school, const Window& window) {
    std::set<timetable::Date> school_days;
    for (const Bell& bell : school.bells)
        school_days.insert(school.zone.wall(bell.at).date);
    std::vector<LocalHour> hours;
    for (std::int32_t minute = 0; minute < window.minutes;) {
        const Instant at = window.from + std::chrono::minutes(minute);
        const timetable::WallTime wall = school.zone.wall(at);
        // Up to the full hour or the change of clocks, which comes at a quarter of one.
        const std::int32_t left = 60 - wall.minute % 60;
        std::int32_t until = minute;
        do
            until += std::min(15 - (wall.minute + until - minute) % 15, left - (until - minute));
        while (until - minute < left &&
               school.zone.wall(window.from + std::chrono::minutes(until)).minute ==
                   wall.minute + (until - minute));
        hours.push_back({.from = minute,
                         .until = std::min(until, window.minutes),
                         .school_day = school_days.contains(wall.date),
                         .weekday = static_cast<std::uint8_t>(weekday_of(wall.date)),
                         .hour = static_cast<std::uint8_t>(wall.minute / 60),
                         .begins = static_cast<std::uint8_t>(wall.minute % 60)});
        minute = until;
    }
    return hours;
}

void Rates::clear(std::size_t minutes) {
    for (std::size_t k = 0; k < kinds; ++k) {
        expected[k].assign(minutes, 0);
        doubt[k].assign(minutes, 0);
    }
}

void add_hours(Rates& rates, const School& school, const Learned& learned,
               std::span<const LocalHour> hours) {
    const auto people = static_cast<float>(school.people);
    const Shapes shape = shapes(learned);
    for (std::size_t k = 0; k < kinds; ++k) {
        const float sd = spread(learned.hour_spread[k]);
        for (const LocalHour& hour : hours) {
            const float rate =
                people / 60.0F *
                in_hour(learned, static_cast<Kind>(k), hour.school_day, hour.weekday, hour.hour);
            const auto& of_day = shape[k][hour.school_day ? 1 : 0];
            for (std::int32_t m = hour.from; m < hour.until; ++m) {
                const float value = rate * of_day[hour.step(m)];
                rates.expected[k][static_cast<std::size_t>(m)] += value;
                rates.doubt[k][static_cast<std::size_t>(m)] += value * sd;
            }
        }
    }
}

void add_bells(Rates& rates, const School& school, const Learned& learned, const Window& window) {
    const std::vector<Ring> rings = rings_of(school);
    const Curves curve = curves(learned);
    PerKind<float> sd;
    for (std::size_t k = 0; k < kinds; ++k)
        sd[k] = spread(learned.bell_spread[k]);
    for (std::size_t b = 0; b < rings.size(); ++b) {
        const Bell& bell = school.bells[b];
        const std::int64_t begins = window.minute(bell.at) - bell_before;
        const std::int64_t low = std::max<std::int64_t>(0, begins),
                           high = std::min<std::int64_t>(window.minutes, begins + bell_minutes);
        if (low >= high)
            continue;
        const PerKind<float> share = at_bell(learned, rings[b]);
        for (std::size_t k = 0; k < kinds; ++k) {
            const auto people = static_cast<float>(
                static_cast<Kind>(k) == Kind::live_join ? bell.live : bell.people);
            for (std::int64_t m = low; m < high; ++m) {
                const float value =
                    people * share[k] *
                    curve[rings[b].first ? 1 : 0][k][static_cast<std::size_t>(m - begins)];
                rates.expected[k][static_cast<std::size_t>(m)] += value;
                rates.doubt[k][static_cast<std::size_t>(m)] += value * sd[k];
            }
        }
    }
}

Leads expected_in_bins(const Leads& leads, const Due& due, Instant now) {
    const double lead = lead_of(due, now);
    const auto waiting = static_cast<float>(due.students - std::min(due.students, due.submitted));
    Leads out{};
    float sum = 0;
    for (std::size_t i = 0; i < lead_bins.size(); ++i)
        sum += out[i] = leads[i] * static_cast<float>(left_of(lead_bins[i], lead));
    sum += out[never] = leads[never];
    for (float& value : out)
        value *= sum > 0 ? waiting / sum : 0;
    return out;
}

void add_dues(Rates& rates, const School& school, const Learned& learned, const Window& window,
              std::span<const LocalHour> hours) {
    std::vector<float> activity;
    activity.reserve(hours.size());
    float sum = 0;
    for (const LocalHour& hour : hours) {
        activity.push_back(
            in_hour(learned, Kind::page_read, hour.school_day, hour.weekday, hour.hour));
        sum += activity.back();
    }
    // Nobody is so fast asleep that nothing at all comes.
    for (float& one : activity)
        one += 0.02F * sum / static_cast<float>(hours.size());
    const std::size_t at = place(Kind::submission);
    Spreading spreading(rates.expected[at], rates.doubt[at], hours, activity);
    const Leads leads = leads_of(learned);
    const float sd = spread(learned.due_spread);
    for (const Due& due : merged(school.dues)) {
        const double lead = lead_of(due, window.from);
        const Leads expected = expected_in_bins(leads, due, window.from);
        for (std::size_t i = 0; i < lead_bins.size(); ++i)
            if (expected[i] > 0)
                spreading.add(lead - std::min<double>(lead_bins[i].from, lead),
                              lead - lead_bins[i].until, expected[i], sd);
    }
    for (const Kind kind : {Kind::page_read, Kind::job}) {
        const float ratio = with_submission(learned, kind);
        for (std::size_t m = 0; m < rates.expected[at].size(); ++m) {
            rates.expected[place(kind)][m] += ratio * rates.expected[at][m];
            rates.doubt[place(kind)][m] += ratio * rates.doubt[at][m];
        }
    }
}

} // namespace bw::forecast
