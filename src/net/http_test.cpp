#include "net/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/answer.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void nothing(const Request&, Responder) {}

RouteTable table_of(std::initializer_list<std::pair<Method, const char*>> routes) {
    RouteTable table;
    for (auto [method, path] : routes)
        table.add(Route{method, path, path, "", nothing});
    return table;
}

TEST(RouteTable, MatchesOrSaysWhyNot) {
    RouteTable table = table_of({{Method::get, "/"},
                                 {Method::get, "/v1/me"},
                                 {Method::get, "/v1/{kind}"},
                                 {Method::post, "/v1/{kind}"},
                                 {Method::get, "/v1/me/{x}/y"},
                                 {Method::del, "/v1/{kind}/{id}/z"}});
    struct Case {
        Method method;
        const char* path;
        const char* route;   // null: none
        const char* allowed; // then
        std::vector<std::pair<std::string_view, std::string_view>> params;
    };
    const Case cases[] = {
        {Method::get, "/", "/", "", {}},
        {Method::get, "/v1/me", "/v1/me", "", {}},
        {Method::head, "/v1/me", "/v1/me", "", {}},
        {Method::get, "/v1/you", "/v1/{kind}", "", {{"kind", "you"}}},
        {Method::get, "/v1/m%65", "/v1/{kind}", "", {{"kind", "m%65"}}},
        {Method::post, "/v1/you", "/v1/{kind}", "", {{"kind", "you"}}},
        {Method::post, "/v1/me", nullptr, "GET, HEAD, OPTIONS", {}}, // static beats the parameter
        {Method::del,
         "/v1/me/7/z",
         "/v1/{kind}/{id}/z",
         "",
         {{"kind", "me"}, {"id", "7"}}}, // unless it leads nowhere
        {Method::put, "/v1/you", nullptr, "GET, HEAD, POST, OPTIONS", {}},
        {Method::head, "/v1/you/7/z", nullptr, "DELETE, OPTIONS", {}},
        {Method::get, "", nullptr, "", {}},
        {Method::get, "*", nullptr, "", {}},
        {Method::get, "/v1", nullptr, "", {}},
        {Method::get, "/v1/", nullptr, "", {}},
        {Method::get, "/v1/me/", nullptr, "", {}},
        {Method::get, "//v1/me", nullptr, "", {}},
        {Method::get, "/v1//me", nullptr, "", {}},
        {Method::get, "/v1/../v1", nullptr, "", {}},
        {Method::get, "/v1/..", nullptr, "", {}},
        {Method::get, "/v1/.", nullptr, "", {}},
        {Method::get, "/v1/a%00b", nullptr, "", {}},
        {Method::get, "/v1/a%zz", nullptr, "", {}},
        {Method::get, "/v1/a%2", nullptr, "", {}},
        {Method::get, "/V1/me", nullptr, "", {}},
    };
    for (const Case& c : cases) {
        RouteTable::Match match = table.match(c.method, c.path);
        EXPECT_EQ(match.route ? match.route->path : "none", c.route ? c.route : "none") << c.path;
        EXPECT_EQ(match.allowed, c.allowed) << c.path;
        EXPECT_EQ(match.params, c.params) << c.path;
    }
    EXPECT_EQ(RouteTable().match(Method::get, "/").route, nullptr);
}

TEST(RouteTableDeath, RefusesBugs) {
    for (const char* path :
         {"", "v1", "/v1/", "/a//b", "/a/{}", "/a/x{y}", "/{x}/{x}", "/a?b", "/a/../b"})
        EXPECT_DEATH(table_of({{Method::get, path}}), "a bug") << path;
    EXPECT_DEATH(table_of({{Method::get, "/a/{x}"}, {Method::get, "/a/{y}"}}), "twice");
}

TEST(Request, LooksThingsUp) {
    Request request;
    request.headers = {{"Host", "a"}, {"If-Match", "1"}, {"if-match", "2"}};
    request.query = "a=1&b=%41%zz+&a=2&c&%64=x";
    EXPECT_EQ(request.header("IF-MATCH"), "1");
    EXPECT_EQ(request.header_count("If-Match"), 2U);
    EXPECT_EQ(request.header("Accept"), std::nullopt);
    EXPECT_EQ(request.query_param("a"), "1");
    EXPECT_EQ(request.query_param("b"), "A%zz+");
    EXPECT_EQ(request.query_param("c"), "");
    EXPECT_EQ(request.query_param("d"), "x");
    EXPECT_EQ(request.query_param("e"), std::nullopt);
}

