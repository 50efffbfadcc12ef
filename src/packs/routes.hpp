// The packs module's HTTP: a person's first page in one answer.
#pragma once

#include "net/http.hpp"
#include "packs/page_reads.hpp"
#include "tenancy/gate.hpp"

namespace bw::packs {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    PageReads& reads;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

/// Reads pages as the route answers them. `clock` outlives it.
ReadPage first_page_reader(const Clock& clock, Duration behind_max = PackLimits{}.silence);

} // namespace bw::packs
