#include "telemetry/otlp.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace bw::telemetry {

namespace {

void write_attribute(JsonWriter& json, std::string_view key, std::string_view value) {
    json.object().member("key", key).key("value").object().member("stringValue", value).end().end();
}

void write_attribute(JsonWriter& json, std::string_view key, std::int64_t value) {
    json.object()
        .member("key", key)
        .key("value")
        .object()
        .member("intValue", std::to_string(value))
        .end()
        .end();
}

void write_span(JsonWriter& json, const Span& span) {
    const std::int64_t began_ns = span.began.ms * 1'000'000;
    json.object()
        .member("traceId", to_hex(view(span.context.trace_id)))
        .member("spanId", to_hex(view(span.context.span_id)));
    if (std::ranges::any_of(span.parent, [](std::uint8_t byte) { return byte != 0; }))
        json.member("parentSpanId", to_hex(view(span.parent)));
    json.member("name", span.name)
        .member("kind", static_cast<int>(span.kind))
        .member("startTimeUnixNano", std::to_string(began_ns))
        .member("endTimeUnixNano", std::to_string(began_ns + span.took.count()));
    json.key("attributes").array();
    for (const auto& [name, value] : span.attributes)
        std::visit([&](const auto& v) { write_attribute(json, name, v); }, value);
    json.end();
    json.key("status").object();
    if (span.failed)
        json.member("code", 2); // STATUS_CODE_ERROR
    json.end().end();
}

} // namespace

std::string to_otlp_json(const Resource& resource, std::span<const Span> spans) {
    JsonWriter json;
    json.object().key("resourceSpans").array().object();
    json.key("resource").object().key("attributes").array();
    write_attribute(json, "service.name", resource.service_name);
    write_attribute(json, "service.version", resource.service_version);
    write_attribute(json, "service.instance.id", resource.instance);
    json.end().end();
    json.key("scopeSpans").array().object();
    json.key("scope").object().member("name", "bellwether").end();
    json.key("spans").array();
    for (const Span& span : spans)
        write_span(json, span);
    json.end().end().end().end().end().end();
    return json.take();
}

} // namespace bw::telemetry
