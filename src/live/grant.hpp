// RoomGrant: the right to enter a live class's room, and what one may send there. The one form that
// all room servers' tokens are made of; ours to sign and to verify, short-lived.
#pragma once

#include "base/rng.hpp"
#include "base/secret_box.hpp"
#include "live/live_class.hpp"

namespace bw::live {

enum class RoomRole : std::uint8_t { student, teacher };
std::string_view name(RoomRole role);

struct RoomGrant {
    TenantId tenant;
    LiveClassId of;
    UserId user;
    RoomRole role = RoomRole::student;
    Rights may;
    Instant not_before, expires; // to enter by; who is inside stays
    Uuid id{};                   // of this grant: it is used once

    bool operator==(const RoomGrant&) const = default;
};

constexpr Duration grant_lifetime = 60s;

/// For a URL: letters, digits, - and _.
std::string sign_grant(const RoomGrant& grant, const SecretKey& key);
/// unauthenticated (not ours, altered, not yet), token_expired. Whether the person was put out
/// since is the audience's to tell (Seats::is_out).
Result<RoomGrant> verify_grant(std::string_view text, const SecretKey& key, Instant now);

} // namespace bw::live
