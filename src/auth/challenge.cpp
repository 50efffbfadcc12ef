#include "auth/challenge.hpp"

#include <sodium.h>

#include "base/keyed_hash.hpp"

namespace bw::auth {

namespace {

constexpr std::string_view prefix = "bwc_";
constexpr std::size_t mac_bytes = 32;
// tenant, user, account, device (16 bytes each), epoch, expires_at, shared_for (64 bits,
// little-endian; the last in ms, -1: not shared), enrolment
constexpr std::size_t said_bytes = 4 * 16 + 3 * 8 + 1;

std::array<std::uint8_t, mac_bytes> mac_of(const SecretKey& key, ByteView said) {
    return keyed_hash<mac_bytes>(key, {"bellwether challenge v1\n", said});
}

Error refused() {
    return fail(Code::unauthenticated,
                "this challenge is too old or none of ours; sign in with the password again",
                "/challenge");
}

} // namespace

std::string Challenges::write(const Challenge& challenge) const {
    Bytes bytes;
    for (const Uuid& part :
         {challenge.tenant.uuid, challenge.user.uuid, challenge.account, challenge.device})
        bytes += view(part);
    put_le(bytes, challenge.epoch);
    put_le(bytes, challenge.expires_at.ms);
    put_le(bytes,
           challenge.shared_for ? std::int64_t{*challenge.shared_for / 1ms} : std::int64_t{-1});
    put_le(bytes, static_cast<std::uint8_t>(challenge.enrolment));
    bytes += view(mac_of(key_, bytes));
    return std::string(prefix) + to_base64url(bytes);
}

Result<Challenge> Challenges::read(std::string_view text, TenantId tenant, Instant now) const {
    if (!text.starts_with(prefix))
        return refused();
    const auto bytes = from_base64url(text.substr(prefix.size()));
    if (!bytes || bytes->size() != said_bytes + mac_bytes)
        return refused();
    const ByteView said = ByteView(*bytes).substr(0, said_bytes);
    if (sodium_memcmp(mac_of(key_, said).data(), bytes->data() + said_bytes, mac_bytes) != 0)
        return refused();
    auto id = [&](std::size_t at) { return *to_array<16>(said.substr(16 * at, 16)); };
    const auto shared_ms = get_le<std::int64_t>(said.substr(80));
    const Challenge challenge{
        .tenant = {id(0)},
        .user = {id(1)},
        .epoch = get_le<std::int64_t>(said.substr(64)),
        .account = id(2),
        .device = id(3),
        .enrolment = said.back() != 0,
        .shared_for = shared_ms < 0 ? std::nullopt
                                    : std::optional<Duration>(std::chrono::milliseconds(shared_ms)),
        .expires_at = {get_le<std::int64_t>(said.substr(72))}};
    if (challenge.tenant != tenant || now >= challenge.expires_at)
        return refused();
    return challenge;
}

} // namespace bw::auth
