// What the routes of this module have in common. Internal.
#pragma once

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "live/routes.hpp"
#include "live/schemas.hpp"
#include "live/store.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/route_work.hpp"

namespace bw::live {

using tenancy::Principal, tenancy::Work, tenancy::answered, tenancy::in_transaction;

void write_rights(JsonWriter& json, Rights rights);
net::Response tagged(std::string json, std::int64_t version);

/// May they decide about the lesson's live classes, or about this one? Administrators, whoever
/// teaches the section, and whoever has the lesson on the day.
Result<bool> decides(tenancy::TenantTx& tx, const Principal& principal, SectionId section,
                     std::optional<UserId> teacher, Instant now);

void add_lesson_routes(net::RouteTable& routes, const RouteParts& parts);
void add_class_routes(net::RouteTable& routes, const RouteParts& parts);
void add_join_route(net::RouteTable& routes, const RouteParts& parts);
void add_publishing_route(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::live
