// /livez and /readyz: is the process alive, and may it be sent work. Anybody hears yes or no; the
// operator, on the admin listener, why.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "app/activity.hpp"
#include "app/first_pages.hpp"
#include "app/live_classes.hpp"
#include "app/load_forecast.hpp"
#include "app/rate.hpp"
#include "app/report_state.hpp"
#include "app/rooms_role.hpp"
#include "audit/writer.hpp"
#include "auth/refresh.hpp"
#include "auth/sign_in.hpp"
#include "federation/sign_in.hpp"
#include "jobs/worker.hpp"
#include "journal/journal.hpp"
#include "mail/relay.hpp"
#include "net/http.hpp"
#include "notices/hub.hpp"
#include "submissions/head_publisher.hpp"
#include "submissions/recorder.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::app {

/// Of the streaming replica, as the primary sees it.
struct ReplicaStatus {
    bool streaming = false;
    std::optional<Duration> lag = {};
};

/// Of one (lane, database) pair.
struct BreakerStatus {
    std::string name;
    bool open = false; // work fails at once
    std::uint64_t opened = 0, refused = 0;
    std::optional<Duration> lag = {}; // of a replica, when it was last asked
};

std::vector<BreakerStatus> breakers_of(const tenancy::Cluster& cluster);

/// Role auth, and what every process knows of ended sessions.
struct SessionSources {
    const auth::PasswordSignIn* sign_in = nullptr;
    const auth::SignInGuards* guards = nullptr;
    const auth::SessionRefresh* refresh = nullptr;
    const auth::RotationLane* rotations = nullptr;
    const tenancy::RevocationFeed* feed = nullptr;
    const tenancy::Revocations* revocations = nullptr;
    const Clock* clock = nullptr; // of the process; with feed
};

struct HealthSources {
    const journal::Journal* journal = nullptr;       // null without role intake
    const submissions::Recorder* recorder = nullptr; // the same
    std::vector<const tenancy::DatabaseLane*> lanes;
    const tenancy::TenantDirectory* directory = nullptr;
    const RateEstimator* journal_growth = nullptr; // of its bytes; null: time left is not told
    std::function<std::optional<ReplicaStatus>()> replica = {}; // none: no replica is configured
    std::function<std::vector<BreakerStatus>()> breakers = {};
    const submissions::HeadPublisher* heads = nullptr;       // null without role intake
    const submissions::Archiver* archiver = nullptr;         // null without an archive
    const federation::Fetcher* providers = nullptr;          // null: not told
    const federation::FederatedSignIn* federation = nullptr; // the same
    const audit::Writer* audit = nullptr;
    const jobs::Worker* worker = nullptr; // null without the role
    const mail::Relay* mail = nullptr;    // null without a mail server
    SessionSources sessions = {};
    const notices::Hub* events = nullptr;    // null without role api
    const FirstPages* first_pages = nullptr; // the same
    const LiveClasses* live = nullptr;       // null without roles live, rooms, api and operator
    const RoomsRole* rooms = nullptr;
    const LoadForecast* forecast = nullptr;
    const ActivityParts* activity = nullptr;   // null without role intake
    std::function<ReportState()> reports = {}; // none without role report

    /// Those of `lanes`, and that of sessions.
    std::vector<lane::LaneStatus> all_lanes() const;
};

/// Nothing stands against handing in here.
bool takes_work(const journal::Journal& journal);

/// Until the journal is full at its present growth; nullopt if it does not grow, or is not told.
std::optional<Duration> journal_time_left(const HealthSources& sources);

/// For anybody: yes or no, without figures.
void add_health_routes(net::RouteTable& routes, HealthSources sources);
/// The same paths for operators: with the state of every part.
void add_detailed_health_routes(net::RouteTable& routes, HealthSources sources);

} // namespace bw::app
