#include "federation/jose.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <simdjson.h>

#include <algorithm>
#include <unordered_set>

namespace bw::federation {

namespace {

constexpr std::size_t token_bytes_limit = 16 * 1024, kid_bytes_limit = 256;
constexpr std::size_t keys_limit = 100, rsa_bytes_min = 256, rsa_bytes_max = 1024;
constexpr std::size_t es256_bytes = 32;

using Pkey = std::shared_ptr<evp_pkey_st>;

Error refused(const char* why) {
    return fail(Code::unauthenticated, why);
}

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::optional<std::string_view> text(simdjson::dom::object object, std::string_view name) {
    std::string_view out;
    if (object[name].get(out) != simdjson::SUCCESS)
        return std::nullopt;
    return out;
}
std::optional<Bytes> bytes(simdjson::dom::object object, std::string_view name) {
    auto encoded = text(object, name);
    return encoded ? from_base64url(*encoded) : std::nullopt;
}

/// RFC 7515 section 4: names are unique. Parsers differ in which of two they take.
bool names_repeat(simdjson::dom::object object) {
    std::unordered_set<std::string_view> names;
    for (auto [name, value] : object)
        if (!names.insert(name).second)
            return true;
    return false;
}

/// Null: the parameters make no key.
Pkey key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
        OSSL_PARAM_BLD_to_param(builder), &OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0)
        return nullptr;
    Pkey out(key, &EVP_PKEY_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> check(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), &EVP_PKEY_CTX_free);
    return check && EVP_PKEY_public_check_quick(check.get()) > 0 ? out : nullptr;
}

using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

Pkey rsa_key(simdjson::dom::object jwk) {
    const auto n = bytes(jwk, "n"), e = bytes(jwk, "e");
    if (!n || !e || n->size() < rsa_bytes_min || n->size() > rsa_bytes_max || n->front() == 0 ||
        (static_cast<unsigned char>(n->front()) & 0x80) == 0 || e->empty() || e->size() > 4 ||
        (static_cast<unsigned char>(e->back()) & 1) == 0 || *e == std::string(1, '\1'))
        return nullptr;
    const Number modulus(BN_bin2bn(raw(*n), static_cast<int>(n->size()), nullptr), &BN_free);
    const Number exponent(BN_bin2bn(raw(*e), static_cast<int>(e->size()), nullptr), &BN_free);
    const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    if (!modulus || !exponent || !builder ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()))
        return nullptr;
    return key_from("RSA", builder.get());
}

Pkey p256_key(simdjson::dom::object jwk) {
    const auto x = bytes(jwk, "x"), y = bytes(jwk, "y");
    if (text(jwk, "crv") != "P-256" || !x || !y || x->size() != es256_bytes ||
        y->size() != es256_bytes)
        return nullptr;
    const Bytes point = "\4" + *x + *y;
    const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    if (!builder ||
        !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ||
        !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size()))
        return nullptr;
    return key_from("EC", builder.get());
}

Pkey ed25519_key(simdjson::dom::object jwk) {
    const auto x = bytes(jwk, "x");
    if (text(jwk, "crv") != "Ed25519" || !x || x->size() != 32)
        return nullptr;
    return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(*x), x->size()),
            &EVP_PKEY_free};
}

/// RFC 7518 section 3.4: R and S laid end to end; OpenSSL takes DER.
std::optional<Bytes> der_of(ByteView signature) {
    if (signature.size() != 2 * es256_bytes)
        return std::nullopt;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     &ECDSA_SIG_free);
    BIGNUM* r = BN_bin2bn(raw(signature), es256_bytes, nullptr);
    BIGNUM* s = BN_bin2bn(raw(signature) + es256_bytes, es256_bytes, nullptr);
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return std::nullopt;
    }
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &der);
    if (length <= 0)
        return std::nullopt;
    Bytes out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return out;
}

