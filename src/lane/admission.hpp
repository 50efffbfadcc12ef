// Admission: who may wait in a lane's queue, who is told to come back, and when. Bounds, deadlines
// and counts around a FairQueue; its owner brings the lock.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "lane/fair_queue.hpp"
#include "telemetry/histogram.hpp"

namespace bw::lane {

/// Why work was never started, counted.
struct Refusals {
    std::uint64_t queue_full = 0;
    std::uint64_t displaced = 0; // waited, and made room for a tenant that had less
    std::uint64_t too_slow = 0;  // its turn would have come after its deadline
    std::uint64_t too_late = 0;  // its deadline was over when it came
    std::uint64_t stopping = 0;

    std::uint64_t all() const { return queue_full + displaced + too_slow + too_late + stopping; }
};

struct LaneStatus {
    std::string name;
    int threads = 0;
    std::size_t queued = 0;
    std::size_t queue_items_limit = 0;
    std::size_t running = 0; // items in work now
    std::uint64_t started = 0;
    std::uint64_t refused = 0; // for whatever reason
    std::uint64_t expired = 0; // the deadline passed in the queue
    Refusals refusals = {};
    telemetry::HistogramSnapshot waiting = {}; // of an item, in the queue
    telemetry::HistogramSnapshot service = {}; // of a turn; its sum is the time threads were busy
};

/// Payload is what waits. Not thread-safe, except `status_of`'s histograms.
template <class Payload>
class Admission {
public:
    struct Waiting {
        Deadline deadline;
        Monotonic since;
        Payload payload;
    };
    struct Refused {
        Payload payload;
        Error error;
    };

    Admission(std::string name, int threads, std::size_t queue_items_limit, Weight weight)
        : name_(std::move(name)), threads_(threads), limit_(queue_items_limit),
          queue_(std::move(weight)) {}

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    bool stopping() const { return stopping_; }
    void stop() { stopping_ = true; }

    /// Lets the payload wait, or says who does not: the newcomer, or one that made room for it.
    std::optional<Refused> admit(TenantId tenant, Deadline deadline, Payload payload,
                                 Monotonic now) {
        if (stopping_)
            return refuse(std::move(payload), refusals_.stopping, stopping_error());
        if (now >= deadline.at())
            return refuse(std::move(payload), refusals_.too_late,
                          fail(Code::deadline_exceeded, "the request came too late to be started"));
        // What cannot finish in time is refused now, while the caller can still act on it.
        const Duration remaining = deadline.at() - now;
        if (interval() * static_cast<std::int64_t>(queue_.size()) > remaining)
            if (const Duration wait = wait_of(tenant); wait > remaining)
                return refuse(std::move(payload), refusals_.too_slow,
                              overloaded(tenant, wait - remaining, now));
        std::optional<Refused> refused;
        if (queue_.size() >= limit_) {
            auto displaced = queue_.displace_for(tenant);
            if (!displaced)
                return refuse(std::move(payload), refusals_.queue_full,
                              overloaded(tenant, interval(), now));
            const TenantId other = displaced->tenant;
            refused = refuse(std::move(displaced->item.payload), refusals_.displaced,
                             overloaded(other, interval(), now));
        }
        queue_.push(tenant, {deadline, now, std::move(payload)});
        return refused;
    }

    struct Taken {
        Waiting item;
        std::optional<Error> error; // it is not to be started
    };
    /// Whose turn it is; there is one.
    Taken take(Monotonic now) {
        Taken taken{queue_.pop(), {}};
        if (stopping_) {
            ++refusals_.stopping;
            taken.error = stopping_error();
        } else if (now >= taken.item.deadline.at()) {
            ++expired_;
            taken.error =
                fail(Code::deadline_exceeded, "the request waited too long and was not started");
        } else {
            ++started_;
            ++running_;
            waiting_.add(now - taken.item.since);
        }
        return taken;
    }

    /// `items` that were taken together took this long on their thread.
    void finished(Duration took, std::size_t items) {
        running_ -= items;
        service_.add(took);
        service_time_ += (took / static_cast<std::int64_t>(items) - service_time_) / 16;
    }

    LaneStatus status() const {
        return {.name = name_,
                .threads = threads_,
                .queued = queue_.size(),
                .queue_items_limit = limit_,
                .running = running_,
                .started = started_,
                .refused = refusals_.all(),
                .expired = expired_,
                .refusals = refusals_,
                .waiting = waiting_.snapshot(),
                .service = service_.snapshot()};
    }

private:
    static constexpr std::size_t promises_limit = 1024;

    static Error stopping_error() { return fail(Code::unavailable, "the server is stopping"); }
    std::optional<Refused> refuse(Payload payload, std::uint64_t& reason, Error error) {
        ++reason;
        return Refused{std::move(payload), std::move(error)};
    }

    /// Between two items leaving the queue, at the rate seen lately.
    Duration interval() const { return service_time_ / std::max(1, threads_); }
    /// Until a newcomer of this tenant has its turn.
    Duration wait_of(TenantId tenant) const {
        return interval() * static_cast<std::int64_t>(queue_.ahead(tenant));
    }

    /// Those who are refused together are not told to come back together: each gets a moment of its
    /// own, as far apart as the tenant's turns are, up to one more queue's worth.
    Error overloaded(TenantId tenant, Duration until_room, Monotonic now) {
        const std::size_t own = queue_.queued(tenant);
        const Duration between_turns = interval() *
                                       static_cast<std::int64_t>(queue_.ahead(tenant) + 1) /
                                       static_cast<std::int64_t>(own + 1);
        Monotonic moment = now + until_room;
        if (promises_.size() >= promises_limit)
            std::erase_if(promises_, [&](const auto& promise) { return promise.second <= now; });
        if (auto at = promises_.find(tenant); at != promises_.end())
            moment = std::clamp(at->second + between_turns, moment,
                                moment + between_turns * static_cast<std::int64_t>(limit_));
        if (promises_.size() < promises_limit || promises_.contains(tenant))
            promises_[tenant] = moment;
        Error error = fail(Code::overloaded, "the " + name_ + " lane is full");
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(moment - now);
        return error;
    }

    const std::string name_;
    const int threads_;
    const std::size_t limit_;
    FairQueue<Waiting> queue_;
    std::unordered_map<TenantId, Monotonic> promises_; // the last moment told to each
    Duration service_time_ = 1ms; // of one item on one thread: exponentially weighted mean
    std::size_t running_ = 0;
    std::uint64_t started_ = 0, expired_ = 0;
    Refusals refusals_;
    telemetry::Histogram waiting_, service_;
    bool stopping_ = false;
};

} // namespace bw::lane
