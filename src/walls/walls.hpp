// Walls: which limit of this installation a growing school day reaches first. What can be done
// (capacity, measured) over what will be asked for (the forecast's peak) is the headroom; how fast
// the peak grew says when it is used up. Pure: readings and time are arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace bw::walls {

/// The busiest minute of a week, as it was forecast or came.
struct WeekPeak {
    Instant week; // when it began
    double events = 0;

    bool operator==(const WeekPeak&) const = default;
};

/// A figure that speaks for a verdict, for a person to read: "argon2id takes", 19.5, "ms".
struct Evidence {
    std::string what;
    std::optional<double> value; // nullopt: not known
    std::string unit;
};

/// One way to a wall. A wall may have several: the one with the least headroom speaks for it.
struct Reading {
    std::string limit;               // "password hashes", "journal syncs"
    std::string unit;                // of capacity and peak: "sign-ins a minute"
    std::optional<double> capacity;  // nullopt: not measured
    std::optional<double> peak;      // expected in the week to come; nullopt: unknown
    std::vector<WeekPeak> past = {}; // in order; of weeks that are over
    std::vector<Evidence> evidence = {};
    std::string remedy; // what to do when it is near
};

enum class Standing : std::uint8_t {
    unknown, // capacity or peak is not known
    far,
    near,   // less than Rules::near, or used up within Rules::soon
    reached // the peak is more than can be done
};
std::string_view wire_name(Standing standing);

struct Rules {
    double near = 2.0;                // headroom under which a wall is near
    Duration soon = 28 * 24h;         // a wall that growth reaches within so long is near
    std::size_t weeks_least = 3;      // fewer past weeks tell no growth
    Duration horizon = 5 * 365 * 24h; // a date beyond it is none
};

struct Verdict {
    std::string wall; // "sign-in"
    Standing standing = Standing::unknown;
    std::optional<double> headroom;      // capacity over peak
    std::optional<double> growth_a_week; // of the peak: 0.02 is two per cent
    std::optional<Instant> reached_at;   // by that growth; nullopt: not foreseeable
    Reading reading;                     // the one that speaks for it
    std::vector<Reading> others = {};    // in order of their headroom
};

/// Relative growth of the peak in a week, by least squares over its logarithms; nullopt: too few
/// weeks, or weeks without load.
std::optional<double> growth_a_week(const std::vector<WeekPeak>& past, const Rules& rules = {});

Verdict judge(std::string wall, std::vector<Reading> readings, Instant now,
              const Rules& rules = {});

struct Diagnosis {
    std::vector<Verdict> walls;         // the nearest first, unknown ones last
    std::optional<std::string> nearest; // nullopt: none is near
    std::string said;                   // one sentence for people
};
Diagnosis diagnose(std::vector<Verdict> verdicts);

/// Who knows of walls. Thread-safe.
class Register {
public:
    using Read = std::function<std::vector<Reading>()>;

    /// `read` must not block; it is called on the thread of whoever asks.
    void add(std::string wall, Read read);
    Diagnosis look(Instant now, const Rules& rules = {}) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, Read>> walls_;
};

} // namespace bw::walls
