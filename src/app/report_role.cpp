#include "app/report_role.hpp"

namespace bw::app {

Result<std::unique_ptr<ReportRole>> ReportRole::open(CommonParts& common) {
    auto reports = TRY(Reports::open(common.installation, common.options, common.cluster,
                                     common.gate, common.load.hints, common.clock, common.rng));
    return std::unique_ptr<ReportRole>(new ReportRole(common, std::move(reports)));
}

ReportRole::ReportRole(CommonParts& common, std::unique_ptr<Reports> reports)
    : reports_(std::move(reports)),
      exports_(common.installation, common.options, *reports_, *common.store, common.cluster,
               common.directory, common.load.hints, common.clock, common.rng) {}

void ReportRole::start() {
    reports_->start();
    exports_.start();
}

void ReportRole::tell(HealthSources& health) const {
    health.lanes.push_back(&reports_->lane());
    health.reports = [this] { return reports_->state(); };
}

void ReportRole::stop() {
    exports_.stop();
    reports_->stop();
}

} // namespace bw::app
