// The audit log: who did what to whom, written in the transaction that does it. Not for debugging
// (telemetry) and not for what students hand in (submissions).
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "tenancy/database.hpp"

namespace bw::audit {

struct Event {
    std::string_view actor;   // "operator", or a UserId's text
    std::string_view action;  // stable: "roster.imported", "storm_tokens.issued"
    std::string_view subject; // the id or name that it was done to; may be empty
    std::string_view details; // a JSON object, ids and counts only
};

/// The caller owns the transaction: the event stands if and only if the deed does.
Result<void> record(tenancy::TenantTx& tx, const Event& event, const Clock& clock, Rng& rng);

} // namespace bw::audit
