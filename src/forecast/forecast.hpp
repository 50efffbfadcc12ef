// The forecast of one institution: expected events a minute of each kind, how sure that is, and on
// what it rests. Pure and deterministic: the same input gives the same numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "forecast/learned.hpp"
#include "forecast/model.hpp"
#include "forecast/school.hpp"

namespace bw::forecast {

/// What a line rests on. Unknown lines are zeros that mean nothing and are shown to nobody.
enum class Basis : std::uint8_t { unknown, prior, history };
std::string_view text(Basis basis);

/// So many days seen make a prior history; without a timetable so many are needed to say anything.
constexpr std::int32_t school_days_of_history = 5, days_without_timetable = 14;

/// In thousandths of an event a minute: whole numbers, so that a total is the sum of its parts in
/// whatever order they came and went.
struct Line {
    Basis basis = Basis::unknown;
    std::vector<std::int64_t> expected, doubt; // doubt: a standard deviation of the rate
};

struct Forecast {
    std::int32_t model = model_version;
    Window window; // its first minute is the one in which it was made
    PerKind<Line> lines;
};

/// Where nine in ten minutes end, events: what is expected, the doubt about it, and chance.
struct Band {
    double low, high;
};
Band band(std::int64_t expected, std::int64_t doubt);

/// `school` as of the window's begin. `room` is working space.
Forecast forecast(const School& school, const Learned& learned, const Window& window, Rates& room);

/// The same, added to lines that are as long as the window, or with `sign` -1 taken away; what it
/// rests on.
PerKind<Basis> add_forecast(const School& school, const Learned& learned, const Window& window,
                            Rates& room, PerKind<Line>& lines, int sign);

/// What the busiest of these minutes is as likely to stay below as not, in events, were the
/// expected (thousandths) exactly right: chance alone makes it more than the highest expected.
double likely_peak(std::span<const std::int64_t> expected);

/// The highest expected minute in [from, until) of the window.
struct Peak {
    Instant at;
    std::int64_t expected = 0, doubt = 0;
};
Peak peak(const Line& line, const Window& window, std::int64_t from, std::int64_t until);

} // namespace bw::forecast
