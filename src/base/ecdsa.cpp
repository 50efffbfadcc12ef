#include "base/ecdsa.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "base/ensure.hpp"

namespace bw {

namespace {

constexpr int half = 32; // bytes of a coordinate, and of r and s

template <auto free>
struct Frees {
    template <class T>
    void operator()(T* of) const {
        free(of);
    }
};
using Number = std::unique_ptr<BIGNUM, Frees<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Frees<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Frees<EC_POINT_clear_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Frees<EVP_MD_CTX_free>>;
using RAndS = std::unique_ptr<ECDSA_SIG, Frees<ECDSA_SIG_free>>;

/// With the leading byte that says "uncompressed" (SEC 1, 2.3.3).
using Uncompressed = std::array<std::uint8_t, 1 + 2 * half>;

std::optional<Uncompressed> public_of(const BIGNUM* scalar) {
    const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    ENSURE(group, "P-256 is missing");
    if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0)
        return std::nullopt;
    const Point point(EC_POINT_new(group.get()));
    Uncompressed out;
    ENSURE(point &&
               EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, nullptr) == 1 &&
               EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                  out.data(), out.size(), nullptr) == out.size(),
           "a scalar in range has a point");
    return out;
}

EVP_PKEY* pair_of(const BIGNUM* scalar, const Uncompressed& point) {
    const std::unique_ptr<OSSL_PARAM_BLD, Frees<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    ENSURE(builder &&
               OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                               SN_X9_62_prime256v1, 0) == 1 &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                point.data(), point.size()) == 1 &&
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1,
           "no memory for a key");
    const std::unique_ptr<OSSL_PARAM, Frees<OSSL_PARAM_free>> parts(
        OSSL_PARAM_BLD_to_param(builder.get()));
    const std::unique_ptr<EVP_PKEY_CTX, Frees<EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    ENSURE(parts && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
               EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parts.get()) == 1,
           "a scalar and its point are a key");
    return key;
}

} // namespace

void EcdsaKey::Free::operator()(void* key) const {
    EVP_PKEY_free(static_cast<EVP_PKEY*>(key));
}

EcdsaKey EcdsaKey::make(Rng& rng) {
    for (;;) // all but one in 2^32 are in range
        if (auto key = from_scalar(rng.bytes<half>()))
            return *std::move(key);
}

std::optional<EcdsaKey> EcdsaKey::from_scalar(const std::array<std::uint8_t, 32>& scalar) {
    // On the secure heap if there is one: OpenSSL then keeps the copies there too.
    const Number number(BN_secure_new());
    ENSURE(number && BN_bin2bn(scalar.data(), half, number.get()), "no memory for a key");
    const auto point = public_of(number.get());
    if (!point)
        return std::nullopt;
    EcdsaKey key;
    key.key_.reset(pair_of(number.get(), *point));
    std::copy(point->begin() + 1, point->end(), key.point_.begin());
    return key;
}

std::array<std::uint8_t, 32> EcdsaKey::scalar() const {
    BIGNUM* raw = nullptr;
    ENSURE(EVP_PKEY_get_bn_param(static_cast<EVP_PKEY*>(key_.get()), OSSL_PKEY_PARAM_PRIV_KEY,
                                 &raw) == 1,
           "a key pair has a scalar");
    const Number number(raw);
    std::array<std::uint8_t, 32> out;
    ENSURE(BN_bn2binpad(raw, out.data(), half) == half, "a scalar has 32 bytes");
    return out;
}

Signature EcdsaKey::sign(ByteView message) const {
    const Digest digest(EVP_MD_CTX_new());
    std::array<std::uint8_t, 80> der; // at most 72: two numbers of 33 bytes with their heads
    std::size_t size = der.size();
    ENSURE(digest &&
               EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr,
                                  static_cast<EVP_PKEY*>(key_.get())) == 1 &&
               EVP_DigestSign(digest.get(), der.data(), &size,
                              reinterpret_cast<const unsigned char*>(message.data()),
                              message.size()) == 1,
           "a key pair signs");
    const unsigned char* at = der.data();
    const RAndS parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    Signature out;
    ENSURE(parts && BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out.data(), half) == half &&
               BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out.data() + half, half) == half,
           "r and s have 32 bytes each");
    return out;
}

bool EcdsaKey::verify(ByteView message, const Signature& signature) const {
    const RAndS parts(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(signature.data(), half, nullptr);
    BIGNUM* s = BN_bin2bn(signature.data() + half, half, nullptr);
    ENSURE(parts && r && s && ECDSA_SIG_set0(parts.get(), r, s) == 1, "no memory for a signature");
    std::array<std::uint8_t, 80> der;
    unsigned char* at = der.data();
    const int size = i2d_ECDSA_SIG(parts.get(), &at);
    const Digest digest(EVP_MD_CTX_new());
    return size > 0 && digest &&
           EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr,
                                static_cast<EVP_PKEY*>(key_.get())) == 1 &&
           EVP_DigestVerify(digest.get(), der.data(), static_cast<std::size_t>(size),
                            reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
}

} // namespace bw
