// Role api put together: what people read and change beside signing in and handing in, with the
// event streams, first pages in memory and uploads.
#pragma once

#include <memory>

#include "app/common_parts.hpp"
#include "app/files.hpp"
#include "app/first_pages.hpp"
#include "content/routes.hpp"
#include "exports/routes.hpp"
#include "institution/routes.hpp"
#include "marking/routes.hpp"
#include "notices/routes.hpp"
#include "submissions/intake.hpp"
#include "timetable/routes.hpp"

namespace bw::app {

class ApiRole {
public:
    /// All outlive it.
    static Result<std::unique_ptr<ApiRole>> open(CommonParts& common, tenancy::DatabaseLane& lane);
    /// `intake`: of submissions, where it is in this process; else null.
    void add_routes(net::RouteTable& routes, const submissions::Intake* intake);
    void start();
    void tell(HealthSources& health) const;
    /// Of what is written: others may hear it too.
    /// Of what is read from the store.
    tenancy::DatabaseLane& files_lane() { return *files_.lane; }
    packs::ChangeFeed& changes() { return first_pages_.feed(); }
    /// Event streams and first pages ask by the lane, so they end before it.
    void stop_asking();
    void stop_files() { files_.stop(common_.clock); }

private:
    ApiRole(CommonParts& common, tenancy::DatabaseLane& lane, FileParts files,
            const SigningKey& pseudonyms, audit::SubjectKeys persons);

    CommonParts& common_;
    tenancy::DatabaseLane& lane_;
    notices::Hub hub_;
    const tenancy::RevocationFeed::NewsWatch news_;
    FirstPages first_pages_;
    FileParts files_;
    const marking::Pseudonyms pseudonyms_;
    // Routes refer to these.
    const institution::RouteParts institution_parts_;
    const marking::RouteParts marking_parts_;
    const notices::RouteParts notice_parts_;
    const content::RouteParts content_parts_;
    const timetable::RouteParts timetable_parts_;
    const exports::RouteParts export_parts_;
};

} // namespace bw::app
