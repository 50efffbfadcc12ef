#include "auth/routing_hint.hpp"

#include <sodium.h>

namespace bw::auth {

std::string RoutingHints::of(TenantId tenant, UserId user) const {
    const std::string principal = tenant.text() + "/" + user.text();
    std::array<std::uint8_t, 16> hash;
    crypto_generichash(hash.data(), hash.size(),
                       reinterpret_cast<const unsigned char*>(principal.data()), principal.size(),
                       key_.data(), key_.size());
    return to_base64url(view(hash));
}

std::string routing_cookie(const std::string& hint, bool secure) {
    return "bw_route=" + hint + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

} // namespace bw::auth
