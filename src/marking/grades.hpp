// Saving marks, and grades: results that were released to students, each entry for good. In the
// caller's transaction; who may do what is the routes' to decide.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "marking/works.hpp"

namespace bw::marking {

struct MarkEdit {
    MarkContent content = {};
    bool done = false;
    std::optional<std::int64_t> seen = {}; // the version that the marker saw; nullopt: none
};
/// The mark as it is saved, or what stands instead of what the marker saw, and why it stays: so
/// that nobody's feedback is lost.
struct Saved {
    Mark mark;
    std::optional<Error> stays = {}; // precondition_required, precondition_failed
};
/// The marker's own mark, or the agreed one. precondition_failed if `seen` names a mark where there
/// is none; conflict if this marker has no mark here (slot_for), or nothing is to be agreed on;
/// invalid_field.
Result<Saved> save_mark(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                        AssignmentId assignment, UserId user, UserId marker, const MarkEdit& edit,
                        Instant now);
Result<Saved> save_agreed_mark(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                               AssignmentId assignment, UserId user, UserId moderator,
                               const MarkEdit& edit, Instant now);

struct Release {
    std::optional<std::vector<WorkId>> works = {}; // nullopt: all that are ready
    std::string reason = {};                       // why what was released before is changed
    UserId by = {};
    Instant now = {};
};
struct ReleaseOutcome {
    std::vector<UserId> released = {};
    std::size_t unchanged = 0, not_ready = 0;
    bool identities_opened = false; // everybody has a grade now
};
/// All or nothing. Results that the student has already are left as they are. not_found (a work),
/// conflict (a named one is not ready), invalid_field (`/reason` is missing).
Result<ReleaseOutcome> release(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                               AssignmentId assignment, const Release& what);

struct Grade {
    std::int64_t number = 0;
    Points points = {};
    Instant released_at = {};
    std::int64_t scheme_version = 0;
    MarkContent content = {};
    std::optional<std::string> reason = {};
    UserId released_by = {};
};
/// The newest first.
Result<std::vector<Grade>> grades_of(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                                     std::int64_t limit);

/// What a student is told of one assignment, in short.
struct LatestGrade {
    AssignmentId assignment;
    std::string title, section_title;
    std::int64_t number = 0;
    Points points = {}, points_max = {};
    Instant released_at = {};
};
/// The newest of each assignment, the latest release first, behind `after`.
Result<std::vector<LatestGrade>>
latest_grades(tenancy::TenantTx& tx, UserId user,
              std::optional<std::pair<Instant, AssignmentId>> after, std::int64_t limit);

/// What is kept of whoever is erased: marks, grades and requests about their work.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user);

} // namespace bw::marking
