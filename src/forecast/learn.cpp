#include "forecast/learn.hpp"

#include <algorithm>
#include <cmath>

#include "forecast/model.hpp"

namespace bw::forecast {
namespace {

const float faded = std::exp2(-1.0F / half_life_days);

/// Of a due instant no more than so many students teach when its like are handed in.
constexpr float due_students_limit = 30;

void fade(std::map<std::uint16_t, PerKind<Cell>>& cells) {
    for (auto& [key, all] : cells)
        for (Cell& cell : all)
            cell.fade(faded);
    // Bells that do not ring any more.
    std::erase_if(cells, [](const auto& one) {
        return std::ranges::all_of(one.second, [](const Cell& c) { return c.weight < 0.02F; });
    });
}

void fade(Learned& learned, bool school_day) {
    for (std::size_t k = 0; k < kinds; ++k) {
        const std::size_t day = school_day ? 1 : 0;
        for (Cell& cell : learned.hours[k][day])
            cell.fade(faded);
        for (auto& weekday : learned.hours_of_week[k][day])
            for (Cell& cell : weekday)
                cell.fade(faded);
        for (Cell& cell : learned.steps[k][day])
            cell.fade(faded);
        learned.hour_spread[k].fade(faded);
        learned.with_submission[k].fade(faded);
        if (!school_day)
            continue;
        learned.bell[0][k].fade(faded);
        learned.bell[1][k].fade(faded);
        learned.bell_spread[k].fade(faded);
        for (auto& arrivals : learned.arrivals)
            for (float& count : arrivals[k])
                count *= faded;
    }
    if (school_day) {
        fade(learned.bell_at);
        fade(learned.bell_on);
    }
    learned.due_spread.fade(faded);
    for (float& count : learned.leads)
        count *= faded;
}

/// Squares of errors, without what chance alone makes of them (Poisson), over squares of what was
/// expected.
class ErrorSquares {
public:
    void add(float came, float expected) {
        squares_ += (came - expected) * (came - expected) - expected;
        of_ += expected * expected;
        expected_ += expected;
    }
    void to(Cell& cell) const {
        if (of_ > 0)
            cell.add(std::clamp(squares_ / of_, -4.0F, 9.0F), expected_ / (expected_ + 5));
    }

private:
    float squares_ = 0, of_ = 0, expected_ = 0;
};

/// One day of one kind taken apart: each minute's count is shared out among what made it likely.
class Lesson {
public:
    Lesson(Learned& learned, const Learned& before, const School& school, const Came& came)
        : learned_(learned), before_(before), school_(school), came_(came),
          hours_(hours_of(school, came.window)), rings_(rings_of(school)), curves_(curves(before)),
          shapes_(shapes(before)) {
        const auto minutes = static_cast<std::size_t>(came.window.minutes);
        expected_.clear(minutes);
        dues_.clear(minutes);
        add_dues(dues_, school, before, came.window, hours_);
        // What submissions brought along follows from those that came.
        for (const Kind kind : {Kind::page_read, Kind::job})
            for (std::size_t m = 0; m < minutes; ++m)
                dues_.expected[place(kind)][m] =
                    with_submission(before, kind) *
                    static_cast<float>(came.minutes[place(Kind::submission)][m]);
        for (std::size_t k = 0; k < kinds; ++k)
            expected_.expected[k] = dues_.expected[k];
        add_hours(expected_, school, before, hours_);
        add_bells(expected_, school, before, came.window);
    }

    void learn() {
        for (std::size_t k = 0; k < kinds; ++k)
            learn_hours(k);
        for (std::size_t b = 0; b < rings_.size(); ++b)
            learn_bell(b);
        learn_dues();
    }

private:
    /// The part of what came in a minute that is due to something of which `part` was expected.
    float share(std::size_t k, std::size_t minute, float part) const {
        const float all = expected_.expected[k][minute];
        return all > 0 ? static_cast<float>(came_.minutes[k][minute]) * part / all : 0;
    }

    void learn_hours(std::size_t k) {
        const auto people = static_cast<float>(school_.people);
        for (const LocalHour& hour : hours_) {
            if (people == 0 || !came_.knows(hour.from, hour.until))
                continue;
            const float rate =
                people / 60.0F *
                in_hour(before_, static_cast<Kind>(k), hour.school_day, hour.weekday, hour.hour);
            const std::size_t day = hour.school_day ? 1 : 0;
            ErrorSquares errors;
            float sum = 0;
            for (std::int32_t m = hour.from; m < hour.until; ++m) {
                const std::size_t step = hour.step(m);
                const float expected = rate * shapes_[k][day][step];
                const float part = share(k, static_cast<std::size_t>(m), expected);
                errors.add(part, expected);
                sum += part;
                learned_.steps[k][day][step].weight += rate;
                learned_.steps[k][day][step].sum += part;
            }
            const float minutes = static_cast<float>(hour.until - hour.from), weight = minutes / 60;
            const float seen = sum / people / weight;
            learned_.hours[k][day][hour.hour].add(seen, weight);
            learned_.hours_of_week[k][day][hour.weekday][hour.hour].add(seen, weight);
            errors.to(learned_.hour_spread[k]);
        }
    }

