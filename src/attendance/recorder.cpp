#include "attendance/recorder.hpp"

#include <algorithm>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::attendance {

Recorder::Recorder(Book& book, std::unique_ptr<tenancy::Database> database,
                   const tenancy::TenantDirectory& directory, const Clock& clock, Rng& rng,
                   RecorderOptions options)
    : book_(book), database_(std::move(database)), directory_(directory), clock_(clock), rng_(rng),
      options_(std::move(options)) {}

Result<std::size_t> Recorder::step(Deadline deadline) {
    // By institution and in the order of keys, so that two recorders lock alike.
    const std::vector<Book::Entry> entries = book_.take(options_.batch_rows);
    std::vector<tenancy::ScopedSteps> groups;
    std::vector<std::span<const Book::Entry>> shares;
    for (auto at = entries.begin(); at != entries.end();) {
        const auto end = std::find_if(at, entries.end(), [&](const Book::Entry& one) {
            return one.first.tenant != at->first.tenant;
        });
        const std::span<const Book::Entry> share(at, end);
        if (const auto tenant = directory_.by_id(at->first.tenant)) {
            groups.push_back({tenant->scope.for_recording(), merge_steps(share, options_.edges)});
            shares.push_back(share);
        } else {
            left_out_ += share.size();
        }
        at = end;
    }
    if (groups.empty())
        return entries.size();
    const auto outcomes = database_->run_each(groups, deadline);
    std::optional<Error> failed;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (outcomes[i]) {
            recorded_ += shares[i].size();
            continue;
        }
        failed = outcomes[i].error();
        book_.give_back({shares[i].begin(), shares[i].end()});
    }
    if (failed)
        return *std::move(failed);
    return entries.size();
}

Result<void> Recorder::record_all(Deadline until, const std::stop_token* stop) {
    while (book_.status().people > 0 && !until.expired(database_->clock()) &&
           !(stop && stop->stop_requested())) {
        auto written = step(until);
        if (failing_.exchange(!written) && written)
            log::info("attendance_is_written_again", {});
        if (!written)
            return std::move(written).error();
    }
    return {};
}

void Recorder::forget_some() {
    if (forget_in_.empty()) {
        if (clock_.monotonic() < forget_at_)
            return;
        forget_at_ = clock_.monotonic() + options_.forget_interval;
        for (const tenancy::TenantInfo& tenant : directory_.all())
            forget_in_.push_back(tenant.scope.for_recording());
        if (forget_in_.empty())
            return;
    }
    const Instant before =
        clock_.now() - std::chrono::floor<std::chrono::milliseconds>(options_.keep);
    bool more = false;
    for (const tenancy::Step& step : {forget_presence_step(before, options_.forget_rows),
                                      forget_quality_step(before, options_.forget_rows)}) {
        auto gone =
            database_->fetch(forget_in_.back(), Deadline::in(database_->clock(), options_.deadline),
                             step.statement, step.params);
        if (!gone) {
            log::warn("attendance_not_forgotten", {{"tenant", forget_in_.back().tenant().text()},
                                                   {"error", gone.error().text()}});
            continue;
        }
        forgotten_ += static_cast<std::uint64_t>(gone->affected());
        more = more || gone->affected() == options_.forget_rows;
    }
    if (!more)
        forget_in_.pop_back();
}

void Recorder::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Recorder::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void Recorder::run(const std::stop_token& stop) {
    lane::name_this_thread("attendance");
    forget_at_ = clock_.monotonic() + options_.forget_interval;
    Duration pause = options_.every;
    while (!stop.stop_requested()) {
        {
            const auto chance = std::chrono::duration_cast<Duration>(pause * (0.5 + rng_.unit()));
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, chance, [] { return false; });
        }
        if (stop.stop_requested())
            break;
        const auto written = record_all(Deadline::in(database_->clock(), options_.deadline), &stop);
        if (!written)
            log::warn("attendance_not_written", {{"error", written.error().text()}});
        pause = written ? options_.every : std::min(pause * 2, options_.pause_limit);
        if (written)
            forget_some();
    }
    const auto drained = record_all(Deadline::in(database_->clock(), options_.drain), nullptr);
    if (const std::size_t left = book_.status().people; left > 0)
        log::warn("attendance_is_lost",
                  {{"people", left}, {"error", drained ? "" : drained.error().text()}});
}

RecorderStatus Recorder::status() const {
    return {recorded_, left_out_, forgotten_, failing_};
}

} // namespace bw::attendance
