#include "reporting/copy_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reporting/rollups.hpp"

namespace bw::reporting {

namespace {

/// Sorted at once, in the old file's memory, and not yet packed in the new one's: some 50 MB of
/// each.
constexpr std::int64_t piece_rows_max = 250'000;
/// Rows of so long a time lie together, by institution within it: what a report asks for (an
/// institution's class, some weeks) is a few stretches, and the rest is passed over.
constexpr std::int64_t span_us = 30LL * 24 * 3600 * 1'000'000;

/// Of rows that could not stand.
constexpr Duration keys_kept_for = 20h;

struct Sorting {
    std::string_view table, time, within; // the institution
};
constexpr Sorting sortings[] = {
    {"activities", "occurred_at", "section_id, occurred_at"},
    {"submissions", "received_at", "assignment_id, received_at"},
    {"audit_events", "at", "\"at\""},
};

struct Table {
    std::string schema, name, definition;
};

Result<std::vector<Table>> tables_of(columnar::Connection& from, Deadline deadline) {
    auto answer = TRY(from.run("select schema_name, table_name, sql from duckdb_tables() "
                               "where not temporary and not internal and database_name = "
                               "current_database() order by schema_name, table_name",
                               {}, deadline));
    std::vector<Table> out;
    for (const auto& row : answer.rows())
        out.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                       std::get<std::string>(row[2])});
    return out;
}

/// Conditions that take a table apart into pieces in their order.
Result<std::vector<std::string>> pieces_of(columnar::Connection& from, const Sorting& sorting,
                                           Deadline deadline) {
    auto answer = TRY(from.run(
        fmt::format("select (epoch_us(\"{1}\") // {2})::bigint as span, tenant_id, count(*) from "
                    "base.{0} group by all order by all",
                    sorting.table, sorting.time, span_us),
        {}, deadline));
    struct Piece {
        std::int64_t span;
        Uuid first, last;
        std::int64_t rows;
    };
    std::vector<Piece> pieces;
    for (const auto& row : answer.rows()) {
        const auto span = std::get<std::int64_t>(row[0]), rows = std::get<std::int64_t>(row[2]);
        const Uuid tenant = std::get<Uuid>(row[1]);
        if (!pieces.empty() && pieces.back().span == span &&
            pieces.back().rows + rows <= piece_rows_max) {
            pieces.back().last = tenant;
            pieces.back().rows += rows;
        } else {
            pieces.push_back({span, tenant, tenant, rows});
        }
    }
    std::vector<std::string> out;
    for (const Piece& piece : pieces)
        out.push_back(fmt::format(
            "\"{0}\" >= make_timestamptz({1}) and \"{0}\" < make_timestamptz({2}) and tenant_id "
            "between '{3}'::uuid and '{4}'::uuid",
            sorting.time, piece.span * span_us, (piece.span + 1) * span_us, to_text(piece.first),
            to_text(piece.last)));
    return out;
}

/// Each takes what it reads; in order.
Result<std::vector<std::string>> reads_of(columnar::Connection& from, const Table& table,
                                          Instant now, Deadline deadline) {
    if (table.schema == "stream" && table.name == "outdated")
        return std::vector<std::string>(); // that is what ends here
    // Whose row it was that could not stand: for operators, who look within a day.
    if (table.schema == "stream" && table.name == "set_aside")
        return std::vector<std::string>{fmt::format(
            "select * replace (if(found_at < make_timestamptz({}), '', key) as key) from "
            "stream.set_aside",
            (now - keys_kept_for).ms * 1000)};
    const std::string all = fmt::format("from {}.\"{}\"", table.schema, table.name);
    const auto* sorting = std::ranges::find(sortings, table.name, &Sorting::table);
    if (table.schema != "base" || sorting == std::end(sortings))
        return std::vector<std::string>{all};
    std::vector<std::string> out;
    for (const std::string& piece : TRY(pieces_of(from, *sorting, deadline)))
        out.push_back(
            fmt::format("{} where {} order by tenant_id, {}", all, piece, sorting->within));
    return out;
}

/// The pieces are meant to be the whole: a row between two of them would be lost unseen.
Result<void> nothing_is_missing(columnar::Connection& from, const Table& table, std::int64_t copied,
                                Deadline deadline) {
    if (table.schema == "stream" && table.name == "outdated")
        return {};
    auto answer = TRY(from.run(
        fmt::format("select count(*) from {}.\"{}\"", table.schema, table.name), {}, deadline));
    const auto rows = std::get<std::int64_t>(answer.rows().at(0).at(0));
    if (rows != copied)
        return fail(Code::internal, fmt::format("{} of {}.{}'s {} rows came into the copy", copied,
                                                table.schema, table.name, rows));
    return {};
}

} // namespace

Result<void> copy_store(columnar::Connection& from, columnar::Connection& to, Instant now,
                        Deadline deadline, const std::function<void(std::string_view)>& step) {
    for (const Table& table : TRY(tables_of(from, deadline))) {
        step(table.schema + "." + table.name);
        CHECK_OK(to.script(
            fmt::format("create schema if not exists {}; {}", table.schema, table.definition),
            deadline));
        std::int64_t copied = 0;
        // In one transaction the engine packs rows into blocks of the file as they come; in one for
        // each piece it keeps them unpacked, for its log, until a checkpoint: 256 MiB were not
        // enough for 50 million.
        CHECK_OK(to.begin());
        for (const std::string& read : TRY(reads_of(from, table, now, deadline)))
            copied += TRY(from.copy_rows(read, to, table.schema, table.name, deadline));
        CHECK_OK(to.commit());
        CHECK_OK(nothing_is_missing(from, table, copied, deadline));
    }
    step("readings");
    TRY(prepare_rollups(to, deadline)); // what is no table
    return to.script("checkpoint", deadline);
}

} // namespace bw::reporting
