// A timetable in the database. It is read whole; what changes it does so under a lock, checked as a
// whole before anything is written: a timetable with a fault never stands there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tenancy/database.hpp"
#include "timetable/plan.hpp"

namespace bw::timetable {

struct Stored {
    std::int64_t version = 0;                       // 0: there is none yet
    Timetable timetable = {};                       // without any, its zone is empty
    std::vector<std::int64_t> lesson_versions = {}; // of each lesson
    Instant changed_at = {};
};

/// After a failover the same number may be given a second time: the instant tells the two apart.
struct Version {
    std::int64_t number = 0; // 0: there is no timetable
    Instant changed_at = {};

    bool operator==(const Version&) const = default;
};
Result<Version> version_of(tenancy::TenantTx& tx);
/// As it stood at one moment.
Result<Stored> read_timetable(tenancy::TenantTx& tx);
/// One lesson, its version, and the names of the rotation of which its bits are.
struct StoredLesson {
    Lesson lesson;
    std::int64_t version = 0;
    std::vector<std::string> rotation_names;
};
/// The next `limit` after that one, by their ids; of one section, or of all.
Result<std::vector<StoredLesson>> lessons_after(tenancy::TenantTx& tx, LessonId after,
                                                std::optional<SectionId> section,
                                                std::int64_t limit);
Result<std::optional<StoredLesson>> lesson_by_id(tenancy::TenantTx& tx, LessonId id);
/// For a change: until COMMIT no other transaction gets it.
Result<Stored> lock_timetable(tenancy::TenantTx& tx);

/// `after` as a plan, if it can stand in the place of `before`: Plan::make's errors; invalid_field
/// as there for sections and teachers that the roster does not have.
Result<Plan> check_timetable(tenancy::TenantTx& tx, const Stored& before, Timetable after);

/// Makes `before`, which is locked, into `after`; the plan of it. Lessons and changes that stay the
/// same are not written. check_timetable's errors; conflict: somebody else began one meanwhile.
Result<Plan> save_timetable(tenancy::TenantTx& tx, const Stored& before, Timetable after,
                            Instant now);

/// Their lessons stay, without a teacher; their calendars go.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now);

} // namespace bw::timetable
