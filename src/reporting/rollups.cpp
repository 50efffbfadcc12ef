#include "reporting/rollups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/crypto.hpp"
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

/// Instants between which all days of a table lie, for $1 and $2; nullopt: it has none. A day of
/// any zone lies within the UTC day before it and the one after.
Result<std::optional<columnar::Params>> span_of(columnar::Connection& store, std::string_view days,
                                                Deadline deadline) {
    auto span =
        TRY(store.run(fmt::format("select timezone('UTC', cast(min(day) as timestamp) - interval "
                                  "'1 day'), timezone('UTC', cast(max(day) as timestamp) + "
                                  "interval '2 days') from {}",
                                  days),
                      {}, deadline))
            .rows();
    if (std::holds_alternative<std::monostate>(span.front()[0]))
        return std::nullopt;
    return columnar::Params().add(span.front()[0]).add(span.front()[1]);
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

/// Month by month, so that making all of them anew stays within the store's memory.
Result<void> refresh_activities(columnar::Connection& store, Deadline deadline) {
    for (;;) {
        CHECK_OK(store.script(text("activities_now"), deadline));
        const auto between = TRY(span_of(store, "activities_now", deadline));
        if (!between)
            return {};
        TRY(store.run(text("opened_due"), *between, deadline));
        CHECK_OK(store.script(text("activity_day"), deadline));
        CHECK_OK(store.script(text("people_day"), deadline));
    }
}

} // namespace

Result<bool> prepare_rollups(columnar::Connection& store, Deadline deadline) {
    // A table's name says by which texts the rollups are made.
    std::string all;
    for (const auto& [name, sql] : rollup_texts)
        all += sql;
    const std::string made_by = "made_by_" + to_hex(view(sha256(ByteView(all)))).substr(0, 16);
    const auto there = TRY(store.run("select count(*) from duckdb_tables() where schema_name = "
                                     "'rollup' and table_name = $1",
                                     columnar::Params().text(made_by), deadline))
                           .rows();
    if (there[0][0] == columnar::Value(std::int64_t{1})) {
        CHECK_OK(store.script(text("readings"), deadline));
        return false;
    }
    CHECK_OK(store.script(
        "drop schema if exists rollup cascade; drop schema if exists work cascade", deadline));
    CHECK_OK(store.script(text("tables") + "create table rollup." + made_by +
                              " (nothing boolean);" + text("readings"),
                          deadline));
    return true;
}

std::string noting_stale(std::string_view table, std::string_view rows) {
    std::string out;
    const auto note = [&](std::string_view what, std::string_view columns,
                          std::string_view where = "true") {
        out += fmt::format("insert into work.dirty_{} select distinct {} from {} where {};", what,
                           columns, rows, where);
    };
    if (table == "tenants")
        note("tenants", "tenant_id");
    if (table == "submissions")
        note("times", "tenant_id, received_at");
    if (table == "audit_events")
        note("times", "tenant_id, \"at\"", "action = 'session.created'");
    if (table == "submissions" || table == "grades" || table == "marking_schemes" ||
        table == "assignments")
        note("assignments", "tenant_id, assignment_id");
    if (table == "activities")
        note("activities", "tenant_id, section_id, work.quarter_of(occurred_at, received_at)");
    if (table == "enrollments")
        note("sections", "tenant_id, section_id");
    return out;
}

bool is_counted(std::string_view table) {
    return table == "submissions" || table == "activities";
}

Result<void> count_new(columnar::Connection& store, std::string_view table, Deadline deadline) {
    return store.script(text("count_" + std::string(table)), deadline);
}

Result<bool> is_stale(columnar::Connection& store, Deadline deadline) {
    auto answer = TRY(
        store.run("select exists (from work.dirty_tenants) or exists (from work.dirty_times) "
                  "or exists (from work.dirty_activities) or exists (from work.dirty_assignments) "
                  "or exists (from work.dirty_sections)",
                  {}, deadline));
    return std::get<bool>(answer.rows().at(0).at(0));
}

Result<void> refresh_rollups(columnar::Connection& store, Deadline deadline) {
    CHECK_OK(store.script(text("dirty"), deadline));
    CHECK_OK(store.script(text("seats"), deadline));
    CHECK_OK(store.script(text("class_assignment"), deadline));
    if (const auto between = TRY(span_of(store, "days_due", deadline))) {
        CHECK_OK(refresh_days(store, "class_day", *between, deadline));
        CHECK_OK(refresh_days(store, "sign_in_day", *between, deadline));
    }
    return refresh_activities(store, deadline);
}

Result<void> rebuild_rollups(columnar::Connection& store, Deadline deadline) {
    // Without the zones that days were made by, every institution is stale.
    CHECK_OK(store.script(
        "delete from rollup.zones; delete from rollup.seats; delete from rollup.class_day; "
        "delete from rollup.class_assignment; delete from rollup.sign_in_day; "
        "delete from rollup.activity_day; delete from rollup.people; delete from "
        "rollup.people_day; "
        "insert into work.dirty_tenants select tenant_id from base.tenants",
        deadline));
    return refresh_rollups(store, deadline);
}

} // namespace bw::reporting
