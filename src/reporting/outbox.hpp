// The outbox as operators see it: switched on and off, and who follows by it. How it is read:
// outbox_source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "tenancy/database.hpp"

namespace bw::reporting {

struct OutboxReader {
    std::string name;
    Instant seen_at;          // when it was heard of
    std::int64_t waiting = 0; // statements' notes that it has not seen
};
struct OutboxState {
    std::int64_t bytes_limit = 0, bytes = 0; // of its file; its indexes take about as much again
    bool missed = false;                     // it was full: whoever follows begins anew
    std::vector<OutboxReader> readers = {};
};

/// nullopt: it is off. `database`: as bw_operator.
Result<std::optional<OutboxState>> outbox_state(tenancy::Database& database, Deadline deadline);
/// On: anew, and whoever follows begins anew. For a moment nobody writes what reports mirror;
/// `unavailable`: somebody else did, for too long.
Result<void> switch_outbox(tenancy::Database& database, std::optional<std::int64_t> bytes_limit,
                           std::string_view actor, Deadline deadline);

/// When somebody is erased: ids of theirs that no store has read within the last hour go at once,
/// others when they are read.
Result<void> forget_person(tenancy::TenantTx& tx);

} // namespace bw::reporting
