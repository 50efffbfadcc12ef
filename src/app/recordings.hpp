// Recordings put together: their routes and what is given out of them (role api); the worker that
// makes them (role worker).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/common_parts.hpp"
#include "jobs/worker.hpp"
#include "recordings/routes.hpp"
#include "video/self_hosted.hpp"

namespace bw::app {

class Recordings {
public:
    /// `lane`: of what asks the database; `bytes_lane`: of what reads from the store. `edge_of`:
    /// what comes before an address. All outlive it.
    static Result<std::unique_ptr<Recordings>>
    open(CommonParts& common, tenancy::DatabaseLane& lane, tenancy::DatabaseLane& bytes_lane,
         std::function<std::string(std::string_view ref)> edge_of);

    void add_routes(net::RouteTable& routes) { recordings::add_routes(routes, route_parts_); }

private:
    Recordings(CommonParts& common, tenancy::DatabaseLane& lane, tenancy::DatabaseLane& bytes_lane,
               std::function<std::string(std::string_view ref)> edge_of, SecretText edge_secret,
               std::unique_ptr<video::SelfHosted> video);

    const std::unique_ptr<video::SelfHosted> video_; // signs, asks nobody
    recordings::Shelf shelf_;
    const recordings::RouteParts route_parts_;
};

/// One recording at a time, at low priority, not at a peak. Everything given outlives it.
std::unique_ptr<jobs::Worker>
recordings_worker(const Installation& installation, const ServeOptions& options,
                  tenancy::Cluster& cluster, const tenancy::TenantDirectory& directory,
                  blob::Store& store, lane::DemandHints& hints, const Clock& clock, Rng& rng);

} // namespace bw::app
