#include "reporting/upkeep.hpp"

#include "reporting/rollups.hpp"

#include <algorithm>

namespace bw::reporting {

namespace {

/// A zone that changes, a year's enrolments at once: a refresh may be all of an institution.
constexpr Duration rebuild_timeout = 30min, refresh_timeout = 30min, note_timeout = 2min;
constexpr int pause_factor = 2;     // rollups take a third of the time at most
constexpr Duration pause_max = 10s; // however long the last ones took

} // namespace

AfterApply rollup_upkeep(const Clock& clock) {
    struct Last {
        Monotonic ended_at;
        Duration took{};
    };
    return [&clock, last = Last{}](columnar::Connection& store,
                                   const Touched& touched) mutable -> Result<bool> {
        const Deadline note_by = Deadline::in(clock, note_timeout);
        const bool is_new = touched.first && TRY(prepare_rollups(store, note_by));
        if (is_new || touched.everything) {
            CHECK_OK(rebuild_rollups(store, Deadline::in(clock, rebuild_timeout)));
            return true;
        }
        std::string notes;
        for (const std::string_view table : touched.tables)
            notes += noting_stale(table, "touched_" + std::string(table));
        if (!notes.empty())
            CHECK_OK(store.script(notes, note_by));
        for (const std::string_view table : touched.tables)
            if (is_counted(table))
                CHECK_OK(count_new(store, table, note_by));
        if (!TRY(is_stale(store, note_by)))
            return true;
        const Monotonic began = clock.monotonic();
        if (!touched.idle && began - last.ended_at < std::min(last.took * pause_factor, pause_max))
            return false; // what is stale is noted in the same transaction
        CHECK_OK(refresh_rollups(store, Deadline::in(clock, refresh_timeout)));
        last = {clock.monotonic(), clock.monotonic() - began};
        return true;
    };
}

} // namespace bw::reporting
