#include "tenancy/token_key.hpp"

#include <algorithm>

namespace bw::tenancy {

namespace {

/// In the order of RFC 7638: of an EC key crv, kty, x and y, of an OKP key (RFC 8037) the first
/// three.
void write_required(JsonWriter& json, const std::variant<SigningKey, EcdsaKey>& pair) {
    if (const auto* ed = std::get_if<SigningKey>(&pair)) {
        json.member("crv", "Ed25519")
            .member("kty", "OKP")
            .member("x", to_base64url(view(ed->public_key())));
        return;
    }
    const ByteView point = view(std::get<EcdsaKey>(pair).point());
    json.member("crv", "P-256")
        .member("kty", "EC")
        .member("x", to_base64url(point.substr(0, 32)))
        .member("y", to_base64url(point.substr(32)));
}

} // namespace

std::string_view wire_name(TokenAlgorithm algorithm) {
    return algorithm == TokenAlgorithm::eddsa ? "EdDSA" : "ES256";
}

std::optional<TokenAlgorithm> token_algorithm_from(std::string_view name) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (TokenAlgorithm algorithm : {TokenAlgorithm::eddsa, TokenAlgorithm::es256})
        if (std::ranges::equal(name, wire_name(algorithm), {}, lower, lower))
            return algorithm;
    return std::nullopt;
}

TokenKey TokenKey::make(TokenAlgorithm algorithm, Rng& rng) {
    // A kid is typed on a command line, where what begins with a dash is an option.
    for (;;) {
        TokenKey key = algorithm == TokenAlgorithm::eddsa ? TokenKey(Pair(SigningKey::make(rng)))
                                                          : TokenKey(Pair(EcdsaKey::make(rng)));
        if (!key.kid().starts_with('-'))
            return key;
    }
}

std::optional<TokenKey> TokenKey::from_seed(TokenAlgorithm algorithm,
                                            const std::array<std::uint8_t, 32>& seed) {
    if (algorithm == TokenAlgorithm::eddsa)
        return TokenKey(Pair(SigningKey::from_seed(seed)));
    auto key = EcdsaKey::from_scalar(seed);
    return key ? std::optional(TokenKey(Pair(*std::move(key)))) : std::nullopt;
}

TokenKey::TokenKey(const SigningKey& key) : TokenKey(Pair(SigningKey::from_seed(key.seed()))) {}

TokenKey::TokenKey(Pair pair) : pair_(std::make_shared<const Pair>(std::move(pair))) {
    JsonWriter json;
    json.object();
    write_required(json, *pair_);
    json.end();
    kid_ = to_base64url(view(sha256(json.text()))).substr(0, 16);
}

TokenAlgorithm TokenKey::algorithm() const {
    return std::holds_alternative<SigningKey>(*pair_) ? TokenAlgorithm::eddsa
                                                      : TokenAlgorithm::es256;
}

Signature TokenKey::sign(ByteView message) const {
    return std::visit([&](const auto& key) { return key.sign(message); }, *pair_);
}

bool TokenKey::verify(ByteView message, const Signature& signature) const {
    if (const auto* ed = std::get_if<SigningKey>(pair_.get()))
        return verify_ed25519(ed->public_key(), message, signature);
    return std::get<EcdsaKey>(*pair_).verify(message, signature);
}

void TokenKey::write_jwk(JsonWriter& json) const {
    json.object();
    write_required(json, *pair_);
    json.member("use", "sig").member("alg", wire_name(algorithm())).member("kid", kid_).end();
}

std::array<std::uint8_t, 32> TokenKey::seed() const {
    if (const auto* ed = std::get_if<SigningKey>(pair_.get()))
        return ed->seed();
    return std::get<EcdsaKey>(*pair_).scalar();
}

} // namespace bw::tenancy
