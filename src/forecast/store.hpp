// What the forecast keeps in the database and asks of it, for one institution. The caller owns the
// transaction.
#pragma once

#include <optional>
#include <vector>

#include "forecast/deadline_load.hpp"
#include "forecast/learn.hpp"
#include "forecast/load_counter.hpp"
#include "forecast/score.hpp"
#include "tenancy/database.hpp"

namespace bw::forecast {

struct StoreRules {
    Duration late_counts = 5min; // a day is over when so much later those counts are in too
    std::int64_t due_instants_limit = 5'000, submitters_limit = 100'000, others_limit = 2'000;
    std::int64_t scored_days = 14; // that a score is of
    Duration minutes_kept = 35 * 24h, days_kept = 400 * 24h;
};

/// A day that is over.
struct ScoredDay {
    Instant begins;
    PerKind<Errors> errors = {};
};

/// What counts say of an institution now.
struct Counts {
    std::uint32_t people = 0;
    bool providers = false;
    std::vector<Due> dues;
    std::optional<Learned> learned;     // newer than what is known already
    std::vector<ScoredDay> scored = {}; // the last ones, the latest first
};
/// `known_until`: of what was learnt already. What was learnt by another model is none.
Result<Counts> read_counts(tenancy::TenantTx& tx, Instant now, Instant known_until,
                           const StoreRules& rules = {});

/// Adds to what is there. As a step, so that many institutions' go together.
tenancy::Step add_minutes_step(std::span<const MinuteLoad> loads);

/// Says what is known today, and which of the day's minutes this process counted. The first to say
/// it makes the day's forecast.
Result<void> keep_day(tenancy::TenantTx& tx, const Window& day, Instant now, const School& school,
                      const std::vector<bool>& counted);
/// What was known last of the day; nullopt: nobody has said anything. What does not read is none.
Result<std::optional<School>> latest_of(tenancy::TenantTx& tx, const Window& day);

/// How a day's forecast was made, and which of its minutes some process counted.
struct DayUnderWay {
    Instant made_at;
    School school;
    std::vector<bool> counted;
};
/// nullopt: nobody forecast it by this model.
Result<std::optional<DayUnderWay>> day_under_way(tenancy::TenantTx& tx, const Window& day);

/// What came from then on, but for jobs.
tenancy::Step came_step(Instant from, Instant until);
std::vector<MinuteLoad> came_in(const pg::Rows& rows, TenantId tenant);

/// Scores and learns the first day that is over and not scored; false: there is none. Old counts
/// go. `learned` is what had been learnt before, by what the database has if that is more.
Result<bool> close_day(tenancy::TenantTx& tx, Instant now, Learned& learned,
                       const StoreRules& rules = {});

/// Of a section's students: how many, and their other due instants; `moved` does not count.
struct Beside {
    std::uint32_t students = 0;
    std::vector<OtherDue> others;
};
Result<Beside> due_beside(tenancy::TenantTx& tx, SectionId section, Instant from, Instant until,
                          std::optional<AssignmentId> moved, const StoreRules& rules = {});

} // namespace bw::forecast
