#include "reporting/scope.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <set>

#include "base/ensure.hpp"
#include "reporting/scope_texts.hpp"

namespace bw::reporting {

namespace {

using simdjson::dom::element, simdjson::dom::object;

std::string literal(const Uuid& uuid) {
    return "'" + to_text(uuid) + "'::uuid";
}

/// About a column `section_id`, whatever stands before its name.
std::string sections_condition(const ReportScope& scope) {
    if (!scope.sections)
        return "section_id is not null";
    if (scope.sections->empty())
        return "section_id is null";
    std::string out;
    for (const SectionId& section : *scope.sections)
        out += (out.empty() ? "section_id in (" : ", ") + literal(section.uuid);
    return out + ")";
}

void replace_all(std::string& text, std::string_view place, std::string_view value) {
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size())
        text.replace(at, place.size(), value);
}

/// With the views that it is made from in their places, and theirs in these.
std::string with_views(std::string text) {
    for (std::size_t at = 0; (at = text.find("{view ", at)) != std::string::npos;) {
        const std::size_t end = text.find('}', at);
        const std::string name = text.substr(at + 6, end - at - 6);
        const auto* found =
            std::ranges::find(scope_texts, name, [](const auto& t) { return t.first; });
        ENSURE(found != scope_texts.end(), "there is no such view");
        text.replace(at, end + 1 - at, found->second);
    }
    return text;
}

/// The institution's; UTC for one that has no rows here.
Result<std::string> zone_of(columnar::Connection& connection, const ReportScope& scope,
                            Deadline deadline) {
    const auto rows = TRY(connection.run("select zone from rollup.zones where tenant_id = $1",
                                         columnar::Params().id(scope.tenant), deadline))
                          .rows();
    return rows.empty() ? "UTC" : std::get<std::string>(rows[0][0]);
}

// ---- what a statement reaches ----

constexpr std::string_view table_functions[] = {"range", "generate_series", "unnest"};
constexpr std::string_view reaching_functions[] = {"getvariable", "current_setting", "getenv",
                                                   "nextval", "currval"};
constexpr std::string_view from_types[] = {"SELECT_NODE", "JOIN", "SUBQUERY", "EMPTY",
                                           "EXPRESSION_LIST"};

std::string_view text_of(const object& from, const char* name) {
    std::string_view text;
    return from[name].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool among(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

Error refused(std::string_view what) {
    return fail(Code::forbidden,
                fmt::format("a report reads its scope's views alone, and this one names {}", what));
}

/// Calls `see` for every object of the document. Result: the first refusal.
template <class See>
Result<void> each_object(element in, See& see) {
    if (object as_object; in.get(as_object) == simdjson::SUCCESS) {
        CHECK_OK(see(as_object));
        for (const auto& [key, value] : as_object)
            CHECK_OK(each_object(value, see));
    } else if (simdjson::dom::array as_array; in.get(as_array) == simdjson::SUCCESS) {
        for (element item : as_array)
            CHECK_OK(each_object(item, see));
    }
    return {};
}

/// Names that the statement defines itself by WITH.
std::set<std::string, std::less<>> own_names(element parsed) {
    std::set<std::string, std::less<>> names;
    auto note = [&](const object& o) -> Result<void> {
        simdjson::dom::array entries;
        if (o["cte_map"]["map"].get(entries) == simdjson::SUCCESS)
            for (element entry : entries)
                if (object one; entry.get(one) == simdjson::SUCCESS)
                    names.emplace(text_of(one, "key"));
        return {};
    };
    (void)each_object(parsed, note); // refuses nothing
    return names;
}

Result<void> allowed(const object& o, const std::set<std::string, std::less<>>& own,
                     std::set<std::string>& views) {
    const std::string_view type = text_of(o, "type");
    const std::string_view function = text_of(o, "function_name");
    if (among(reaching_functions, function))
        return refused(function);
    if (o["sample"].error() != simdjson::SUCCESS || among(from_types, type))
        return {}; // nothing that rows come from, or from what is looked at for itself
    if (type == "TABLE_FUNCTION") {
        object called;
        if (o["function"].get(called) == simdjson::SUCCESS &&
            among(table_functions, text_of(called, "function_name")) &&
            text_of(called, "schema").empty())
            return {};
        return refused("a function that reads elsewhere");
    }
    if (type != "BASE_TABLE")
        return refused(type);
    const std::string_view name = text_of(o, "table_name");
    if (!text_of(o, "schema_name").empty() || !text_of(o, "catalog_name").empty())
        return refused(fmt::format("{}.{}", text_of(o, "schema_name"), name));
    if (std::ranges::find(scope_texts, name, [](const auto& text) { return text.first; }) !=
        scope_texts.end())
        views.emplace(name);
    else if (!own.contains(name))
        return refused(name);
    return {};
}

} // namespace

Result<std::vector<std::string>> views_of(columnar::Connection& connection, const std::string& sql,
                                          Deadline deadline) {
    auto answer = TRY(connection.run("select json_serialize_sql($1::varchar)::varchar",
                                     columnar::Params().text(sql), deadline));
    const auto rows = answer.rows();
    simdjson::dom::parser parser;
    element parsed;
    simdjson::dom::array statements;
    bool failed = true;
    if (parser.parse(std::get<std::string>(rows.at(0).at(0))).get(parsed) != simdjson::SUCCESS ||
        parsed["error"].get(failed) != simdjson::SUCCESS || failed ||
        parsed["statements"].get(statements) != simdjson::SUCCESS || statements.size() != 1)
        return fail(Code::forbidden, "a report is one SELECT");
    const auto own = own_names(parsed);
    for (const std::string& name : own)
        if (name.starts_with("duckdb_") || name.starts_with("pg_") || name.starts_with("sqlite_"))
            return refused(name); // where it is not defined it would be the store's
    std::set<std::string> views;
    auto look = [&](const object& o) { return allowed(o, own, views); };
    CHECK_OK(each_object(parsed, look));
    return std::vector<std::string>(views.begin(), views.end());
}

Result<void> enter_scope(columnar::Connection& connection, const ReportScope& scope,
                         std::span<const std::string> views, Deadline deadline) {
    // As literals: an expression for a zone or a day would be worked out for each row again.
    const std::string zone = "'" + TRY(zone_of(connection, scope, deadline)) + "'",
                      as_of = "'" + to_rfc3339(scope.as_of) + "'::timestamptz";
    const auto today =
        TRY(connection.run(
                fmt::format("select cast(timezone({}, {}) as date)::varchar", zone, as_of), {},
                deadline))
            .rows();
    const std::pair<std::string_view, std::string> places[] = {
        {"{tenant}", literal(scope.tenant.uuid)},
        {"{sections}", sections_condition(scope)},
        {"{whole}", scope.sections ? "false" : "true"},
        {"{as_of}", as_of},
        {"{today}", "date '" + std::get<std::string>(today[0][0]) + "'"},
        {"{zone}", zone},
    };
    std::string script;
    for (const auto& [name, text] : scope_texts) {
        if (std::ranges::find(views, name) == views.end())
            continue;
        std::string view = with_views(std::string(text));
        for (const auto& [place, value] : places)
            replace_all(view, place, value);
        script += fmt::format("create temp view {} as {};\n", name, view);
    }
    return script.empty() ? Result<void>() : connection.script(script, deadline);
}

std::vector<std::string> scope_names() {
    std::vector<std::string> names;
    for (const auto& [name, text] : scope_texts)
        names.emplace_back(name);
    return names;
}

} // namespace bw::reporting
