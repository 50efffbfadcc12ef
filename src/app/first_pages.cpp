#include "app/first_pages.hpp"

#include "activity/routes.hpp"
#include "app/preparing.hpp"
#include "packs/routes.hpp"

namespace bw::app {

namespace {

packs::PackLimits limits_of(const ServeOptions& options) {
    packs::PackLimits limits;
    limits.bytes = options.bell_packs_mib << 20;
    limits.tenant_bytes = options.bell_packs_tenant_mib << 20;
    return limits;
}

} // namespace

FirstPages::FirstPages(const ServeOptions& options, tenancy::Cluster& cluster,
                       tenancy::DatabaseLane& lane, tenancy::Gate& gate,
                       const tenancy::TenantDirectory& directory, const Clock& clock)
    : packs_(clock, limits_of(options)),
      feed_(std::make_unique<tenancy::Database>(cluster, "pack changes"), packs_, clock),
      reads_(packs_, lane, packs::first_page_reader(clock), clock),
      preparer_(
          std::make_unique<tenancy::Database>(cluster, "bell packs"), packs_,
          packs::first_page_reader(clock), directory, [&lane] { return lane.status().queued > 0; },
          clock, preparer_options(options)) {
    gate.on_deed([this](const tenancy::Principal& who, const net::Request& request) {
        if (request.path == activity::intake_path)
            return; // what was looked at changes no page
        packs_.note_deed(who.scope.tenant(), who.user, request.deadline);
    });
}

void FirstPages::start() {
    feed_.start();
    preparer_.start();
}

void FirstPages::stop() {
    preparer_.stop();
    feed_.stop();
}

} // namespace bw::app
