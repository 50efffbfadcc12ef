// Assignments: what students hand in to, made from the roster's line items, moved by teachers.
// Reads and writes under the caller's transaction or scope; who may do what is decided in
// routes.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "submissions/rules.hpp"
#include "tenancy/database.hpp"

namespace bw::submissions {

constexpr std::size_t title_bytes_limit = 200, instructions_bytes_limit = 64 * 1024;

struct LatestSubmission {
    SubmissionId id;
    std::string state; // recorded, refused
    Instant received_at;
    bool late = false;
};

struct Assignment {
    AssignmentId id;
    std::string title;
    SectionId section;
    std::string section_title;
    Rules rules; // its own
    std::int64_t version = 1;
    bool active = true;            // false: withdrawn, or taken away by the roster
    std::string instructions = {}; // plain text; not read with lists
    // Of the caller as a student of its section; teachers see what is everybody's.
    std::optional<ExtensionTerms> granted = {};         // alone or with the whole section
    std::optional<std::int64_t> attempts_recorded = {}; // told where attempts are limited
    std::optional<LatestSubmission> latest = {};        // as far as it is recorded
};

/// Makes and updates assignments from all line items of the tenant; `zone` says where their local
/// days end. Returns how many changed. A due instant or a title that a teacher set stays.
Result<std::int64_t> assignments_from_line_items(tenancy::TenantTx& tx, const std::string& zone);

/// Sets the due instant of all assignments whose title ends so, and gives them instructions where
/// they have none; for provisioning (demo).
Result<std::int64_t> set_due_by_title(tenancy::TenantTx& tx, const std::string& title_end,
                                      Instant due_at, const std::string& instructions = "");

struct AssignmentPage {
    std::vector<Assignment> items;
    std::optional<std::pair<Instant, AssignmentId>> next; // continue after this one
};
enum class Listed : bool { withdrawn, active };
/// Of the sections in which the user is active (for those that are withdrawn: teaches), by due
/// instant.
Result<AssignmentPage> list_assignments(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, UserId user,
                                        Listed listed, Instant due_from,
                                        std::optional<std::pair<Instant, AssignmentId>> after,
                                        int limit, Deadline deadline);
/// The first page of those that stand.
Result<AssignmentPage> list_assignments(tenancy::TenantTx& tx, UserId user, Instant due_from,
                                        int limit);

struct SeenAssignment {
    Assignment assignment;
    bool teaches = false, attends = false; // the caller's roles in its section
    bool identities_hidden = false;        // marked anonymously: not even teachers know who is who
};
Result<std::optional<SeenAssignment>> get_assignment(tenancy::Database& database,
                                                     const tenancy::TenantScope& scope,
                                                     AssignmentId assignment, UserId user,
                                                     Deadline deadline);

/// UUIDv8 over tenant, who makes it, section and key: a retry makes the same one.
AssignmentId derive_assignment_id(const tenancy::TenantScope& scope, UserId by, SectionId section,
                                  std::string_view idempotency_key);

enum class Making : std::uint8_t { made, was_there, was_made_otherwise, no_section };
enum class Where : bool { sections_taught, anywhere };
/// With title, instructions and rules. One of its id that is there already stays as it is: made
/// from the same request (`made_from`), or otherwise. no_section: there is none, or `by` does not
/// teach it.
Result<Making> make_assignment(tenancy::TenantTx& tx, const Assignment& assignment,
                               const Sha256& made_from, UserId by, Where where);

/// Title, instructions and rules of `after`. The new version; precondition_failed if `version` has
/// moved on, conflict if the kind would change although something was handed in.
Result<std::int64_t> change_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                       const Assignment& after, std::int64_t version);

/// It is no longer listed, and what is received from `now` on is refused; what was handed in stays.
/// The new version; precondition_failed if `version` has moved on, conflict if it is withdrawn.
Result<std::int64_t> withdraw_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                         std::int64_t version, Instant now);
/// The same; conflict if nobody withdrew it, or the roster has taken it away.
Result<std::int64_t> restore_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                        std::int64_t version);

struct ExtensionKind {
    static constexpr const char* prefix = "ext";
};
using ExtensionId = Id<ExtensionKind>;

/// Changing one makes another in its place, so its id is its version too.
struct Extension {
    ExtensionId id;
    std::optional<UserId> user; // nullopt: the whole section
    ExtensionTerms terms;
    std::string reason;
    std::optional<UserId> given_by; // nullopt: the platform, for an outage
    Instant given_at;
    std::optional<OutageId> outage = {};
};
/// Those that stand, the section's first.
Result<std::vector<Extension>> list_extensions(tenancy::Database& database,
                                               const tenancy::TenantScope& scope,
                                               AssignmentId assignment, Deadline deadline);
/// The one of this user, or of the whole section.
Result<std::optional<Extension>> get_extension(tenancy::Database& database,
                                               const tenancy::TenantScope& scope,
                                               AssignmentId assignment, std::optional<UserId> user,
                                               Deadline deadline);
/// Instead of `seen`, which the caller saw standing for the same user or section (nullopt: saw
/// none); when it was given. precondition_failed if another stands by now, precondition_required if
/// one stands and none was seen, not_found if the user is no student of the section.
Result<Instant> give_extension(tenancy::Database& database, const tenancy::TenantScope& scope,
                               AssignmentId assignment, const Extension& extension,
                               std::optional<ExtensionId> seen, Deadline deadline);
/// not_found if none stands, precondition_failed if another one does. What was recorded under it
/// stays so.
Result<void> revoke_extension(tenancy::Database& database, const tenancy::TenantScope& scope,
                              AssignmentId assignment, std::optional<UserId> user, UserId by,
                              ExtensionId seen, Deadline deadline);

/// The rules in columns `column` and the eight behind it: kind, questions, opens_at,
/// late_seconds_limit, content_bytes_limit, attempts_limit, files_limit, file_bytes_limit,
/// upload_grace_seconds.
Rules read_rules(const pg::Rows& rows, int row, int column, Instant due_at);
/// In columns `column` and the next; nullopt if there is none.
std::optional<ExtensionTerms> read_extension_terms(const pg::Rows& rows, int row, int column);

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
