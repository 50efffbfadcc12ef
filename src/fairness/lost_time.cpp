#include "fairness/lost_time.hpp"

#include <algorithm>
#include <vector>

namespace bw::fairness {

Duration lost(const Span& open, const Span& outage, std::span<const Span> before) {
    const Span of{std::max(open.from, outage.from), std::min(open.until, outage.until)};
    if (of.from >= of.until)
        return {};
    std::vector<Span> given(before.begin(), before.end());
    std::ranges::sort(given, {}, &Span::from);
    Duration left{};
    Instant at = of.from; // everything before it is counted
    for (const Span& span : given) {
        if (span.from > at)
            left += std::min(span.from, of.until) - at;
        at = std::max(at, std::min(span.until, of.until));
        if (at >= of.until || span.from >= of.until)
            return left;
    }
    return left + (of.until - at);
}

Instant due_after(Instant due_at, const Span& outage, Duration lost) {
    constexpr Duration too_little = 30s;
    if (lost < too_little)
        return due_at;
    constexpr std::int64_t minute_ms = 60'000;
    const Instant due = std::max(due_at, outage.until) + lost;
    return Instant{(due.ms + minute_ms - 1) / minute_ms * minute_ms};
}

} // namespace bw::fairness
