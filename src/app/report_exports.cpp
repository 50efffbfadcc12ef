#include "app/report_exports.hpp"

#include <unistd.h>

#include "app/preparing.hpp"
#include "exports/jobs.hpp"
#include "forecast/calm.hpp"

namespace bw::app {

std::filesystem::path export_directory(const Installation& installation) {
    return std::filesystem::absolute(installation.reports()) /
           "exports"; // as the store compares it
}

ReportExports::ReportExports(const Installation& installation, const ServeOptions& options,
                             Reports& reports, blob::Store& store, tenancy::Cluster& cluster,
                             const tenancy::TenantDirectory& directory, lane::DemandHints& hints,
                             const Clock& clock, Rng& rng)
    : worker_(
          [&cluster] { return std::make_unique<tenancy::Database>(cluster, "exports"); }, directory,
          {exports::writing_kind(
              {.connect = [&reports] { return reports.connect(); },
               .fresh = [&reports] { return reports.fresh(); },
               .store = store,
               .database =
                   [&cluster] { return std::make_unique<tenancy::Database>(cluster, "exports"); },
               .clock = clock,
               .rng = rng,
               .directory = export_directory(installation)})},
          clock, rng,
          {.name = "reports " + std::to_string(getpid()),
           .threads = 1,
           .demand = job_demand(options, "exports", directory, hints, clock)}) {}

std::function<std::optional<Instant>(Instant)> quiet_moments(const forecast::Keeper& keeper) {
    return [&keeper](Instant now) -> std::optional<Instant> {
        const auto standing = keeper.standing();
        return standing ? forecast::calmest(standing->board.total(), now, 24h, 15min)
                        : std::nullopt;
    };
}

} // namespace bw::app
