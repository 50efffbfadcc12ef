#include "reporting/projector.hpp"

#include <algorithm>

#include "lane/lane.hpp"
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
    Duration pause = options_.pause_min;
    while (!stop.stop_requested()) {
        const std::uint64_t commits = status().commits;
        auto connection = connect_();
        const Result<void> ended = connection
                                       ? Session(options_, **connection, after_apply_, clock_,
                                                 [this](const auto& change) { tell(change); })
                                             .run(stop)
                                       : Result<void>(connection.error());
        if (ended) // it was told to stop
            return;
        if (status().commits != commits)
            pause = options_.pause_min; // it had come somewhere
        const Duration wait = settle(ended.error(), pause);
        pause = std::min(pause * 2, options_.pause_max);
        std::unique_lock lock(mutex_);
        told_.wait_for(lock, stop, wait, [] { return false; });
    }
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
