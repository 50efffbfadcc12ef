// What a due instant collides with: the same students' other due instants, and the hours that are
// busy anyway; and the calmer slot nearby. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "forecast/forecast.hpp"

namespace bw::forecast {

struct DeadlineRules {
    Duration collides_within = 3h;
    Duration look_around = 24h, step = 30min;                  // for the calmer slot
    timetable::Minute day_begins = 7 * 60, day_ends = 22 * 60; // wall time of a slot
    double better_by = 0.2;  // of what a collision with everybody at the same moment costs
    double hour_away = 0.01; // costs a slot that it is an hour off
};

struct OtherDue {
    AssignmentId assignment;
    Instant at;
    std::uint32_t students = 0; // of those asked about, who have this one too
};

struct DeadlineQuestion {
    timetable::Zone zone;
    Instant due, not_before; // no slot is offered before the second
    std::uint32_t students = 0;
    std::vector<OtherDue> others = {};
};

/// What the institution's forecast says of the minutes around an instant.
struct Busy {
    Instant at;                 // the busiest of them
    double expected = 0;        // sign-ins, reads, submissions and joins in it
    double of_peak = 0;         // over those of the whole forecast's busiest minute
    Basis basis = Basis::prior; // the weakest that it rests on
};

struct DeadlineLoad {
    std::vector<OtherDue> collisions; // nearest first
    std::optional<Busy> busy;         // nullopt: unknown, or further away than the forecast reaches
    struct Slot {
        Instant at;
        std::uint32_t colliding_students = 0; // the most of any one collision
        std::optional<Busy> busy;
    };
    std::optional<Slot> calmer; // nullopt: none nearby is clearly calmer
};

/// `forecast` null: there is none.
DeadlineLoad deadline_load(const DeadlineQuestion& question, const Forecast* forecast,
                           const DeadlineRules& rules = {});

} // namespace bw::forecast
