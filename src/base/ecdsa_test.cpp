// ES256: what is signed verifies, here and by the published example; nothing else does.
#include "base/ecdsa.hpp"

#include <gtest/gtest.h>

namespace bw {
namespace {

TEST(Ecdsa, VerifiesTheExampleOfTheStandard) {
    // RFC 7515, appendix A.3: the key, the signing input and the signature.
    const auto key = EcdsaKey::from_scalar(
        *to_array<32>(*from_base64url("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_base64url(view(key->point()).substr(0, 32)),
              "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    EXPECT_EQ(to_base64url(view(key->point()).substr(32)),
              "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    const std::string input =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const auto signature = to_array<64>(*from_base64url(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
    EXPECT_TRUE(key->verify(input, *signature));
    EXPECT_FALSE(key->verify(input + "x", *signature));
    EXPECT_EQ(to_base64url(view(key->scalar())), "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
}

TEST(Ecdsa, NoOtherBytesVerify) {
    SeededRng rng{4};
    const EcdsaKey key = EcdsaKey::make(rng), other = EcdsaKey::make(rng);
    const Signature good = key.sign("a message");
    EXPECT_TRUE(key.verify("a message", good));
    EXPECT_FALSE(other.verify("a message", good));
    EXPECT_FALSE(key.verify("a message", Signature{}));
    for (std::size_t i = 0; i < good.size(); ++i) {
        Signature altered = good;
        altered[i] ^= 1;
        EXPECT_FALSE(key.verify("a message", altered)) << i;
    }
    Signature largest;
    largest.fill(0xff);
    EXPECT_FALSE(key.verify("a message", largest));
}

TEST(Ecdsa, AScalarLiesBelowTheOrder) {
    EXPECT_FALSE(EcdsaKey::from_scalar({}));
    std::array<std::uint8_t, 32> largest;
    largest.fill(0xff);
    EXPECT_FALSE(EcdsaKey::from_scalar(largest));
    std::array<std::uint8_t, 32> one{};
    one[31] = 1;
    EXPECT_TRUE(EcdsaKey::from_scalar(one));
}

} // namespace
} // namespace bw
