// What the routes of this module have in common. Internal.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "content/announcements.hpp"
#include "content/materials.hpp"
#include "content/place.hpp"
#include "content/routes.hpp"
#include "net/resource_request.hpp"
#include "submissions/shared_routes.hpp"
#include "tenancy/route_work.hpp"

namespace bw::content {

using tenancy::Principal, tenancy::Work, tenancy::answered, tenancy::in_transaction;
using Read = tenancy::ReadInto<RouteParts>;

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, const std::string& subject, SectionId section);

constexpr std::size_t text_bytes_limit = 20'000;
constexpr std::size_t request_bytes_limit = 64 * 1024;
using submissions::title_in;
/// Markdown, which may be empty; PostgreSQL keeps no NUL.
Result<std::string> text_in(const JsonObject& body);

net::Response tagged(int status, std::string json, std::int64_t version);
void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant);

/// Until when links in an answer are good: a quarter of an hour or a little longer, so that
/// answers of the same five minutes are the same.
Instant links_until(Instant now);
void write_material(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                    const Material& material, Instant now);
void write_announcement(JsonWriter& json, const Announcement& announcement);

net::Parameter section_in_path();
net::Parameter material_in_path();
net::Parameter version_parameter();

void add_page_route(net::RouteTable& routes, const RouteParts& parts);
void add_material_routes(net::RouteTable& routes, const RouteParts& parts);
void add_material_file_routes(net::RouteTable& routes, const RouteParts& parts);
void add_announcement_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::content
