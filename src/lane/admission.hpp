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
#include "lane/waiting_room.hpp"
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
    Duration oldest{};       // how long the one that waits longest has waited
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
        Instant arrived;  // the tenant's items are sorted by it
        bool keeps_place; // it said when it first arrived, and may come again with that
        Payload payload;
    };
    struct Refused {
        Payload payload;
        Error error;
    };

    /// `keeps_places`: who said when they first arrived has a place when they are refused, and
    /// keeps it by saying so again. Whoever says nothing stands behind those who wait, and has
    /// none.
    Admission(std::string name, int threads, std::size_t queue_items_limit, Weight weight,
              bool keeps_places = false)
        : name_(std::move(name)), threads_(threads), limit_(queue_items_limit),
          queue_(std::move(weight)) {
        if (keeps_places)
            room_.emplace();
    }

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    bool stopping() const { return stopping_; }
    void stop() { stopping_ = true; }

    /// Lets the payload wait, or says who does not: the newcomer, or one that made room for it.
    /// Within a tenant who arrived earlier goes before who arrived later, whoever comes again.
    std::optional<Refused> admit(TenantId tenant, Deadline deadline, Payload payload, Monotonic now,
                                 std::optional<Instant> first_arrived = {}) {
        if (room_ && first_arrived)
            room_->leave(tenant, *first_arrived);
        if (stopping_)
            return refuse(std::move(payload), refusals_.stopping, stopping_error());
        if (now >= deadline.at())
            return refuse(std::move(payload), refusals_.too_late,
                          fail(Code::deadline_exceeded, "the request came too late to be started"));
        // What cannot finish in time is refused now, while the caller can still act on it.
        const Duration remaining = deadline.at() - now;
        const std::size_t place =
            first_arrived
                ? queue_.place_of(
                      tenant, [&](const Waiting& item) { return item.arrived <= *first_arrived; })
                : SIZE_MAX;
        if (interval() * static_cast<std::int64_t>(queue_.size()) > remaining)
            if (const Duration wait = wait_of(tenant, place); wait > remaining)
                return refuse(std::move(payload), refusals_.too_slow,
                              overloaded(tenant, wait - remaining, now, first_arrived, remaining));
        if (room_ && first_arrived &&
            belongs_behind_the_room(tenant, *first_arrived, place, remaining))
            return refuse(std::move(payload), refusals_.too_slow,
                          overloaded(tenant, interval(), now, first_arrived, remaining));
        std::optional<Refused> refused;
        if (queue_.size() >= limit_) {
            auto displaced = queue_.displace_for(tenant);
            if (!displaced && place < queue_.queued(tenant))
                displaced = {tenant, queue_.take_last(tenant)};
            if (!displaced)
                return refuse(std::move(payload), refusals_.queue_full,
                              overloaded(tenant, interval(), now, first_arrived, remaining));
            Waiting& other = displaced->item;
            refused =
                refuse(std::move(other.payload), refusals_.displaced,
                       overloaded(displaced->tenant, interval(), now,
                                  other.keeps_place ? std::optional(other.arrived) : std::nullopt,
                                  other.deadline.at() - other.since));
        }
        const Waiting* last = queue_.last_of(tenant);
        const Instant arrived = first_arrived.value_or(last ? last->arrived : Instant{});
        queue_.push(tenant, {deadline, now, arrived, first_arrived.has_value(), std::move(payload)},
                    place);
        return refused;
    }

    struct Taken {
        Waiting item;
        TenantId tenant;
        std::optional<Error> error; // it is not to be started
    };
    /// Whose turn it is; there is one.
    Taken take(Monotonic now) {
        auto [tenant, item] = queue_.pop();
        Taken taken{std::move(item), tenant, {}};
        if (stopping_) {
            ++refusals_.stopping;
            taken.error = stopping_error();
        } else if (now >= taken.item.deadline.at()) {
            ++expired_;
            taken.error =
                fail(Code::deadline_exceeded, "the request waited too long and was not started");
            if (room_ && taken.item.keeps_place)
                keep_place(*taken.error, taken.tenant, now, taken.item.arrived,
                           taken.item.deadline.at() - taken.item.since);
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

    /// Linear in what waits.
    LaneStatus status(Monotonic now) const {
        Duration oldest{};
        queue_.each([&](const Waiting& item) { oldest = std::max(oldest, now - item.since); });
        return {.name = name_,
                .threads = threads_,
                .queued = queue_.size(),
                .queue_items_limit = limit_,
                .running = running_,
                .oldest = oldest,
                .started = started_,
                .refused = refusals_.all(),
                .expired = expired_,
                .refusals = refusals_,
                .waiting = waiting_.snapshot(),
                .service = service_.snapshot()};
    }

    /// Gives an error the place of somebody who had a turn in vain, or has been refused. Those who
    /// come again with it are told to come a little before their turn, and not later than
    /// the room's limit, because the rate seen lately is no promise. What the error itself says of
    /// when to come (a breaker's moment, the same for all) is waited for first, and those whose
    /// turns would be soon after it are no longer told apart.
    void keep_place(Error& error, TenantId tenant, Monotonic now, Instant arrived,
                    Duration patience) {
        const std::size_t own =
            queue_.place_of(tenant, [&](const Waiting& item) { return item.arrived <= arrived; });
        const std::size_t place = own + (room_ ? room_->enter(tenant, arrived, now) : 0);
        const Duration closed = error.retry_after.value_or(0ms);
        const Duration estimate = between_turns(tenant) * static_cast<std::int64_t>(place + 1);
        error.waiting = std::make_shared<const WaitingPlace>(WaitingPlace{
            .place = place,
            .estimate = std::chrono::ceil<std::chrono::milliseconds>(closed + estimate),
            .own_moment = closed == Duration::zero()});
        const Duration limit =
            room_ && closed == 0ms ? room_->return_limit(place) : WaitingRoom::return_limit_max;
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(std::max<Duration>(
            closed + std::clamp<Duration>(estimate - patience / 2, 0s, limit), 1s));
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
    /// Until a newcomer of this tenant, behind `place` of its own, has its turn.
    Duration wait_of(TenantId tenant, std::size_t place) const {
        return interval() * static_cast<std::int64_t>(queue_.ahead(tenant, place));
    }
    /// Between two turns of this tenant, while all wait that wait now.
    Duration between_turns(TenantId tenant) const {
        return interval() * static_cast<std::int64_t>(queue_.ahead(tenant) + 1) /
               static_cast<std::int64_t>(queue_.queued(tenant) + 1);
    }

    /// Would the turn come too late, were those let in first who arrived before and are away until
    /// the moment that they were told? Not while the tenant has little in the queue: a thread that
    /// has nothing to do waits for nobody.
    bool belongs_behind_the_room(TenantId tenant, Instant arrived, std::size_t place,
                                 Duration patience) const {
        const std::size_t queued = queue_.queued(tenant), away = room_->before(tenant, arrived);
        const Duration apart = between_turns(tenant);
        auto turns = [&](std::size_t n) { return apart * static_cast<std::int64_t>(n); };
        return away > 0 && turns(std::min(place, queued) + away) > patience &&
               turns(queued) > patience / 2;
    }

    /// Those who are refused together are not told to come back together: each gets a moment of its
    /// own, as far apart as the tenant's turns are, up to one more queue's worth.
    Error overloaded(TenantId tenant, Duration until_room, Monotonic now,
                     std::optional<Instant> first_arrived, Duration patience) {
        if (room_ && first_arrived) {
            Error error = fail(Code::overloaded, "too many are waiting here; come again after "
                                                 "Retry-After with `waiting.ticket`");
            keep_place(error, tenant, now, *first_arrived, patience);
            return error;
        }
        Error error =
            fail(Code::overloaded, "too many are waiting here; come again after Retry-After");
        const Duration apart = between_turns(tenant);
        Monotonic moment = now + until_room;
        if (promises_.size() >= promises_limit)
            std::erase_if(promises_, [&](const auto& promise) { return promise.second <= now; });
        if (auto at = promises_.find(tenant); at != promises_.end())
            moment = std::clamp(at->second + apart, moment,
                                moment + apart * static_cast<std::int64_t>(limit_));
        if (promises_.size() < promises_limit || promises_.contains(tenant))
            promises_[tenant] = moment;
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(moment - now);
        return error;
    }

    const std::string name_;
    const int threads_;
    const std::size_t limit_;
    FairQueue<Waiting> queue_;
    std::optional<WaitingRoom> room_;
    std::unordered_map<TenantId, Monotonic> promises_; // the last moment told to each
    Duration service_time_ = 1ms; // of one item on one thread: exponentially weighted mean
    std::size_t running_ = 0;
    std::uint64_t started_ = 0, expired_ = 0;
    Refusals refusals_;
    telemetry::Histogram waiting_, service_;
    bool stopping_ = false;
};

} // namespace bw::lane
