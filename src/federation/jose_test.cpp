// Signatures of others: what verifies, what is refused, and the classic confusions.
#include "federation/jose.hpp"

#include <gtest/gtest.h>

#include "federation/signer_for_test.hpp"

namespace bw::federation {
namespace {

using test::Signer;
using Verdict = KeySet::Verdict;

Verdict verdict(const KeySet& keys, const std::string& token) {
    auto jws = Jws::parse(token);
    EXPECT_TRUE(jws) << jws.error().text();
    return jws ? keys.verify(*jws) : Verdict::bad;
}

struct EachAlgorithm : testing::TestWithParam<Algorithm> {};

TEST_P(EachAlgorithm, ASignatureHoldsUnderItsKeyAndNoOther) {
    const Signer ours(GetParam(), "one"), others(GetParam(), "one");
    const std::string token = ours.sign(R"({"sub":"ada"})");
    EXPECT_EQ(verdict(*KeySet::parse("{\"keys\":[" + ours.jwk() + "]}"), token), Verdict::good);
    EXPECT_EQ(verdict(*KeySet::parse("{\"keys\":[" + others.jwk() + "]}"), token), Verdict::bad);
    for (std::size_t at : {token.find('.') + 3, token.rfind('.') + 3}) {
        std::string bent = token;
        bent[at] = bent[at] == 'A' ? 'B' : 'A';
        EXPECT_EQ(verdict(*KeySet::parse("{\"keys\":[" + ours.jwk() + "]}"), bent), Verdict::bad);
    }
}

TEST_P(EachAlgorithm, AnotherKidIsPerhapsANewerKey) {
    const Signer old(GetParam(), "old"), fresh(GetParam(), "fresh"), nameless(GetParam(), "");
    const KeySet keys = *KeySet::parse("{\"keys\":[" + old.jwk() + "]}");
    EXPECT_EQ(verdict(keys, fresh.sign("{}")), Verdict::unknown_key);
    EXPECT_EQ(verdict(keys, nameless.sign("{}")), Verdict::unknown_key);
    const KeySet both = *KeySet::parse("{\"keys\":[" + old.jwk() + "," + nameless.jwk() + "]}");
    EXPECT_EQ(verdict(both, nameless.sign("{}")), Verdict::good);
}

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithm,
                         testing::Values(Algorithm::rs256, Algorithm::es256, Algorithm::eddsa),
                         [](const auto& of) { return std::string(wire_name(of.param)); });

TEST(Jose, AKeyIsOfOneAlgorithmAlone) {
    const Signer rsa(Algorithm::rs256, "k"), ec(Algorithm::es256, "k");
    const KeySet keys = *KeySet::parse("{\"keys\":[" + rsa.jwk() + "]}");
    EXPECT_EQ(verdict(keys, ec.sign("{}")), Verdict::unknown_key);
    std::string lying = rsa.jwk();
    lying.insert(1, R"("alg":"ES256",)");
    EXPECT_EQ(KeySet::parse("{\"keys\":[" + lying + "]}")->size(), 0U);
    std::string for_encryption = rsa.jwk();
    for_encryption.insert(1, R"("use":"enc",)");
    EXPECT_EQ(KeySet::parse("{\"keys\":[" + for_encryption + "]}")->size(), 0U);
}

TEST(Jose, WeakAndStrangeKeysAreLeftOut) {
    const Signer good(Algorithm::rs256, "k");
    const std::string exponent = R"("e":"AQAB")";
    auto with = [](const std::string& n, const std::string& e) {
        return R"({"kty":"RSA","n":")" + to_base64url(n) + "\"," + e + "}";
    };
    const std::string strange[] = {
        with(std::string(128, '\xff'), exponent),        // 1024 bits
        with('\1' + std::string(255, '\xff'), exponent), // 2041 bits
        with(std::string(2'000, '\xff'), exponent),      // costly
        with(std::string(256, '\xff'), R"("e":"AQ")"),   // 1: everything verifies
        with(std::string(256, '\xff'), R"("e":"Ag")"),   // even
        with(std::string(256, '\xff'), R"("e":"AQABAQABAQAB")"),
        R"({"kty":"oct","k":"c2VjcmV0"})",
        R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})",
        R"({"kty":"EC","crv":"P-256","x":")" + to_base64url(std::string(32, '\1')) + R"(","y":")" +
            to_base64url(std::string(32, '\1')) + "\"}", // not on the curve
        R"({"kty":"OKP","crv":"X25519","x":")" + to_base64url(std::string(32, '\1')) + "\"}",
        "null",
        "[]",
        R"({"kty":"RSA"})"};
    for (const std::string& key : strange)
        EXPECT_EQ(KeySet::parse("{\"keys\":[" + key + "," + good.jwk() + "]}")->size(), 1U) << key;
    for (const char* none : {"", "[]", "{}", R"({"keys":{}})", "{\"keys\":[", "\xff"})
        EXPECT_FALSE(KeySet::parse(none)) << none;
}

TEST(Jose, OnlySignedTokensInCompactFormAreRead) {
    const Signer signer(Algorithm::rs256, "k");
    const std::string token = signer.sign("{}");
    const std::string rest = token.substr(token.find('.'));
    auto with_header = [&](const std::string& header) { return to_base64url(header) + rest; };
    const std::string refused[] = {
        "",
        ".",
        "..",
        "a.b",
        token + ".x",
        token + "=",
        " " + token,
        std::string(20'000, 'A'),
        with_header(R"({"alg":"none"})"),
        with_header(R"({"alg":"None"})"),
        with_header(R"({"alg":"HS256","kid":"k"})"),
        with_header(R"({"alg":"PS256","kid":"k"})"),
        with_header(R"({"alg":"RS256","alg":"none"})"),
        with_header(R"({"alg":["RS256"]})"),
        with_header(R"({"kid":"k"})"),
        with_header(R"({"alg":"RS256","crit":["b64"],"b64":false})"),
        with_header(R"({"alg":"RS256","kid":7})"),
        with_header(R"(["RS256"])"),
    };
    for (const std::string& text : refused) {
        auto jws = Jws::parse(text);
        ASSERT_FALSE(jws) << text;
        EXPECT_EQ(jws.error().code, Code::unauthenticated);
    }
}

} // namespace
} // namespace bw::federation
