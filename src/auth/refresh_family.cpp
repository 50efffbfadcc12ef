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
    const bool just_rotated =
        shown.generation == known->generation - 1 && now - known->rotated_at <= grace;
    const bool just_issued = now - shown.issued_at <= grace; // and so rotated within the grace
    return just_rotated || just_issued ? Verdict::repeat : Verdict::reuse;
}

} // namespace bw::auth
