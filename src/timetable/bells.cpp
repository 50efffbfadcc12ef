#include "timetable/bells.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"
#include "timetable/occurrences.hpp"
#include "timetable/sections.hpp"
#include "timetable/store.hpp"
#include "timetable/timetable_sql.hpp"

namespace bw::timetable {

namespace {

constexpr Duration first_after = 1min, interval = 15min, round_limit = 10s;

/// When lessons of sections begin that the roster still has.
Result<std::vector<Instant>> beginnings(tenancy::TenantTx& tx, const Plan& plan, Instant now,
                                        const BellRules& rules) {
    const auto ahead = occurrences(plan, now, now + rules.ahead);
    const auto titles = TRY(titles_of(tx, plan, ahead));
    std::set<Instant> out;
    for (const Occurrence& one : ahead)
        if (titles.contains(plan.timetable().lessons[one.lesson].section) && one.begin > now &&
            out.size() < rules.limit)
            out.insert(one.begin);
    return std::vector(out.begin(), out.end());
}

} // namespace

Result<void> write_bells(tenancy::TenantTx& tx, const Plan& plan, Instant now, Rng& rng,
                         const BellRules& rules) {
    const std::vector<Instant> bells = TRY(beginnings(tx, plan, now, rules));
    std::vector<Uuid> ids;
    for (std::size_t i = 0; i < bells.size(); ++i)
        ids.push_back(make_uuid_v7(now, rng));
    pg::Params gone, put, until;
    gone.instant(now).instants(bells);
    put.uuids(ids).instants(bells);
    until.instant(now + rules.ahead);
    const auto answers = TRY(tx.run({{sql::remove_timetable_bells, gone},
                                     {sql::put_timetable_bells, put},
                                     {sql::bells_stand, until}}));
    if (answers[0].affected() + answers[1].affected() > 0)
        TRY(tx.run(sql::announce_timetable_bells));
    return {};
}

BellWriter::BellWriter(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
                       const Clock& clock, Rng& rng, BellRules rules)
    : make_database_(std::move(make_database)), directory_(directory), clock_(clock), rng_(rng),
      rules_(rules) {}

void BellWriter::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void BellWriter::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void BellWriter::run(const std::stop_token& stop) {
    lane::name_this_thread("timetable-bells");
    for (Duration pause = first_after;; pause = interval) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, pause, [] { return false; });
        }
        if (stop.stop_requested())
            return;
        step(stop);
    }
}

std::size_t BellWriter::step(const std::stop_token& stop) {
    const auto database = make_database_();
    std::size_t written = 0;
    for (const tenancy::TenantInfo& tenant : directory_.all()) {
        if (stop.stop_requested())
            break;
        const auto done = database->run(
            tenant.scope, Deadline::in(database->clock(), round_limit),
            [&](tenancy::TenantTx& tx) -> Result<bool> {
                const Instant now = clock_.now();
                pg::Params params;
                params.instant(now + rules_.at_least).instant(now + rules_.ahead + 24h);
                if (TRY(tx.run(sql::bells_are_due, params)).empty())
                    return false;
                const Plan plan = TRY(Plan::make(TRY(read_timetable(tx)).timetable));
                CHECK_OK(write_bells(tx, plan, now, rng_, rules_));
                return true;
            });
        if (!done && tenant.state == tenancy::TenantState::active)
            log::warn("timetable_bells_not_written",
                      {{"tenant", tenant.scope.tenant().text()}, {"error", done.error().text()}});
        written += done && *done ? 1 : 0;
    }
    return written;
}

} // namespace bw::timetable
