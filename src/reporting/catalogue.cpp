#include "reporting/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/ensure.hpp"
#include "reporting/catalogue_texts.hpp"

namespace bw::reporting {

namespace {

struct KindName {
    Kind kind;
    std::string_view name, cast; // as what DuckDB takes a parameter; empty: there are none such
};
constexpr KindName kind_names[] = {
    {Kind::integer, "integer", ""},
    {Kind::number, "number", ""},
    {Kind::text, "text", ""},
    {Kind::boolean, "boolean", ""},
    {Kind::instant, "instant", ""},
    {Kind::day, "day", "date"},
    {Kind::user, "user", ""},
    {Kind::section, "section", "uuid"},
    {Kind::assignment, "assignment", "uuid"},
    {Kind::submission, "submission", ""},
    {Kind::school, "school", "uuid"},
};

const KindName& named(Kind kind) {
    return *std::ranges::find(kind_names, kind, &KindName::kind);
}

std::optional<Kind> kind_from(std::string_view name) {
    const auto* found = std::ranges::find(kind_names, name, &KindName::name);
    return found == std::end(kind_names) ? std::nullopt : std::optional(found->kind);
}

std::string_view take_word(std::string_view& from) {
    const auto word = from.substr(0, from.find(' '));
    from.remove_prefix(std::min(from.size(), word.size() + 1));
    return word;
}

bool take_prefix(std::string_view& from, std::string_view prefix) {
    if (!from.starts_with(prefix))
        return false;
    from.remove_prefix(prefix.size());
    return true;
}

/// `$name` becomes `$1::uuid`. Names are whole words.
std::size_t place_parameter(std::string& sql, const ReportParameter& parameter,
                            std::size_t number) {
    const std::string from = "$" + parameter.name,
                      to = fmt::format("${}::{}", number, named(parameter.kind).cast);
    std::size_t times = 0;
    for (std::size_t at = 0; (at = sql.find(from, at)) != std::string::npos;) {
        const char after = at + from.size() < sql.size() ? sql[at + from.size()] : ' ';
        if (std::isalnum(static_cast<unsigned char>(after)) || after == '_') {
            at += from.size();
            continue;
        }
        sql.replace(at, from.size(), to);
        at += to.size();
        ++times;
    }
    return times;
}

Result<void> read_line(Report& report, std::string_view line) {
    if (take_prefix(line, "readers: ")) {
        while (!line.empty()) {
            const auto role = tenancy::role_from(take_word(line));
            if (!role)
                return fail(Code::internal, "readers are teacher and administrator");
            report.readers = report.readers.with(*role);
        }
    } else if (take_prefix(line, "made from: ")) {
        if (line != "rollups" && line != "rows")
            return fail(Code::internal, "a report is made from rollups or rows");
        report.from_rollups = line == "rollups";
    } else if (take_prefix(line, "small groups: ")) {
        report.group = line;
    } else if (take_prefix(line, "takes: ")) {
        const std::string name(take_word(line));
        const auto kind = kind_from(take_word(line));
        const auto need = take_word(line);
        if (!kind || named(*kind).cast.empty() || (need != "required" && need != "optional"))
            return fail(Code::internal, "expected: takes: NAME KIND required|optional WORDS");
        report.parameters.push_back({name, *kind, need == "required", std::string(line)});
    } else if (take_prefix(line, "gives: ")) {
        const std::string name(take_word(line));
        const auto kind = kind_from(take_word(line));
        if (!kind)
            return fail(Code::internal, "expected: gives: NAME KIND WORDS");
        report.columns.push_back({name, *kind, std::string(line)});
    } else if (report.title.empty()) {
        report.title = line;
    } else {
        report.about += (report.about.empty() ? "" : " ") + std::string(line);
    }
    return {};
}

Result<void> whole(const Report& report) {
    if (report.title.empty() || report.about.empty() || report.readers.none() ||
        report.columns.empty())
        return fail(Code::internal,
                    "a report has a title, says what it shows, names readers, and gives columns");
    if (report.readers.has(tenancy::Role::student))
        return fail(Code::internal, "students read no reports: they would see others'");
    if (!report.group.empty() && std::ranges::find(report.columns, report.group,
                                                   &ReportColumn::name) == report.columns.end())
        return fail(Code::internal, "the column of small groups is not given");
    return {};
}

} // namespace

std::string_view wire_name(Kind kind) {
    return named(kind).name;
}

Result<Report> parse_report(std::string_view id, std::string_view text) {
    Report report{.id = std::string(id),
                  .title = {},
                  .about = {},
                  .readers = {},
                  .from_rollups = false,
                  .group = {},
                  .parameters = {},
                  .columns = {},
                  .sql = {}};
    while (take_prefix(text, "-- ")) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (auto read = read_line(report, line); !read)
            return fail(Code::internal,
                        fmt::format("report {}, '{}': {}", id, line, read.error().detail));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    report.sql = text;
    std::size_t number = 0;
    for (const ReportParameter& parameter : report.parameters)
        if (place_parameter(report.sql, parameter, ++number) == 0)
            return fail(Code::internal,
                        fmt::format("report {}: it does not use ${}", id, parameter.name));
    if (auto complete = whole(report); !complete)
        return fail(Code::internal, fmt::format("report {}: {}", id, complete.error().detail));
    return report;
}

std::span<const Report> catalogue() {
    static const std::vector<Report> all = [] {
        std::vector<Report> reports;
        for (const auto& [id, text] : catalogue_texts) {
            auto report = parse_report(id, text);
            ENSURE(report, report ? "" : report.error().detail.c_str());
            reports.push_back(*std::move(report));
        }
        return reports;
    }();
    return all;
}

const Report* find_report(std::string_view id) {
    const auto found = std::ranges::find(catalogue(), id, &Report::id);
    return found == catalogue().end() ? nullptr : &*found;
}

} // namespace bw::reporting
