#include "auth/session_sweep.hpp"

#include "auth/auth_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::auth {

SessionSweep::SessionSweep(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
                           SweepOptions options)
    : make_database_(std::move(make_database)), directory_(directory), options_(options) {}

void SessionSweep::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void SessionSweep::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void SessionSweep::run(const std::stop_token& stop) {
    lane::name_this_thread("session-sweep");
    for (Duration pause = options_.first_after;; pause = options_.interval) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, pause, [] { return false; });
        }
        if (stop.stop_requested())
            return;
        if (const std::int64_t gone = step(stop); gone > 0)
            log::info("sessions_forgotten", {{"count", gone}});
    }
}

std::int64_t SessionSweep::step(const std::stop_token& stop) {
    const auto database = make_database_();
    pg::Params params;
    params.int4(options_.rows_limit);
    std::int64_t gone = 0;
    for (const tenancy::TenantInfo& tenant : directory_.all())
        for (std::int64_t last = options_.rows_limit;
             last == options_.rows_limit && !stop.stop_requested(); gone += last) {
            auto swept = database->fetch(tenant.scope.for_recording(),
                                         Deadline::in(database->clock(), options_.deadline),
                                         sql::forget_sessions, params);
            if (!swept)
                log::warn("sessions_not_forgotten", {{"tenant", tenant.scope.tenant().text()},
                                                     {"error", swept.error().text()}});
            last = swept ? swept->affected() : 0;
        }
    return gone;
}

} // namespace bw::auth
