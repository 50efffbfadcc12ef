// A school year that never was, seeded: what comes to one school minute by minute, person by
// person. It is made by another process than the model assumes: attendance that drifts and is ill
// together, a closure nobody announced, lessons that use computers or not, late buses, passwords
// forgotten over a break, students who sleep, a nightly batch, growth. For tests and the back-test
// alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "forecast/learn.hpp"

namespace bw::forecast::test {

constexpr int year_days = 364; // from 2026-08-31, a Monday

/// A day begins at three at night.
class MadeYear {
public:
    explicit MadeYear(std::uint64_t seed)
        : chance_(seed), zone_(*timetable::Zone::find(zones[seed % std::size(zones)])) {
        using namespace std::chrono;
        first_ = sys_days(year(2026) / August / 31);
        for (auto& kind : came_)
            kind.assign((year_days + 2) * 1440, 0);
        base_people_ = between(250, 1500);
        growth_ = between(-0.05, 0.35);
        providers_ = seed % 3 == 0 ? 0.35 : 0;
        make_week();
        for (int day = 0; day < year_days; ++day)
            calendar_.push_back(is_school_day(first_ + days(day)));
        for (int day = 0; day < year_days; ++day)
            make_day(day);
        for (const Assignment& one : assignments_)
            for (const Instant at : one.submitted)
                submission(at);
    }