bool holds(evp_pkey_st* key, const Jws& jws) {
    Bytes signature = jws.signature;
    if (jws.algorithm == Algorithm::es256) {
        auto der = der_of(signature);
        if (!der)
            return false;
        signature = *std::move(der);
    }
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    const EVP_MD* hash = jws.algorithm == Algorithm::eddsa ? nullptr : EVP_sha256();
    return context && EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(jws.signed_bytes),
                            jws.signed_bytes.size()) == 1;
}

} // namespace

std::string_view wire_name(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::rs256:
        return "RS256";
    case Algorithm::es256:
        return "ES256";
    case Algorithm::eddsa:
        return "EdDSA";
    }
    return "";
}

std::optional<Algorithm> algorithm_from(std::string_view name) {
    for (Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa})
        if (wire_name(algorithm) == name)
            return algorithm;
    return std::nullopt;
}

Result<Jws> Jws::parse(std::string_view text_of) {
    if (text_of.size() > token_bytes_limit)
        return refused("the token is too long");
    const std::size_t first = text_of.find('.'), second = text_of.rfind('.');
    if (first == std::string_view::npos || second == first ||
        text_of.find('.', first + 1) != second)
        return refused("the token is not three parts");
    auto header = from_base64url(text_of.substr(0, first));
    auto payload = from_base64url(text_of.substr(first + 1, second - first - 1));
    auto signature = from_base64url(text_of.substr(second + 1));
    if (!header || !payload || !signature)
        return refused("the token is not base64url");
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(*header).get(object) != simdjson::SUCCESS || names_repeat(object))
        return refused("the token's header is no JSON object of unique members");
    if (object["crit"].error() == simdjson::SUCCESS)
        return refused("the token asks for what is not understood (crit)");
    const auto algorithm = algorithm_from(text(object, "alg").value_or(""));
    if (!algorithm)
        return refused("the token is signed in a way that is not accepted");
    Jws out{.algorithm = *algorithm,
            .kid = std::nullopt,
            .signed_bytes = std::string(text_of.substr(0, second)),
            .payload = *std::move(payload),
            .signature = *std::move(signature)};
    if (object["kid"].error() == simdjson::SUCCESS) {
        auto kid = text(object, "kid");
        if (!kid || kid->size() > kid_bytes_limit)
            return refused("the token's kid is no short string");
        out.kid = std::string(*kid);
    }
    return out;
}

Result<KeySet> KeySet::parse(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(json.data(), json.size())["keys"].get(list) != simdjson::SUCCESS)
        return fail(Code::bad_request, "this is no JWK set");
    KeySet out;
    for (simdjson::dom::element element : list) {
        simdjson::dom::object jwk;
        if (element.get(jwk) != simdjson::SUCCESS || names_repeat(jwk) ||
            text(jwk, "use").value_or("sig") != "sig")
            continue;
        const auto kty = text(jwk, "kty").value_or(""), alg = text(jwk, "alg").value_or("");
        Key key{Algorithm::rs256, std::nullopt, nullptr};
        if (kty == "RSA")
            key.key = rsa_key(jwk);
        else if (kty == "EC")
            key = {Algorithm::es256, std::nullopt, p256_key(jwk)};
        else if (kty == "OKP")
            key = {Algorithm::eddsa, std::nullopt, ed25519_key(jwk)};
        if (!key.key || (!alg.empty() && alg != wire_name(key.algorithm)))
            continue;
        if (auto kid = text(jwk, "kid"); kid && kid->size() <= kid_bytes_limit)
            key.kid = std::string(*kid);
        if (out.keys_.size() == keys_limit)
            return fail(Code::bad_request, "this JWK set has too many keys");
        out.keys_.push_back(std::move(key));
    }
    return out;
}

KeySet::Verdict KeySet::verify(const Jws& jws) const {
    Verdict verdict = Verdict::unknown_key;
    for (const Key& key : keys_) {
        if (key.algorithm != jws.algorithm || (jws.kid && key.kid != jws.kid))
            continue;
        if (holds(key.key.get(), jws))
            return Verdict::good;
        // Without a kid any key may be meant, also one that is not here yet.
        if (jws.kid)
            verdict = Verdict::bad;
    }
    return verdict;
}

} // namespace bw::federation
