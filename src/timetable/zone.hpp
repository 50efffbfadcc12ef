// Zone: between wall time and instants, by the system's time zone database (tzdata). The two hours
// that daylight saving spoils are decided here and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "roster/oneroster.hpp"

namespace bw::timetable {

using Date = roster::Date;

/// Minutes of wall time since midnight; 1440 is the midnight that ends the day.
using Minute = std::int16_t;
constexpr Minute minutes_a_day = 1440;

struct WallTime {
    Date date;
    Minute minute = 0;

    auto operator<=>(const WallTime&) const = default;
};

/// "08:45", "24:00"; nullopt for anything else.
std::optional<Minute> parse_minute(std::string_view text);
std::string minute_text(Minute minute);

/// An IANA zone. A value, cheap to copy: what it knows is shared by all zones of that name and
/// never changes while the process runs. Thread-safe. It knows the years 1970 to 2037: no further
/// do the system's files write the rules out.
class Zone {
public:
    /// From `begin` on (seconds since 1970) clocks show UTC plus `offset`, until the next one.
    struct Span {
        std::int64_t begin;
        std::int32_t offset;
        bool daylight;
        std::string abbreviation;
    };

    /// invalid_field: tzdata has no such zone.
    static Result<Zone> find(std::string_view name);

    const std::string& name() const { return rules_->name; }
    /// A wall time that comes twice is the first of the two; one that does not exist moves forward
    /// by the length of the gap.
    Instant at(WallTime wall) const;
    /// What a clock on the wall shows; seconds are cut off.
    WallTime wall(Instant instant) const;
    /// Those in force between the two, the one at `from` first.
    std::vector<Span> spans(Instant from, Instant until) const;

private:
    struct Rules {
        std::string name;
        std::vector<Span> spans; // never empty
    };
    static std::shared_ptr<const Rules> load(std::string_view name);
    explicit Zone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
    std::size_t span_at(std::int64_t seconds) const;

    std::shared_ptr<const Rules> rules_; // shared by all zones of that name
};

} // namespace bw::timetable
