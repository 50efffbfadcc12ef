// GET /openapi.json: what this process serves, as OpenAPI 3.1. The page that shows it is
// web/reference.
#pragma once

#include "net/http.hpp"

namespace bw::app {

/// The table with one route more. The document is made here, once, of all its routes; taken and
/// given back whole, so that what the server is started with is what is documented. A route that
/// does not document itself is a bug; the log names each.
net::RouteTable with_document(net::RouteTable routes);

} // namespace bw::app
