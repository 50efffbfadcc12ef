// Sessions in cookies, for browsers: scripts never see a token. The access token goes to every path
// of this host, the refresh token and the device's to the sessions' alone; none to another host,
// none along with another site's request.
#pragma once

#include <string>
#include <string_view>

#include "auth/token_issuer.hpp"

namespace bw::auth {

/// The refresh token's cookie. It has a path, so "__Host-" cannot be; "__Secure-" can.
constexpr std::string_view refresh_cookie(bool secure) {
    return secure ? "__Secure-bw_refresh" : "bw_refresh";
}

/// By which sign-in knows the device; it goes to sign-in alone and outlives every session.
constexpr std::string_view device_cookie(bool secure) {
    return secure ? "__Secure-bw_device" : "bw_device";
}

/// Values of Set-Cookie. They last as long as what they hold.
std::string access_set_cookie(const IssuedToken& issued, bool secure);
std::string refresh_set_cookie(const IssuedToken& issued, Instant now, bool secure);
std::string device_set_cookie(const std::string& device_token, bool secure);
/// That make a browser forget the session. It goes on being known as a device.
std::string access_unset_cookie(bool secure);
std::string refresh_unset_cookie(bool secure);

} // namespace bw::auth
