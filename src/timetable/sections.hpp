// What the roster says about the sections and people of a timetable.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tenancy/database.hpp"
#include "timetable/conflicts.hpp"
#include "timetable/generator.hpp"
#include "timetable/occurrences.hpp"

namespace bw::timetable {

/// Of those sections of the occurrences that the roster still has.
Result<std::map<SectionId, std::string>> titles_of(tenancy::TenantTx& tx, const Plan& plan,
                                                   std::span<const Occurrence> occurrences);
/// Given and family name of who teaches them.
Result<std::map<UserId, std::string>> teachers_of(tenancy::TenantTx& tx, const Plan& plan,
                                                  std::span<const Occurrence> occurrences);

/// The sections that somebody attends or teaches today, and what they are taught by themselves.
Result<Person> person_of(tenancy::TenantTx& tx, UserId user, Instant now);

/// So many at most are shown of one person: four months of a full week are 700.
constexpr std::size_t occurrences_limit = 5'000;

/// The first occurrences_limit that begin in [from, until) of one person: of sections that they
/// attend; taught by them, or by nobody in particular in a section that they teach.
Result<std::vector<Occurrence>> occurrences_of(tenancy::TenantTx& tx, const Plan& plan, UserId user,
                                               Instant now, Instant from, Instant until,
                                               Cancelled cancelled = Cancelled::left_out);

/// Sets of sections with students in common, the most of them first.
Result<std::vector<StudentGroup>> student_groups(tenancy::TenantTx& tx, Instant now,
                                                 std::int64_t limit);

/// A timetable for all sections of the roster. Its zone is that of the one which is
/// there, its terms too, or else the roster's.
/// conflict: neither has terms.
Result<Generated> generated(tenancy::TenantTx& tx, GeneratorOptions options, const Timetable& there,
                            std::uint64_t seed, Instant now);

} // namespace bw::timetable
