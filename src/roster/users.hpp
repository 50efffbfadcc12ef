// Reading the roster: what other modules ask about users, enrollments and sections. Credentials are
// auth's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "roster/oneroster.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::roster {

struct User {
    UserId id;
    std::string username, given_name, family_name, email;
    /// In the roster, and enabled there. An inactive user may not sign in.
    bool active = false;
    /// Of the roles that the roster lists now; their dates are not judged.
    tenancy::Roles roles;
};

struct Section {
    SectionId id;
    std::string title, class_code;
    bool active = false;
};

/// A user's place in a section.
struct Enrollment {
    Section section;
    std::string role;    // OneRoster's: student, teacher, proctor, administrator
    bool active = false; // in the roster; the dates are the caller's to judge
    std::optional<Date> begin_date, end_date; // the end is exclusive
};

struct LineItem {
    Uuid id;
    SectionId section;
    std::string title, description;
    std::optional<Date> due_date;
    std::optional<Instant> due_at_given;
    std::optional<double> points_min, points_max;
    bool active = false;
};

/// What two spellings of a username share: "Ada" and "ada" are one user. ASCII letters alone lose
/// their case; everything else compares byte by byte.
std::string username_normal(std::string_view username);

/// OneRoster's role names, separated by single spaces, folded to what permissions need. Parents,
/// aides, proctors and the like fold to nothing.
tenancy::Roles roles_from_names(std::string_view names);
/// The names that fold to it.
std::span<const std::string> names_of(tenancy::Role role);

/// In any case. An inactive user has no username to find.
Result<std::optional<User>> user_by_username(tenancy::TenantTx& tx, std::string_view username);
Result<std::optional<User>> user_by_id(tenancy::TenantTx& tx, UserId user);
/// The same in one round trip.
Result<std::optional<User>> user_by_username(tenancy::Database& database,
                                             const tenancy::TenantScope& scope,
                                             std::string_view username, Deadline deadline);
Result<std::optional<User>> user_by_id(tenancy::Database& database,
                                       const tenancy::TenantScope& scope, UserId user,
                                       Deadline deadline);

/// All of a user, active or not, by section id.
Result<std::vector<Enrollment>> enrollments_of(tenancy::TenantTx& tx, UserId user);

/// By enrollments that have not ended: whoever may do something for a class or for a student.
Result<bool> teaches(tenancy::TenantTx& tx, UserId teacher, SectionId section, Instant now);
Result<bool> teaches(tenancy::TenantTx& tx, UserId teacher, UserId student, Instant now);

struct SectionPlace {
    std::string title; // the section's
    bool teaches = false, attends = false;
};
/// What somebody is in a section, by enrollments that have not ended; nullopt: there is none such.
Result<std::optional<SectionPlace>> place_in_section(tenancy::TenantTx& tx, UserId user,
                                                     SectionId section, Instant now);

/// By id, `limit` at a time: pass the last id to get the next page.
Result<std::vector<Section>> sections(tenancy::TenantTx& tx, std::optional<SectionId> after,
                                      std::int32_t limit);
Result<std::optional<Section>> section_by_id(tenancy::TenantTx& tx, SectionId section);

/// All of a section, active or not, by title.
Result<std::vector<LineItem>> line_items_of(tenancy::TenantTx& tx, SectionId section);

} // namespace bw::roster
