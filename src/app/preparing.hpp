// What this process does ahead of a bell, as its options want it. All of it is here: with --hints
// off there is none, so that what it buys can be measured, and a fault be found to be its or not.
#pragma once

#include <functional>

#include "app/serve.hpp"
#include "auth/token_issuer.hpp"
#include "forecast/keeper.hpp"
#include "lane/demand.hpp"
#include "packs/preparer.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

/// Renewals are steered around bells. `directory` outlives the options.
auth::TokenOptions token_options(const ServeOptions& options,
                                 const tenancy::TenantDirectory& directory);

/// First pages are prepared before bells.
packs::PreparerOptions preparer_options(const ServeOptions& options);

/// Load is forecast whatever they say; whether anybody is told.
forecast::KeeperOptions keeper_options(const ServeOptions& options);

/// Jobs yield, and operators see them as `name`; null: they do not. All outlive it.
std::function<double()> job_demand(const ServeOptions& options, std::string name,
                                   const tenancy::TenantDirectory& directory,
                                   lane::DemandHints& hints, const Clock& clock);

} // namespace bw::app
