#include "auth/session_cookies.hpp"

#include <algorithm>

#include "tenancy/gate.hpp"

namespace bw::auth {

namespace {

std::string cookie(std::string_view name, std::string_view value, std::string_view path,
                   std::int64_t seconds, bool secure) {
    return std::string(name) + "=" + std::string(value) + "; Path=" + std::string(path) +
           "; Max-Age=" + std::to_string(std::max<std::int64_t>(0, seconds)) +
           "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
}

constexpr std::string_view everywhere = "/", sessions_only = "/v1/sessions";

} // namespace

std::string access_set_cookie(const IssuedToken& issued, bool secure) {
    return cookie(tenancy::access_cookie(secure), issued.access_token, everywhere,
                  (issued.claims.expires_at.ms - issued.claims.issued_at.ms) / 1000, secure);
}

std::string refresh_set_cookie(const IssuedToken& issued, Instant now, bool secure) {
    return cookie(refresh_cookie(secure), issued.refresh_token.value_or(""), sessions_only,
                  (issued.refresh_expires_at.ms - now.ms) / 1000, secure);
}

std::string access_unset_cookie(bool secure) {
    return cookie(tenancy::access_cookie(secure), "", everywhere, 0, secure);
}

std::string refresh_unset_cookie(bool secure) {
    return cookie(refresh_cookie(secure), "", sessions_only, 0, secure);
}

} // namespace bw::auth
