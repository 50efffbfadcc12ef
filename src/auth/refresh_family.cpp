#include "auth/refresh_family.hpp"

namespace bw::auth {

Verdict judge(const RefreshToken& shown, const std::optional<RefreshFamily>& known, bool revoked,
              Instant now, Duration grace) {
    if (revoked || now >= shown.expires_at || (known && known->ended))
        return Verdict::ended;
    // Unknown, or newer than what is known: a failover has lost commits. The MAC holds, so it was
    // issued here; to go on from it is all that is left of the truth.
    if (!known || shown.generation >= known->generation)
        return Verdict::rotate;
    const bool just_issued = now - shown.issued_at <= grace; // and so rotated within the grace
    if (just_issued)
        return Verdict::repeat;
    if (shown.generation != known->generation - 1)
        return Verdict::reuse;
    // Shown within the grace: just now, or when no answer could be given. The rotation of that
    // moment may have been its own.
    const Duration about = grace + clocks_apart_max;
    const bool in_time = now - known->rotated_at <= grace ||
                         (shown.unanswered && known->rotated_at >= shown.unanswered->from - about &&
                          known->rotated_at <= shown.unanswered->until + about);
    return in_time ? Verdict::repeat : Verdict::reuse;
}

} // namespace bw::auth
