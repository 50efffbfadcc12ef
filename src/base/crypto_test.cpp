// Known vectors, so that a key or a hash of ours is everybody's.
#include "base/crypto.hpp"
#include "base/sha256_stream.hpp"

#include <gtest/gtest.h>

namespace bw {
namespace {

/// RFC 8032 section 7.1, test 1 and 2; the first is also the key of RFC 8037 appendix A.
struct Vector {
    const char *seed, *public_key, *message, *signature;
};
const Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
};

template <std::size_t N>
std::array<std::uint8_t, N> array(const char* hex) {
    return *to_array<N>(*from_hex(hex));
}

TEST(Sha256, KnownVectors) {
    EXPECT_EQ(to_hex(view(sha256(""))),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(view(sha256("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256({"a", "", "bc"}), sha256("abc"));
    EXPECT_EQ(to_hex(view(sha256(std::string(1'000'000, 'a')))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Ed25519, Rfc8032) {
    for (const Vector& v : vectors) {
        SigningKey key = SigningKey::from_seed(array<32>(v.seed));
        const Bytes message = *from_hex(v.message);
        EXPECT_EQ(to_hex(view(key.public_key())), v.public_key);
        EXPECT_EQ(to_hex(view(key.sign(message))), v.signature);
        EXPECT_EQ(to_hex(view(key.seed())), v.seed);
        EXPECT_TRUE(verify_ed25519(key.public_key(), message, array<64>(v.signature)));
        EXPECT_FALSE(verify_ed25519(key.public_key(), message + "x", array<64>(v.signature)));
    }
}

TEST(Ed25519, EveryBitOfASignatureCounts) {
    const SigningKey key = SigningKey::from_seed(array<32>(vectors[0].seed));
    const Signature good = key.sign("message");
    for (std::size_t bit = 0; bit < 512; ++bit) {
        Signature bad = good;
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
        ASSERT_FALSE(verify_ed25519(key.public_key(), "message", bad)) << bit;
    }
    // The same point with the group's order added to s: RFC 8032 section 5.1.7 refuses it, or a
    // signature would have two texts.
    const std::array<std::uint8_t, 32> order =
        array<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    Signature second = good;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += second[32 + i] + static_cast<unsigned>(order[i]);
        second[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    EXPECT_FALSE(verify_ed25519(key.public_key(), "message", second));
    // A key of small order would sign anything.
    PublicKey zero{};
    zero[0] = 1;
    Signature nothing{};
    nothing[0] = 1;
    EXPECT_FALSE(verify_ed25519(zero, "message", nothing));
}

TEST(Ed25519, KidIsTheThumbprintOfRfc8037) {
    // Appendix A.3: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
    EXPECT_EQ(kid_of(array<32>(vectors[0].public_key)), "kPrK_qmxVWaYVA9w");
    EXPECT_EQ(SigningKey::from_seed(array<32>(vectors[0].seed)).kid(), "kPrK_qmxVWaYVA9w");
}

TEST(Sha256Stream, PieceByPieceIsTheSameAsAtOnce) {
    Sha256Stream stream;
    for (int round = 0; round < 2; ++round) {
        stream.update("a school ");
        stream.update("");
        stream.update("bell");
        EXPECT_EQ(stream.finish(), sha256("a school bell"));
    }
}

} // namespace
} // namespace bw
