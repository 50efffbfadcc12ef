#include "year/plain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/ensure.hpp"
#include "year/plain_texts.hpp"

namespace bw::year {

namespace {

std::string text(std::string_view name) {
    const auto* found = std::ranges::find(plain_texts, name, [](const auto& t) { return t.first; });
    ENSURE(found != std::end(plain_texts), "there is no such text");
    return std::string(found->second);
}

/// `:name` where no letter follows.
void put(std::string& sql, const std::string& name, const std::string& value) {
    for (std::size_t at = 0; (at = sql.find(":" + name, at)) != std::string::npos; at += 1) {
        const char next = at + 1 + name.size() < sql.size() ? sql[at + 1 + name.size()] : ' ';
        if ((at > 0 && sql[at - 1] == ':') || next == '_' || std::isalpha(next) != 0)
            continue;
        sql.replace(at, name.size() + 1, value);
    }
}

std::string day_text(std::int32_t day) {
    return to_rfc3339({day * std::int64_t{86'400'000}}).substr(0, 10);
}

std::string literal(const columnar::Value& value) {
    if (const auto* id = std::get_if<Uuid>(&value))
        return "'" + to_text(*id) + "'";
    if (const auto* day = std::get_if<columnar::Day>(&value))
        return "date '" + day_text(day->value) + "'";
    return "null";
}

struct Text {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool v) const { return v ? "t" : "f"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const columnar::Blob& v) const { return to_hex(v.value); }
    std::string operator()(const Uuid& v) const { return to_text(v); }
    std::string operator()(columnar::Micros v) const { return std::to_string(v.value); }
    std::string operator()(columnar::Day v) const { return day_text(v.value); }
};

bool same(const std::string& a, const std::string& b) {
    if (a == b)
        return true;
    char *a_end = nullptr, *b_end = nullptr;
    const double x = std::strtod(a.c_str(), &a_end), y = std::strtod(b.c_str(), &b_end);
    return !a.empty() && !b.empty() && *a_end == 0 && *b_end == 0 &&
           (a + b).find('.') != std::string::npos &&
           std::abs(x - y) <= 1e-9 * std::max(1.0, std::abs(x));
}

std::string shown(const Lines& lines, std::size_t at) {
    return at < lines.size() ? fmt::format("{}", fmt::join(lines[at], " | ")) : "(none)";
}

/// Lines about fewer than five people have no figures, nor has the next smallest beside a single
/// one.
void hide_small(const reporting::Report& report, Lines& lines) {
    if (report.group.empty())
        return;
    std::size_t group = 0;
    while (report.columns[group].name != report.group)
        ++group;
    std::vector<std::pair<std::int64_t, std::size_t>> sizes;
    for (std::size_t i = 0; i < lines.size(); ++i)
        sizes.emplace_back(std::atoll(lines[i][group].c_str()), i);
    std::ranges::sort(sizes);
    std::size_t hidden = 0;
    for (const auto& [size, line] : sizes)
        if (size < 5 || (hidden == 1 && sizes[0].first < 5)) {
            ++hidden;
            for (std::size_t i = 0; i < report.columns.size(); ++i)
                if (report.columns[i].kind == reporting::Kind::integer ||
                    report.columns[i].kind == reporting::Kind::number)
                    lines[line][i].clear();
        }
}

} // namespace

void prepare_plain(PGconn* connection) {
    // Of what WITH defines PostgreSQL expects a line or two, and would go through all for each of
    // all.
    ask(connection, "set enable_nestloop = off");
    ask(connection,
        "create function pg_temp.us(timestamptz) returns bigint language sql immutable as "
        "'select (extract(epoch from $1) * 1000000)::bigint'");
    ask(connection, "create function pg_temp.few(bigint) returns bigint language sql immutable as "
                    "'select case when $1 between 1 and 4 then null else $1 end'");
}

std::vector<Question> questions(const reporting::Report& report, const Asked& about) {
    std::vector<std::vector<columnar::Value>> all{{}};
    for (const reporting::ReportParameter& parameter : report.parameters) {
        std::vector<columnar::Value> values;
        if (!parameter.required)
            values.emplace_back();
        const auto& ids = parameter.kind == reporting::Kind::section      ? about.sections
                          : parameter.kind == reporting::Kind::assignment ? about.assignments
                                                                          : std::vector<Uuid>();
        if (parameter.required || parameter.kind == reporting::Kind::section)
            values.insert(values.end(), ids.begin(), ids.end());
        if (parameter.name == "from" && about.first)
            values.emplace_back(columnar::Day{*about.first});
        std::vector<std::vector<columnar::Value>> longer;
        for (const auto& so_far : all)
            for (const columnar::Value& value : values) {
                longer.push_back(so_far);
                longer.back().push_back(value);
            }
        all = std::move(longer);
    }
    std::vector<Question> out;
    for (auto& arguments : all)
        out.push_back({&report, std::move(arguments), about.tenant, about.as_of, about.zone});
    return out;
}

std::string plain_sql(const Question& question) {
    std::string sql = text(question.report->id);
    if (const auto at = sql.find("{standing}"); at != std::string::npos)
        sql.replace(at, 10, "\n" + text("standing"));
    const std::string as_of = "timestamptz '" + to_rfc3339(question.as_of) + "'";
    for (std::size_t i = 0; i < question.arguments.size(); ++i)
        put(sql, question.report->parameters[i].name, literal(question.arguments[i]));
    for (const auto& [name, value] :
         {std::pair<std::string, std::string>{"tenant", "'" + to_text(question.tenant.uuid) + "'"},
          {"zone", "'" + question.zone + "'"},
          {"as_of", as_of},
          {"today", "(" + as_of + " at time zone '" + question.zone + "')::date"},
          {"section", "null"},
          {"assignment", "null"}})
        put(sql, name, value);
    for (const char* function : {"us(", "few("})
        for (std::size_t at = 0; (at = sql.find(function, at)) != std::string::npos; at += 3)
            if (std::isalpha(sql[at - 1]) == 0 && sql[at - 1] != '_') {
                sql.insert(at, "pg_temp.");
                at += 8;
            }
    return sql;
}

Lines plain_lines(PGconn* connection, const Question& question) {
    Lines lines = ask(connection, plain_sql(question));
    hide_small(*question.report, lines);
    return lines;
}

Lines lines_of(const reporting::ReportRows& rows) {
    Lines out;
    for (const auto& row : rows.rows) {
        auto& line = out.emplace_back();
        for (const columnar::Value& value : row)
            line.push_back(std::visit(Text{}, value));
    }
    return out;
}

std::optional<std::string> difference(const Lines& report, const Lines& plain) {
    for (std::size_t i = 0; i < std::max(report.size(), plain.size()); ++i)
        if (i >= report.size() || i >= plain.size() ||
            !std::ranges::equal(report[i], plain[i], same))
            return fmt::format("{} lines and {}; line {}: the report has {}, the rows say {}",
                               report.size(), plain.size(), i + 1, shown(report, i),
                               shown(plain, i));
    return std::nullopt;
}

} // namespace bw::year
