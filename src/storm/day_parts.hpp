// What somebody reads in a lesson, once they are in: a plain list. Modules that have a share in a
// lesson add a line; what a part's answer must say is checked where the
// first page is (day.cpp).
#pragma once

#include <array>

#include "base/time.hpp"

namespace bw::storm {

struct DayPart {
    const char* name;
    const char* target; // of a GET with the person's token
    double share;       // of all who come
    Duration after;     // the part before it, or coming in
};

/// In this order. The first is what is shown at once, and is reported by itself.
constexpr std::array day_parts{
    DayPart{"first page", "/v1/first-page", 1, 0s},
    DayPart{"today", "/v1/today", 0.5, 500ms},
    DayPart{"assignments", "/v1/assignments?limit=20", 0.5, 1s},
    DayPart{"notices", "/v1/notices?limit=20", 0.3, 1s},
};

} // namespace bw::storm
