// A plausible timetable for an institution whose roster carries no times (OneRoster has none): for
// demos, tests and storms, and to start from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "timetable/timetable.hpp"

namespace bw::timetable {

struct SectionToPlace {
    SectionId section;
    std::optional<UserId> teacher = {};
    std::vector<UserId> students = {};
    std::string term; // its name
};

struct GeneratorOptions {
    std::string zone = "Europe/London";
    std::vector<Term> terms;
    std::size_t lessons_a_week = 4; // of a section, on different days as far as there are
};

struct Generated {
    Timetable timetable;
    std::size_t unplaced = 0; // lessons for which a teacher had no free period
    std::size_t clashes = 0;  // students who would be in two places at once, one for each lesson
};

/// Seven periods from Monday to Friday, a short day before each holiday of a week in a term's
/// middle. No teacher and no room is in two places; where students' choices cannot all be kept
/// apart, as few as possible clash. The same input and seed give the same timetable. `rng` shifts
/// the first bell and picks among equal slots.
Generated generate(const std::vector<SectionToPlace>& sections, const GeneratorOptions& options,
                   Rng& rng);

} // namespace bw::timetable
