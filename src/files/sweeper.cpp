#include "files/sweeper.hpp"

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

constexpr int uploads_at_once = 200;
constexpr Duration step_deadline = 30s, share_of_tenant = 1min;

} // namespace

int Sweeper::step() {
    int gone = 0;
    for (const tenancy::TenantInfo& tenant : tenants_.all())
        if (tenant.state == tenancy::TenantState::active)
            gone += sweep(tenant.scope);
    return gone;
}

int Sweeper::sweep(const tenancy::TenantScope& scope) {
    auto over =
        database_->run(scope, Deadline::in(parts_.clock, step_deadline),
                       [](tenancy::TenantTx& tx) { return to_remove(tx, uploads_at_once); });
    if (!over) {
        log::warn("uploads_not_swept",
                  {{"tenant", scope.tenant().text()}, {"error", over.error().text()}});
        return 0;
    }
    const Deadline share = Deadline::in(parts_.clock, share_of_tenant);
    int gone = 0;
    for (const Upload& upload : *over) {
        if (share.expired(parts_.clock))
            break; // others' turn
        auto removed = remove(scope, upload.id);
        gone += removed.value_or(false);
        if (!removed) // its row stays, so the next sweep tries again
            log::warn("upload_not_removed",
                      {{"upload", upload.id.text()}, {"error", removed.error().text()}});
    }
    return gone;
}

/// Each in a transaction of its own, so that a sweep holds the rows of one person at a time. False:
/// somebody has taken hold of it since.
Result<bool> Sweeper::remove(const tenancy::TenantScope& scope, UploadId id) {
    const Deadline deadline = Deadline::in(parts_.clock, step_deadline);
    std::optional<Upload> marked;
    CHECK_OK(database_->run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        marked.reset();
        if (TRY(begin_removing(tx, id)))
            marked = TRY(find(tx, id));
        return {};
    }));
    if (!marked)
        return false;
    CHECK_OK(remove_objects(parts_, *database_, scope, *marked, deadline));
    return true;
}

void Sweeper::start(Duration interval) {
    thread_ = std::jthread([this, interval](const std::stop_token& stop) {
        lane::name_this_thread("files sweep");
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); }))
            step();
    });
}

void Sweeper::stop() {
    thread_.request_stop();
    if (thread_.joinable())
        thread_.join();
}

} // namespace bw::files
