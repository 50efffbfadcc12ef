// What every role of a process stands on: its keys, the database and the institutions in it, who
// calls, and what load is expected. Does not belong here: what a role alone needs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/directory_refresher.hpp"
#include "app/installation.hpp"
#include "app/load_forecast.hpp"
#include "app/observation.hpp"
#include "app/serve.hpp"
#include "app/token_keys.hpp"
#include "blob/store.hpp"
#include "tenancy/cluster.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"
#include "timetable/plans.hpp"

namespace bw::app {

struct CommonParts {
    /// Waits for the database where a role cannot begin without it. All outlive it.
    static Result<std::unique_ptr<CommonParts>> open(const Installation& installation,
                                                     const ServeOptions& options,
                                                     const Clock& clock, Rng& rng);

    bool has(const char* role) const { return options.roles.contains(role); }
    /// Connects as `name`, on the thread that asks.
    std::function<std::unique_ptr<tenancy::Database>()> connects(const std::string& name) {
        return [this, name] { return std::make_unique<tenancy::Database>(cluster, name); };
    }

    const Installation& installation;
    const ServeOptions& options;
    const Clock& clock;
    Rng& rng;

    const std::string conninfo; // of the primary
    const std::unique_ptr<TokenKeys> keys;
    const ReceiptKeys receipt_keys;
    const SigningKey audit_key;
    const std::unique_ptr<Observation> observation;
    tenancy::Cluster cluster;
    tenancy::TenantDirectory directory;
    DirectoryRefresher refresher;
    tenancy::Revocations revocations;
    tenancy::RevocationFeed feed;
    tenancy::TokenVerifier verifier;
    tenancy::Gate gate;
    timetable::Plans plans;
    LoadForecast load;
    std::unique_ptr<blob::Store> store; // of uploaded files; null where no role has to do with them

private:
    struct Opened; // what can fail
    CommonParts(const Installation& its, const ServeOptions& with, const Clock& time, Rng& chance,
                Opened opened);
};

} // namespace bw::app
