#include "auth/arrival_ticket.hpp"

#include <sodium.h>

#include "base/keyed_hash.hpp"

namespace bw::auth {

namespace {

constexpr std::size_t mac_bytes = 16;

std::array<std::uint8_t, mac_bytes> mac_of(const SecretKey& key, TenantId tenant,
                                           std::string_view username, ByteView arrived) {
    return keyed_hash<mac_bytes>(
        key, {"bellwether arrival ticket v1\n", view(tenant.uuid), arrived, username});
}

} // namespace

std::string ArrivalTickets::write(TenantId tenant, std::string_view username,
                                  Instant arrived) const {
    Bytes bytes;
    put_le(bytes, arrived.ms);
    bytes += view(mac_of(key_, tenant, username, bytes));
    return to_base64url(bytes);
}

std::optional<Instant> ArrivalTickets::read(std::string_view text, TenantId tenant,
                                            std::string_view username, Instant now) const {
    auto bytes = from_base64url(text);
    if (!bytes || bytes->size() != 8 + mac_bytes)
        return std::nullopt;
    const ByteView said = ByteView(*bytes).substr(0, 8), shown = ByteView(*bytes).substr(8);
    if (sodium_memcmp(mac_of(key_, tenant, username, said).data(), shown.data(), mac_bytes) != 0)
        return std::nullopt;
    const Instant arrived{get_le<std::int64_t>(said)};
    if (now - arrived > lifetime)
        return std::nullopt;
    return arrived;
}

} // namespace bw::auth
