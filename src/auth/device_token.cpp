#include "auth/device_token.hpp"

#include <sodium.h>

#include "base/keyed_hash.hpp"

namespace bw::auth {

namespace {

using Mac = std::array<std::uint8_t, 16>;
constexpr std::string_view prefix = "bwd_";
// device, given (64 bits of milliseconds, little-endian), MAC
constexpr std::size_t said_bytes = sizeof(DeviceId) + 8;

Mac device_mac(const SecretKey& key, const AccountKey& account, ByteView said) {
    return keyed_hash<sizeof(Mac)>(key, {"bellwether device token v1\n", view(account), said});
}

} // namespace

AccountKey AccountKeys::of_name(TenantId tenant, std::string_view username) const {
    return keyed_hash<sizeof(AccountKey)>(
        key_, {"bellwether account by name v1\n", view(tenant.uuid), username});
}

AccountKey AccountKeys::of_second_factor(TenantId tenant, UserId user) const {
    return keyed_hash<sizeof(AccountKey)>(
        key_, {"bellwether second factor v1\n", view(tenant.uuid), view(user.uuid)});
}

std::string DeviceTokens::write(const AccountKey& account, const DeviceId& device,
                                Instant given) const {
    Bytes bytes(view(device));
    put_le(bytes, given.ms);
    bytes += view(device_mac(key_, account, bytes));
    return std::string(prefix) + to_base64url(bytes);
}

std::optional<DeviceId> DeviceTokens::read(std::string_view text, const AccountKey& account,
                                           Instant now) const {
    if (!text.starts_with(prefix))
        return std::nullopt;
    const auto bytes = from_base64url(text.substr(prefix.size()));
    if (!bytes || bytes->size() != said_bytes + sizeof(Mac))
        return std::nullopt;
    const ByteView said = ByteView(*bytes).substr(0, said_bytes);
    if (sodium_memcmp(device_mac(key_, account, said).data(), bytes->data() + said_bytes,
                      sizeof(Mac)) != 0)
        return std::nullopt;
    const Instant given{get_le<std::int64_t>(said.substr(sizeof(DeviceId)))};
    if (now - given > lifetime)
        return std::nullopt;
    return to_array<sizeof(DeviceId)>(said.substr(0, sizeof(DeviceId)));
}

} // namespace bw::auth
