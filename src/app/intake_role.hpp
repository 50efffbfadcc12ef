// Role intake put together: submissions with their journal and proofs, activities with theirs.
#pragma once

#include <memory>

#include "app/activity.hpp"
#include "app/common_parts.hpp"
#include "app/intake.hpp"

namespace bw::app {

class IntakeRole {
public:
    /// Needs the database (open_intake). `common` outlives it.
    static Result<std::unique_ptr<IntakeRole>> open(CommonParts& common);
    void add_routes(net::RouteTable& routes);
    void tell(HealthSources& health) const;
    const journal::Journal* journal() const { return intake_.journal.get(); }
    const submissions::Recorder* recorder() const { return intake_.recorder.get(); }
    const submissions::Intake* intake() const { return intake_.intake.get(); }
    void stop();

private:
    IntakeRole(CommonParts& common, IntakeParts intake, ActivityParts activity)
        : common_(common), intake_(std::move(intake)), activity_(std::move(activity)) {}

    CommonParts& common_;
    IntakeParts intake_;
    ActivityParts activity_;
};

} // namespace bw::app
