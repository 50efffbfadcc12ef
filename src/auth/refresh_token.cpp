#include "auth/refresh_token.hpp"

#include <sodium.h>

#include "base/ensure.hpp"
#include "base/keyed_hash.hpp"

namespace bw::auth {

namespace {

// prefix, then base64url of: version, tenant, user, session, generation, issued_at, expires_at,
// epoch (64 bits each, little-endian), roles (a byte of bits, the highest: on a shared device), in
// version 2 when it was not answered (two instants), MAC.
constexpr std::string_view prefix = "bwr_"; // what secret scanners look for
constexpr std::uint8_t plain = 1, unanswered = 2, on_shared_device = 0x80;
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t plain_bytes = 1 + 3 * 16 + 4 * 8 + 1, unanswered_bytes = plain_bytes + 2 * 8;

auto mac_of(const SecretKey& key, ByteView bytes) {
    return keyed_hash<mac_bytes>(key, {bytes});
}

Error refused() {
    return fail(Code::unauthenticated, "this is no refresh token of this installation",
                "/refresh_token");
}

} // namespace

RefreshTokens::RefreshTokens(std::vector<SecretKey> keys) : keys_(std::move(keys)) {
    ENSURE(!keys_.empty(), "refresh tokens need a key");
}

RefreshTokens::~RefreshTokens() {
    for (SecretKey& key : keys_)
        sodium_memzero(key.data(), key.size());
}

std::string RefreshTokens::write(const RefreshToken& token) const {
    Bytes bytes;
    put_le(bytes, token.unanswered ? unanswered : plain);
    for (const Uuid& id : {token.tenant.uuid, token.user.uuid, token.session.uuid})
        bytes += view(id);
    for (std::int64_t number :
         {token.generation, token.issued_at.ms, token.expires_at.ms, token.epoch})
        put_le(bytes, number);
    std::uint8_t roles = token.shared_device ? on_shared_device : 0;
    for (tenancy::Role role :
         {tenancy::Role::student, tenancy::Role::teacher, tenancy::Role::administrator})
        if (token.roles.has(role))
            roles |= static_cast<std::uint8_t>(role);
    put_le(bytes, roles);
    if (token.unanswered) {
        put_le(bytes, token.unanswered->from.ms);
        put_le(bytes, token.unanswered->until.ms);
    }
    bytes += view(mac_of(keys_.front(), bytes));
    return std::string(prefix) + to_base64url(bytes);
}

Result<RefreshToken> RefreshTokens::read(std::string_view text) const {
    if (!text.starts_with(prefix))
        return refused();
    auto bytes = from_base64url(text.substr(prefix.size()));
    if (!bytes ||
        (bytes->size() != plain_bytes + mac_bytes && bytes->size() != unanswered_bytes + mac_bytes))
        return refused();
    const ByteView said = ByteView(*bytes).substr(0, bytes->size() - mac_bytes);
    const ByteView shown = ByteView(*bytes).substr(said.size());
    bool ours = false;
    for (const SecretKey& key : keys_)
        ours |= sodium_memcmp(mac_of(key, said).data(), shown.data(), mac_bytes) == 0;
    if (!ours || get_le<std::uint8_t>(said) != (said.size() == plain_bytes ? plain : unanswered))
        return refused();
    RefreshToken token;
    std::size_t at = 1;
    auto id = [&] {
        at += 16;
        return *to_array<16>(said.substr(at - 16, 16));
    };
    auto number = [&] {
        at += 8;
        return get_le<std::int64_t>(said.substr(at - 8, 8));
    };
    token.tenant = {id()};
    token.user = {id()};
    token.session = {id()};
    token.generation = number();
    token.issued_at = {number()};
    token.expires_at = {number()};
    token.epoch = number();
    const auto roles = get_le<std::uint8_t>(said.substr(at++));
    for (tenancy::Role role :
         {tenancy::Role::student, tenancy::Role::teacher, tenancy::Role::administrator})
        if (roles & static_cast<std::uint8_t>(role))
            token.roles = token.roles.with(role);
    token.shared_device = roles & on_shared_device;
    if (at < said.size()) {
        const Instant from{number()}, until{number()};
        token.unanswered = {from, until};
    }
    return token;
}

} // namespace bw::auth
