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

std::function<void(const net::Served&)> metered(std::function<void(const net::Served&)> seen,
                                                fairness::Watch& watch) {
    return [seen = std::move(seen), intake = watch.meter("intake"),
            api = watch.meter("api")](const net::Served& served) {
        seen(served);
        if (!served.route || served.route->credential != net::Credential::access_token)
            return;
        const bool hands_in =
            served.route->tag == "submissions" && served.route->method == net::Method::post;
        if (fairness::Meter* meter = hands_in ? intake : api)
            meter->add(served.status >= 500);
    };
}

} // namespace bw::app
