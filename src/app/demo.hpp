// The demo: seeded institutions with a timetable, whose assignments fall due at the next bell. Real
// in every part: it goes through the same import as any roster.
#pragma once

#include <string>
#include <vector>

#include "app/installation.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::app {

struct DemoInstitution {
    std::string slug, name, zone;
};

struct DemoSummary {
    bool loaded = false; // now; false: it was there already
    std::vector<DemoInstitution> institutions;
    std::string student, teacher, password, due_title_end;
    Instant bell;
};

/// Loads the demo's institutions where the installation has none of them; rings the bell anew:
/// assignments whose title ends with `due_title_end` fall due at the next one. `timetable`: new
/// ones get lessons too.
Result<DemoSummary> load_demo(const Installation& installation, bool timetable, const Clock& clock,
                              Rng& rng);

} // namespace bw::app
