// What is due in one section, as a student of it, or its teachers, see it: for the section's page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "tenancy/database.hpp"

namespace bw::submissions {

struct DueAssignment {
    AssignmentId id;
    std::string title, kind;
    Instant due_at; // the student's own, with what was granted
    std::optional<Instant> opens_at;
};
/// By due instant, the newest `limit` of them.
tenancy::Step due_in_section_step(SectionId section, UserId user, int limit);
std::vector<DueAssignment> read_due(const pg::Rows& rows);

} // namespace bw::submissions
