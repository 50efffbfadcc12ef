#include "exports/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columnar/appender.hpp"
#include "reporting/asked.hpp"
#include "reporting/run_report.hpp"

namespace bw::exports {

namespace {

using reporting::Kind;

constexpr std::size_t rows_in_statement = 1'000;

std::string quoted(std::string_view name) { // of the catalogue: letters and '_'
    return fmt::format("\"{}\"", name);
}

/// "teacher_id" gives "teacher_given_name"; "user_id" is whom a line is about: "given_name".
std::string name_beside(std::string_view user_column, std::string_view name) {
    if (user_column == "user_id")
        return std::string(name);
    if (user_column.ends_with("_id"))
        user_column.remove_suffix(3);
    return fmt::format("{}_{}", user_column, name);
}

std::vector<const reporting::ReportColumn*> user_columns(const reporting::Report& report) {
    std::vector<const reporting::ReportColumn*> out;
    for (const auto& column : report.columns)
        if (column.kind == Kind::user)
            out.push_back(&column);
    return out;
}

Result<std::int64_t> number(columnar::Connection& connection, const std::string& sql,
                            Deadline deadline) {
    auto answer = TRY(connection.run(sql, {}, deadline));
    return std::get<std::int64_t>(answer.rows().at(0).at(0));
}

} // namespace

Lines::Lines(columnar::Connection& connection, const reporting::Report& report)
    : connection_(connection), report_(report) {
    for (const auto& column : report.columns) {
        columns_.push_back({column.name, column.kind});
        if (column.kind == Kind::user)
            for (const char* name : {"given_name", "family_name"})
                columns_.push_back({name_beside(column.name, name), Kind::text});
    }
}

Result<Lines> Lines::take(columnar::Connection& connection, const reporting::ReportRequest& request,
                          Instant as_of, Deadline deadline) {
    const reporting::Report& report = *request.report;
    const auto views = TRY(reporting::views_of(connection, report.sql, deadline));
    CHECK_OK(reporting::enter_scope(connection, {request.tenant, request.sections, as_of}, views,
                                    deadline));
    columnar::Params params;
    for (const columnar::Value& argument : request.arguments)
        params.add(argument);
    TRY(connection.run("create temp table export_lines as " + report.sql, params, deadline));
    CHECK_OK(connection.script(
        "create temp table export_people (user_id uuid, given_name varchar, family_name varchar)",
        deadline));
    auto empty = TRY(connection.run("select * from export_lines limit 0", {}, deadline));
    CHECK_OK(reporting::as_promised(report, empty.columns()));
    Lines lines(connection, report);
    lines.count_ = TRY(number(connection, "select count(*) from export_lines", deadline));
    CHECK_OK(lines.suppress(deadline));
    return lines;
}

/// As reporting::suppress_small does, in the table.
Result<void> Lines::suppress(Deadline deadline) {
    if (report_.group.empty())
        return {};
    auto answer = TRY(connection_.run(
        fmt::format("select coalesce({}, 0), rowid from export_lines order by rowid",
                    quoted(report_.group)),
        {}, deadline));
    std::vector<std::int64_t> sizes, ids;
    while (const columnar::Chunk* chunk = answer.next())
        for (std::size_t row = 0; row < chunk->count(); ++row) {
            sizes.push_back(chunk->integer(row, 0));
            ids.push_back(chunk->integer(row, 1));
        }
    const auto small = reporting::too_small(sizes);
    suppressed_ = small.size();
    std::string nulls;
    for (const auto& column : report_.columns)
        if (reporting::is_figure(column))
            nulls += (nulls.empty() ? "" : ", ") + quoted(column.name) + " = null";
    for (std::size_t at = 0; at < small.size() && !nulls.empty(); at += rows_in_statement) {
        std::string rows;
        for (std::size_t i = at; i < std::min(small.size(), at + rows_in_statement); ++i)
            rows += (rows.empty() ? "" : ", ") + std::to_string(ids[small[i]]);
        CHECK_OK(connection_.script(
            fmt::format("update export_lines set {} where rowid in ({})", nulls, rows), deadline));
    }
    return {};
}

Result<std::vector<Uuid>> Lines::people(Deadline deadline) const {
    std::string sql;
    for (const auto* column : user_columns(report_))
        sql += fmt::format("{}select {} as user_id from export_lines", sql.empty() ? "" : " union ",
                           quoted(column->name));
    std::vector<Uuid> out;
    if (sql.empty())
        return out;
    auto answer = TRY(connection_.run(
        "select distinct user_id from (" + sql + ") where user_id is not null", {}, deadline));
    while (const columnar::Chunk* chunk = answer.next())
        for (std::size_t row = 0; row < chunk->count(); ++row)
            out.push_back(chunk->uuid(row, 0));
    return out;
}

Result<void> Lines::add_names(std::span<const reporting::PersonName> names) {
    auto appender = TRY(columnar::Appender::open(connection_, "main", "export_people"));
    for (const auto& name : names)
        CHECK_OK(appender.id(name.user).text(name.given).text(name.family).end_row());
    return appender.flush();
}

std::string Lines::select(Ids ids) const {
    std::string columns, joins;
    for (const auto& column : report_.columns) {
        const std::string at = "l." + quoted(column.name);
        const auto prefix = reporting::id_prefix(column.kind);
        columns += columns.empty() ? "" : ", ";
        columns += prefix.empty() || ids == Ids::uuids
                       ? at
                       : fmt::format("'{}_' || replace({}::varchar, '-', '') as {}", prefix, at,
                                     quoted(column.name));
        if (column.kind != Kind::user)
            continue;
        const std::string of = "of_" + column.name;
        for (const char* name : {"given_name", "family_name"})
            columns +=
                fmt::format(", {}.{} as {}", of, name, quoted(name_beside(column.name, name)));
        joins += fmt::format(" left join export_people {0} on {0}.user_id = {1}", of, at);
    }
    // A join alone promises no order.
    return "select " + columns + " from export_lines l" + joins +
           (joins.empty() ? "" : " order by l.rowid");
}

} // namespace bw::exports
