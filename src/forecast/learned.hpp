// Learned: what was learnt of one institution from what came, as sums that fade. A value; which
// numbers follow from it is model.hpp's, how it grows is learn.hpp's.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "forecast/kinds.hpp"
#include "forecast/priors.hpp"

namespace bw::forecast {

/// Weighted observations of one number.
struct Cell {
    float weight = 0, sum = 0;

    void add(float value, float w) {
        weight += w;
        sum += w * value;
    }
    void fade(float factor) {
        weight *= factor;
        sum *= factor;
    }
    /// Between `parent` and the mean of what was seen; `worth`: of how many the parent speaks.
    float shrunk(float parent, float worth) const {
        return (worth * parent + sum) / (worth + weight);
    }
    bool operator==(const Cell&) const = default;
};

/// Hours of the day, of a day with school (1) or without (0).
using Hours = std::array<std::array<Cell, 24>, 2>;
using HoursOfWeek = std::array<std::array<std::array<Cell, 24>, 7>, 2>;
/// Five minutes each: how an hour's events lie in it.
constexpr int step_minutes = 5, steps_a_day = 1440 / step_minutes;
using Steps = std::array<std::array<Cell, steps_a_day>, 2>;

struct Learned {
    /// Bells that ring at other minutes of the day than these many are not told apart.
    static constexpr std::size_t minutes_limit = 64;

    std::int32_t version = model_version;
    std::int32_t days = 0;        // seen
    std::int32_t school_days = 0; // of them
    std::int64_t until_ms = 0;    // what came before it has been learnt

    std::array<PerKind<Cell>, 2> bell = {};              // [1]: a day's first
    std::map<std::uint16_t, PerKind<Cell>> bell_at = {}; // by the minute of the day
    std::map<std::uint16_t, PerKind<Cell>> bell_on = {}; // by minute of the day * 7 + weekday
    std::array<PerKind<std::array<float, bell_minutes>>, 2> arrivals = {}; // as `bell`
    PerKind<Hours> hours = {};
    PerKind<HoursOfWeek> hours_of_week = {};
    PerKind<Steps> steps = {}; // weight: expected by the hour alone; sum: came
    PerKind<Cell> with_submission = {};
    Leads leads = {};                                 // students
    PerKind<Cell> bell_spread = {}, hour_spread = {}; // squares of relative errors
    Cell due_spread = {};

    bool operator==(const Learned&) const = default;
};

/// For keeping: about 60 KB. Little-endian.
Bytes to_bytes(const Learned& learned);
/// corrupt: not what to_bytes makes, or another version's; start anew then.
Result<Learned> learned_from(ByteView bytes);

} // namespace bw::forecast
