// The OpenAPI 3.1 document of the routes that are served, made from the table itself, and what the
// table does not say. Serving it is app's; what a schema means is its module's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace bw::net {

struct ApiFacts {
    std::string_view title, version, description;
    std::string_view license_name, license_identifier; // SPDX
};

/// JSON text; the same table gives the same bytes. Paths stand in the table's order, each operation
/// with its own answers and the problems it can have (by credential, body and parameters). A table
/// with documentation_faults is a bug.
std::string openapi_document(const RouteTable& routes, const ApiFacts& facts);

/// What a document of these routes would lack or get wrong, one line each; empty: nothing.
std::vector<std::string> documentation_faults(const RouteTable& routes);

/// application/json or a type made of it.
bool is_json(std::string_view content_type);

/// Names of the parameters in a route's path, in order.
std::vector<std::string_view> path_parameters(std::string_view path);

} // namespace bw::net
