// An institution as the operator API writes and reads it.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "net/http.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::tenancy {

void write_tenant(JsonWriter& json, const TenantRecord& tenant);

/// A creation's body: slug, name and zone at least.
Result<TenantSettings> read_new_tenant(const net::Request& request);

/// A change's body (RFC 7396, merge patch): what it names takes the place of what is in `settings`;
/// null takes a quota away. Another slug leaves the old one among the hosts unless the body names
/// hosts itself.
Result<TenantSettings> merge_tenant(const net::Request& request, TenantSettings settings);

} // namespace bw::tenancy
