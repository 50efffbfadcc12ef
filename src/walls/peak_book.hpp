// PeakBook: the busiest minutes of past weeks, by name: what growth is told from. Text in and out;
// where it is kept is the caller's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "walls/walls.hpp"

namespace bw::walls {

class PeakBook {
public:
    static constexpr std::size_t weeks_limit = 26;

    /// Lines that are none are left out: a damaged book is a shorter one.
    static PeakBook parse(std::string_view text);
    std::string text() const;

    /// The highest of the week that `now` lies in (from Monday, UTC) counts. True: the book
    /// changed.
    bool note(std::string_view name, Instant now, double events);
    /// The highest of this week and the last: what is expected of the next by whom nobody
    /// forecasts.
    std::optional<double> lately(std::string_view name, Instant now) const;
    /// Of weeks that are over, in order.
    std::vector<WeekPeak> past(std::string_view name, Instant now) const;

private:
    std::map<std::string, std::map<std::int64_t, double>, std::less<>>
        weeks_; // by the week's begin
};

} // namespace bw::walls
