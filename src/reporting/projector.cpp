#include "reporting/projector.hpp"

#include <algorithm>
#include <utility>

#include "lane/lane.hpp"
#include "reporting/primary_tables.hpp"
#include "reporting/session.hpp"
#include "telemetry/log.hpp"

namespace bw::reporting {

std::string_view wire_name(ProjectorState state) {
    switch (state) {
    case ProjectorState::starting:
        return "starting";
    case ProjectorState::snapshot:
        return "snapshot";
    case ProjectorState::streaming:
        return "streaming";
    case ProjectorState::rewriting:
        return "rewriting";
    case ProjectorState::waiting:
        return "waiting";
    case ProjectorState::stopped:
        return "stopped";
    }
    return "";
}

Projector::Projector(ProjectorOptions options, Connect connect, AfterApply after_apply,
                     const Clock& clock, Rng& rng)
    : options_(std::move(options)), connect_(std::move(connect)),
      after_apply_(std::move(after_apply)), clock_(clock), rng_(rng) {}

Projector::~Projector() {
    stop();
}

void Projector::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Projector::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    {
        const std::lock_guard lock(mutex_);
        if (in_use_ != nullptr)
            in_use_->interrupt(); // rollups that are made anew may take many minutes
    }
    thread_.join();
}

ProjectorStatus Projector::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

bool Projector::wait(const std::function<bool(const ProjectorStatus&)>& so,
                     Deadline deadline) const {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, deadline.remaining(clock_), [&] { return so(status_); });
}

void Projector::tell(const std::function<void(ProjectorStatus&)>& change) {
    {
        const std::lock_guard lock(mutex_);
        change(status_);
    }
    told_.notify_all();
}

void Projector::run(const std::stop_token& stop) {
    lane::name_this_thread("projector");
    Duration pause = options_.pause_min, snapshot_pause = options_.snapshot_pause_min;
    std::optional<std::string> anew;
    while (!stop.stop_requested()) {
        const ProjectorStatus before = status();
        const Monotonic began = clock_.monotonic();
        const Result<void> ended = run_session(std::exchange(anew, std::nullopt), stop);
        if (ended)
            continue; // it was told to stop, or the file is another
        if (wants_snapshot(ended.error()))
            anew = ended.error().detail;
        if (status().commits != before.commits)
            pause = options_.pause_min; // it had come somewhere
        Duration next = std::exchange(pause, std::min(pause * 2, options_.pause_max));
        if (status().snapshots_begun != before.snapshots_begun)
            next = std::max(
                next, std::exchange(snapshot_pause,
                                    std::min(snapshot_pause * 4, options_.snapshot_pause_max)));
        else if (clock_.monotonic() - began >= options_.snapshot_proven)
            snapshot_pause = options_.snapshot_pause_min;
        const Duration wait = settle(ended.error(), next);
        std::unique_lock lock(mutex_);
        told_.wait_for(lock, stop, wait, [] { return false; });
    }
}

Result<void> Projector::run_session(std::optional<std::string> anew, const std::stop_token& stop) {
    const auto connection = TRY(connect_());
    const auto use = [this](columnar::Connection* now) {
        const std::lock_guard lock(mutex_);
        in_use_ = now;
    };
    use(connection.get());
    auto ended = stop.stop_requested() ? Result<void>()
                                       : Session(
                                             options_, *connection, after_apply_, clock_,
                                             [this](const auto& change) { tell(change); },
                                             std::move(anew), rewrite_failures_)
                                             .run(stop);
    use(nullptr);
    return ended;
}

/// What operators see until the next try, and how long that is from now.
Duration Projector::settle(const Error& why, Duration pause) {
    const bool stopped = is_schema_fault(why);
    log::warn("report_stream_interrupted", {{"reason", why.text()}, {"stopped", stopped}});
    tell([&](ProjectorStatus& status) {
        status.state = stopped ? ProjectorState::stopped : ProjectorState::waiting;
        status.reason = why.text();
    });
    const Duration base = stopped ? options_.schema_pause : pause;
    return base / 2 +
           Duration(static_cast<std::int64_t>(static_cast<double>(base.count()) / 2 * rng_.unit()));
}

} // namespace bw::reporting
