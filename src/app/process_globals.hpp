// The clock and the chance of a command's process. Whatever is longer than a command is handed its
// own: below `app` both are arguments.
#pragma once

#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::app {

inline SystemClock& system_clock() {
    static SystemClock clock;
    return clock;
}
inline SystemRng& system_rng() {
    static SystemRng rng;
    return rng;
}

} // namespace bw::app
