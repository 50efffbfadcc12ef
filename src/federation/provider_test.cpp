// What administrators may say of a provider, and what they hear otherwise; where providers may be.
#include "federation/provider.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace bw::federation {
namespace {

constexpr const char* minimum =
    R"("name":"School","issuer":"https://login.school.example","client_id":"us")";

Result<ProviderDraft> described(const std::string& members, Reach reach = Reach::public_only) {
    return describe_provider(TRY(JsonObject::parse("{" + members + "}", provider_members)), reach);
}

std::string field_of(const std::string& members) {
    auto draft = described(members);
    return draft ? "none" : draft.error().field;
}

TEST(Provider, SaysWhichMemberIsWrong) {
    ASSERT_TRUE(described(minimum));
    const std::pair<std::string, const char*> wrong[] = {
        {R"("issuer":"https://a.example","client_id":"us")", "/name"},
        {R"("name":"a\nb","issuer":"https://a.example","client_id":"us")", "/name"},
        {R"("name":"a","client_id":"us")", "/issuer"},
        {R"("name":"a","issuer":"https://a.example")", "/client_id"},
        {R"("name":"a","issuer":"https://a.example?x","client_id":"us")", "/issuer"},
        {R"("name":"a","issuer":"HTTPS://a.example","client_id":"us")", "/issuer"},
        {std::string(minimum) + R"(,"preset":"facebook")", "/preset"},
        {std::string(minimum) + R"(,"enabled":"yes")", "/enabled"},
        {std::string(minimum) + R"(,"client_auth":"private_key_jwt")", "/client_auth"},
        {std::string(minimum) + R"(,"client_auth":"none","client_secret":"x")", "/client_secret"},
        {std::string(minimum) + R"(,"algorithms":["HS256"])", "/algorithms/0"},
        {std::string(minimum) + R"(,"algorithms":["RS256","none"])", "/algorithms/1"},
        {std::string(minimum) + R"(,"algorithms":[])", "/algorithms"},
        {std::string(minimum) + R"(,"algorithms":["RS256","RS256"])", "/algorithms"},
        {std::string(minimum) + R"(,"scopes":["email"])", "/scopes"},
        {std::string(minimum) + R"(,"scopes":["openid","a b"])", "/scopes/1"},
        {std::string(minimum) + R"(,"sourced_id_claim":7)", "/sourced_id_claim"},
        {std::string(minimum) + R"(,"username_claim":"a b")", "/username_claim"},
        {std::string(minimum) + R"(,"required_claims":["hd"])", "/required_claims"},
        {std::string(minimum) + R"(,"required_claims":{"hd":"x"})", "/required_claims/hd"},
        {std::string(minimum) + R"(,"required_claims":{"hd":[]})", "/required_claims/hd"},
        {std::string(minimum) + R"(,"required_claims":{"https://a/b":["x",7]})",
         "/required_claims/https:~1~1a~1b/1"},
        {std::string(minimum) + R"(,"email_domains":["School.example"])", "/email_domains/0"},
        {std::string(minimum) + R"(,"email_domains":["@school.example"])", "/email_domains/0"},
        {std::string(minimum) + R"(,"create_users_as":"administrator")", "/create_users_as"},
        {std::string(minimum) + R"(,"create_users_as":"student")", "/create_users_as"},
        {std::string(minimum) + R"(,"secret":"x")", ""},
    };
    for (const auto& [members, field] : wrong)
        if (*field)
            EXPECT_EQ(field_of(members), field) << members;
        else
            EXPECT_NE(field_of(members), "none") << members;
}

TEST(Provider, PresetsDemandWhatKeepsStrangersOut) {
    const std::string google = R"("name":"Google","preset":"google","client_id":"us")";
    EXPECT_EQ(field_of(google), "/required_claims");
    auto draft = described(google + R"(,"required_claims":{"hd":["school.example"]})");
    ASSERT_TRUE(draft) << draft.error().text();
    EXPECT_EQ(draft->provider.issuer, "https://accounts.google.com");
    EXPECT_EQ(field_of(google + R"(,"issuer":"https://evil.example")"), "/issuer");

    const std::string microsoft = R"("name":"Microsoft","preset":"microsoft","client_id":"us",)"
                                  R"("issuer":"https://login.microsoftonline.com/)";
    for (const char* everybodys : {"common", "organizations", "consumers"})
        EXPECT_EQ(field_of(microsoft + everybodys + "/v2.0\""), "/issuer");
    draft = described(microsoft + "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0\"");
    ASSERT_TRUE(draft) << draft.error().text();
    ASSERT_EQ(draft->provider.settings.required_claims.size(), 1U);
    EXPECT_EQ(draft->provider.settings.required_claims[0].name, "tid");
    EXPECT_EQ(draft->provider.settings.email_verified_claim, "xms_edov");

    EXPECT_EQ(field_of(R"("name":"Clever","preset":"clever","client_id":"us")"),
              "/required_claims");
    const std::string classlink = R"("name":"ClassLink","preset":"classlink","client_id":"us")";
    EXPECT_EQ(field_of(classlink), "/required_claims");
    EXPECT_TRUE(described(classlink + R"(,"required_claims":{"TenantId":["7"]})"));
}

TEST(Provider, SettingsComeBackAsTheyWere) {
    auto draft = described(
        std::string(minimum) +
        R"(,"algorithms":["ES256","EdDSA"],"scopes":["openid"],"userinfo":true,"link_by_email":true,)"
        R"("sourced_id_claim":"sid","username_claim":null,"required_claims":{"hd":["a","b"]},)"
        R"("email_domains":["school.example"],"create_users_as":"teacher")");
    ASSERT_TRUE(draft) << draft.error().text();
    const std::string json = settings_json(draft->provider.settings);
    auto again = settings_from(json);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(settings_json(*again), json);
    EXPECT_EQ(again->create_as, tenancy::Role::teacher);
    EXPECT_EQ(settings_from("{\"algorithms\":[\"none\"]}").error().code, Code::corrupt);
}

TEST(ProviderUrl, LeadsToPublicPlacesAlone) {
    auto allowed = [](const char* url, Reach reach = Reach::public_only) {
        return check_provider_url(url, reach, "/issuer").has_value();
    };
    for (const char* good : {"https://login.school.example", "https://login.school.example:8443/x",
                             "https://93.184.216.34/", "https://[2606:2800:220:1::1]/"})
        EXPECT_TRUE(allowed(good)) << good;
    for (const char* bad : {"http://login.school.example",
                            "ftp://a.example",
                            "file:///etc/passwd",
                            "//a.example",
                            "https://",
                            "https://user@a.example",
                            "https://a.example/#x",
                            "https://a.example/\n",
                            "https://a.example\\@b.example",
                            "https://127.0.0.1",
                            "https://localhost",
                            "https://10.1.2.3",
                            "https://172.16.0.1",
                            "https://192.168.1.1",
                            "https://169.254.169.254",
                            "https://100.64.0.1",
                            "https://0.0.0.0",
                            "https://[::1]",
                            "https://[fe80::1]",
                            "https://[fd00::1]",
                            "https://[::ffff:10.0.0.1]",
                            "https://2130706433",
                            "https://0x7f.1",
                            "https://224.0.0.1",
                            "gopher://a.example",
                            "javascript:alert(1)"})
        EXPECT_FALSE(allowed(bad)) << bad;
    EXPECT_TRUE(allowed("http://127.0.0.1:3000", Reach::private_too));
    EXPECT_TRUE(allowed("https://10.1.2.3", Reach::private_too));
    EXPECT_FALSE(allowed("http://10.1.2.3", Reach::private_too));
    EXPECT_FALSE(allowed("http://login.school.example", Reach::private_too));
}

TEST(ProviderUrl, AddressesThatNotEverybodyCanReach) {
    auto is_private = [](const char* text) {
        sockaddr_in6 v6{.sin6_family = AF_INET6};
        sockaddr_in v4{.sin_family = AF_INET};
        if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
            return is_private_address(reinterpret_cast<const sockaddr*>(&v4));
        EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
        return is_private_address(reinterpret_cast<const sockaddr*>(&v6));
    };
    for (const char* there : {"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1",
                              "64:ff9b::8.8.8.8", "2002:808:808::1"})
        EXPECT_FALSE(is_private(there)) << there;
    for (const char* inside : {"0.1.2.3",
                               "10.0.0.1",
                               "100.64.0.1",
                               "127.1.1.1",
                               "169.254.169.254",
                               "172.31.255.255",
                               "192.0.0.8",
                               "192.168.0.1",
                               "198.18.0.1",
                               "224.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::1",
                               "::7f00:1",
                               "::ffff:127.0.0.1",
                               "64:ff9b::a00:1",
                               "2002:7f00:1::",
                               "2001::1",
                               "fc00::1",
                               "fe80::1",
                               "fec0::1",
                               "ff02::1",
                               "2001:db8::1"})
        EXPECT_TRUE(is_private(inside)) << inside;
}

} // namespace
} // namespace bw::federation