    void learn_bell(std::size_t b) {
        const Bell& bell = school_.bells[b];
        const Ring& ring = rings_[b];
        const std::int64_t begins = came_.window.minute(bell.at) - bell_before;
        if (!came_.knows(begins, begins + bell_minutes))
            return;
        const PerKind<float> expected = at_bell(before_, ring);
        for (std::size_t k = 0; k < kinds; ++k) {
            const auto people = static_cast<float>(
                static_cast<Kind>(k) == Kind::live_join ? bell.live : bell.people);
            if (people == 0)
                continue;
            ErrorSquares errors;
            float sum = 0;
            for (std::size_t i = 0; i < bell_minutes; ++i) {
                const float rate = people * expected[k] * curves_[ring.first ? 1 : 0][k][i];
                const float part = share(k, static_cast<std::size_t>(begins) + i, rate);
                learned_.arrivals[ring.first ? 1 : 0][k][i] += part;
                errors.add(part, rate);
                sum += part;
            }
            errors.to(learned_.bell_spread[k]);
            // Few people say less than many.
            const float weight = people / (people + 10), seen = sum / people;
            learned_.bell[ring.first ? 1 : 0][k].add(seen, weight);
            if (PerKind<Cell>* at = of(learned_.bell_at, ring.minute, Learned::minutes_limit))
                (*at)[k].add(seen, weight);
            if (PerKind<Cell>* on =
                    of(learned_.bell_on, static_cast<std::uint16_t>(ring.minute * 7 + ring.weekday),
                       Learned::minutes_limit * 7))
                (*on)[k].add(seen, weight);
        }
    }

    static PerKind<Cell>* of(std::map<std::uint16_t, PerKind<Cell>>& cells, std::uint16_t key,
                             std::size_t limit) {
        auto found = cells.find(key);
        if (found == cells.end()) {
            if (cells.size() >= limit)
                return nullptr;
            found = cells.emplace(key, PerKind<Cell>{}).first;
        }
        return &found->second;
    }

    void learn_dues() {
        const auto minutes = static_cast<std::size_t>(came_.window.minutes);
        if (!came_.knows(0, came_.window.minutes))
            return;
        float submissions = 0;
        ErrorSquares errors;
        for (std::size_t m = 0; m < minutes; ++m) {
            submissions += static_cast<float>(came_.minutes[place(Kind::submission)][m]);
            const float part = dues_.expected[place(Kind::submission)][m];
            errors.add(share(place(Kind::submission), m, part), part);
        }
        errors.to(learned_.due_spread);
        if (submissions == 0)
            return;
        for (const Kind kind : {Kind::page_read, Kind::job}) {
            float sum = 0;
            for (std::size_t m = 0; m < minutes; ++m)
                sum += share(place(kind), m, dues_.expected[place(kind)][m]);
            learned_.with_submission[place(kind)].add(sum / submissions,
                                                      submissions / (submissions + 20));
        }
    }

    Learned& learned_;
    const Learned& before_;
    const School& school_;
    const Came& came_;
    std::vector<LocalHour> hours_;
    std::vector<Ring> rings_;
    Curves curves_;
    Shapes shapes_;
    Rates expected_, dues_; // all of it; due instants alone
};

} // namespace

bool Came::knows(std::int64_t from, std::int64_t until) const {
    if (from < 0 || until > window.minutes)
        return false;
    return known.empty() || std::all_of(known.begin() + from, known.begin() + until,
                                        [](bool counted) { return counted; });
}

bool learn(Learned& learned, const School& school, const Came& came,
           std::span<const Handed> handed) {
    if (came.window.from.ms < learned.until_ms)
        return false;
    const bool school_day = std::ranges::any_of(school.bells, [&](const Bell& bell) {
        return bell.at >= came.window.from && bell.at < came.window.until();
    });
    const Learned before = learned;
    fade(learned, school_day);
    Lesson(learned, before, school, came).learn();
    for (const Handed& due : handed)
        for (std::size_t i = 0; i < due.came.size(); ++i)
            learned.leads[i] +=
                due.came[i] *
                std::min(1.0F, due_students_limit /
                                   static_cast<float>(std::max<std::uint32_t>(1, due.students)));
    learned.days += 1;
    learned.school_days += school_day ? 1 : 0;
    learned.until_ms = came.window.until().ms;
    return true;
}

} // namespace bw::forecast
