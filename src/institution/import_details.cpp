#include "institution/import_details.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace bw::institution {

namespace {

constexpr std::size_t reason_bytes_limit = 500;

/// Whole characters of what may quote a hostile file, and no NUL, which PostgreSQL's JSON has not.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, utf8_prefix(text.substr(0, reason_bytes_limit))));
    std::ranges::replace(out, '\0', '?');
    return out;
}

void write_error(JsonWriter& json, std::string_view file, const roster::CsvPlace* at,
                 std::string_view reason) {
    json.object().member("file", shown(file)).key("line");
    at ? json.value(at->line) : json.null();
    json.key("column");
    at ? json.value(at->column) : json.null();
    json.member("reason", shown(reason)).end();
}

void write_warnings(JsonWriter& json, const roster::Package* package) {
    json.key("warnings").array();
    if (package)
        for (std::size_t i = 0; i < std::min(package->warnings().size(), warnings_limit); ++i)
            json.value(shown(package->warnings()[i]));
    json.end();
}

void write_samples(JsonWriter& json, const roster::ImportReport& report) {
    json.key("samples").array();
    for (const auto& example : report.examples) {
        json.object()
            .member("entity", roster::name_of(example.entity))
            .member("change", example.change)
            .key("rows")
            .array();
        for (std::size_t i = 0; i < example.sourced_ids.size(); ++i)
            json.object()
                .member("sourced_id", example.sourced_ids[i])
                .member("label", example.labels[i])
                .end();
        json.end().end();
    }
    json.end().key("losses").array();
    for (const auto& loss : report.losses)
        json.object()
            .member("entity", roster::name_of(loss.entity))
            .member("lost", loss.lost)
            .member("of", loss.of)
            .member("percent", loss.percent())
            .end();
    json.end();
}

void write_errors(JsonWriter& json, const Error* error, const roster::ImportErrors& errors) {
    json.key("errors").array();
    for (const roster::CsvError& one : errors.list)
        write_error(json, one.file, &one.at, one.reason);
    if (error && errors.list.empty())
        write_error(json, error->field, nullptr, error->detail);
    json.end().member("more_errors", errors.more);
}

} // namespace

std::string plan_details(const roster::Package& package, const roster::ImportReport& report) {
    JsonWriter json;
    json.object();
    write_warnings(json, &package);
    write_samples(json, report);
    write_errors(json, nullptr, {});
    json.end();
    return json.take();
}

std::string failure_details(const Error& error, const roster::ImportErrors& errors) {
    JsonWriter json;
    json.object();
    write_warnings(json, nullptr);
    write_samples(json, {});
    write_errors(json, &error, errors);
    json.end();
    return json.take();
}

} // namespace bw::institution