TEST(Problem, StatusAndHeadersOfEveryCode) {
    const std::pair<Code, int> cases[] = {
        {Code::bad_request, 400},
        {Code::invalid_field, 422},
        {Code::unauthenticated, 401},
        {Code::token_expired, 401},
        {Code::forbidden, 403},
        {Code::not_found, 404},
        {Code::method_not_allowed, 405},
        {Code::conflict, 409},
        {Code::precondition_required, 428},
        {Code::precondition_failed, 412},
        {Code::payload_too_large, 413},
        {Code::uri_too_long, 414},
        {Code::head_too_large, 431},
        {Code::unsupported_media_type, 415},
        {Code::request_timeout, 408},
        {Code::idempotency_key_missing, 400},
        {Code::idempotency_key_reused, 422},
        {Code::quota_exceeded, 429},
        {Code::sign_in_delayed, 429},
        {Code::second_factor_required, 401},
        {Code::overloaded, 503},
        {Code::deadline_exceeded, 503},
        {Code::unavailable, 503},
        {Code::outcome_unknown, 503},
        {Code::storage_full, 503},
        {Code::corrupt, 500},
        {Code::not_implemented, 501},
        {Code::internal, 500},
    };
    EXPECT_EQ(std::size(cases), static_cast<std::size_t>(Code::internal) + 1);
    for (auto [code, status] : cases) {
        Response response =
            problem(fail(code, "the secret detail", "/field"), "0123456789abcdef", 0.0);
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.content_type, "application/problem+json");
        EXPECT_THAT(response.body, HasSubstr("\"type\":\"urn:bellwether:problem:" +
                                             std::string(wire_name(code)) + "\""));
        EXPECT_THAT(response.body, HasSubstr("\"request_id\":\"0123456789abcdef\""));
        if (status == 500)
            EXPECT_THAT(response.body, Not(HasSubstr("secret")));
        else
            EXPECT_THAT(response.body, HasSubstr(R"("detail":"the secret detail")"));
        if (status >= 500)
            EXPECT_THAT(response.body, Not(HasSubstr("field"))) << "it may be a path of ours";
        else
            EXPECT_THAT(response.body,
                        HasSubstr(R"("detail":"the secret detail","field":"/field")"));
        bool retry = false, challenge = false;
        for (const auto& [name, value] : response.headers) {
            retry = retry || (name == "Retry-After" && value == "1");
            challenge = challenge || name == "WWW-Authenticate";
        }
        EXPECT_EQ(retry, status == 429 || status == 503);
        EXPECT_EQ(challenge, status == 401);
    }
}

TEST(Problem, RetryAfterIsRoundedUpAndJitteredUpwards) {
    const std::tuple<int, double, const char*> cases[] = {
        {0, 0.0, "1"},    {1, 0.0, "1"},       {1000, 0.0, "1"},     {1001, 0.0, "2"},
        {1000, 0.5, "2"}, {10'000, 0.0, "10"}, {10'000, 0.999, "15"}};
    for (auto [ms, jitter, expected] : cases) {
        Error error{Code::overloaded, "", "", std::chrono::milliseconds(ms)};
        EXPECT_EQ(problem(error, "", jitter).headers.at(0).second, expected) << ms;
    }
    // Whoever has a place has a moment of their own, unless all were told the same.
    for (auto [own_moment, expected] : {std::pair(true, "10"), std::pair(false, "15")}) {
        Error error{Code::unavailable, "", "", std::chrono::milliseconds(10'000)};
        error.waiting =
            std::make_shared<const WaitingPlace>(WaitingPlace{.own_moment = own_moment});
        EXPECT_EQ(problem(error, "", 0.999).headers.at(0).second, expected);
    }
}

TEST(Answer, IsOneRunOfBytes) {
    AnswerFrame frame{.date = "D", .request_id = "I"};
    std::string out;
    append_answer(out, Response{200, "text/plain", "hi", {{"ETag", "\"1\""}}}, frame);
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/plain\r\nContent-Length: "
                   "2\r\nRequest-Id: I\r\nETag: \"1\"\r\n"
                   "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                   "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\nhi");
    out.clear();
    frame.keep_alive = false;
    frame.head_only = true;
    append_answer(out,
                  Response{200,
                           "text/plain",
                           "hi",
                           {{"cache-control", "public"}, {"content-security-policy", "x"}}},
                  frame);
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/plain\r\nContent-Length: "
                   "2\r\nRequest-Id: I\r\ncache-control: public\r\ncontent-security-policy: x\r\n"
                   "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
    out.clear();
    append_answer(out, Response{204, "", "", {}},
                  {.date = "D", .request_id = "I", .http_1_1 = false});
    EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nDate: D\r\nRequest-Id: I\r\nCache-Control: "
                   "no-store\r\nX-Content-Type-Options: nosniff\r\n"
                   "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                   "Connection: keep-alive\r\n\r\n");
    EXPECT_EQ(http_date(Instant{784111777000}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(AnswerDeath, HeadersCannotSplitTheAnswer) {
    std::string out;
    for (const char* value : {"a\r\nSet-Cookie: b", "a\n", "a\r"})
        EXPECT_DEATH(append_answer(out, Response{200, "text/plain", "", {{"X", value}}}, {}),
                     "control character");
    EXPECT_DEATH(append_answer(out, Response{200, "text/plain", "", {{"content-length", "5"}}}, {}),
                 "server sets");
    EXPECT_DEATH(append_answer(out, Response{204, "text/plain", "x", {}}, {}), "no body");
}

} // namespace
} // namespace bw::net
