// Sections as those who are in them, and administrators, see them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "roster/users.hpp"
#include "tenancy/database.hpp"

namespace bw::institution {

struct SectionLine {
    SectionId id;
    std::string title, class_code, course;
    bool teaches = false, attends = false; // the caller does
};
/// Those that somebody is in today, by title; 500 at most.
Result<std::vector<SectionLine>> own_sections(tenancy::TenantTx& tx, UserId user, Instant now);
/// All that are active, by title, with what `user` is in each.
Result<std::vector<SectionLine>> active_sections(tenancy::TenantTx& tx, UserId user,
                                                 std::optional<SectionId> after, int limit,
                                                 Instant now);

struct Term {
    std::string title, begin_date, end_date; // "2026-09-01"; the end is exclusive
};
struct SectionDetails {
    std::string title, class_code, location, course, school;
    bool active = false;
    std::int64_t teachers = 0, students = 0; // today's
    std::vector<Term> terms;
};
Result<std::optional<SectionDetails>> section_details(tenancy::TenantTx& tx, SectionId section,
                                                      Instant now);

struct Member {
    UserId id;
    std::string username, given_name, family_name;
    bool teaches = false, attends = false;
};
/// Who is in it today, by name.
Result<std::vector<Member>> members(tenancy::TenantTx& tx, SectionId section, bool teachers_alone,
                                    std::optional<UserId> after, int limit, Instant now);

} // namespace bw::institution
