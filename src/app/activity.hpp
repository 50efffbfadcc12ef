// The intake of activities put together: a journal of its own, intake and recorder. It never keeps
// a process from starting.
#pragma once

#include "activity/intake.hpp"
#include "activity/recorder.hpp"
#include "app/installation.hpp"
#include "app/serve.hpp"
#include "tenancy/cluster.hpp"

namespace bw::app {

/// Destroyed upwards: the journal's last commits still answer through intake.
struct ActivityParts {
    std::unique_ptr<activity::Intake> intake;
    std::unique_ptr<journal::Journal> journal;    // null: it could not be opened; the log says why
    std::unique_ptr<activity::Recorder> recorder; // null with it

    /// The recorder ends after its batch, the journal after committing what it accepted.
    void stop();
};

/// `submissions`: the journal that this one gives way to; `peak`: is one at hand? Everything
/// outlives the result.
ActivityParts open_activity(const Installation& installation, const ServeOptions& options,
                            const journal::Journal& submissions, std::function<bool()> peak,
                            tenancy::Cluster& cluster, const tenancy::TenantDirectory& directory,
                            const Clock& clock, Rng& rng);

} // namespace bw::app
