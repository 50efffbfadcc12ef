#include "app/recordings.hpp"

#include <unistd.h>

#include "app/job_kinds.hpp"
#include "app/preparing.hpp"
#include "recordings/jobs.hpp"

namespace bw::app {

namespace {

constexpr double much = 0.5; // of the busiest that the forecast knows

std::optional<Duration> kept(const ServeOptions& options) {
    return options.recordings_keep_days == 0
               ? std::nullopt
               : std::optional<Duration>(24h * options.recordings_keep_days);
}

} // namespace

Result<std::unique_ptr<Recordings>>
Recordings::open(CommonParts& common, tenancy::DatabaseLane& lane,
                 tenancy::DatabaseLane& bytes_lane,
                 std::function<std::string(std::string_view ref)> edge_of) {
    const Installation& installation = common.installation;
    const auto edge_secret = [&]() -> Result<std::string> {
        return to_hex(view(TRY(installation.secret_key("live-edge", common.rng))));
    };
    auto video =
        TRY(video::SelfHosted::make({.edge_secret = TRY(edge_secret()),
                                     .ingest_secret = TRY(edge_secret()), // it takes nothing in
                                     .origin_url = common.options.live_origin},
                                    common.clock));
    return std::unique_ptr<Recordings>(new Recordings(common, lane, bytes_lane, std::move(edge_of),
                                                      TRY(edge_secret()), std::move(video)));
}

Recordings::Recordings(CommonParts& common, tenancy::DatabaseLane& lane,
                       tenancy::DatabaseLane& bytes_lane,
                       std::function<std::string(std::string_view ref)> edge_of,
                       SecretText edge_secret, std::unique_ptr<video::SelfHosted> video)
    : video_(std::move(video)), shelf_(*common.store, common.clock),
      route_parts_{.gate = common.gate,
                   .directory = common.directory,
                   .lane = lane,
                   .bytes_lane = bytes_lane,
                   .shelf = shelf_,
                   .video = *video_,
                   .edge_of = std::move(edge_of),
                   .edge_secret = std::move(edge_secret),
                   .keep = kept(common.options),
                   .clock = common.clock,
                   .rng = common.rng} {}

std::unique_ptr<jobs::Worker>
recordings_worker(const Installation& installation, const ServeOptions& options,
                  tenancy::Cluster& cluster, const tenancy::TenantDirectory& directory,
                  blob::Store& store, lane::DemandHints& hints, const Clock& clock, Rng& rng) {
    recordings::JobParts parts{.store = store,
                               .clock = clock,
                               .rng = rng,
                               .archive = options.recordings_from,
                               .scratch = installation.recordings(),
                               .keep = kept(options).value_or(Duration::zero())};
    const auto demand = job_demand(options, "recordings", directory, hints, clock);
    if (demand)
        parts.busy = [demand] { return demand() >= much; };
    return std::make_unique<jobs::Worker>(
        [&cluster] { return std::make_unique<tenancy::Database>(cluster, "recordings"); },
        directory, recordings::job_kinds(parts), clock, rng,
        jobs::WorkerOptions{
            .name = "recordings " + std::to_string(getpid()), .threads = 1, .demand = demand});
}

} // namespace bw::app