    bool school_day(int day) const { return calendar_[static_cast<std::size_t>(day)]; }
    Window day(int day) const {
        const Instant from = begin(day);
        return {from, static_cast<std::int32_t>((begin(day + 1).ms - from.ms) / 60'000)};
    }

    /// As an application would know it at the beginning of the day, for a week.
    School known(int day) const {
        const Instant now = begin(day);
        School school{.zone = zone_,
                      .people = people(day),
                      .providers = providers_ > 0,
                      .live = true,
                      .bells = {},
                      .dues = {}};
        for (int d = day - 1; d < std::min(day + 9, year_days); ++d)
            if (d >= 0 && school_day(d))
                for (std::size_t b = 0; b < bells_.size(); ++b)
                    school.bells.push_back(bell(d, b));
        for (const Assignment& one : assignments_)
            if (one.made <= now && one.due > now - 24h && one.due < now + 10 * 24h)
                school.dues.push_back(
                    {.at = one.due,
                     .students = one.students,
                     .submitted = static_cast<std::uint32_t>(std::ranges::count_if(
                         one.submitted, [&](Instant at) { return at < now; }))});
        return school;
    }

    Came came(const Window& window) const {
        Came out(window);
        const auto offset = static_cast<std::size_t>((window.from.ms - begin(0).ms) / 60'000);
        for (std::size_t k = 0; k < kinds; ++k)
            std::copy_n(came_[k].begin() + static_cast<std::ptrdiff_t>(offset),
                        static_cast<std::size_t>(window.minutes), out.minutes[k].begin());
        return out;
    }

    /// Due the day before `day`.
    std::vector<Handed> handed(int day) const {
        std::vector<Handed> out;
        for (const Assignment& one : assignments_) {
            if (one.due < begin(day) - 24h || one.due >= begin(day))
                continue;
            Handed due{.students = one.students, .came = {}};
            float all = 0;
            for (const Instant at : one.submitted) {
                const auto lead = static_cast<double>(one.due.ms - at.ms) / 60'000;
                for (std::size_t i = 0; i < lead_bins.size(); ++i)
                    if (lead <= lead_bins[i].from && lead > lead_bins[i].until) {
                        due.came[i] += 1;
                        all += 1;
                    }
            }
            due.came[never] = static_cast<float>(one.students) - all;
            out.push_back(due);
        }
        return out;
    }

private:
    static constexpr const char* zones[] = {"Europe/London", "America/New_York", "Asia/Kathmandu",
                                            "Europe/Berlin"};
    struct Assignment {
        Instant made, due;
        std::uint32_t students;
        std::vector<Instant> submitted;
    };

    // Chance.
    double between(double low, double high) {
        return std::uniform_real_distribution(low, high)(chance_);
    }
    double normal(double mean, double sd) { return std::normal_distribution(mean, sd)(chance_); }
    double waiting(double mean) { return std::exponential_distribution(1 / mean)(chance_); }
    bool happens(double p) { return between(0, 1) < p; }
    int how_many(double n, double p) {
        return std::binomial_distribution<int>(static_cast<int>(n),
                                               std::clamp(p, 0.0, 1.0))(chance_);
    }

    Instant begin(int day) const {
        return zone_.at({first_ + std::chrono::days(day), timetable::Minute{180}});
    }
    std::uint32_t people(int day) const {
        const double part = static_cast<double>(day) / year_days;
        return static_cast<std::uint32_t>(base_people_ *
                                          (1 + growth_ * part + (day > 126 ? growth_ / 4 : 0)));
    }
    void count(Kind kind, Instant at) {
        const std::int64_t minute = (at.ms - begin(0).ms) / 60'000;
        auto& line = came_[place(kind)];
        if (minute >= 0 && minute < static_cast<std::int64_t>(line.size()))
            line[static_cast<std::size_t>(minute)] += 1;
    }
    static Instant minutes_later(Instant at, double minutes) {
        return {at.ms + static_cast<std::int64_t>(minutes * 60'000)};
    }

    // The school.
    void make_week() {
        const auto starts = static_cast<timetable::Minute>(465 + 5 * (chance_() % 13));
        const std::size_t periods = 5 + chance_() % 3;
        for (std::size_t b = 0; b < periods; ++b)
            bells_.push_back(static_cast<timetable::Minute>(starts + 60 * static_cast<int>(b)));
        for (std::size_t b = 0; b < periods; ++b)
            for (std::size_t weekday = 0; weekday < 5; ++weekday) {
                present_[b][weekday] = b == 0 ? 1 : between(0.4, 1);
                uses_[b][weekday] = between(0.15, 0.8);
                live_[b][weekday] = happens(0.06);
            }
        for (double& weekday : attendance_)
            weekday = between(0.90, 0.97);
        attendance_[4] -= between(0, 0.08);
        for (int i = 0; i < 3; ++i)
            own_holidays_.push_back(static_cast<int>(chance_() % year_days));
    }
    bool is_school_day(timetable::Date date) const {
        using namespace std::chrono;
        const int day = static_cast<int>((date - first_).count());
        if (weekday(date).iso_encoding() > 5 || std::ranges::count(own_holidays_, day) > 0)
            return false;
        const auto within = [&](sys_days from, sys_days until) {
            return date >= from && date <= until;
        };
        const year a(2026), b(2027);
        return !(within(a / October / 26, a / October / 30) ||
                 within(a / December / 19, b / January / 3) ||
                 within(b / February / 15, b / February / 19) ||
                 within(b / March / 25, b / April / 11) || date > sys_days(b / July / 16));
    }
    Bell bell(int day, std::size_t b) const {
        const auto weekday = static_cast<std::size_t>(day % 7);
        const auto there = static_cast<std::uint32_t>(people(day) * present_[b][weekday]);
        return {.at = zone_.at({first_ + std::chrono::days(day), bells_[b]}),
                .people = there,
                .live = live_[b][weekday] ? there / 4 : 0};
    }

    // What comes.
    void make_day(int day) {
        illness_ = 0.9 * illness_ + normal(0, 0.012);
        evenings(day);
        nightly(day);
        if (!school_day(day))
            return;
        int away = 1; // days since the last school day
        while (day - away >= 0 && !school_day(day - away))
            ++away;
        const bool closed = happens(0.01); // and nobody said so
        double come = attendance_[static_cast<std::size_t>(day % 7)] * std::exp(normal(0, 0.03)) *
                      (1 - std::clamp(illness_ + 0.02, 0.0, 0.25));
        if (closed)
            come = 0.02;
        const double bus = normal(0, 1.2); // minutes late, all together
        const double forgot = away > 9 ? 0.35 : away > 2 ? 0.14 : 0.06;
        for (std::size_t b = 0; b < bells_.size(); ++b)
            lesson(day, b, come, bus, forgot);
        set_assignments(day);
        if (happens(0.15)) // an import, whenever somebody starts it
            for (int i = 0; i < 300; ++i)
                count(Kind::job, minutes_later(begin(day), 360 + waiting(180) + between(0, 3)));
    }
    void lesson(int day, std::size_t b, double come, double bus, double forgot) {
        const auto weekday = static_cast<std::size_t>(day % 7);
        const Bell rings = bell(day, b);
        const double uses = uses_[b][weekday] * std::exp(normal(0, 0.25)); // a teacher's mood
        const int here = how_many(rings.people, come * uses);
        for (int i = 0; i < here; ++i) {
            double offset;
            if (b == 0)
                offset = happens(0.35)  ? normal(-6, 3)
                         : happens(0.7) ? normal(-0.5 + bus, 1.2)
                                        : waiting(4) + bus;
            else
                offset = happens(0.8) ? normal(1.5, 1.5) : waiting(5);
            const Instant at = minutes_later(rings.at, offset);
            if (happens(b == 0 ? 0.85 : 0.25))
                sign_in(at, b == 0 ? forgot : 0.02);
            read(at, 1 + static_cast<int>(waiting(2)), 4);
        }
        for (int i = how_many(rings.live, come * 0.9); i > 0; --i)
            count(Kind::live_join, minutes_later(rings.at, normal(-1, 2)));
    }
    void sign_in(Instant at, double forgot) {
        count(happens(providers_) ? Kind::provider
              : happens(forgot)   ? Kind::password
                                  : Kind::refresh,
              at);
    }
    void read(Instant at, int pages, double apart) {
        for (int i = 0; i < pages; ++i) {
            count(Kind::page_read, at);
            at = minutes_later(at, waiting(apart));
        }
    }
    void evenings(int day) {
        const bool tomorrow = day + 1 < year_days && school_day(day + 1);
        const double goes = school_day(day) ? 0.35 : tomorrow ? 0.3 : day % 7 > 4 ? 0.12 : 0.04;
        for (int i = how_many(people(day), goes * std::exp(normal(0, 0.15))); i > 0; --i) {
            const double hour = happens(0.5) ? normal(13.5, 1.2) : normal(17, 1.3); // from three on
            const Instant at = minutes_later(begin(day), std::clamp(hour, 4.0, 20.9) * 60);
            if (happens(0.65))
                sign_in(at, 0.06);
            read(at, 2 + static_cast<int>(waiting(5)), 3);
        }
    }
    void nightly(int day) {
        for (int i = static_cast<int>(people(day) / 5); i > 0; --i)
            count(Kind::job, minutes_later(begin(day), 23 * 60 + between(0, 20)));
    }
    void set_assignments(int day) {
        for (int i = how_many(people(day) / 25.0, 0.15); i > 0; --i) {
            const int due_day = day + 2 + static_cast<int>(chance_() % 9);
            if (due_day >= year_days || (!school_day(due_day) && !happens(0.2)))
                continue;
            const double which = between(0, 1);
            const timetable::Minute minute = which < 0.6   ? timetable::Minute{1439}
                                             : which < 0.8 ? bells_[0]
                                                           : bells_[chance_() % bells_.size()];
            Assignment one{.made = minutes_later(begin(day), between(300, 720)),
                           .due = zone_.at({first_ + std::chrono::days(due_day), minute}),
                           .students = static_cast<std::uint32_t>(between(15, 32)),
                           .submitted = {}};
            const double whole = static_cast<double>(one.due.ms - one.made.ms) / 60'000;
            const double lazy = between(2, 6), forget = between(0.02, 0.15);
            for (std::uint32_t s = 0; s < one.students; ++s) {
                if (happens(forget))
                    continue;
                const double lead =
                    happens(0.04) ? -waiting(180) : whole * std::pow(between(0, 1), lazy) * 0.98;
                one.submitted.push_back(awake(minutes_later(one.due, -lead)));
            }
            assignments_.push_back(std::move(one));
        }
    }
    /// Who would be asleep does it in the evening before.
    Instant awake(Instant at) {
        const timetable::Minute minute = zone_.wall(at).minute;
        return minute < 390 ? minutes_later(at, -minute - between(5, 240)) : at;
    }
    void submission(Instant at) {
        count(Kind::submission, at);
        count(Kind::job, at);
        count(Kind::job, at);
        read(minutes_later(at, -between(1, 6)), 4 + static_cast<int>(waiting(2)), 1.5);
    }

    std::mt19937_64 chance_;
    timetable::Zone zone_;
    timetable::Date first_{};
    double base_people_ = 0, growth_ = 0, providers_ = 0, illness_ = 0;
    std::vector<timetable::Minute> bells_;
    double present_[8][5] = {}, uses_[8][5] = {}, attendance_[5] = {};
    bool live_[8][5] = {};
    std::vector<int> own_holidays_;
    std::vector<bool> calendar_;
    std::vector<Assignment> assignments_;
    PerKind<std::vector<std::uint16_t>> came_;
};

} // namespace bw::forecast::test
