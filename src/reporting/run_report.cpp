#include "reporting/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bw::reporting {

namespace {

columnar::Type type_of(Kind kind) {
    switch (kind) {
    case Kind::integer:
        return columnar::Type::integer;
    case Kind::number:
        return columnar::Type::real;
    case Kind::text:
        return columnar::Type::text;
    case Kind::boolean:
        return columnar::Type::boolean;
    case Kind::instant:
        return columnar::Type::instant;
    case Kind::day:
        return columnar::Type::day;
    default:
        return columnar::Type::uuid;
    }
}

Result<void> as_promised(const Report& report, const std::vector<columnar::Column>& columns) {
    const bool same = std::ranges::equal(
        report.columns, columns, [](const ReportColumn& promised, const columnar::Column& given) {
            return promised.name == given.name && type_of(promised.kind) == given.type;
        });
    if (!same)
        return fail(Code::internal,
                    fmt::format("report {} gives other columns than it says", report.id));
    return {};
}

bool is_figure(const ReportColumn& column) {
    return column.kind == Kind::integer || column.kind == Kind::number;
}

} // namespace

std::size_t suppress_small(const Report& report, std::vector<std::vector<columnar::Value>>& rows) {
    const auto group = std::ranges::find(report.columns, report.group, &ReportColumn::name);
    if (report.group.empty() || group == report.columns.end())
        return 0;
    const auto at = static_cast<std::size_t>(group - report.columns.begin());
    std::vector<std::pair<std::int64_t, std::size_t>> sizes; // smallest first
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto* size = std::get_if<std::int64_t>(&rows[row][at]);
        sizes.emplace_back(size == nullptr ? 0 : *size, row);
    }
    std::ranges::sort(sizes);
    auto small = static_cast<std::size_t>(
        std::ranges::count_if(sizes, [](const auto& size) { return size.first < small_group; }));
    if (small == 1 && sizes.size() > 1)
        small = 2;
    for (std::size_t i = 0; i < small; ++i)
        for (std::size_t column = 0; column < report.columns.size(); ++column)
            if (is_figure(report.columns[column]))
                rows[sizes[i].second][column] = std::monostate{};
    return small;
}

Result<ReportRows> run_report(columnar::Connection& connection, const Report& report,
                              const std::vector<columnar::Value>& arguments,
                              const ReportScope& scope, Deadline deadline) {
    const auto views = TRY(views_of(connection, report.sql, deadline));
    CHECK_OK(enter_scope(connection, scope, views, deadline));
    columnar::Params params;
    for (const columnar::Value& argument : arguments)
        params.add(argument);
    auto answer = TRY(connection.run(report.sql, params, deadline));
    CHECK_OK(as_promised(report, answer.columns()));
    ReportRows out;
    while (const columnar::Chunk* chunk = answer.next()) {
        for (std::size_t row = 0; row < chunk->count() && !out.truncated; ++row) {
            if (out.rows.size() == report_rows_max) {
                out.truncated = true;
                break;
            }
            std::vector<columnar::Value>& values = out.rows.emplace_back();
            for (std::size_t column = 0; column < report.columns.size(); ++column)
                values.push_back(chunk->value(row, column));
        }
        if (out.truncated)
            break;
    }
    out.suppressed = suppress_small(report, out.rows);
    return out;
}

} // namespace bw::reporting
