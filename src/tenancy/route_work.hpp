// What the routes of most modules have in common: a request is read into work on the connection's
// thread, the work is done on a lane, in one transaction. (Only files with `routes` in their names
// include this.)
#pragma once

#include <utility>

#include "tenancy/gate.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::tenancy {

/// Reads a request into work on the connection's thread, so that bad input costs no database.
template <class Parts>
using ReadInto = Result<Work> (*)(const Parts&, const Principal&, const net::Request&);

/// On `parts.lane`; `parts` outlives the handler.
template <class Parts>
Gate::PrincipalHandler answered(const Parts& parts, ReadInto<Parts> read) {
    return answered_on(parts.lane,
                       [&parts, read](const Principal& principal, const net::Request& request) {
                           return read(parts, principal, request);
                       });
}

/// In one transaction: deed(tx, now) -> Result<net::Response>, by `parts.clock`; `parts` outlives
/// the work.
template <class Parts, class Deed>
Work in_transaction(const Parts& parts, const Principal& principal, Deed deed) {
    return [&parts, principal, deed = std::move(deed)](Database& database,
                                                       Deadline deadline) -> Result<net::Response> {
        return database.run(principal.scope, deadline,
                            [&](TenantTx& tx) { return deed(tx, parts.clock.now()); });
    };
}

} // namespace bw::tenancy
