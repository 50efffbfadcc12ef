// A request's work on a lane's thread, which owns a database connection: what the routes that ask
// the database have in common.
#pragma once

#include <functional>

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::tenancy {

/// What a lane's thread does for a request: the answer, or what went wrong.
using Work = std::move_only_function<Result<net::Response>(Database&, Deadline)>;

/// Answers with what `work` did. Any thread.
void answer_on(DatabaseLane& lane, TenantId tenant, const net::Request& request,
               net::Responder respond, Work work);

/// What was done, and the epoch that all live processes should hear of before it is said; 0: none.
struct Done {
    net::Response response;
    std::int64_t epoch = 0;
};
using DoneWork = std::move_only_function<Result<Done>(Database&, Deadline)>;

/// How long an answer waits for all live processes to hear of an epoch.
constexpr auto confirm_limit = 1s;

/// The same, when all live processes have heard of the epoch, or after confirm_limit.
void answer_when_heard(DatabaseLane& lane, RevocationFeed& feed, const Clock& clock,
                       TenantId tenant, const net::Request& request, net::Responder respond,
                       DoneWork work);

/// `read(principal, request)` turns the request into work on the connection's thread, so that bad
/// input costs no database. The request lives until it is answered.
template <class Read>
Gate::PrincipalHandler answered_on(DatabaseLane& lane, Read read) {
    return [&lane, read](const Principal& principal, const net::Request& request,
                         net::Responder respond) {
        Result<Work> work = read(principal, request);
        if (!work)
            return respond(std::move(work).error());
        answer_on(lane, principal.scope.tenant(), request, std::move(respond), *std::move(work));
    };
}

} // namespace bw::tenancy
