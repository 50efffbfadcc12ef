#include "app/service_watch.hpp"

#include "app/health.hpp"

namespace bw::app {

std::vector<fairness::Watch::Service> services_of(const std::set<std::string>& roles,
                                                  const journal::Journal* journal) {
    std::vector<fairness::Watch::Service> out;
    for (const char* role : {"auth", "api"})
        if (roles.contains(role))
            out.push_back({.name = role});
    if (journal)
        out.push_back({.name = "intake", .works = [journal] { return takes_work(*journal); }});
    return out;
}

namespace {

/// Not what one person can bring about for as long as they like: overload, a full disk, too long a
/// wait.
bool is_our_fault(std::optional<Code> code) {
    return code == Code::unavailable || code == Code::outcome_unknown || code == Code::internal ||
           code == Code::corrupt;
}

} // namespace

std::function<void(const net::Served&)> metered(std::function<void(const net::Served&)> seen,
                                                fairness::Watch& watch) {
    auto meter_of = [auth = watch.meter("auth"), api = watch.meter("api"),
                     intake = watch.meter("intake")](const net::Route& route) {
        if (route.tag == "sessions")
            return auth;
        if (route.credential != net::Credential::access_token)
            return static_cast<fairness::Meter*>(nullptr);
        return route.tag == "submissions" && route.method == net::Method::post ? intake : api;
    };
    return [seen = std::move(seen), meter_of](const net::Served& served) {
        seen(served);
        if (served.route)
            if (fairness::Meter* meter = meter_of(*served.route))
                meter->add(is_our_fault(served.code));
    };
}

} // namespace bw::app
