// What works in this process, for the outages: which services its roles are, when they may be sent
// work, and what was answered for them. Wiring alone; the rules are fairness's.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "fairness/watch.hpp"
#include "journal/journal.hpp"
#include "net/server.hpp"

namespace bw::app {

/// `journal` is null without role intake, else outlives the result.
std::vector<fairness::Watch::Service> services_of(const std::set<std::string>& roles,
                                                  const journal::Journal* journal);

/// For ServerOptions::on_served: `seen` first, then the meters of `watch`, which outlives it.
std::function<void(const net::Served&)> metered(std::function<void(const net::Served&)> seen,
                                                fairness::Watch& watch);

} // namespace bw::app
