// GET /openapi.json: what this process serves, as OpenAPI 3.1. The page that shows it is
// web/reference.
#pragma once

#include "net/http.hpp"

namespace bw::app {

/// Call it last: the document is made here, once, of all routes that are in the table, this one
/// included. A route that does not document itself is a bug; the log names each.
void add_document_route(net::RouteTable& routes);

} // namespace bw::app
