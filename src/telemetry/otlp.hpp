// OTLP's JSON (opentelemetry-proto, "OTLP/HTTP", JSON Protobuf Encoding): ids as lower-case hex,
// 64-bit integers as strings. Text alone; sending it is app's.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/span.hpp"

namespace bw::telemetry {

/// What all spans of a process have in common.
struct Resource {
    std::string service_name;
    std::string service_version;
    std::string instance; // tells processes of one service apart
};

/// An ExportTraceServiceRequest.
std::string to_otlp_json(const Resource& resource, std::span<const Span> spans);

} // namespace bw::telemetry
