#include "telemetry/trace.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace bw::telemetry {

namespace {

template <std::size_t N>
bool none(const std::array<std::uint8_t, N>& id) {
    return std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t N>
std::array<std::uint8_t, N> random_id(Rng& rng) {
    std::array<std::uint8_t, N> id{};
    while (none(id))
        rng.fill(id);
    return id;
}

bool lower_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

bool TraceContext::valid() const {
    return !none(trace_id) && !none(span_id);
}

std::string TraceContext::traceparent() const {
    return "00-" + to_hex(view(trace_id)) + "-" + to_hex(view(span_id)) + (sampled ? "-01" : "-00");
}

TraceContext TraceContext::child(Rng& rng) const {
    return {trace_id, random_id<8>(rng), sampled};
}

TraceContext TraceContext::make(bool sampled, Rng& rng) {
    return {random_id<16>(rng), random_id<8>(rng), sampled};
}

std::optional<TraceContext> TraceContext::parse(std::string_view text) {
    constexpr std::size_t length = 55; // of version 00
    if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-' ||
        !lower_hex(text.substr(0, 2)) || !lower_hex(text.substr(3, 32)) ||
        !lower_hex(text.substr(36, 16)) || !lower_hex(text.substr(53, 2)))
        return std::nullopt;
    const std::string_view version = text.substr(0, 2);
    if (version == "ff" ||
        (version == "00" ? text.size() != length : text.size() > length && text[length] != '-'))
        return std::nullopt;
    TraceContext context{*to_array<16>(*from_hex(text.substr(3, 32))),
                         *to_array<8>(*from_hex(text.substr(36, 16))),
                         ((*from_hex(text.substr(53, 2)))[0] & 1) != 0};
    if (!context.valid())
        return std::nullopt;
    return context;
}

} // namespace bw::telemetry
