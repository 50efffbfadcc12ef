// Claims, and when an ID token is believed: a table of one wrong thing at a time.
#include "federation/id_token.hpp"

#include <gtest/gtest.h>

namespace bw::federation {
namespace {

constexpr std::int64_t now = 1'800'000'000;
// at_hash of "token" by SHA-256, and by SHA-512.
const ExpectedToken expected{.issuer = "https://login.school.example",
                             .client_id = "us",
                             .nonce = "n-1",
                             .access_token = "token",
                             .now = Instant{now * 1000}};

std::string with(const std::string& members) {
    return R"({"iss":"https://login.school.example","sub":"ada","aud":"us","nonce":"n-1","iat":)" +
           std::to_string(now) + R"(,"exp":)" + std::to_string(now + 300) + members + "}";
}

std::string replaced(const std::string& from, const std::string& to) {
    std::string text = with("");
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

bool believed(const std::string& json, Algorithm algorithm = Algorithm::rs256,
              const ExpectedToken& what = expected) {
    auto claims = Claims::parse(json);
    return claims && check_id_token(*claims, algorithm, what);
}

TEST(IdToken, IsBelievedAsItIs) {
    EXPECT_TRUE(believed(with("")));
    EXPECT_TRUE(believed(replaced(R"("aud":"us")", R"("aud":["us"])")));
    EXPECT_TRUE(believed(replaced(R"("aud":"us")", R"("aud":["us","them"],"azp":"us")")));
    EXPECT_TRUE(believed(with(R"(,"azp":"us")")));
}

TEST(IdToken, AndWithOneThingWrongItIsNot) {
    const std::string time = std::to_string(now);
    const std::pair<const char*, std::string> wrong[] = {
        {"another issuer",
         replaced("https://login.school.example", "https://login.school.example/")},
        {"an issuer in another case", replaced("login.school", "LOGIN.school")},
        {"no issuer", replaced(R"("iss":"https://login.school.example",)", "")},
        {"no subject", replaced(R"("sub":"ada",)", "")},
        {"an empty subject", replaced(R"("ada")", R"("")")},
        {"a subject that is a number", replaced(R"("ada")", "7")},
        {"a long subject", replaced("ada", std::string(256, 'a'))},
        {"another audience", replaced(R"("us")", R"("them")")},
        {"no audience", replaced(R"("aud":"us",)", "")},
        {"several audiences and nobody's word for whom", replaced(R"("us")", R"(["us","them"])")},
        {"another authorized party", with(R"(,"azp":"them")")},
        {"an authorized party that is no text", with(R"(,"azp":["us"])")},
        {"another nonce", replaced("n-1", "n-2")},
        {"no nonce", replaced(R"("nonce":"n-1",)", "")},
        {"expired", replaced(std::to_string(now + 300), std::to_string(now - 60))},
        {"no end", replaced(R"("exp":)", R"("not":)")},
        {"an end that is a text", replaced(std::to_string(now + 300), "\"" + time + "9\"")},
        {"from the future", replaced(time, std::to_string(now + 61))},
        {"old", replaced(time, std::to_string(now - 961))},
        {"not yet", with(R"(,"nbf":)" + std::to_string(now + 61))},
        {"a claim twice", with(R"(,"nonce":"n-1")")},
        {"another access token's", with(R"(,"at_hash":"AAAAAAAAAAAAAAAAAAAAAA")")},
        {"an at_hash that is no text", with(R"(,"at_hash":7)")},
        {"no object", "[]"},
        {"no JSON", with("") + "x"},
    };
    for (const auto& [what, json] : wrong)
        EXPECT_FALSE(believed(json)) << what;
}

TEST(IdToken, ClocksMayDifferByAMinute) {
    EXPECT_TRUE(believed(replaced(std::to_string(now), std::to_string(now + 60))));
    EXPECT_TRUE(believed(replaced(std::to_string(now + 300), std::to_string(now - 59))));
}

// Both values made with Python's hashlib and base64.
TEST(IdToken, BelongsToItsAccessToken) {
    const std::string sha256 = with(R"(,"at_hash":"PEaenWxYddN6Q_NT1PiOYQ")"),
                      sha512 = with(R"(,"at_hash":"ImXaughy_DrvFp0Hk2XlkPDLyO1GwqeYTIpkKAPP2Ww")");
    EXPECT_TRUE(believed(sha256));
    EXPECT_TRUE(believed(sha512, Algorithm::eddsa));
    EXPECT_FALSE(believed(sha256, Algorithm::eddsa));
    ExpectedToken without = expected;
    without.access_token.reset();
    EXPECT_FALSE(believed(sha256, Algorithm::rs256, without));
}

TEST(Claims, AreReadByType) {
    const Claims claims = *Claims::parse(
        R"({"t":"x","yes":true,"one":1,"word":"true","no":"yes","list":["a",7,"b"],"d":1.5,"null":null,"o":{}})");
    EXPECT_EQ(claims.text("t"), "x");
    EXPECT_EQ(claims.text("one"), std::nullopt);
    EXPECT_EQ(claims.number("d"), 1);
    EXPECT_TRUE(claims.holds("yes") && claims.holds("one") && claims.holds("word"));
    EXPECT_FALSE(claims.holds("no") || claims.holds("t") || claims.holds("absent"));
    EXPECT_EQ(claims.texts("list"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(claims.texts("one"), std::vector<std::string>{"1"});
    EXPECT_FALSE(claims.has("null") || claims.has("o"));
}

TEST(Claims, OfUserinfoNeverReplaceTheTokens) {
    Claims claims = *Claims::parse(R"({"email":"a@x.example"})");
    claims.add(*Claims::parse(R"({"email":"b@x.example","given_name":"Ada"})"));
    EXPECT_EQ(claims.text("email"), "a@x.example");
    EXPECT_EQ(claims.text("given_name"), "Ada");
}

} // namespace
} // namespace bw::federation
