// What this module's routes have in common. Internal.
#pragma once

#include "base/json.hpp"
#include "federation/routes.hpp"
#include "net/json_body.hpp"

namespace bw::federation {

void add_flow_routes(net::RouteTable& routes, const RouteParts& parts);
void add_provider_routes(net::RouteTable& routes, const RouteParts& parts);
void add_identity_routes(net::RouteTable& routes, const RouteParts& parts);

/// not_found: no such thing can exist, so it does not.
Result<ProviderId> provider_in_path(const net::Request& request);
net::Parameter provider_parameter();

/// Where the browser found us. The gate has seen that the host is the institution's.
std::string origin_of(const net::Request& request);

/// Set-Cookie of a flow: gone after its time, sent along when the provider sends the browser back
/// (SameSite=Lax), never shown to scripts. Without a value: forget it.
std::string flow_cookie(const std::string& name, const std::string& value, bool secure);

/// What a lane thread does for a request: the answer, or what went wrong.
using Work = std::function<Result<net::Response>(tenancy::Database&, Deadline)>;
/// `read` turns the request into work on the connection's thread, so that bad input costs no
/// database.
template <class Read>
tenancy::Gate::PrincipalHandler answered_on(tenancy::DatabaseLane& lane, Read read) {
    return [&lane, read](const tenancy::Principal& principal, const net::Request& request,
                         net::Responder respond) {
        Result<Work> work = read(principal, request);
        if (!work)
            return respond(std::move(work).error());
        lane.submit(
            principal.scope.tenant(), request.deadline,
            [respond = std::move(respond), work = *std::move(work),
             deadline = request.deadline](Result<tenancy::Database*> turn) mutable {
                if (!turn)
                    return respond(std::move(turn).error());
                respond.result(work(**turn, deadline),
                               [](net::Response&& response) { return std::move(response); });
            },
            request.trace);
    };
}

} // namespace bw::federation
