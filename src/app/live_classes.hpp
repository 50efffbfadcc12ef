// Live classes in one process: the platform and its edges, who may join (roles api and operator),
// and whoever carries plans out (role live).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "attendance/recorder.hpp"
#include "attendance/routes.hpp"
#include "live/routes.hpp"
#include "packs/bell_packs.hpp"
#include "video/edge.hpp"
#include "video/self_hosted.hpp"

namespace bw::app {

struct CommonParts;
struct ServeOptions;

/// Where players ask for video: "https://edge.example".
Result<std::vector<std::string>> live_hosts(const ServeOptions& options);

struct LiveStatus {
    std::optional<live::LeaderStatus> leader; // none without role live
    live::AudienceStatus audience;
    attendance::BookStatus attendance_waits;
    attendance::RecorderStatus attendance;
};

class LiveClasses {
public:
    /// `lane`: of what asks the database. Both outlive it.
    static Result<std::unique_ptr<LiveClasses>> open(CommonParts& common,
                                                     tenancy::DatabaseLane& lane);
    ~LiveClasses() { stop(); }

    void add_routes(net::RouteTable& routes) {
        live::add_routes(routes, route_parts_);
        attendance::add_routes(routes, attendance_parts_);
    }
    void add_operator_routes(net::RouteTable& routes) const;
    void start();
    void stop();
    LiveStatus status() const;
    /// What comes before an address of that stream or recording; empty: nothing.
    std::string edge_of(std::string_view ref) const;

    // For role rooms:
    live::Audience& audience() { return audience_; }
    const SecretKey& grant_key() const { return joining_.grant_key; }

    /// From the feed of what was written: rosters are read anew.
    void hear(std::span<const packs::Change> changes);
    void hear_everything() { audience_.hear_everything(); }

private:
    struct Opened; // what can fail
    LiveClasses(CommonParts& common, tenancy::DatabaseLane& lane, Opened opened);
    void keep_probing(const std::stop_token& stop);

    CommonParts& common_;
    const std::unique_ptr<video::SelfHosted> provider_;
    const std::unique_ptr<video::Edges> edges_;
    const std::unique_ptr<live::Warmer> warmer_;
    live::Audience audience_;
    attendance::Book book_;
    const attendance::RouteParts attendance_parts_; // its routes refer to it
    attendance::Recorder attendance_;
    const live::JoinParts joining_;
    const live::RouteParts route_parts_; // its routes refer to it
    std::unique_ptr<live::Leader> leader_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread prober_;
};

} // namespace bw::app
