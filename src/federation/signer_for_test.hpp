// A provider's side: keys, their JWKs, signed tokens. For tests alone.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "federation/jose.hpp"

namespace bw::federation::test {

class Signer {
public:
    Signer(Algorithm algorithm, std::string kid) : algorithm_(algorithm), kid_(std::move(kid)) {
        if (algorithm == Algorithm::rs256)
            key_.reset(EVP_RSA_gen(2048));
        else if (algorithm == Algorithm::es256)
            key_.reset(EVP_EC_gen("P-256"));
        else
            key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }

    std::string jwk() const {
        const std::string kid = kid_.empty() ? "" : R"("kid":")" + kid_ + "\",";
        if (algorithm_ == Algorithm::rs256)
            return "{" + kid + R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) +
                   R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + "\"}";
        if (algorithm_ == Algorithm::es256)
            return "{" + kid + R"("kty":"EC","crv":"P-256","x":")" +
                   number(OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
                   number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"}";
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                    &size);
        return "{" + kid + R"("kty":"OKP","crv":"Ed25519","x":")" + to_base64url(raw) + "\"}";
    }

    std::string sign(std::string_view payload) const {
        const std::string kid = kid_.empty() ? "" : R"(,"kid":")" + kid_ + "\"";
        const std::string text =
            to_base64url(R"({"alg":")" + std::string(wire_name(algorithm_)) + "\"" + kid + "}") +
            "." + to_base64url(payload);
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              &EVP_MD_CTX_free);
        std::size_t size = 1'024;
        std::string out(size, '\0');
        EVP_DigestSignInit(context.get(), nullptr,
                           algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256(), nullptr,
                           key_.get());
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
        out.resize(size);
        if (algorithm_ == Algorithm::es256) { // from DER to R and S
            const auto* der = reinterpret_cast<const unsigned char*>(out.data());
            const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
                d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)), &ECDSA_SIG_free);
            out =
                padded(ECDSA_SIG_get0_r(pair.get()), 32) + padded(ECDSA_SIG_get0_s(pair.get()), 32);
        }
        return text + "." + to_base64url(out);
    }

private:
    static std::string padded(const BIGNUM* value, int size) {
        std::string out(static_cast<std::size_t>(size), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), size);
        return out;
    }
    std::string number(const char* name, int size = 0) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        const std::string out = padded(value, size > 0 ? size : BN_num_bytes(value));
        BN_free(value);
        return to_base64url(out);
    }

    const Algorithm algorithm_;
    const std::string kid_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, &EVP_PKEY_free};
};

} // namespace bw::federation::test
