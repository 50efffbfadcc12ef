#include "auth/session_cookies.hpp"

#include <algorithm>

#include "auth/device_token.hpp"
#include "tenancy/gate.hpp"

namespace bw::auth {

namespace {

/// `seconds`: none for a cookie that goes when the browser is closed.
std::string cookie(std::string_view name, std::string_view value, std::string_view path,
                   std::optional<std::int64_t> seconds, bool secure) {
    return std::string(name) + "=" + std::string(value) + "; Path=" + std::string(path) +
           (seconds ? "; Max-Age=" + std::to_string(std::max<std::int64_t>(0, *seconds)) : "") +
           "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
}

/// Of what ends within a day nothing is left on the device: that is every session on a shared one.
std::optional<std::int64_t> kept_for(const IssuedToken& issued, Instant now, Instant until) {
    if (issued.refresh_expires_at - now <= 24h)
        return std::nullopt;
    return (until.ms - now.ms) / 1000;
}

constexpr std::string_view everywhere = "/", sessions_only = "/v1/sessions";

} // namespace

std::string access_set_cookie(const IssuedToken& issued, bool secure) {
    return cookie(tenancy::access_cookie(secure), issued.access_token, everywhere,
                  kept_for(issued, issued.claims.issued_at, issued.claims.expires_at), secure);
}

std::string refresh_set_cookie(const IssuedToken& issued, Instant now, bool secure) {
    return cookie(refresh_cookie(secure), issued.refresh_token.value_or(""), sessions_only,
                  kept_for(issued, now, issued.refresh_expires_at), secure);
}

std::string device_set_cookie(const std::string& device_token, bool secure) {
    return cookie(device_cookie(secure), device_token, sessions_only,
                  std::chrono::duration_cast<std::chrono::seconds>(DeviceTokens::lifetime).count(),
                  secure);
}

std::string access_unset_cookie(bool secure) {
    return cookie(tenancy::access_cookie(secure), "", everywhere, 0, secure);
}

std::string refresh_unset_cookie(bool secure) {
    return cookie(refresh_cookie(secure), "", sessions_only, 0, secure);
}

} // namespace bw::auth
