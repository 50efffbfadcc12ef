// CORS: to whom it speaks, and what counts as an origin.
#include "net/cors.hpp"

#include <gmock/gmock.h>

#include "net/policy_for_test.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr;
using Headers = TestHeaders;

TEST(Cors, SpeaksOnlyToConfiguredOrigins) {
    const CorsOptions one{.origins = {"https://app.example", "http://localhost:5173"}};
    CorsOptions with_cookies = one;
    with_cookies.credentials = true;
    const Headers preflight{{"Origin", "https://app.example"},
                            {"Access-Control-Request-Method", "PUT"},
                            {"Access-Control-Request-Headers", "if-match, content-type"}};
    struct Case {
        const char* name;
        CorsOptions options;
        Method method;
        Headers headers;
        const char *vary, *origin, *credentials, *methods, *names, *age;
    };
    using enum Method;
    const Case cases[] = {
        {"unconfigured",
         {},
         get,
         {{"Origin", "https://app.example"}},
         "-",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"unconfigured preflight", {}, options, preflight, "-", "-", "-", "-", "-", "-"},
        {"no origin", one, get, {}, "Origin", "-", "-", "-", "-", "-"},
        {"ours",
         one,
         get,
         {{"origin", "https://app.example"}},
         "Origin",
         "https://app.example",
         "-",
         "-",
         "-",
         "-"},
        {"the other of ours",
         one,
         get,
         {{"Origin", "http://localhost:5173"}},
         "Origin",
         "http://localhost:5173",
         "-",
         "-",
         "-",
         "-"},
        {"with cookies",
         with_cookies,
         get,
         {{"Origin", "https://app.example"}},
         "Origin",
         "https://app.example",
         "true",
         "-",
         "-",
         "-"},
        {"a stranger",
         one,
         get,
         {{"Origin", "https://evil.example"}},
         "Origin",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"a suffix of ours",
         one,
         get,
         {{"Origin", "https://app.example.evil"}},
         "Origin",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"another scheme",
         one,
         get,
         {{"Origin", "http://app.example"}},
         "Origin",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"null", one, get, {{"Origin", "null"}}, "Origin", "-", "-", "-", "-", "-"},
        {"two origins",
         one,
         get,
         {{"Origin", "https://app.example"}, {"Origin", "https://app.example"}},
         "Origin",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"a preflight", one, options, preflight, "Origin", "https://app.example", "-",
         "GET, HEAD, PUT", "if-match, content-type", "600"},
        {"a preflight asking for nonsense",
         one,
         options,
         {{"Origin", "https://app.example"},
          {"Access-Control-Request-Method", "PUT"},
          {"Access-Control-Request-Headers", "a b"}},
         "Origin",
         "https://app.example",
         "-",
         "GET, HEAD, PUT",
         "-",
         "600"},
        {"a stranger's preflight",
         one,
         options,
         {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "PUT"}},
         "Origin",
         "-",
         "-",
         "-",
         "-",
         "-"},
        {"OPTIONS that is no preflight",
         one,
         options,
         {{"Origin", "https://app.example"}},
         "Origin",
         "https://app.example",
         "-",
         "-",
         "-",
         "-"},
    };
    for (const Case& c : cases) {
        Response response{c.method == options ? 204 : 200, "application/json", "", {}};
        if (c.method == options)
            response.headers.emplace_back("Allow", "GET, HEAD, PUT");
        response = shaped(request_of(c.method, c.headers), response, {.cors = c.options});
        EXPECT_EQ(value_of(response, "Vary"), c.vary) << c.name;
        EXPECT_EQ(value_of(response, "Access-Control-Allow-Origin"), c.origin) << c.name;
        EXPECT_EQ(value_of(response, "Access-Control-Allow-Credentials"), c.credentials) << c.name;
        EXPECT_EQ(value_of(response, "Access-Control-Allow-Methods"), c.methods) << c.name;
        EXPECT_EQ(value_of(response, "Access-Control-Allow-Headers"), c.names) << c.name;
        EXPECT_EQ(value_of(response, "Access-Control-Max-Age"), c.age) << c.name;
        bool exposes = value_of(response, "Access-Control-Expose-Headers") != "-";
        bool reads = std::string_view(c.origin) != "-" && std::string_view(c.age) == "-";
        EXPECT_EQ(exposes, reads) << c.name;
    }
}

TEST(Cors, OriginsAreExact) {
    for (const char* good : {"https://app.example", "http://localhost:5173", "https://a-b.c:8443",
                             "http://127.0.0.1:8480", "http://[::1]:8480", "https://[2001:db8::1]"})
        EXPECT_TRUE(check_origin(good)) << good;
    for (const char* bad :
         {"", "*", "null", "app.example", "https://", "https://app.example/", "https://App.example",
          "https://app.example:443", "http://a:80", "https://a:", "https://a:0443", "https://a:x",
          "https://a b", "https://*.example", "ftp://a", "https://a/path", "https://u@a"}) {
        auto checked = check_origin(bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().code, Code::invalid_field) << bad;
        EXPECT_THAT(checked.error().detail, HasSubstr(bad));
    }
}

} // namespace
} // namespace bw::net
