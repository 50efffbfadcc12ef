#include "attendance/presence.hpp"

#include "base/ensure.hpp"

namespace bw::attendance {

namespace {

constexpr std::int64_t part_ms = part / 1ms;
constexpr auto per_hour = static_cast<std::int64_t>(Presence::parts_per_hour);

/// The first part whose middle is not before it. Instants here are after 1970.
std::int64_t first_part(Instant at) {
    return (at.ms + part_ms / 2 - 1) / part_ms;
}

} // namespace

void Presence::add(Span span) {
    ENSURE(span.from.ms >= 0 && span.until - span.from <= 24h, "a span is a part of a day");
    const std::int64_t end = first_part(span.until);
    for (std::int64_t at = first_part(span.from); at < end; ++at)
        hours_[at / per_hour].set(static_cast<std::size_t>(at % per_hour));
}

void Presence::add(const Presence& other) {
    for (const auto& [hour, parts] : other.hours_)
        hours_[hour] |= parts;
}

Duration Presence::watched() const {
    std::size_t parts = 0;
    for (const auto& [hour, in_it] : hours_)
        parts += in_it.count();
    return part * static_cast<std::int64_t>(parts);
}

std::vector<Span> Presence::spans() const {
    std::vector<Span> out;
    for (const auto& [hour, parts] : hours_)
        for (std::size_t at = 0; at < parts_per_hour; ++at) {
            if (!parts[at])
                continue;
            const Instant from{(hour * per_hour + static_cast<std::int64_t>(at)) * part_ms};
            if (out.empty() || out.back().until != from)
                out.push_back({from, from});
            out.back().until = from + part;
        }
    return out;
}

} // namespace bw::attendance
