// Attendance in the database: merged, read, forgotten. Merges commute, so nobody needs to be the
// only writer.
#pragma once

#include <optional>
#include <span>

#include "attendance/book.hpp"
#include "tenancy/database.hpp"

namespace bw::attendance {

/// Of one institution. `edges`: as in Heartbeat.
std::vector<tenancy::Step> merge_steps(std::span<const Book::Entry> entries,
                                       std::span<const std::string> edges);

struct Attended {
    UserId user;
    std::string name;
    Duration watched{};
    std::optional<Instant> first, last; // none: has not watched
};
/// Whoever attends the class's section, or watched it: the first `limit` after `after`; or one.
Result<std::vector<Attended>> attendance_of(tenancy::TenantTx& tx, live::LiveClassId id,
                                            std::optional<UserId> after, std::int64_t limit);
Result<std::vector<Attended>> attendance_of(tenancy::TenantTx& tx, live::LiveClassId id,
                                            UserId one);

/// Of classes that ended before: so many rows of each kind at most; were they as many?
tenancy::Step forget_presence_step(Instant before, std::int64_t rows);
tenancy::Step forget_quality_step(Instant before, std::int64_t rows);

/// After their key was erased, in the same transaction: waits until nobody is in the middle of
/// writing what came before.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user);

} // namespace bw::attendance
