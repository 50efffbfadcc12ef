#include "reporting/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

} // namespace

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

std::vector<std::size_t> too_small(std::span<const std::int64_t> sizes) {
    std::vector<std::pair<std::int64_t, std::size_t>> lines; // smallest first
    for (std::size_t line = 0; line < sizes.size(); ++line)
        lines.emplace_back(sizes[line], line);
    std::ranges::sort(lines);
    auto small = static_cast<std::size_t>(
        std::ranges::count_if(sizes, [](std::int64_t size) { return size < small_group; }));
    if (small == 1 && sizes.size() > 1)
        small = 2;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < small; ++i)
        out.push_back(lines[i].second);
    return out;
}

std::size_t suppress_small(const Report& report, std::vector<std::vector<columnar::Value>>& rows) {
    const auto group = std::ranges::find(report.columns, report.group, &ReportColumn::name);
    if (report.group.empty() || group == report.columns.end())
        return 0;
    const auto at = static_cast<std::size_t>(group - report.columns.begin());
    std::vector<std::int64_t> sizes;
    for (const auto& row : rows) {
        const auto* size = std::get_if<std::int64_t>(&row[at]);
        sizes.push_back(size == nullptr ? 0 : *size);
    }
    const auto small = too_small(sizes);
    for (const std::size_t row : small)
        for (std::size_t column = 0; column < report.columns.size(); ++column)
            if (is_figure(report.columns[column]))
                rows[row][column] = std::monostate{};
    return small.size();
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
