// The model: what follows from what was learnt, in numbers for one bell, one hour, one due instant.
// Internal to this module; docs/forecast.md says it in words.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "forecast/learned.hpp"
#include "forecast/school.hpp"

namespace bw::forecast {

/// When a bell rings in its institution's day.
struct Ring {
    std::uint16_t minute = 0; // of the day
    std::uint8_t weekday = 0; // 0 is Monday
    bool first = false;       // of the day
};
std::vector<Ring> rings_of(const School& school);

/// Expected number of each kind for a person at the bell.
PerKind<float> at_bell(const Learned& learned, const Ring& ring);
/// How a kind's arrivals spread over the minutes around a bell; sums to 1.
using Curve = std::array<float, bell_minutes>;
/// [1]: of a day's first bell.
using Curves = std::array<PerKind<Curve>, 2>;
Curves curves(const Learned& learned);

/// Of an active person, in one hour.
float in_hour(const Learned& learned, Kind kind, bool school_day, int weekday, int hour);
/// How an hour's events lie in it: factors with mean 1, by step of the day; [1]: with school.
using Shapes = PerKind<std::array<std::array<float, steps_a_day>, 2>>;
Shapes shapes(const Learned& learned);
/// As many as a submission brings along.
float with_submission(const Learned& learned, Kind kind);
/// Shares of a due instant's students; sums to 1.
Leads leads_of(const Learned& learned);
/// Standard deviation over mean, from the forecast's own errors.
float spread(const Cell& squares);

/// An hour of the institution's clock; minutes [from, until) of a window.
struct LocalHour {
    std::int32_t from = 0, until = 0;
    bool school_day = false;
    std::uint8_t weekday = 0, hour = 0;
    std::uint8_t begins = 0; // minutes past the full hour

    std::size_t step(std::int32_t minute) const {
        return static_cast<std::size_t>((hour * 60 + begins + minute - from) / step_minutes);
    }
};
/// All of the window's, cut where clocks change.
std::vector<LocalHour> hours_of(const School& school, const Window& window);

/// Expected events a minute and how sure that is, of one institution: working space that is used
/// again.
struct Rates {
    PerKind<std::vector<float>> expected, doubt; // by minute; doubt is a standard deviation

    void clear(std::size_t minutes);
};
void add_hours(Rates& rates, const School& school, const Learned& learned,
               std::span<const LocalHour> hours);
void add_bells(Rates& rates, const School& school, const Learned& learned, const Window& window);
/// With what submissions bring along. Before the others: it takes all of `rates`' submissions for
/// those of due instants.
void add_dues(Rates& rates, const School& school, const Learned& learned, const Window& window,
              std::span<const LocalHour> hours);

/// Expected submissions for `due` in each bin from `now` on, never last; given who has submitted.
Leads expected_in_bins(const Leads& leads, const Due& due, Instant now);

} // namespace bw::forecast
