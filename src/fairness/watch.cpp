#include "fairness/watch.hpp"

#include <algorithm>

#include "fairness/give_back_jobs.hpp"
#include "fairness/outages_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::fairness {

bool failing(const Answered& answered) {
    constexpr std::uint64_t enough = 10; // fewer faults may be one client's bad luck
    return answered.faults >= enough && 2 * answered.faults > answered.all;
}

Watch::Watch(std::vector<Service> services, const tenancy::TenantDirectory& directory,
             const Clock& clock, Rng& rng, WatchOptions options)
    : directory_(directory), clock_(clock), rng_(rng), options_(options) {
    for (Service& service : services)
        watched_.push_back({.service = std::move(service)});
}

Meter* Watch::meter(std::string_view service) {
    for (const Watched& watched : watched_)
        if (watched.service.name == service)
            return watched.meter.get();
    return nullptr;
}

Result<void> Watch::step(tenancy::Database& database, Deadline deadline) {
    const Monotonic now = clock_.monotonic();
    if (stepped_at_ && now - *stepped_at_ < options_.interval)
        return {};
    if (stepped_at_ && now - *stepped_at_ >= options_.shortest)
        forget(); // it stood still, and knows nothing of that time
    stepped_at_ = now;
    look(now);
    CHECK_OK(say(database, now, deadline));
    return begin_settling(database, deadline);
}

void Watch::forget() {
    for (Watched& watched : watched_)
        watched.works_since.reset();
}

/// What fails now has not worked since the last step either.
void Watch::look(Monotonic now) {
    for (Watched& watched : watched_) {
        const bool works =
            !failing(watched.meter->take()) && (!watched.service.works || watched.service.works());
        if (!works)
            watched.works_since.reset();
        else if (!watched.works_since)
            watched.works_since = now;
    }
}

Result<void> Watch::say(tenancy::Database& database, Monotonic now, Deadline deadline) {
    std::vector<std::string> services;
    std::vector<std::int64_t> worked;
    for (const Watched& watched : watched_)
        if (watched.works_since) {
            services.push_back(watched.service.name);
            worked.push_back((now - *watched.works_since) / 1ms);
        }
    if (services.empty())
        return {};
    pg::Params params;
    params.texts(services)
        .int8s(worked)
        .int8(options_.shortest / 1ms)
        .int8(options_.final_after / 1ms);
    TRY(database.run_batch({}, {{sql::beat, std::move(params)}}, deadline));
    return {};
}

Result<void> Watch::begin_settling(tenancy::Database& database, Deadline deadline) {
    pg::Params params;
    params.int8(options_.longest / 1ms).int4(options_.institutions_at_once);
    const auto due = TRY(database.run_batch({}, {{sql::outages_due, std::move(params)}}, deadline));
    const pg::Rows& rows = due.front();
    for (int row = 0; row < rows.count(); ++row) {
        const auto tenant = directory_.by_id(rows.id<TenantId>(row, 0));
        if (!tenant)
            continue; // newer than our directory
        const OutageId outage = rows.id<OutageId>(row, 1);
        pg::Params begin;
        begin.id(outage)
            .text(rows.text(row, 2))
            .optional_text(rows.optional_text(row, 3))
            .instant(rows.instant(row, 4))
            .instant(rows.instant(row, 5));
        const auto first =
            database.run(tenant->scope, deadline, [&](tenancy::TenantTx& tx) -> Result<bool> {
                if (TRY(tx.run(sql::begin_settling, begin)).empty())
                    return false; // another process was
                CHECK_OK(give_back_later(tx, outage, clock_, rng_));
                return true;
            });
        if (!first) // the others are not to wait for it
            log::warn("outage_not_settled", {{"outage", outage.text()},
                                             {"tenant", tenant->scope.tenant().text()},
                                             {"error", first.error().text()}});
        else if (*first)
            log::warn("outage_settling_begins", {{"outage", outage.text()},
                                                 {"tenant", tenant->scope.tenant().text()},
                                                 {"service", rows.text(row, 2)}});
    }
    return {};
}

} // namespace bw::fairness
