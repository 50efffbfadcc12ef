// Doing a request's work on a lane: what the routes of this module that ask the database have in
// common. Internal.
#pragma once

#include <functional>
#include <utility>

#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::auth {

/// What a lane thread does for a request: the answer, or what went wrong.
using Work = std::function<Result<net::Response>(tenancy::Database&, Deadline)>;

inline void submit(tenancy::DatabaseLane& lane, TenantId tenant, const net::Request& request,
                   Work work, net::Responder respond) {
    lane.submit(
        tenant, request.deadline,
        [respond = std::move(respond), work = std::move(work),
         deadline = request.deadline](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            respond.result(work(**turn, deadline),
                           [](net::Response&& response) { return std::move(response); });
        },
        request.trace);
}

/// `read` turns the request into work on the connection's thread, so that bad input costs no
/// database. The request lives until it is answered.
template <class Read>
tenancy::Gate::PrincipalHandler answered_on(tenancy::DatabaseLane& lane, Read read) {
    return [&lane, read](const tenancy::Principal& principal, const net::Request& request,
                         net::Responder respond) {
        Result<Work> work = read(principal, request);
        if (!work)
            return respond(std::move(work).error());
        submit(lane, principal.scope.tenant(), request, *std::move(work), std::move(respond));
    };
}

} // namespace bw::auth
