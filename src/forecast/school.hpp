// What is known of an institution before anything happens: plain counts that the caller fetched.
// What was learnt from what came is learned.hpp's.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "timetable/zone.hpp"

namespace bw::forecast {

struct Bell {
    Instant at;
    std::uint32_t people = 0; // expected there
    std::uint32_t live = 0;   // of them, in live lessons

    bool operator==(const Bell&) const = default;
};

struct Due {
    Instant at;
    std::uint32_t students = 0;  // who are to submit
    std::uint32_t submitted = 0; // of them, by the moment of the forecast
};

/// Without a timetable there are no bells, and that is different from a week without school.
struct School {
    timetable::Zone zone;
    std::uint32_t people = 0; // active
    bool timetable = true;
    bool providers = false;  // some sign in at others' providers
    bool live = false;       // live lessons are known
    std::vector<Bell> bells; // in order, of every date that the window touches
    std::vector<Due> dues;   // from a day before the window on
};

/// For keeping. Little-endian.
Bytes to_bytes(const School& school);
/// corrupt: not what to_bytes makes.
Result<School> school_from(ByteView bytes);

/// Of whole minutes; a day's is [from, from + 1440).
struct Window {
    Instant from;
    std::int32_t minutes = 7 * 24 * 60;

    Instant until() const { return from + std::chrono::minutes(minutes); }
    /// The minute that `instant` lies in, counted from the first; may lie outside.
    std::int64_t minute(Instant instant) const {
        const std::int64_t ms = instant.ms - from.ms;
        return ms / 60'000 - (ms % 60'000 < 0);
    }
};
/// The day that it is for a school: from three at night, when nothing happens, to three.
Window day_at(const timetable::Zone& zone, Instant now);
/// From the minute that has begun.
inline Window window_at(Instant now, std::int32_t minutes = 7 * 24 * 60) {
    return {{now.ms - now.ms % 60'000}, minutes};
}

} // namespace bw::forecast
