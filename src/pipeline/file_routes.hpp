// HTTP of files that were handed in: links to them for who may have them, and the bytes for who has
// a link.
#pragma once

#include "pipeline/similarity_routes.hpp"

namespace bw::pipeline {

void add_file_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::pipeline
