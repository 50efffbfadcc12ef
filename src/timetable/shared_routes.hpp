// What the routes of this module have in common. Internal.
#pragma once

#include <string>
#include <utility>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/route_work.hpp"
#include "timetable/bells.hpp"
#include "timetable/routes.hpp"
#include "timetable/schemas.hpp"
#include "timetable/sections.hpp"
#include "timetable/store.hpp"
#include "timetable/timetable_json.hpp"

namespace bw::timetable {

using tenancy::Principal, tenancy::Work, tenancy::answered, tenancy::in_transaction;
using Read = tenancy::ReadInto<RouteParts>;

/// The institution's, as its operators entered it.
std::string zone_of(const RouteParts& parts, TenantId tenant);

/// The same, or UTC where the system's tzdata does not have it.
Result<Zone> known_zone(const RouteParts& parts, TenantId tenant);

/// Changes the timetable: edit(before, after) -> Result<void> on a copy, which is then checked and
/// written, with the bells that follow from it and an audit event. `look` sees the plan before the
/// bells are announced, which keeps other institutions waiting until COMMIT.
struct Saved {
    std::int64_t version;
    Plan plan;
};
template <class Edit, class Look>
Result<Saved> change_timetable(const RouteParts& parts, tenancy::TenantTx& tx,
                               const Principal& principal, std::string_view action,
                               const std::string& subject, Instant now, Edit&& edit, Look&& look) {
    const Stored before = TRY(lock_timetable(tx));
    Timetable after = before.timetable;
    if (after.zone.empty())
        after.zone = zone_of(parts, tx.tenant());
    CHECK_OK(edit(before, after));
    Plan plan = TRY(save_timetable(tx, before, std::move(after), now));
    CHECK_OK(
        audit::record(tx, {principal.user.text(), action, subject, "{}"}, parts.clock, parts.rng));
    look(plan);
    CHECK_OK(write_bells(tx, plan, now, parts.rng));
    return Saved{before.version + 1, std::move(plan)};
}
template <class Edit>
Result<Saved> change_timetable(const RouteParts& parts, tenancy::TenantTx& tx,
                               const Principal& principal, std::string_view action,
                               const std::string& subject, Instant now, Edit&& edit) {
    return change_timetable(parts, tx, principal, action, subject, now, std::forward<Edit>(edit),
                            [](const Plan&) {});
}

/// 200 with the version as ETag, unless said.
net::Response tagged(std::string json, std::int64_t version, int status = 200);
net::Parameter version_parameter();

/// `from` and `until`, RFC 3339: without the first from now on, without the second for as long as
/// `usual`. invalid_field for what is longer than `limit`, or no window.
struct Window {
    Instant from, until;
};
Result<Window> window_in(const net::Request& request, Instant now, Duration usual, Duration limit);
constexpr net::Parameter from_parameter{.name = "from",
                                        .description = "From when on; without: from now on.",
                                        .schema = R"({"type": "string", "format": "date-time"})",
                                        .example = "2026-11-30T00:00:00.000Z"};
constexpr net::Parameter conflicts_until_parameter{
    .name = "until",
    .description = "Until when, 31 days later at most; without: two weeks later.",
    .schema = R"({"type": "string", "format": "date-time"})",
    .example = "2026-12-07T00:00:00.000Z"};
constexpr net::Parameter until_parameter{.name = "until",
                                         .description = "Until when, 62 days later at most; "
                                                        "without: four weeks later.",
                                         .schema = R"({"type": "string", "format": "date-time"})",
                                         .example = "2026-12-07T00:00:00.000Z"};

/// precondition_failed: it is another version.
Result<void> check_version(const Stored& stored, std::int64_t version);
/// conflict: there is no timetable yet.
Result<void> check_begun(const Stored& stored);

void add_calendar_routes(net::RouteTable& routes, const RouteParts& parts);
void add_table_routes(net::RouteTable& routes, const RouteParts& parts);
void add_lesson_routes(net::RouteTable& routes, const RouteParts& parts);
void add_day_routes(net::RouteTable& routes, const RouteParts& parts);
void add_school_day_routes(net::RouteTable& routes, const RouteParts& parts);
void add_feed_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::timetable
