#include "tenancy/breaker.hpp"

#include <algorithm>
#include <bit>

namespace bw::tenancy {

std::string_view wire_name(BreakerState state) {
    switch (state) {
    case BreakerState::closed:
        return "closed";
    case BreakerState::open:
        return "open";
    case BreakerState::half_open:
        return "half_open";
    }
    return "";
}

Result<void> Breaker::admit() {
    std::lock_guard lock(mutex_);
    if (state_ == BreakerState::closed)
        return {};
    const Monotonic now = clock_.monotonic();
    if (now >= until_) {
        state_ = BreakerState::half_open; // this call is the probe
        until_ = now + options_.probe_limit;
        return {};
    }
    ++refused_;
    Error refusal = fail(Code::unavailable, "the database cannot be reached; try again");
    // While a probe is out nobody knows more than that it will soon be judged.
    const Duration wait =
        state_ == BreakerState::open ? until_ - now : std::min(until_ - now, options_.pause_min);
    refusal.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
    return refusal;
}

void Breaker::succeeded() {
    std::lock_guard lock(mutex_);
    if (state_ == BreakerState::open)
        return; // a call from before it opened
    if (state_ == BreakerState::half_open)
        close();
    failures_ = 0;
    deadlines_ <<= 1;
}

void Breaker::connection_failed() {
    std::lock_guard lock(mutex_);
    if (state_ == BreakerState::half_open ||
        (state_ == BreakerState::closed && ++failures_ >= options_.failures_to_open))
        open();
}

void Breaker::deadline_failed() {
    std::lock_guard lock(mutex_);
    deadlines_ = deadlines_ << 1 | 1;
    if (state_ == BreakerState::half_open ||
        (state_ == BreakerState::closed && std::popcount(deadlines_) >= options_.deadlines_to_open))
        open();
}

void Breaker::stand_back() {
    std::lock_guard lock(mutex_);
    if (state_ != BreakerState::open)
        open();
}

void Breaker::open() {
    pause_ = std::clamp(pause_ * 2, options_.pause_min, options_.pause_max);
    until_ = clock_.monotonic() +
             std::chrono::duration_cast<Duration>(pause_ * (0.5 + 0.5 * rng_.unit()));
    state_ = BreakerState::open;
    ++opened_;
}

void Breaker::close() {
    state_ = BreakerState::closed;
    pause_ = {};
    deadlines_ = 0;
}

BreakerStatus Breaker::status() const {
    std::lock_guard lock(mutex_);
    return {state_, opened_, refused_};
}

} // namespace bw::tenancy
