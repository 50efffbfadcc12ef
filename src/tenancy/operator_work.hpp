// An operator's request as work on a lane whose connections sign in as bw_operator.
#pragma once

#include "tenancy/lane_work.hpp"

namespace bw::tenancy {

/// `read(who, request)` turns the request into work on the connection's thread, so that bad input
/// costs no database. The request lives until it is answered.
template <class Read>
net::Handler answered_for_operator(const Gate& gate, DatabaseLane& lane, Read read) {
    return gate.for_operator(
        [&lane, read](const Operator& who, const net::Request& request, net::Responder respond) {
            Result<Work> work = read(who, request);
            if (!work)
                return respond(std::move(work).error());
            const TenantId nobody{}; // operators share one turn
            answer_on(lane, nobody, request, std::move(respond), *std::move(work));
        });
}

} // namespace bw::tenancy
