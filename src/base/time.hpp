// Time as an argument: Instant (wall clock), Monotonic, Duration, Clock and Deadline. Nothing else
// in the project reads a clock, except net and lane, which wait on real ones.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bw {

using Duration = std::chrono::nanoseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

/// A point on the wall clock: milliseconds since 1970-01-01T00:00:00Z, no zone.
struct Instant {
    std::int64_t ms = 0;

    auto operator<=>(const Instant&) const = default;
    Instant operator+(Duration d) const {
        return {ms + std::chrono::duration_cast<std::chrono::milliseconds>(d).count()};
    }
    Instant operator-(Duration d) const { return *this + -d; }
    Duration operator-(Instant other) const { return std::chrono::milliseconds(ms - other.ms); }
};

/// RFC 3339 in UTC with milliseconds, e.g. "2026-11-23T08:59:00.000Z".
std::string to_rfc3339(Instant instant);
/// Reads RFC 3339 with any offset and up to nine fractional digits (cut to milliseconds).
Result<Instant> from_rfc3339(std::string_view text);

/// A point on a clock that never goes back; only differences mean anything.
struct Monotonic {
    std::int64_t ns = 0;

    auto operator<=>(const Monotonic&) const = default;
    Monotonic operator+(Duration d) const { return {ns + d.count()}; }
    Duration operator-(Monotonic other) const { return Duration(ns - other.ns); }
};

/// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual Monotonic monotonic() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
    Monotonic monotonic() const override;
};

/// How far the system's wall clock may be off, in milliseconds, as the kernel's NTP discipline
/// knows it; nullopt when the clock is not synchronised. Linux adjtimex(2).
std::optional<std::uint32_t> system_clock_error_ms();

/// Moved by hand; for tests. `advance` moves both hands, `step_wall` the wall clock alone (it may
/// go back).
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start) : wall_ms_(start.ms) {}
    Instant now() const override { return {wall_ms_}; }
    Monotonic monotonic() const override { return {monotonic_ns_}; }
    void advance(Duration d) {
        wall_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
        monotonic_ns_ += d.count();
    }
    void step_wall(Duration d) {
        wall_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
    }

private:
    std::atomic<std::int64_t> wall_ms_;
    std::atomic<std::int64_t> monotonic_ns_ = 1;
};

/// The moment after which nobody awaits the work any more.
class Deadline {
public:
    static Deadline in(const Clock& clock, Duration d) { return Deadline(clock.monotonic() + d); }
    explicit Deadline(Monotonic at) : at_(at) {}

    Monotonic at() const { return at_; }
    bool expired(const Clock& clock) const { return clock.monotonic() >= at_; }
    /// Never negative.
    Duration remaining(const Clock& clock) const {
        Duration left = at_ - clock.monotonic();
        return left < Duration::zero() ? Duration::zero() : left;
    }

private:
    Monotonic at_;
};

} // namespace bw
