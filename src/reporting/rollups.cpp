#include "reporting/rollups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "reporting/rollup_texts.hpp"

namespace bw::reporting {

namespace {

std::string text(std::string_view name) {
    const auto* found =
        std::ranges::find(rollup_texts, name, [](const auto& t) { return t.first; });
    ENSURE(found != rollup_texts.end(), "there is no such text");
    return std::string(found->second);
}

/// Deletes the days that are due, and makes them anew from the rows between $1 and $2.
Result<void> refresh_days(columnar::Connection& store, std::string_view rollup,
                          const columnar::Params& between, Deadline deadline) {
    CHECK_OK(store.script(fmt::format("delete from rollup.{0} using days_due d "
                                      "where {0}.tenant_id = d.tenant_id and {0}.day = d.day",
                                      rollup),
                          deadline));
    TRY(store.run(text(rollup), between, deadline));
    return {};
}

} // namespace

Result<void> prepare_rollups(columnar::Connection& store, Deadline deadline) {
    return store.script(text("tables"), deadline);
}

std::string noting_stale(std::string_view table, std::string_view rows) {
    std::string out;
    const auto note = [&](std::string_view what, std::string_view columns,
                          std::string_view where = "true") {
        out += fmt::format("insert into work.dirty_{} select distinct {} from {} where {};", what,
                           columns, rows, where);
    };
    if (table == "submissions")
        note("times", "tenant_id, received_at");
    if (table == "audit_events")
        note("times", "tenant_id, \"at\"", "action = 'session.created'");
    if (table == "submissions" || table == "grades" || table == "marking_schemes" ||
        table == "assignments")
        note("assignments", "tenant_id, assignment_id");
    if (table == "enrollments")
        note("sections", "tenant_id, section_id");
    return out;
}

Result<void> refresh_rollups(columnar::Connection& store, Deadline deadline) {
    CHECK_OK(store.script(text("dirty"), deadline));
    CHECK_OK(store.script(text("seats"), deadline));
    CHECK_OK(store.script(text("class_assignment"), deadline));
    // A day of any zone lies within the UTC day before it and the one after.
    auto span =
        TRY(store.run(
                "select timezone('UTC', cast(min(day) as timestamp) - interval '1 day'), "
                "timezone('UTC', cast(max(day) as timestamp) + interval '2 days') from days_due",
                {}, deadline))
            .rows();
    columnar::Params between;
    if (std::holds_alternative<std::monostate>(span.front()[0]))
        return {}; // no day is due
    between.add(span.front()[0]).add(span.front()[1]);
    CHECK_OK(refresh_days(store, "class_day", between, deadline));
    return refresh_days(store, "sign_in_day", between, deadline);
}

Result<void> rebuild_rollups(columnar::Connection& store, Deadline deadline) {
    // Without the zones that days were made by, every institution is stale.
    CHECK_OK(store.script(
        "delete from rollup.zones; delete from rollup.seats; delete from rollup.class_day; "
        "delete from rollup.class_assignment; delete from rollup.sign_in_day",
        deadline));
    return refresh_rollups(store, deadline);
}

} // namespace bw::reporting
