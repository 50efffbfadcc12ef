// Assignments: what students hand in to, made from the roster's line items, moved by teachers.
// Reads and writes under the caller's transaction or scope; who may do what is decided in
// routes.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "tenancy/database.hpp"

namespace bw::submissions {

struct Assignment {
    AssignmentId id;
    std::string title;
    SectionId section;
    std::string section_title;
    Instant due_at;
    std::int64_t version = 1;
};

/// Makes and updates assignments from all line items of the tenant; `zone` says where their local
/// days end. Returns how many changed. A due instant that a teacher set stays.
Result<std::int64_t> assignments_from_line_items(tenancy::TenantTx& tx, const std::string& zone);

/// Sets the due instant of all assignments whose title ends so; for provisioning (demo).
Result<std::int64_t> set_due_by_title(tenancy::TenantTx& tx, const std::string& title_end,
                                      Instant due_at);

struct AssignmentPage {
    std::vector<Assignment> items;
    std::optional<std::pair<Instant, AssignmentId>> next; // continue after this one
};
/// Of the sections in which the user is active, by due instant.
Result<AssignmentPage> list_assignments(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, UserId user,
                                        Instant due_from,
                                        std::optional<std::pair<Instant, AssignmentId>> after,
                                        int limit, Deadline deadline);

struct SeenAssignment {
    Assignment assignment;
    bool teaches = false, attends = false; // the caller's roles in its section
};
Result<std::optional<SeenAssignment>> get_assignment(tenancy::Database& database,
                                                     const tenancy::TenantScope& scope,
                                                     AssignmentId assignment, UserId user,
                                                     Deadline deadline);

/// precondition_failed if the version has moved on.
Result<std::int64_t> set_due(tenancy::Database& database, const tenancy::TenantScope& scope,
                             AssignmentId assignment, Instant due_at, std::int64_t version,
                             Deadline deadline);

/// Who could hand in what, for a load scenario: one assignment for each enrolled student, and a
/// teacher for each assignment.
struct Seat {
    UserId user;
    AssignmentId assignment;
};
Result<std::vector<Seat>> storm_seats(tenancy::TenantTx& tx);
Result<std::vector<Seat>> storm_staff(tenancy::TenantTx& tx,
                                      const std::vector<AssignmentId>& assignments);

} // namespace bw::submissions
