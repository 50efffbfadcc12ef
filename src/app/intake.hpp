// The intake of submissions put together: journal, its tree log and heads, recorder, intake.
#pragma once

#include "app/serve.hpp"
#include "submissions/head_routes.hpp"
#include "submissions/intake.hpp"
#include "submissions/recorder.hpp"
#include "tenancy/cluster.hpp"

namespace bw::app {

/// Destroyed upwards: the journal's last commits still answer through intake.
struct IntakeParts {
    std::unique_ptr<submissions::Intake> intake;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<submissions::HeadPublisher> heads;
    std::unique_ptr<submissions::ProofLane> proofs;
    std::unique_ptr<submissions::Archive> archive; // null: none
    std::unique_ptr<submissions::Recorder> recorder;
    std::vector<std::unique_ptr<submissions::Recorder>> earlier; // epochs that the archive has
    std::unique_ptr<submissions::Archiver> archiver;

    /// Archiver, recorders and heads end before the journal: what it still accepted is answered,
    /// and the next process records it and puts it under a head.
    void stop();
};

/// Needs the database: how far the journal is recorded must be known before the first submission.
/// `at_peak`: others are expected to need it now, and the recorder makes room.
Result<IntakeParts> open_intake(const Installation& installation, const ServeOptions& options,
                                const ReceiptKeys& keys, tenancy::Cluster& cluster,
                                const tenancy::TenantDirectory& directory,
                                std::function<bool()> at_peak, const Clock& clock, Rng& rng);

} // namespace bw::app
