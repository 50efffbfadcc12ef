// The jobs by which an institution is given back what an outage took.
#pragma once

#include <vector>

#include "jobs/handler.hpp"
#include "jobs/queue.hpp"

namespace bw::fairness {

/// Extensions to what was due.
constexpr const char* outage_give_back = "outage.give_back";
/// Lateness of what was being recorded while they were given.
constexpr const char* outage_lateness = "outage.lateness";

Result<void> give_back_later(tenancy::TenantTx& tx, OutageId outage, const Clock& clock, Rng& rng);

/// Both outlive the result.
std::vector<jobs::Kind> give_back_kinds(const Clock& clock, Rng& rng);

} // namespace bw::fairness
