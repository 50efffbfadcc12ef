#include "timetable/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <tuple>
#include <unordered_map>

#include "timetable/csv_form.hpp"

namespace bw::timetable {

namespace {

using std::chrono::days;

constexpr std::size_t periods = 7, week_days = 5, slots = periods * week_days;
using Slots = std::uint64_t; // a bit for each slot of a week

constexpr Slots slot(std::size_t at) {
    return Slots{1} << at;
}

BellSchedule schedule(const char* name, Minute first, Minute length) {
    BellSchedule out{name, {}};
    Minute at = first;
    for (std::size_t i = 0; i < periods; ++i) {
        out.periods.push_back({fmt::format("P{}", i + 1), at, static_cast<Minute>(at + length)});
        at = static_cast<Minute>(at + length + (i == 1 ? 20 : i == 4 ? 40 : 5)); // break, lunch
    }
    return out;
}

/// A week off in the middle of each term that is long enough, and a short day before it.
void add_exceptions(Timetable& timetable) {
    std::map<Date, Exception> out;
    for (const Term& term : timetable.terms) {
        if (term.ends - term.begins < days(60))
            continue;
        const Date middle = term.begins + (term.ends - term.begins) / 2;
        const Date monday = middle - days(std::chrono::weekday(middle).iso_encoding() - 1);
        for (int i = 0; i < 5; ++i)
            out.insert_or_assign(monday + days(i),
                                 Exception{.date = monday + days(i), .note = "half term"});
        out.try_emplace(monday - days(3), Exception{.date = monday - days(3),
                                                    .kind = Exception::Kind::half_day,
                                                    .schedule = "short"});
    }
    for (auto& [date, exception] : out)
        timetable.exceptions.push_back(std::move(exception));
}

/// Who is busy when, in each term; terms that overlap are one time.
template <class Key>
class Busy {
public:
    explicit Busy(const std::vector<Term>& terms) : terms_(terms) {}
    Slots of(const Key& key, std::size_t term) const {
        const auto found = busy_.find(key);
        if (found == busy_.end())
            return 0;
        Slots out = 0;
        for (std::size_t i = 0; i < terms_.size(); ++i)
            if (terms_[i].begins <= terms_[term].ends && terms_[term].begins <= terms_[i].ends)
                out |= found->second[i];
        return out;
    }
    void add(const Key& key, std::size_t term, Slots more) {
        auto& all = busy_[key];
        all.resize(terms_.size());
        all[term] |= more;
    }

private:
    const std::vector<Term>& terms_;
    std::unordered_map<Key, std::vector<Slots>> busy_;
};

class Placing {
public:
    Placing(const GeneratorOptions& options, Rng& rng)
        : options_(options), rng_(rng), people_(options.terms), rooms_(options.terms) {}

    void place(const SectionToPlace& section, Generated& out) {
        const auto named = std::ranges::find(options_.terms, section.term, &Term::name);
        if (named == options_.terms.end()) {
            out.unplaced += options_.lessons_a_week;
            return;
        }
        const auto term = static_cast<std::size_t>(named - options_.terms.begin());
        const Slots teaching = section.teacher ? people_.of(*section.teacher, term) : 0;
        std::array<std::uint32_t, slots> clashes{};
        for (const UserId student : section.students)
            for (Slots busy = people_.of(student, term); busy != 0; busy &= busy - 1)
                ++clashes[static_cast<std::size_t>(std::countr_zero(busy))];
        Slots taken = 0;
        for (std::size_t i = 0; i < options_.lessons_a_week; ++i) {
            const auto best = choose(teaching | taken, taken, clashes);
            if (!best) {
                ++out.unplaced;
                continue;
            }
            taken |= slot(*best);
            out.clashes += clashes[*best];
            out.timetable.lessons.push_back(lesson(section, term, *best));
        }
        if (section.teacher)
            people_.add(*section.teacher, term, taken);
        for (const UserId student : section.students)
            people_.add(student, term, taken);
    }

private:
    /// The free slot with the fewest clashes, on a day without a lesson of this section if one is
    /// as good; chance picks among equals.
    std::optional<std::size_t> choose(Slots busy, Slots taken,
                                      const std::array<std::uint32_t, slots>& clashes) {
        std::optional<std::size_t> best;
        std::tuple<std::uint32_t, bool, std::uint64_t> best_cost;
        for (std::size_t at = 0; at < slots; ++at) {
            const std::uint64_t chance = rng_.u64();
            if ((busy & slot(at)) != 0)
                continue;
            const Slots day = ((Slots{1} << periods) - 1) << (at / periods * periods);
            const std::tuple cost(clashes[at], (taken & day) != 0, chance);
            if (!best || cost < best_cost) {
                best = at;
                best_cost = cost;
            }
        }
        return best;
    }

    Lesson lesson(const SectionToPlace& section, std::size_t term, std::size_t at) {
        std::size_t& room = first_room_[{term, at}]; // those that are busy stay so
        while ((rooms_.of(room, term) & slot(at)) != 0)
            ++room;
        rooms_.add(room, term, slot(at));
        Lesson out{.section = section.section,
                   .period = fmt::format("P{}", at % periods + 1),
                   .days = static_cast<std::uint8_t>(1 << at / periods),
                   .room = fmt::format("Room {}", room + 1),
                   .teacher = section.teacher,
                   .term = section.term};
        out.id = lesson_id_of(out);
        return out;
    }

    const GeneratorOptions& options_;
    Rng& rng_;
    Busy<UserId> people_;
    Busy<std::size_t> rooms_;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> first_room_; // by term and slot
};

} // namespace

Generated generate(const std::vector<SectionToPlace>& sections, const GeneratorOptions& options,
                   Rng& rng) {
    Generated out;
    out.timetable.zone = options.zone;
    out.timetable.terms = options.terms;
    const auto first = static_cast<Minute>(500 + rng.u64() % 9 * 5); // 08:20 to 09:00
    out.timetable.schedules = {schedule("full", first, 50), schedule("short", first, 25)};
    for (std::size_t i = 0; i < week_days; ++i)
        out.timetable.week[i] = "full";
    add_exceptions(out.timetable);
    Placing placing(options, rng);
    for (const SectionToPlace& section : sections)
        placing.place(section, out);
    return out;
}

} // namespace bw::timetable
