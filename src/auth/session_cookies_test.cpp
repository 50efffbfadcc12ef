// What browsers are told of sessions' cookies.
#include "auth/session_cookies.hpp"

#include <gtest/gtest.h>

namespace bw::auth {
namespace {

constexpr Instant now{1'800'000'000'000};

IssuedToken issued(Duration lifetime) {
    IssuedToken out;
    out.access_token = "a";
    out.refresh_token = "r";
    out.claims.issued_at = now;
    out.claims.expires_at = now + 1h;
    out.refresh_expires_at = now + lifetime;
    return out;
}

TEST(SessionCookies, OverTlsTheyAreBoundToTheHost) {
    const IssuedToken token = issued(30 * 24h);
    const std::string kept = "; HttpOnly; SameSite=Strict; Secure";
    EXPECT_EQ(access_set_cookie(token, true), "__Host-bw_access=a; Path=/; Max-Age=3600" + kept);
    EXPECT_EQ(refresh_set_cookie(token, now, true),
              "__Secure-bw_refresh=r; Path=/v1/sessions; Max-Age=2592000" + kept);
    EXPECT_EQ(device_set_cookie("d", true),
              "__Secure-bw_device=d; Path=/v1/sessions; Max-Age=15552000" + kept);
    EXPECT_EQ(access_unset_cookie(true), "__Host-bw_access=; Path=/; Max-Age=0" + kept);
    EXPECT_EQ(refresh_unset_cookie(true),
              "__Secure-bw_refresh=; Path=/v1/sessions; Max-Age=0" + kept);
    EXPECT_EQ(access_set_cookie(token, false),
              "bw_access=a; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict")
        << "in the clear a browser would not take the others";
}

TEST(SessionCookies, OfAShortSessionNothingOutlivesTheBrowser) {
    const IssuedToken token = issued(90min);
    for (const std::string& cookie :
         {access_set_cookie(token, true), refresh_set_cookie(token, now, true)})
        EXPECT_FALSE(cookie.contains("Max-Age")) << cookie;
}

} // namespace
} // namespace bw::auth
