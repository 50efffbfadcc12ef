#include "app/api_role.hpp"

#include "activity/routes.hpp"
#include "app/background.hpp"
#include "app/report_exports.hpp"
#include "fairness/routes.hpp"
#include "forecast/routes.hpp"
#include "jobs/routes.hpp"
#include "packs/routes.hpp"
#include "pipeline/similarity_routes.hpp"
#include "submissions/routes.hpp"

namespace bw::app {

Result<std::unique_ptr<ApiRole>> ApiRole::open(CommonParts& common, tenancy::DatabaseLane& lane) {
    auto files = TRY(open_files(common.installation, common.options, *common.store, common.cluster,
                                common.directory, common.gate, common.observation->spans(),
                                common.clock, common.rng));
    const auto pseudonyms = TRY(common.installation.key("pseudonyms", common.rng));
    auto persons = TRY(subject_keys(common.installation, common.rng));
    return std::unique_ptr<ApiRole>(
        new ApiRole(common, lane, std::move(files), pseudonyms, std::move(persons)));
}

ApiRole::ApiRole(CommonParts& common, tenancy::DatabaseLane& lane, FileParts files,
                 const SigningKey& pseudonyms, audit::SubjectKeys persons)
    : common_(common), lane_(lane),
      hub_(lane, common.verifier, common.directory, common.clock, common.rng,
           {.listeners_limit = common.options.event_streams_limit}),
      news_(common.feed.on_news([this](std::optional<TenantId> of) { hub_.news(of); })),
      first_pages_(common.options, common.cluster, lane, common.gate, common.directory,
                   common.clock),
      files_(std::move(files)), pseudonyms_(pseudonyms.seed()),
      institution_parts_{.gate = common.gate,
                         .lane = lane,
                         .feed = common.feed,
                         .clock = common.clock,
                         .rng = common.rng},
      marking_parts_{.gate = common.gate,
                     .directory = common.directory,
                     .lane = lane,
                     .pseudonyms = pseudonyms_,
                     .keys = std::move(persons),
                     .clock = common.clock,
                     .rng = common.rng},
      notice_parts_{
          .gate = common.gate, .lane = lane, .hub = hub_, .clock = common.clock, .rng = common.rng},
      content_parts_{.gate = common.gate,
                     .lane = lane,
                     .files = *files_.routes,
                     .clock = common.clock,
                     .rng = common.rng},
      timetable_parts_{.gate = common.gate,
                       .lane = lane,
                       .directory = common.directory,
                       .plans = common.plans,
                       .clock = common.clock,
                       .rng = common.rng},
      export_parts_{.gate = common.gate,
                    .directory = common.directory,
                    .lane = lane,
                    .files = *files_.routes,
                    .quiet = quiet_moments(common.load.keeper),
                    .clock = common.clock,
                    .rng = common.rng} {}

void ApiRole::add_routes(net::RouteTable& routes, const submissions::Intake* intake) {
    const tenancy::Gate& gate = common_.gate;
    const Clock& clock = common_.clock;
    Rng& rng = common_.rng;
    submissions::add_api_routes(routes, gate, lane_, intake, clock, rng);
    activity::add_policy_routes(routes, gate, lane_, clock, rng);
    fairness::add_routes(routes, gate, lane_);
    forecast::add_routes(routes, {gate, lane_, common_.directory, common_.load.keeper, clock});
    jobs::add_routes(routes, {.gate = gate, .lane = lane_, .clock = clock, .rng = rng});
    files::add_routes(routes, *files_.routes);
    institution::add_routes(routes, institution_parts_);
    marking::add_routes(routes, marking_parts_);
    notices::add_routes(routes, notice_parts_);
    content::add_routes(routes, content_parts_);
    exports::add_routes(routes, export_parts_);
    packs::add_routes(routes, {gate, first_pages_.reads()});
    timetable::add_routes(routes, timetable_parts_);
    pipeline::add_routes(
        routes, {.gate = gate, .lane = lane_, .clock = clock, .rng = rng, .files = *files_.routes});
}

void ApiRole::start() {
    first_pages_.start();
    hub_.start();
}

void ApiRole::tell(HealthSources& health) const {
    health.lanes.push_back(files_.lane.get());
    health.events = &hub_;
    health.first_pages = &first_pages_;
}

void ApiRole::stop_asking() {
    hub_.stop();
    first_pages_.stop();
}

} // namespace bw::app
