// Days: the minutes about now, of all institutions together: what was expected of each when its
// day began, and what came. Sums alone; what is to come beyond the day is the Board's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "forecast/forecast.hpp"
#include "forecast/load_counter.hpp"

namespace bw::forecast {

struct DayMinute {
    PerKind<std::int64_t> expected = {}, doubt = {}; // thousandths
    PerKind<std::uint32_t> of = {};                  // so many institutions' forecasts
    PerKind<std::int64_t> came = {};
    bool counted = false; // by some process; else what came is not known
};

/// Is what came known a minute later? Jobs are counted from their rows when the day is over, and
/// live joins by nobody yet.
constexpr bool counted_as_it_comes(Kind kind) {
    return kind != Kind::job && kind != Kind::live_join;
}

/// One thread at a time; as a value for readers.
class Days {
public:
    static constexpr Duration behind = 24h, ahead = 28h;
    /// Counts of other processes come in as late as this.
    static constexpr Duration settled_after = 15min;

    /// Empty, about `now`.
    explicit Days(Instant now);

    /// Forgets what is long past, and makes room for what is to come. An instant before the one
    /// moved to last changes nothing.
    void move_to(Instant now);

    /// Is the day that begins then, of this institution, in it?
    bool has(TenantId tenant, Instant begins) const;
    /// `made`: its day's forecast, known from `since` on. Again: not counted twice.
    void add_day(TenantId tenant, const Forecast& made, Instant since);

    /// From here on its counts are to be read again.
    Instant unsettled(TenantId tenant, Instant now) const;
    /// All that came since unsettled(), as it is known at `now`.
    void put_came(TenantId tenant, std::span<const MinuteLoad> since, Instant now);
    /// Whole minutes only.
    void mark_counted(Instant from, Instant until);
    void mark_counted(const Window& window, const std::vector<bool>& minutes);

    Instant from() const { return from_; }
    /// One for each minute from from() on.
    const std::vector<DayMinute>& minutes() const { return minutes_; }
    /// From here on all institutions are in the forecast's sums; nullopt: none is.
    std::optional<Instant> whole_from() const { return whole_from_; }
    /// The end of the last minute that was counted.
    std::optional<Instant> counted_until() const;

private:
    struct Seen {
        std::optional<Instant> day; // begin of the last that was added
        std::optional<Instant> read_from;
        std::vector<MinuteLoad> unsettled; // as they were added
    };

    DayMinute* at(Instant minute);
    void add(const MinuteLoad& load, int sign);

    Instant from_;
    std::vector<DayMinute> minutes_;
    std::map<TenantId, Seen> seen_;
    std::optional<Instant> whole_from_;
};

} // namespace bw::forecast
