#include "submissions/section_assignments.hpp"

#include "submissions/section_sql.hpp"

namespace bw::submissions {

tenancy::Step due_in_section_step(SectionId section, UserId user, int limit) {
    tenancy::Step step{sql::due_in_section, {}};
    step.params.id(section).id(user).int8(limit);
    return step;
}

std::vector<DueAssignment> read_due(const pg::Rows& rows) {
    std::vector<DueAssignment> out;
    for (int row = rows.count() - 1; row >= 0; --row)
        out.push_back({.id = rows.id<AssignmentId>(row, 0),
                       .title = std::string(rows.text(row, 1)),
                       .kind = std::string(rows.text(row, 2)),
                       .due_at = rows.instant(row, 3),
                       .opens_at = rows.is_null(row, 4) ? std::nullopt
                                                        : std::optional(rows.instant(row, 4))});
    return out;
}

} // namespace bw::submissions
