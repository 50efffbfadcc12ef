// Bells out of a timetable: when lessons begin, and how many students are expected at each. The
// caller owns the transaction.
#pragma once

#include <vector>

#include "forecast/school.hpp"
#include "tenancy/database.hpp"
#include "timetable/plan.hpp"

namespace bw::forecast {

/// Of the lessons that begin in [from, until), in order; those without students are none.
Result<std::vector<Bell>> lesson_bells(tenancy::TenantTx& tx, const timetable::Plan& plan,
                                       Instant from, Instant until);

/// Without those at whose moment a lesson begins, with students or not: the timetable's own bells
/// stand among those of the directory.
std::vector<Bell> not_of_lessons(std::vector<Bell> bells, const timetable::Plan& plan, Instant from,
                                 Instant until);

/// Both in order; of two at one moment the first list's. `declared` of no known size (people 0)
/// stay so.
std::vector<Bell> with_declared(std::vector<Bell> lessons, const std::vector<Bell>& declared);

} // namespace bw::forecast
