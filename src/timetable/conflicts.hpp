// Who or what would have to be in two places at once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "timetable/occurrences.hpp"

namespace bw::timetable {

/// Sections that share students; its name is its own.
struct StudentGroup {
    std::string name;
    std::vector<SectionId> sections;
};

struct Conflict {
    enum class Kind : std::uint8_t { teacher, room, section, group };
    Kind kind;
    std::uint32_t first, second; // lessons, by their places
    std::string what;            // the teacher's, section's id, the room's or group's name
    Instant at;                  // the first time
    std::size_t times = 1;

    bool operator==(const Conflict&) const = default;
};

struct Conflicts {
    std::vector<Conflict> list; // by their first times
    bool more = false;          // there were more than the limit
};

/// Among the occurrences that begin in [from, until). A pair of lessons is one conflict however
/// often it collides.
Conflicts conflicts(const Plan& plan, Instant from, Instant until,
                    std::span<const StudentGroup> groups = {}, std::size_t limit = 100);

} // namespace bw::timetable
