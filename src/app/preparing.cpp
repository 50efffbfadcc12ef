#include "app/preparing.hpp"

#include "app/job_kinds.hpp"
#include "app/peak_watch.hpp"

namespace bw::app {

auth::TokenOptions token_options(const ServeOptions& options,
                                 const tenancy::TenantDirectory& directory) {
    auth::TokenOptions out{.issuer = options.issuer,
                           .lifetime = std::chrono::seconds(options.access_token_seconds)};
    if (options.hints)
        out.bells = auth::bells_of_institution(directory);
    return out;
}

packs::PreparerOptions preparer_options(const ServeOptions& options) {
    packs::PreparerOptions out;
    out.lead = std::chrono::seconds(options.bell_packs_lead_seconds);
    out.statements_per_second =
        options.hints && options.bell_packs_mib > 0 ? options.bell_packs_statements : 0;
    return out;
}

forecast::KeeperOptions keeper_options(const ServeOptions& options) {
    return {.hints = options.hints};
}

std::function<double()> job_demand(const ServeOptions& options, std::string name,
                                   const tenancy::TenantDirectory& directory,
                                   lane::DemandHints& hints, const Clock& clock) {
    if (!options.hints)
        return nullptr;
    name_listener(hints, std::move(name));
    return BellDemand(directory, hints, clock);
}

} // namespace bw::app
