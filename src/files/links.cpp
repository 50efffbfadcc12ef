#include "files/links.hpp"

#include <algorithm>
#include <charconv>

#include <sodium.h>

namespace bw::files {

namespace {

Sha256 mac(const std::array<std::uint8_t, 32>& key, ByteView message) {
    Sha256 out{};
    crypto_auth_hmacsha256(out.data(), reinterpret_cast<const unsigned char*>(message.data()),
                           message.size(), key.data());
    return out;
}

std::string unsigned_path(std::string_view of, std::string_view expires) {
    return std::string(of) + "?expires=" + std::string(expires);
}

} // namespace

LinkSigner::~LinkSigner() {
    sodium_memzero(key_.data(), key_.size());
}

Sha256 LinkSigner::sign(TenantId tenant, std::string_view path) const {
    std::array<std::uint8_t, 32> own =
        mac(key_, "bellwether file links v1\n" + std::string(view(tenant.uuid)));
    const Sha256 out = mac(own, path);
    sodium_memzero(own.data(), own.size());
    return out;
}

std::string LinkSigner::path(TenantId tenant, std::string_view of, Instant expires_at) const {
    const std::string path = unsigned_path(of, std::to_string(expires_at.ms / 1000));
    return path + "&signature=" + to_base64url(view(sign(tenant, path)));
}

Result<void> LinkSigner::check(TenantId tenant, std::string_view of, std::string_view expires,
                               std::string_view signature, Instant now) const {
    const Error refused =
        fail(Code::forbidden, "this link is not good, or no longer; ask for another one");
    const auto shown = to_array<32>(from_base64url(signature).value_or(""));
    const Sha256 right = sign(tenant, unsigned_path(of, expires));
    if (!shown || sodium_memcmp(shown->data(), right.data(), right.size()) != 0)
        return refused;
    std::int64_t seconds = 0; // signed, so it is a number
    std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
    return now.ms < seconds * 1000 ? Result<void>() : Result<void>(refused);
}

} // namespace bw::files
