#include "year/year.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "activity/record.hpp"
#include "base/ensure.hpp"
#include "year/chance.hpp"

namespace bw::year {

namespace {

constexpr std::int64_t second_us = 1'000'000, hour_us = 3'600 * second_us, day_us = 24 * hour_us;

// ---- how much ----

/// Clicks per day of the data set, by weekday from Monday, around 1.
constexpr double weekdays[] = {1.15, 1.2, 1.15, 1.1, 0.9, 0.7, 0.8};
constexpr double weight_spread = 1.1;  // of the logarithm: a tenth of all does half of it
constexpr double stopping_share = 0.3; // who opens nothing any more from some day on
constexpr double clicks_of_a_day = 6;  // of somebody who comes rarely
constexpr double start_boost = 2, start_days = 14, due_boost = 2.5, due_days = 2.5;

struct Ways {                 // of one student in one class
    double weight, diligence; // diligence: around 0, one either way is usual
    std::int32_t begins, ends;
};
Ways ways_of(const Class& of, const Student& student, std::uint64_t seed) {
    Chance chance({seed, of.number, student.number, number_of("ways")});
    const double diligence = chance.normal();
    Ways out{.weight = std::exp(weight_spread * (0.6 * diligence + 0.8 * chance.normal())),
             .diligence = diligence,
             .begins = std::max(student.begins, of.begins),
             .ends = student.ends};
    if (chance.happens(stopping_share))
        out.ends = std::min<std::int32_t>(
            out.ends, out.begins + 15 + static_cast<std::int32_t>(chance.upto(120)));
    return out;
}

/// What a class does on each of its days, for a student of weight 1 and before scaling.
std::vector<double> rhythm_of(const Class& of) {
    std::vector<double> out;
    for (std::int32_t day = of.begins; day < of.ends; ++day) {
        double due = 0;
        for (const Task& task : of.tasks)
            if (const auto left = task.due_us / day_us - day; left >= 0 && left < 15)
                due += std::exp(-static_cast<double>(left) / due_days);
        out.push_back(weekdays[(day + 3) % 7] *
                      (1 + start_boost * std::exp(-(day - of.begins) / start_days)) *
                      (1 + due_boost * due));
    }
    return out;
}

// ---- what ----

/// The hours of a day: a little at night, most in the late morning and in the evening.
constexpr int hours[24] = {14, 8,  4,  3,  3,  5,  12, 25, 45, 62, 72, 70,
                           62, 62, 66, 66, 62, 58, 60, 70, 76, 70, 52, 30};
std::int64_t time_of_day(Chance& chance) {
    static constexpr int all = [] {
        int sum = 0;
        for (int weight : hours)
            sum += weight;
        return sum;
    }();
    auto pick = chance.upto(all);
    std::int64_t hour = 0;
    while (pick >= hours[hour])
        pick -= hours[hour++];
    return hour * hour_us + chance.upto(hour_us);
}

using activity::Kind;
constexpr std::pair<Kind, int> kinds[] = {
    {Kind::page_viewed, 34},     {Kind::section_opened, 12}, {Kind::assignment_opened, 14},
    {Kind::material_opened, 25}, {Kind::file_downloaded, 7}, {Kind::grade_opened, 3},
    {Kind::announcement_read, 5}};
constexpr std::string_view pages[] = {"today",  "assignments", "section", "assignment",
                                      "grades", "sections",    "receipt"};

/// Those at the beginning far more often than those at the end.
const Uuid& favourite(Chance& chance, const std::vector<Uuid>& among) {
    const double at = std::pow(chance.unit(), 2.5) * static_cast<double>(among.size());
    return among[static_cast<std::size_t>(at)];
}

Opening opening(const Class& of, const Student& student, Chance& chance, std::int64_t at_us) {
    auto pick = chance.upto(100);
    const auto* kind = kinds;
    while (pick >= kind->second)
        pick -= (kind++)->second;
    Opening out{.tenant = of.tenant,
                .user = student.id,
                .id = chance.uuid(at_us / 1000),
                .kind = activity::facts_of(kind->first).name,
                .page = {},
                .occurred_us = at_us / 1000 * 1000};
    switch (activity::facts_of(kind->first).subject) {
    case activity::Subject::none:
        out.page = pages[chance.upto(std::size(pages))];
        return out;
    case activity::Subject::section:
        out.subject = of.section;
        break;
    case activity::Subject::assignment: { // the one that is due next, mostly
        auto next = std::ranges::find_if(of.tasks, [&](const Task& t) { return t.due_us > at_us; });
        if (next == of.tasks.end() || chance.happens(0.25))
            next = of.tasks.begin() + chance.upto(static_cast<std::int64_t>(of.tasks.size()));
        out.subject = next->id;
        break;
    }
    case activity::Subject::material:
        out.subject = favourite(chance, of.materials);
        break;
    case activity::Subject::announcement:
        out.subject = favourite(chance, of.announcements);
        break;
    }
    out.section = of.section;
    return out;
}

/// One student's day: sittings of a dozen clicks, told to the server half a minute later, or days
/// later by who was without a network.
void live_a_day(const Class& of, const Student& student, std::int64_t midnight_us, double mean,
                Chance& chance, std::int64_t until_us, Week& into) {
    // Rarely, and then much: with m expected, somebody comes in m of m + 6 cases and clicks m + 6
    // times.
    if (!chance.happens(mean / (mean + clicks_of_a_day)))
        return;
    const auto clicks =
        1 + static_cast<std::int64_t>(chance.exponential(mean + clicks_of_a_day - 0.5));
    std::int64_t at = 0, sent = 0;
    for (std::int64_t n = 0; n < clicks; ++n) {
        if (n % 12 == 0) {
            at = midnight_us + time_of_day(chance);
            sent = chance.happens(0.02) ? chance.upto(3 * day_us) : 0;
        } else {
            at += static_cast<std::int64_t>(chance.exponential(40) * second_us);
        }
        Opening one = opening(of, student, chance, at);
        one.received_us = one.occurred_us + (chance.upto(30'000) + 50) * 1000 + sent;
        if (one.received_us < until_us)
            into.openings.push_back(one);
    }
    if (chance.happens(0.5) && at < until_us)
        into.sign_ins.push_back({of.tenant, chance.uuid(at / 1000), student.id, at});
}

} // namespace

void live(const Schools& schools, const Plan& plan, const std::function<void(Week&)>& each) {
    struct Planned {
        std::vector<double> rhythm;
        std::vector<Ways> ways;
    };
    std::vector<Planned> planned;
    double all = 0;
    std::int32_t first = 1'000'000, last = 0;
    const auto today = static_cast<std::int32_t>(plan.until_us / day_us) + 1;
    for (const Class& of : schools.classes) {
        Planned& made = planned.emplace_back(rhythm_of(of));
        for (const Student& student : of.students) {
            const Ways& ways = made.ways.emplace_back(ways_of(of, student, plan.seed));
            for (std::int32_t day = ways.begins; day < std::min(ways.ends, today); ++day)
                all += ways.weight * made.rhythm[static_cast<std::size_t>(day - of.begins)];
        }
        first = std::min(first, of.begins), last = std::max(last, std::min(of.ends, today));
    }
    ENSURE(all > 0, "nobody has anything to do before that moment");
    const double scale = static_cast<double>(plan.activities) / all;
    Week week;
    for (std::int32_t monday = first - (first + 3) % 7; monday < last; monday += 7) {
        week.openings.clear(), week.sign_ins.clear();
        for (std::size_t c = 0; c < schools.classes.size(); ++c) {
            const Class& of = schools.classes[c];
            const Zone& zone = schools.zones[of.zone];
            for (std::size_t s = 0; s < of.students.size(); ++s) {
                const Ways& ways = planned[c].ways[s];
                Chance chance({plan.seed, of.number, of.students[s].number,
                               static_cast<std::uint64_t>(monday)});
                for (std::int32_t day = std::max(monday, ways.begins);
                     day < std::min({monday + 7, ways.ends, today}); ++day)
                    live_a_day(of, of.students[s], zone.at(day),
                               scale * ways.weight *
                                   planned[c].rhythm[static_cast<std::size_t>(day - of.begins)],
                               chance, plan.until_us, week);
            }
        }
        std::ranges::sort(week.openings, {}, &Opening::received_us);
        std::ranges::sort(week.sign_ins, {}, &SignIn::at_us);
        each(week);
    }
}

Work work(const Schools& schools, const Plan& plan) {
    Work out;
    for (const Class& of : schools.classes)
        for (const Student& student : of.students) {
            const Ways ways = ways_of(of, student, plan.seed);
            for (const Task& task : of.tasks) {
                Chance chance(
                    {plan.seed, of.number, student.number, task.number, number_of("work")});
                const std::int32_t due_day = static_cast<std::int32_t>(task.due_us / day_us);
                if (due_day < ways.begins || due_day >= student.ends)
                    continue;
                std::int64_t due = task.due_us;
                if (chance.happens(0.02)) {
                    due += (1 + chance.upto(10)) * day_us;
                    const std::int64_t given = task.due_us - (1 + chance.upto(5)) * day_us;
                    if (given < plan.until_us)
                        out.longer.push_back({of.tenant, chance.uuid(given / 1000), task.id,
                                              student.id, of.teacher, due, given});
                }
                const double chance_of_it = 1 / (1 + std::exp(-1.8 - 1.2 * ways.diligence));
                if (due_day >= ways.ends || !chance.happens(chance_of_it))
                    continue;
                // Late: within three days behind; else the more the nearer the end is.
                const bool late = chance.happens(0.08 * std::exp(-0.4 * ways.diligence));
                std::int64_t at =
                    late ? due + chance.upto(3 * day_us)
                         : due - 1 - static_cast<std::int64_t>(chance.exponential(30) * hour_us);
                at = at / 1000 * 1000;
                Uuid last{};
                const int attempts = chance.happens(0.15) ? 2 : 1;
                for (int n = 0; n < attempts && at < plan.until_us;
                     ++n, at += 10 * 60 * second_us) {
                    const bool refused = chance.happens(0.005);
                    HandIn made{of.tenant, chance.uuid(at / 1000),    task.id, student.id, at,
                                at >= due, refused ? "too_large" : ""};
                    if (!refused)
                        last = made.id;
                    out.hand_ins.push_back(made);
                }
                const double share =
                    std::clamp(0.72 + 0.14 * ways.diligence + 0.1 * chance.normal(), 0.0, 1.0);
                const auto points = static_cast<std::int64_t>(share * 100) * 100;
                std::int64_t told = due + (7 + chance.upto(7)) * day_us;
                if (last == Uuid{} || !chance.happens(0.97) || told >= plan.until_us)
                    continue;
                out.gradings.push_back(
                    {of.tenant, task.id, student.id, last, of.teacher, 1, points, told});
                told += 4 * day_us;
                if (chance.happens(0.03) && told < plan.until_us)
                    out.gradings.push_back({of.tenant, task.id, student.id, last, of.teacher, 2,
                                            std::min(points + 500, points_max), told});
            }
        }
    std::ranges::sort(out.hand_ins, {}, &HandIn::received_us);
    std::ranges::sort(out.longer, {}, &Longer::given_us);
    std::ranges::sort(out.gradings, {}, &Grading::released_us);
    return out;
}

} // namespace bw::year
