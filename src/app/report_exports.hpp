// Exports of reports, written in this process: a worker that claims them alone. And
// when little is expected, for those that can wait.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "app/reports.hpp"
#include "app/serve.hpp"
#include "blob/store.hpp"
#include "forecast/keeper.hpp"
#include "jobs/worker.hpp"

namespace bw::app {

/// Where files lie while they are written: the one directory that the store may write to.
std::filesystem::path export_directory(const Installation& installation);

class ReportExports {
public:
    /// All outlive it.
    ReportExports(const Installation& installation, const ServeOptions& options, Reports& reports,
                  blob::Store& store, tenancy::Cluster& cluster,
                  const tenancy::TenantDirectory& directory, lane::DemandHints& hints,
                  const Clock& clock, Rng& rng);
    void start() { worker_.start(); }
    /// What is being written is begun again by the next process.
    void stop() { worker_.stop(); }
    jobs::WorkerStatus status() const { return worker_.status(); }

private:
    jobs::Worker worker_;
};

/// The begin of the calmest quarter of an hour of the next day, as forecast now. `keeper` outlives
/// it. Any thread.
std::function<std::optional<Instant>(Instant)> quiet_moments(const forecast::Keeper& keeper);

} // namespace bw::app
