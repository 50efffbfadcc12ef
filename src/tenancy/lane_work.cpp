#include "tenancy/lane_work.hpp"

namespace bw::tenancy {

void answer_on(DatabaseLane& lane, TenantId tenant, const net::Request& request,
               net::Responder respond, Work work) {
    lane.submit(
        tenant, request.deadline,
        [respond = std::move(respond), work = std::move(work),
         deadline = request.deadline](Result<Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            respond.result(work(**turn, deadline),
                           [](net::Response&& response) { return std::move(response); });
        },
        request.trace);
}

void answer_when_heard(DatabaseLane& lane, RevocationFeed& feed, const Clock& clock,
                       TenantId tenant, const net::Request& request, net::Responder respond,
                       DoneWork work) {
    lane.submit(
        tenant, request.deadline,
        [&feed, &clock, respond = std::move(respond), work = std::move(work),
         deadline = request.deadline](Result<Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            auto done = work(**turn, deadline);
            if (!done)
                return respond(std::move(done).error());
            if (done->epoch == 0)
                return respond(std::move(done->response));
            // The feed's callback is copied, a responder is not.
            auto answer = std::make_shared<std::pair<net::Responder, net::Response>>(
                std::move(respond), std::move(done->response));
            feed.when_confirmed(done->epoch, Deadline::in(clock, confirm_limit),
                                [answer](bool) { answer->first(std::move(answer->second)); });
        },
        request.trace);
}

} // namespace bw::tenancy
