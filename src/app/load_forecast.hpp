// The forecast put together: what is counted of this process's requests, where bells come from, and
// the thread that keeps it all. The rules are forecast's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "forecast/keeper.hpp"
#include "lane/demand.hpp"
#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "timetable/plans.hpp"

namespace bw::app {

struct LoadForecast {
    const Clock& clock;
    forecast::LoadCounter counter;
    lane::DemandHints hints; // whoever prepares for load adds itself here
    forecast::Keeper keeper;

    /// All outlive it.
    LoadForecast(const tenancy::TenantDirectory& directory, timetable::Plans& plans,
                 const Clock& clock, forecast::KeeperOptions options = {});
};

/// Of the bells that an institution declared.
forecast::KnownBells declared_bells(std::span<const tenancy::Bell> bells, Instant from,
                                    Instant until);

/// Which institution a Host header names, if any. Any thread.
using TenantAt = std::function<std::optional<TenantId>(std::string_view host)>;
/// As the gate finds it; `directory` outlives it.
TenantAt tenant_by_host(const tenancy::TenantDirectory& directory, const std::string& base_host);

/// The same routes; what is answered well on those that load is forecast of is counted. `counter`
/// outlives the result.
net::RouteTable counted(const net::RouteTable& routes, forecast::LoadCounter& counter,
                        TenantAt tenant_at);

} // namespace bw::app
