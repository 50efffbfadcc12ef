// W3C trace context (Trace Context Level 1, traceparent): which trace a request belongs to. Values
// only; recording and exporting spans is in span.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/rng.hpp"

namespace bw::telemetry {

struct TraceContext {
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{}; // of the caller's span when parsed, of ours when sent
    bool sampled = false;

    /// All zeros is what the standard calls invalid: no trace.
    bool valid() const;
    /// "00-<32 hex>-<16 hex>-<01|00>"
    std::string traceparent() const;
    /// The same trace with a span id of its own.
    TraceContext child(Rng& rng) const;
    /// A new trace.
    static TraceContext make(bool sampled, Rng& rng);
    /// nullopt for whatever the standard calls invalid; a higher version is read as version 00 is.
    static std::optional<TraceContext> parse(std::string_view traceparent);
};

} // namespace bw::telemetry
