// The plan of a storm: which students hand in to which assignments, and which teacher moves and
// lists each of them. Read from JSON lines that an operator command wrote; holds access tokens, so
// it is never printed.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace bw::storm {

/// One assignment, and the teacher who acts for it.
struct PlannedAssignment {
    AssignmentId id;
    TenantId tenant;
    std::string host;         // the tenant's, for the Host header
    std::string access_token; // the teacher's
};

struct PlannedStudent {
    UserId user;
    std::uint32_t assignment = 0; // index into Plan::assignments
    std::string host;
    std::string access_token;
};

struct Plan {
    std::vector<PlannedAssignment> assignments;
    std::vector<PlannedStudent> students;
};

constexpr std::size_t plan_lines_limit = 1'000'000;

/// One object a line:
/// {"kind":"student","host","tenant_id","user_id","assignment_id","access_token"} or
/// {"kind":"teacher",..} without a user_id; empty lines are skipped. Each assignment has exactly
/// one teacher line, anywhere in the file. Errors say `name`:line and never quote a token.
Result<Plan> read_plan(std::istream& in, const std::string& name);
Result<Plan> read_plan_file(const std::string& path);

} // namespace bw::storm
