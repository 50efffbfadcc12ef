// What the routes of this module have in common. Internal.
#pragma once

#include <utility>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "marking/items_json.hpp"
#include "marking/regrades.hpp"
#include "marking/routes.hpp"
#include "net/json_body.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::marking {

using LaneWork = tenancy::Work; // what a lane thread does for a request
using tenancy::Principal;

/// Reads a request into work on the connection's thread, so that bad input costs no database.
using Read = Result<LaneWork> (*)(const RouteParts&, const Principal&, const net::Request&);
inline tenancy::Gate::PrincipalHandler answered(const RouteParts& parts, Read read) {
    return tenancy::answered_on(
        parts.lane, [&parts, read](const Principal& principal, const net::Request& request) {
            return read(parts, principal, request);
        });
}

/// In one transaction, for whoever teaches the assignment:
/// deed(tx, seen) -> Result<net::Response>.
template <class Deed>
LaneWork in_taught(const Principal& principal, AssignmentId id, Deed deed) {
    return [principal, id, deed = std::move(deed)](
               tenancy::Database& database, Deadline deadline) mutable -> Result<net::Response> {
        const submissions::SeenAssignment seen =
            TRY(submissions::taught_assignment(database, principal, id, deadline));
        return database.run(principal.scope, deadline,
                            [&](tenancy::TenantTx& tx) { return deed(tx, seen); });
    };
}

inline Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx,
                           const Principal& principal, std::string_view action,
                           const std::string& subject, const std::string& details) {
    return audit::record(tx, {principal.user.text(), action, subject, details}, parts.clock,
                         parts.rng);
}

/// Member `name`, not empty; PostgreSQL keeps no NUL.
Result<std::string> words_in(const JsonObject& body, const char* name, std::size_t bytes_limit);
/// If-Match, where it may be left out: the version in quotes.
Result<std::optional<std::int64_t>> optional_if_match(const net::Request& request);
net::Response tagged(std::string json, std::int64_t version);

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant);
/// `user_id`: null while markers are not to know.
void write_user(JsonWriter& json, UserId user, bool hidden);
void write_regrade(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                   const Regrade& request);

net::Parameter work_in_path();
net::Parameter optional_version_parameter();

void add_scheme_routes(net::RouteTable& routes, const RouteParts& parts);
void add_work_routes(net::RouteTable& routes, const RouteParts& parts);
void add_pass_routes(net::RouteTable& routes, const RouteParts& parts);
void add_grade_routes(net::RouteTable& routes, const RouteParts& parts);
void add_regrade_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::marking
