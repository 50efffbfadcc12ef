#include "reporting/asked.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json.hpp"
#include "reporting/people.hpp"

namespace bw::reporting {

namespace {

constexpr std::int32_t days_max = 400;
constexpr std::int64_t ms_a_day = 86'400'000;
constexpr Instant first_instant{0}, last_instant{253'402'300'799'999}; // of four digits' years

/// Days since 1970 of a date that exists: "2026-09-01".
std::optional<std::int32_t> day_from(std::string_view text) {
    if (text.size() != 10)
        return std::nullopt;
    const auto instant = from_rfc3339(std::string(text) + "T00:00:00Z");
    if (!instant || *instant < first_instant || *instant > last_instant)
        return std::nullopt;
    return static_cast<std::int32_t>(instant->ms / ms_a_day);
}

template <class IdType>
std::optional<columnar::Value> id_value(std::string_view text) {
    const auto id = IdType::parse(text);
    return id ? std::optional<columnar::Value>(id->uuid) : std::nullopt;
}

std::optional<columnar::Value> value_from(Kind kind, std::string_view text) {
    switch (kind) {
    case Kind::section:
        return id_value<SectionId>(text);
    case Kind::assignment:
        return id_value<AssignmentId>(text);
    case Kind::school:
        return id_value<Id<RosterRowKind>>(text);
    case Kind::day:
        if (const auto day = day_from(text))
            return columnar::Day{*day};
        return std::nullopt;
    default:
        return std::nullopt; // no report takes others: parse_report
    }
}

std::string_view example(Kind kind) {
    switch (kind) {
    case Kind::section:
        return "a section's id, sec_ and 32 hex digits";
    case Kind::assignment:
        return "an assignment's id, asg_ and 32 hex digits";
    case Kind::school:
        return "a school's id, row_ and 32 hex digits";
    default:
        return "a day, e.g. 2026-09-01";
    }
}

Result<void> check_days(const Report& report, const std::vector<columnar::Value>& arguments) {
    const auto at = [&](std::string_view name) {
        const auto found = std::ranges::find(report.parameters, name, &ReportParameter::name);
        return found == report.parameters.end()
                   ? nullptr
                   : std::get_if<columnar::Day>(
                         &arguments[static_cast<std::size_t>(found - report.parameters.begin())]);
    };
    const auto *from = at("from"), *until = at("until");
    if (from != nullptr && until != nullptr &&
        (until->value < from->value || until->value - from->value > days_max))
        return fail(
            Code::invalid_field,
            fmt::format("expected a day from `from` on, and within {} days of it", days_max),
            "until");
    return {};
}

} // namespace

Result<std::vector<columnar::Value>> arguments_from(const Report& report, const Said& said) {
    std::vector<columnar::Value> out;
    for (const ReportParameter& parameter : report.parameters) {
        const auto text = said(parameter.name);
        if (!text && parameter.required)
            return fail(Code::invalid_field,
                        fmt::format("this report needs {}", example(parameter.kind)),
                        parameter.name);
        const auto value = text ? value_from(parameter.kind, *text) : columnar::Value();
        if (!value)
            return fail(Code::invalid_field, fmt::format("expected {}", example(parameter.kind)),
                        parameter.name);
        out.push_back(*value);
    }
    CHECK_OK(check_days(report, out));
    return out;
}

Result<std::vector<columnar::Value>> arguments_from_json(const Report& report,
                                                         std::string_view json) {
    const std::string below = "/arguments";
    simdjson::dom::parser parser;
    simdjson::dom::object members;
    const simdjson::padded_string padded(json);
    if (parser.parse(padded).get(members) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "expected an object of the report's parameters", below);
    for (const auto& [name, value] : members) {
        if (std::ranges::find(report.parameters, name, &ReportParameter::name) ==
            report.parameters.end())
            return fail(Code::invalid_field,
                        "the report does not take this; GET /v1/reports says "
                        "what it takes",
                        below + "/" + std::string(name));
        if (!value.is_string())
            return fail(Code::invalid_field, "expected a text", below + "/" + std::string(name));
    }
    auto arguments =
        arguments_from(report, [&](std::string_view parameter) -> std::optional<std::string> {
            std::string_view text;
            return members[parameter].get(text) == simdjson::SUCCESS
                       ? std::optional(std::string(text))
                       : std::nullopt;
        });
    if (!arguments) {
        Error error = std::move(arguments).error();
        error.field = below + "/" + error.field;
        return error;
    }
    return arguments;
}

std::string arguments_json(const Report& report, const std::vector<columnar::Value>& arguments) {
    JsonWriter json;
    json.object();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const ReportParameter& parameter = report.parameters[i];
        if (const auto* id = std::get_if<Uuid>(&arguments[i]))
            json.member(parameter.name,
                        fmt::format("{}_{}", id_prefix(parameter.kind), to_hex(view(*id))));
        else if (const auto* day = std::get_if<columnar::Day>(&arguments[i]))
            json.member(parameter.name,
                        to_rfc3339({std::int64_t{day->value} * ms_a_day}).substr(0, 10));
    }
    json.end();
    return json.take();
}

std::string_view id_prefix(Kind kind) {
    switch (kind) {
    case Kind::user:
        return UserKind::prefix;
    case Kind::section:
        return SectionKind::prefix;
    case Kind::assignment:
        return AssignmentKind::prefix;
    case Kind::submission:
        return SubmissionKind::prefix;
    case Kind::school:
        return RosterRowKind::prefix; // as the roster names its rows
    default:
        return {};
    }
}

Result<ReportRequest> placed(ReportRequest request, UserId user, bool whole, Instant now,
                             tenancy::TenantTx& tx) {
    if (!whole)
        request.sections = TRY(taught_sections(tx, user, now));
    for (std::size_t i = 0; i < request.arguments.size(); ++i) {
        const auto* id = std::get_if<Uuid>(&request.arguments[i]);
        const ReportParameter& parameter = request.report->parameters[i];
        if (id == nullptr ||
            (parameter.kind != Kind::section && parameter.kind != Kind::assignment))
            continue;
        const auto section = parameter.kind == Kind::section
                                 ? TRY(known_section(tx, SectionId{*id}))
                                 : TRY(section_of(tx, AssignmentId{*id}));
        if (!section || (request.sections &&
                         std::ranges::find(*request.sections, *section) == request.sections->end()))
            return fail(Code::not_found,
                        fmt::format("there is no such {}, or it is none of yours", parameter.name),
                        parameter.name);
    }
    return request;
}

} // namespace bw::reporting
