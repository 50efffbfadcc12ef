#include "reporting/upkeep.hpp"

#include "reporting/rollups.hpp"

namespace bw::reporting {

namespace {

constexpr Duration rebuild_timeout = 30min, refresh_timeout = 2min;

} // namespace

AfterApply rollup_upkeep(const Clock& clock) {
    return [&clock](columnar::Connection& store, const Touched& touched) -> Result<void> {
        const Deadline refresh_by = Deadline::in(clock, refresh_timeout);
        CHECK_OK(prepare_rollups(store, refresh_by));
        if (touched.everything)
            return rebuild_rollups(store, Deadline::in(clock, rebuild_timeout));
        std::string notes;
        for (const std::string_view table : touched.tables)
            notes += noting_stale(table, "touched_" + std::string(table));
        if (!notes.empty())
            CHECK_OK(store.script(notes, refresh_by));
        return refresh_rollups(store, refresh_by);
    };
}

} // namespace bw::reporting
