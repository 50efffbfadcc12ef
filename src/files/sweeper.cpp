#include "files/sweeper.hpp"

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

constexpr int uploads_at_once = 200;
constexpr Duration step_deadline = 30s;

} // namespace

int Sweeper::step() {
    int gone = 0;
    for (const tenancy::TenantInfo& tenant : tenants_.all())
        if (tenant.state == tenancy::TenantState::active)
            gone += sweep(tenant.scope);
    return gone;
}

int Sweeper::sweep(const tenancy::TenantScope& scope) {
    std::vector<Upload> over;
    auto mark = [&](tenancy::TenantTx& tx) -> Result<void> {
        over.clear();
        for (Upload& upload : TRY(to_remove(tx, parts_.clock.now(), uploads_at_once)))
            if (TRY(begin_removing(tx, upload.id))) // or somebody has taken hold of it since
                over.push_back(TRY(as_it_is(tx, upload.id)));
        return {};
    };
    auto deadline = Deadline::in(parts_.clock, step_deadline);
    if (auto marked = database_->run(scope, deadline, mark); !marked) {
        log::warn("uploads_not_swept",
                  {{"tenant", scope.tenant().text()}, {"error", marked.error().text()}});
        return 0;
    }
    int gone = 0;
    for (const Upload& upload : over) {
        auto removed = remove_objects(parts_, *database_, scope, upload);
        gone += removed.has_value();
        if (!removed) // its row stays, so the next sweep tries again
            log::warn("upload_not_removed",
                      {{"upload", upload.id.text()}, {"error", removed.error().text()}});
    }
    return gone;
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
