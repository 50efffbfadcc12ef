#include "auth/steering.hpp"

#include <algorithm>

namespace bw::auth {

namespace {

constexpr QuietTime quiet;
constexpr double from_share = 0.6, to_share = 0.9; // of the lifetime, where no bell is near
// Who would be renewed before it is quiet only by coming earlier than anybody else does is renewed
// after it; and where there is no more room than that between two bells, nobody is squeezed into
// it.
constexpr double early_share = 0.6, room_share = 0.1;

/// Before a bell that would fall among the renewals: in the second half of the time that is left.
/// After one that cannot be met any more: where it is quiet no longer.
Instant renewal(Instant now, Duration lifetime, std::span<const tenancy::Bell> bells, Rng& rng) {
    auto share = [&](double of) { return std::chrono::duration_cast<Duration>(lifetime * of); };
    const Instant last = now + share(to_share);
    Instant first = now;
    auto drawn = [&](Instant from, Instant to) {
        return from + std::chrono::duration_cast<Duration>((to - from) * rng.unit());
    };
    for (const tenancy::Bell& bell : bells) {
        const Instant before = bell.at - share(quiet.before), after = bell.at + share(quiet.after);
        if (after <= now)
            continue;
        if (before >= last)
            break;
        const Instant from = std::max(first, now + (before - now) / 2);
        if (before - now >= share(early_share) && before - from >= share(room_share))
            return drawn(from, before);
        first = std::max(first, after);
    }
    first = std::max(first, now + share(from_share));
    // Bells without room between them steer nothing.
    return last - first < share(room_share) ? drawn(now + share(from_share), last)
                                            : drawn(first, last);
}

/// After every lesson that it would have ended in, or shortly before.
Instant end(Instant now, Duration lifetime, std::span<const tenancy::Bell> bells, Rng& rng) {
    auto share = [&](double of) { return std::chrono::duration_cast<Duration>(lifetime * of); };
    const Instant latest = now + lifetime + steered_extension_limit;
    Instant end = now + lifetime;
    for (const tenancy::Bell& bell : bells) {
        // A second more: tokens tell their end in whole ones.
        const Instant over = std::max(bell.at + bell.lasts, bell.at + share(quiet.after)) + 1s;
        if (end >= bell.at - share(quiet.before) && end < over)
            end = over + std::chrono::duration_cast<Duration>(share(quiet.after) * rng.unit());
    }
    return std::min(end, latest);
}

} // namespace

TokenTimes steered_times(Instant now, Duration lifetime, std::span<const tenancy::Bell> bells,
                         Rng& rng) {
    return {renewal(now, lifetime, bells, rng), end(now, lifetime, bells, rng)};
}

} // namespace bw::auth
