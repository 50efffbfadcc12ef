#include "app/load_forecast.hpp"

#include <utility>

#include "app/passing_target.hpp"
#include "forecast/lesson_bells.hpp"
#include "reporting/routes.hpp"
#include "tenancy/host_name.hpp"

namespace bw::app {

namespace {

using forecast::Kind;

/// What a good answer on the route is; nullopt: nothing that is forecast.
std::optional<Kind> kind_of(const net::Route& route) {
    // Reports are read elsewhere (ADR 0022): no read of the primary's, and counted by nobody twice.
    if (route.streams_body || route.tag == reporting::tag)
        return std::nullopt;
    if (route.method == net::Method::get && route.credential == net::Credential::access_token)
        return Kind::page_read;
    if (route.method != net::Method::post)
        return std::nullopt;
    for (const auto& [path, kind] : {std::pair{"/v1/sessions", Kind::password},
                                     std::pair{"/v1/sessions/second-factor", Kind::password},
                                     std::pair{"/v1/sessions/refresh", Kind::refresh},
                                     std::pair{"/v1/federation/sessions", Kind::provider},
                                     std::pair{"/v1/submissions", Kind::submission}})
        if (route.path == path)
            return kind;
    return std::nullopt;
}

/// Passes everything on, and counts what was answered well.
class CountingTarget final : public PassingTarget {
public:
    CountingTarget(std::shared_ptr<Target> inner, forecast::LoadCounter& counter, TenantId tenant,
                   Kind kind, Instant at)
        : PassingTarget(std::move(inner)), counted_{counter, tenant, kind, at} {}

    void answer(std::move_only_function<net::Response()> make) override {
        PassingTarget::answer([make = std::move(make), counted = counted_]() mutable {
            net::Response response = make();
            counted.see(response);
            return response;
        });
    }
    void send(net::Response response) override {
        counted_.see(response);
        PassingTarget::send(std::move(response));
    }

private:
    struct Counted {
        forecast::LoadCounter& counter;
        TenantId tenant;
        Kind kind;
        Instant at;

        void see(const net::Response& response) const {
            if (response.status < 400)
                counter.add(tenant, kind, at);
        }
    };

    const Counted counted_;
};

/// The timetable's lessons, and whatever else was declared.
Result<forecast::KnownBells> known_bells(tenancy::TenantTx& tx, timetable::Plans& plans,
                                         const tenancy::TenantInfo& tenant, Instant from,
                                         Instant until) {
    forecast::KnownBells out = declared_bells(tenant.bells, from, until);
    if (const auto plan = TRY(plans.of(tx))) {
        out.known = true;
        out.bells = forecast::with_declared(
            TRY(forecast::lesson_bells(tx, plan->plan, from, until)),
            forecast::not_of_lessons(std::move(out.bells), plan->plan, from, until));
    }
    return out;
}

} // namespace

LoadForecast::LoadForecast(const tenancy::TenantDirectory& directory, timetable::Plans& plans,
                           const Clock& clock_, forecast::KeeperOptions options)
    : clock(clock_),
      keeper({.directory = directory,
              .counter = counter,
              .hints = hints,
              .clock = clock_,
              .bells =
                  [&plans](tenancy::TenantTx& tx, const tenancy::TenantInfo& tenant, Instant from,
                           Instant until) { return known_bells(tx, plans, tenant, from, until); }},
             options) {}

forecast::KnownBells declared_bells(std::span<const tenancy::Bell> bells, Instant from,
                                    Instant until) {
    forecast::KnownBells out{.known = !bells.empty(), .bells = {}};
    for (const tenancy::Bell& bell : bells)
        if (bell.at >= from && bell.at < until)
            out.bells.push_back({.at = bell.at});
    return out;
}

TenantAt tenant_by_host(const tenancy::TenantDirectory& directory, const std::string& base_host) {
    return [&directory, ending = "." + tenancy::host_looked_up(base_host)](
               std::string_view header) -> std::optional<TenantId> {
        const std::string host = tenancy::host_looked_up(header);
        const auto tenant =
            host.ends_with(ending)
                ? directory.by_slug(std::string_view(host).substr(0, host.size() - ending.size()))
                : directory.by_own_host(host);
        return tenant ? std::optional(tenant->scope.tenant()) : std::nullopt;
    };
}

net::RouteTable counted(const net::RouteTable& routes, forecast::LoadCounter& counter,
                        TenantAt tenant_at) {
    net::RouteTable out;
    for (const auto& [name, schema] : routes.schemas())
        out.add_schema(name, schema);
    for (net::Route route : routes.routes()) {
        if (const auto kind = kind_of(route))
            route.handler = [handler = std::move(route.handler), &counter, tenant_at,
                             kind = *kind](const net::Request& request, net::Responder respond) {
                if (const auto tenant = tenant_at(request.header("host").value_or("")))
                    respond = net::Responder(std::make_shared<CountingTarget>(
                        respond.stream(), counter, *tenant, kind, request.received_at));
                handler(request, std::move(respond));
            };
        out.add(std::move(route));
    }
    return out;
}

} // namespace bw::app
