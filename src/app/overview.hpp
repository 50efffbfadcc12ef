// What a process and its database are, in one document for operators: readyz and the metrics as
// figures, each with its meaning. Gathers what the parts' statuses say; counts nothing itself.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "app/figures.hpp"
#include "app/health.hpp"
#include "jobs/operations.hpp"
#include "pg/private_cluster.hpp"
#include "tenancy/cluster.hpp"

namespace bw::app {

struct OverviewSources {
    HealthSources health;
    std::string instance; // host and process
    std::set<std::string> roles;
    Instant started_at;
    const tenancy::Cluster* cluster = nullptr;       // null: not told
    std::function<pg::ReplicaStatus()> replica = {}; // as who keeps it says
    std::filesystem::path journal_directory = {};    // empty: the journal is on no disk here
    /// Here or in another process; none: nobody is asked.
    std::function<Result<ReportState>()> reports = {};
};

/// What the database said when it was asked.
struct DatabaseAnswer {
    Result<jobs::Overview> jobs;
    Duration took{};
};

/// Reads one record of the journal if there is one that is not recorded. Thread-safe.
std::string overview_json(const OverviewSources& sources, const DatabaseAnswer& answer,
                          Instant now);

/// Schemas of the document and its parts, by name. Static storage.
const std::vector<std::pair<std::string, std::string>>& overview_schemas();

} // namespace bw::app
