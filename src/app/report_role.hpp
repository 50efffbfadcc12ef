// Role report put together: reports, and the exports that are written from their store.
#pragma once

#include <memory>

#include "app/common_parts.hpp"
#include "app/report_exports.hpp"
#include "app/reports.hpp"

namespace bw::app {

class ReportRole {
public:
    /// `common` outlives it.
    static Result<std::unique_ptr<ReportRole>> open(CommonParts& common);
    void add_routes(net::RouteTable& routes) const { reports_->add_routes(routes); }
    void start();
    void tell(HealthSources& health) const;
    ReportState state() const { return reports_->state(); }
    void stop();

private:
    ReportRole(CommonParts& common, std::unique_ptr<Reports> reports);

    const std::unique_ptr<Reports> reports_;
    ReportExports exports_;
};

} // namespace bw::app
