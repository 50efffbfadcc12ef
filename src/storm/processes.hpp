// Processes on this machine, with all that descend from them: what processors they may use, and how
// much processor time they took. Linux, by /proc.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "lane/cores.hpp"

namespace bw::storm {

/// The process and all that descend from it; empty: there is no such process.
std::vector<pid_t> family_of(pid_t root);

/// Every thread of the family, and those that they start later. not_found, bad_request, forbidden.
Result<void> keep_family_to(pid_t root, const lane::Cores& cores);

/// User and system, of all that live and of those that ended and were waited for.
Duration processor_time(pid_t root);

} // namespace bw::storm
