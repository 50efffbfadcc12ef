// Live lessons, classes and removals in the database.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "live/live_class.hpp"
#include "tenancy/database.hpp"
#include "timetable/plan.hpp"

namespace bw::live {

// ---- which lessons are live ----

Result<std::optional<LiveLesson>> live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson);
/// The version that it has afterwards. `seen` nullopt: it is not live yet, else conflict, unless it
/// says the same already. precondition_failed: it is another version. not_found: the timetable does
/// not have the lesson.
Result<std::int64_t> put_live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson,
                                     std::optional<std::int64_t> seen, Rights students_may,
                                     Instant now);
/// precondition_failed: it is another version, or not live.
Result<void> end_live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson, std::int64_t seen);

// ---- classes ----

tenancy::Step classes_step(std::span<const LiveClassId> ids);
std::vector<LiveClass> read_classes(const pg::Rows& rows);
Result<std::optional<LiveClass>> class_by_id(tenancy::TenantTx& tx, LiveClassId id);
/// The first `limit` of what somebody attends or teaches, that begin in [from, until). Without
/// ingests.
Result<std::vector<LiveClass>> classes_of(tenancy::TenantTx& tx, UserId user, Instant now,
                                          Instant from, Instant until, std::int64_t limit);

/// So many classes of an institution are followed, the first ones of a day and a half; what is
/// beyond waits.
constexpr std::size_t followed_limit = 5'000;
struct Followed {
    bool cut = false; // there are more: those stay as they are
};
/// Writes down the classes that begin in [from, until) as the plan has them now, and cancels those
/// that do not follow from it any more. `epoch`: the leader's; another's changes nothing.
Result<Followed> follow_timetable(tenancy::TenantTx& tx, const timetable::Plan& plan, Instant from,
                                  Instant until, std::int64_t epoch,
                                  std::size_t limit = followed_limit);

/// Of a batch: takes `of` from its version to what it is now. No row: it has changed meanwhile, or
/// somebody else leads.
tenancy::Step step_of(const LiveClass& of, const Progress& now, std::int64_t epoch);

// ---- who is put out ----

tenancy::Step removals_step(std::span<const LiveClassId> ids);
/// Idempotent; false: there is no such class or person.
Result<bool> remove_person(tenancy::TenantTx& tx, LiveClassId id, UserId user, Instant now);
Result<bool> let_back_in(tenancy::TenantTx& tx, LiveClassId id, UserId user);
/// Of somebody who is erased: that they were put out, and what they taught.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user);

// ---- who is of a class ----

tenancy::Step people_step(std::span<const SectionId> sections, Instant now);
/// Of these people alone.
tenancy::Step people_step(std::span<const SectionId> sections, Instant now,
                          const std::set<UserId>& people);

} // namespace bw::live
