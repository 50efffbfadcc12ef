#include "auth/routing_hint.hpp"

#include "base/keyed_hash.hpp"

namespace bw::auth {

std::string RoutingHints::of(TenantId tenant, UserId user) const {
    const std::string principal = tenant.text() + "/" + user.text();
    return to_base64url(view(keyed_hash<16>(key_, {principal})));
}

std::string routing_cookie(const std::string& hint, bool secure) {
    return "bw_route=" + hint + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

} // namespace bw::auth
