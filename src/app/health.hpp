// /livez and /readyz: is the process alive, and may it be sent work.
#pragma once

#include <vector>

#include "journal/journal.hpp"
#include "net/http.hpp"
#include "submissions/recorder.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

struct HealthSources {
    const journal::Journal* journal;       // null without role intake
    const submissions::Recorder* recorder; // null without role intake
    std::vector<const tenancy::DatabaseLane*> lanes;
    const tenancy::TenantDirectory* directory;
};

void add_health_routes(net::RouteTable& routes, HealthSources sources);

} // namespace bw::app
