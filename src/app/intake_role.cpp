#include "app/intake_role.hpp"

#include "activity/routes.hpp"
#include "app/peak_watch.hpp"
#include "submissions/routes.hpp"

namespace bw::app {

Result<std::unique_ptr<IntakeRole>> IntakeRole::open(CommonParts& common) {
    const auto watch = [&common](const char* name) {
        return watch_peaks(common.load.hints, name, common.clock);
    };
    IntakeParts intake =
        TRY(open_intake(common.installation, common.options, common.receipt_keys, common.cluster,
                        common.directory, watch("recorder"), common.clock, common.rng));
    ActivityParts activity =
        open_activity(common.installation, common.options, *intake.journal, watch("activity"),
                      common.cluster, common.directory, common.clock, common.rng);
    return std::unique_ptr<IntakeRole>(
        new IntakeRole(common, std::move(intake), std::move(activity)));
}

void IntakeRole::add_routes(net::RouteTable& routes) {
    submissions::add_intake_routes(routes, common_.gate, *intake_.intake);
    activity::add_intake_routes(routes, common_.gate, *activity_.intake);
    submissions::add_head_routes(routes, *intake_.heads, intake_.journal->status().epoch,
                                 *intake_.proofs, common_.receipt_keys.published());
}

void IntakeRole::tell(HealthSources& health) const {
    health.journal = intake_.journal.get();
    health.recorder = intake_.recorder.get();
    health.heads = intake_.heads.get();
    health.archiver = intake_.archiver.get();
    health.activity = &activity_;
}

void IntakeRole::stop() {
    activity_.stop();
    intake_.stop();
}

} // namespace bw::app
