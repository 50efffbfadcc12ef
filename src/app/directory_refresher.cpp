#include "app/directory_refresher.hpp"

#include "base/crypto.hpp"
#include "telemetry/log.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::app {

namespace {

constexpr Duration refresh_interval = 1s;
constexpr Duration save_interval = 60s; // when nothing changes; else at once

} // namespace

DirectoryRefresher::DirectoryRefresher(tenancy::TenantDirectory& directory,
                                       const Installation& installation,
                                       const std::string& conninfo, const Clock& clock)
    : directory_(directory), file_(installation.directory_file()),
      origin_(to_hex(view(sha256(conninfo)))), database_(conninfo, "bellwether directory", clock),
      clock_(clock) {}

Result<void> DirectoryRefresher::begin(bool file_will_do) {
    const Deadline deadline = Deadline::in(clock_, database_wait_at_start);
    for (;;) {
        auto looked = look(deadline);
        if (!looked && fault(looked.error().code) == Fault::permanent)
            return looked;
        if (looked || (file_will_do && start_from_file())) {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
            return {};
        }
        if (deadline.expired(clock_))
            return looked;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, 200ms);
    }
}

Result<void> DirectoryRefresher::look(Deadline deadline) {
    if (!checked_) {
        CHECK_OK(tenancy::Provisioning::check_isolation(database_, deadline));
        checked_ = true;
    }
    const bool changed = TRY(directory_.refresh(database_, deadline));
    if (changed || clock_.monotonic() >= save_at_) {
        save_at_ = clock_.monotonic() + save_interval;
        if (auto saved = Installation::write_file(file_, directory_.to_file(origin_), true); !saved)
            log::warn("directory_not_saved", {{"error", saved.error().text()}});
    }
    return {};
}

bool DirectoryRefresher::start_from_file() {
    auto text = Installation::read_file(file_);
    if (!text)
        return false;
    if (auto taken = directory_.from_file(*text, origin_); !taken) {
        log::warn("directory_file_refused", {{"error", taken.error().text()}});
        return false;
    }
    log::warn("database_away_at_start",
              {{"directory_as_of", to_rfc3339(*directory_.status().as_of)}});
    return true;
}

void DirectoryRefresher::run(const std::stop_token& stop) {
    lane::name_this_thread("directory");
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, refresh_interval, [&] { return stop.stop_requested(); })) {
        if (auto done = look(Deadline::in(clock_, 5s)); !done) {
            log::warn("directory_refresh_failed", {{"error", done.error().text()}});
            refused_ = !checked_ && fault(done.error().code) == Fault::permanent;
        }
        if (chore_)
            if (auto done = chore_(database_, Deadline::in(clock_, 5s)); !done)
                log::warn("chore_failed", {{"error", done.error().text()}});
    }
}

void DirectoryRefresher::each_time(
    std::function<Result<void>(tenancy::Database&, Deadline)> chore) {
    std::lock_guard lock(mutex_);
    chore_ = std::move(chore);
}

} // namespace bw::app
