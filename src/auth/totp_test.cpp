// One-time passwords against the RFCs' own vectors. An independent implementation reads our secrets
// in tests/contract.
#include "auth/totp.hpp"

#include <gtest/gtest.h>

namespace bw::auth {
namespace {

constexpr std::string_view rfc_secret = "12345678901234567890";

TEST(Totp, GivesTheCodesOfRfc4226AppendixD) {
    const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                           "254676", "287922", "162583", "399871", "520489"};
    for (std::int64_t counter = 0; counter < 10; ++counter)
        EXPECT_EQ(totp_code(rfc_secret, counter), codes[counter]) << counter;
}

TEST(Totp, GivesTheCodesOfRfc6238AppendixB) {
    const std::pair<std::int64_t, const char*> rows[] = {
        {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
        {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
    };
    for (auto [seconds, code] : rows)
        EXPECT_EQ(totp_code(rfc_secret, totp_step({seconds * 1000}), 8), code) << seconds;
}

TEST(Totp, TakesTheStepBeforeAndAfter) {
    const Instant now{1795424340000}; // a step begins
    const std::int64_t step = totp_step(now);
    for (std::int64_t off = -3; off <= 3; ++off) {
        const auto match = totp_match(rfc_secret, totp_code(rfc_secret, step + off), now);
        EXPECT_EQ(match, std::abs(off) <= 1 ? std::optional(step + off) : std::nullopt) << off;
    }
    EXPECT_EQ(totp_match(rfc_secret, totp_code(rfc_secret, step), now + 59'999ms), step);
    EXPECT_EQ(totp_match(rfc_secret, totp_code(rfc_secret, step), now + 60'000ms), std::nullopt);
    for (const char* bad : {"", "12345", "1234567", "abcdef"})
        EXPECT_EQ(totp_match(rfc_secret, bad, now), std::nullopt) << bad;
}

TEST(Totp, WritesBase32OfRfc4648) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {"f", "MY"},
        {"fo", "MZXQ"},
        {"foo", "MZXW6"},
        {"foob", "MZXW6YQ"},
        {"fooba", "MZXW6YTB"},
        {"foobar", "MZXW6YTBOI"},
    };
    for (auto [bytes, text] : rows)
        EXPECT_EQ(to_base32(bytes), text);
}

TEST(Totp, WritesTheUriOfAuthenticatorApps) {
    EXPECT_EQ(otpauth_uri("North Hill", "ada@x", rfc_secret),
              "otpauth://totp/North%20Hill:ada%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="
              "North%20Hill&algorithm=SHA1&digits=6&period=30");
}

} // namespace
} // namespace bw::auth
