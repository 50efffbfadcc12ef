// What the routes of this module have in common. Internal.
#pragma once

#include <string>
#include <utility>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "institution/routes.hpp"
#include "net/etag.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::institution {

using tenancy::Principal, tenancy::Work;

/// Reads a request into work on the connection's thread, so that bad input costs no database.
using Read = Result<Work> (*)(const RouteParts&, const Principal&, const net::Request&);
inline tenancy::Gate::PrincipalHandler answered(const RouteParts& parts, Read read) {
    return tenancy::answered_on(
        parts.lane, [&parts, read](const Principal& principal, const net::Request& request) {
            return read(parts, principal, request);
        });
}

/// In one transaction: deed(tx) -> Result<net::Response>.
template <class Deed>
Work in_transaction(const Principal& principal, Deed deed) {
    return [principal, deed = std::move(deed)](tenancy::Database& database,
                                               Deadline deadline) -> Result<net::Response> {
        return database.run(principal.scope, deadline,
                            [&](tenancy::TenantTx& tx) { return deed(tx); });
    };
}

template <class T, class Text>
void write_optional(JsonWriter& json, const char* name, const std::optional<T>& value,
                    Text&& text) {
    json.key(name);
    value ? json.value(text(*value)) : json.null();
}

/// 200 with the version as ETag.
net::Response tagged(std::string json, std::int64_t version);
net::Parameter version_parameter();

void add_branding_routes(net::RouteTable& routes, const RouteParts& parts);
void add_people_routes(net::RouteTable& routes, const RouteParts& parts);
void add_section_routes(net::RouteTable& routes, const RouteParts& parts);
void add_import_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::institution
