// The response policy and its parts as tables: requests and answers in, headers and bytes out; and
// once over a socket, where policy and framing meet.
#include "net/response_policy.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include "net/content_encoding.hpp"
#include "net/etag.hpp"
#include "net/policy_for_test.hpp"
#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using Headers = TestHeaders;

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 16 + 15), Z_OK);
    std::string out(8 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

Response large() {
    std::string body = "[";
    while (body.size() < 5'000)
        body += R"({"name":"a pupil"},)";
    body.back() = ']';
    return Response::json(200, std::move(body));
}

TEST(AcceptEncoding, IsReadStrictly) {
    const std::pair<const char*, bool> cases[] = {
        {"gzip", true},
        {"GZIP", true},
        {"x-gzip", true},
        {"br, gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"gzip;q=0.001", true},
        {"gzip ; q=1.000", true},
        {"gzip;Q=0.5", true},
        {"*", true},
        {"br, *;q=0.1", true},
        {", gzip ,", true},
        {"identity;q=0.5, gzip", true},
        {"identity, gzip", true},
        {"", false},
        {"br", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"gzip;q=0.000", false},
        {"gzip;q=0, *", false},
        {"*;q=0", false},
        {"identity, gzip;q=0.5", false},
        // malformed: as if it were not there
        {"gzip;q=1.001", false},
        {"gzip;q=2", false},
        {"gzip;q=.5", false},
        {"gzip;q=0.5555", false},
        {"gzip;q=", false},
        {"gzip;q", false},
        {"gzip;", false},
        {"gzip;level=1", false},
        {"gzip;q=0.5;x=1", false},
        {"gzip;q=-1", false},
        {"gzip br", false},
        {";q=1", false},
        {"gzip, b@r", false},
    };
    for (const auto& [header, accepted] : cases)
        EXPECT_EQ(accepts_gzip(header), accepted) << header;
}

TEST(ResponsePolicy, CompressesWhatIsWorthItAndSafe) {
    const Headers asks{{"accept-encoding", "gzip"}};
    auto with = [](auto change) {
        Response response = large();
        change(response);
        return response;
    };
    struct Case {
        const char* name;
        Headers headers;
        Response response;
        bool gzip;
        const char* vary;
    };
    const Case cases[] = {
        {"large JSON", asks, large(), true, "Accept-Encoding"},
        {"HTML with a charset", asks,
         with([](Response& r) { r.content_type = "text/html; charset=utf-8"; }), true,
         "Accept-Encoding"},
        {"a large problem", asks, with([](Response& r) {
             r.status = 422;
             r.content_type = "application/problem+json";
         }),
         true, "Accept-Encoding"},
        {"two header lines",
         {{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip"}},
         large(),
         true,
         "Accept-Encoding"},
        {"unasked", {}, large(), false, "Accept-Encoding"},
        {"refused", {{"Accept-Encoding", "gzip;q=0"}}, large(), false, "Accept-Encoding"},
        {"small", asks, Response::json(200, std::string(1'399, 'x')), false, "-"},
        {"at the threshold", asks, Response::json(200, std::string(1'400, 'x')), true,
         "Accept-Encoding"},
        {"too large for the loop", asks, Response::json(200, std::string((256 << 10) + 1, 'x')),
         false, "-"},
        {"secrets beside input", asks, with([](Response& r) { r.compressible = false; }), false,
         "-"},
        {"an event stream", asks, with([](Response& r) { r.content_type = "text/event-stream"; }),
         false, "-"},
        {"an image", asks, with([](Response& r) { r.content_type = "image/png"; }), false, "-"},
        {"encoded already", asks,
         with([](Response& r) { r.headers.emplace_back("Content-Encoding", "br"); }), false, "-"},
        {"under a digest of its bytes", asks,
         with([](Response& r) { r.headers.emplace_back("Content-Digest", "sha-256=:x:"); }), false,
         "-"},
        {"a Vary of its own", asks,
         with([](Response& r) { r.headers.emplace_back("Vary", "Authorization"); }), true,
         "Authorization, Accept-Encoding"},
        {"that Vary already", asks,
         with([](Response& r) { r.headers.emplace_back("Vary", "accept-encoding"); }), true,
         "accept-encoding"},
    };
    for (const Case& c : cases) {
        Response response = shaped(request_of(Method::get, c.headers), c.response);
        bool compressed = response.body != c.response.body;
        EXPECT_EQ(compressed, c.gzip) << c.name;
        EXPECT_EQ(value_of(response, "Vary"), c.vary) << c.name;
        if (!compressed)
            continue;
        EXPECT_EQ(value_of(response, "Content-Encoding"), "gzip") << c.name;
        EXPECT_EQ(gunzip(response.body), c.response.body) << c.name;
    }
    Response off = shaped(request_of(Method::get, asks), large(), {.gzip_level = 0});
    EXPECT_EQ(value_of(off, "Vary") + value_of(off, "Content-Encoding"), "--");
}

TEST(ResponsePolicy, LeavesWhatCompressionDoesNotShrink) {
    std::string noise;
    std::uint64_t state = 1;
    while (noise.size() < 2'000)
        noise += static_cast<char>((state = state * 6364136223846793005ULL + 1) >> 56);
    Response response = shaped(request_of(Method::get, {{"Accept-Encoding", "gzip"}}),
                               Response{200, "text/plain", noise, {}});
    EXPECT_EQ(response.body, noise);
    EXPECT_EQ(value_of(response, "Content-Encoding"), "-");
}

TEST(ResponsePolicy, AnswersNotModified) {
    Route route{Method::get, "/x", "x", "", {}};
    route.content_etag = true;
    auto tagged = [](int status) {
        Response response = Response::json(status, "{}");
        response.headers.emplace_back("ETag", R"("v1")");
        response.headers.emplace_back("Cache-Control", "no-cache");
        response.headers.emplace_back("Content-Language", "en");
        response.headers.emplace_back("Vary", "Authorization");
        return response;
    };
    Response large_tagged = large();
    large_tagged.headers.emplace_back("ETag", R"("v1")");
    const std::string of_empty = content_etag("{}");
    struct Case {
        const char* name;
        Method method;
        Headers headers;
        Response response;
        const Route* route;
        int status;
        std::string etag;
    };
    const Case cases[] = {
        {"the same",
         Method::get,
         {{"If-None-Match", R"("v1")"}},
         tagged(200),
         nullptr,
         304,
         R"("v1")"},
        {"to HEAD",
         Method::head,
         {{"If-None-Match", R"("v1")"}},
         tagged(200),
         nullptr,
         304,
         R"("v1")"},
        {"weakened on the way",
         Method::get,
         {{"If-None-Match", R"(W/"v1")"}},
         tagged(200),
         nullptr,
         304,
         R"("v1")"},
        {"any", Method::get, {{"If-None-Match", "*"}}, tagged(200), nullptr, 304, R"("v1")"},
        {"in the second header",
         Method::get,
         {{"If-None-Match", R"("v0")"}, {"If-None-Match", R"("v1")"}},
         tagged(200),
         nullptr,
         304,
         R"("v1")"},
        {"another",
         Method::get,
         {{"If-None-Match", R"("v0")"}},
         tagged(200),
         nullptr,
         200,
         R"("v1")"},
        {"malformed",
         Method::get,
         {{"If-None-Match", R"(v1)"}},
         tagged(200),
         nullptr,
         200,
         R"("v1")"},
        {"not asked", Method::get, {}, tagged(200), nullptr, 200, R"("v1")"},
        {"not a 200",
         Method::get,
         {{"If-None-Match", R"("v1")"}},
         tagged(404),
         nullptr,
         404,
         R"("v1")"},
        {"not a read",
         Method::post,
         {{"If-None-Match", R"("v1")"}},
         tagged(200),
         nullptr,
         200,
         R"("v1")"},
        {"by content",
         Method::get,
         {{"If-None-Match", of_empty}},
         Response::json(200, "{}"),
         &route,
         304,
         of_empty},
        {"other content",
         Method::get,
         {{"If-None-Match", of_empty}},
         Response::json(200, "[]"),
         &route,
         200,
         content_etag("[]")},
        {"no content tag on an error",
         Method::get,
         {},
         Response::json(404, "{}"),
         &route,
         404,
         "-"},
        {"the handler's tag stays", Method::get, {}, tagged(200), &route, 200, R"("v1")"},
        {"the route did not ask", Method::get, {}, Response::json(200, "{}"), nullptr, 200, "-"},
        {"gzip has a tag of its own",
         Method::get,
         {{"Accept-Encoding", "gzip"}},
         large_tagged,
         nullptr,
         200,
         R"("v1+gz")"},
        {"which comes back",
         Method::get,
         {{"Accept-Encoding", "gzip"}, {"If-None-Match", R"("v1+gz")"}},
         large_tagged,
         nullptr,
         304,
         R"("v1+gz")"},
        {"a weak one covers both",
         Method::get,
         {{"Accept-Encoding", "gzip"}},
         large(),
         &route,
         200,
         content_etag(large().body)},
    };
    for (const Case& c : cases) {
        Response response = shaped(request_of(c.method, c.headers), c.response, {}, c.route);
        EXPECT_EQ(response.status, c.status) << c.name;
        EXPECT_EQ(value_of(response, "ETag"), c.etag) << c.name;
        EXPECT_EQ(response.body.empty(), c.status == 304) << c.name;
        if (c.status == 304) {
            EXPECT_EQ(value_of(response, "Content-Language"), "-") << c.name;
            EXPECT_EQ(value_of(response, "Content-Encoding"), "-") << c.name;
            EXPECT_EQ(value_of(response, "Vary"),
                      value_of(shaped(request_of(c.method, {}), c.response, {}, c.route), "Vary"))
                << c.name;
        }
    }
}

TEST(ResponsePolicy, ShowsQuotaAndTime) {
    Response response = Response::json(200, "{}");
    response.rate_limit = RateLimit{"tenant-burst", 100, 60s, 42, 1500ms};
    response = shaped(request_of(Method::get, {}), std::move(response));
    EXPECT_EQ(value_of(response, "RateLimit-Policy"), R"("tenant-burst";q=100;w=60)");
    EXPECT_EQ(value_of(response, "RateLimit"), R"("tenant-burst";r=42;t=2)");

    ManualClock clock(Instant{0});
    Request request = request_of(Method::get, {});
    request.received = clock.monotonic();
    clock.advance(Duration(12'345'678));
    Route route{Method::get, "/x", "x", "", {}};
    Response timed = Response::json(200, "{}");
    apply_policy(request, &route, {.server_timing = true}, clock, timed);
    EXPECT_EQ(value_of(timed, "Server-Timing"), "app;dur=12.346");
}

TEST(ResponsePolicy, AddsNothingToTheCommonAnswer) {
    Response response =
        shaped(request_of(Method::get, {{"Accept-Encoding", "gzip"}, {"Origin", "https://x"}}),
               Response::json(200, "{}"));
    EXPECT_TRUE(response.headers.empty());
}

class PolicyOverSocket : public ServerTest {};

TEST_F(PolicyOverSocket, FramesWhatThePolicyMade) {
    routes_.add({.method = Method::get,
                 .path = "/large",
                 .operation = "large",
                 .handler = [](const Request&, Responder respond) { respond(large()); },
                 .content_etag = true});
    ServerOptions options;
    options.responses.cors.origins = {"https://app.example"};
    Raw raw(start(options));
    auto ask = [&](const std::string& line, const std::string& headers) {
        raw.send(line + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
        return raw.answer();
    };
    const std::string gzip_wanted = "Accept-Encoding: gzip\r\n";
    const std::string body = large().body, tag = content_etag(body);

    std::string compressed = ask("GET /large", gzip_wanted);
    std::size_t head = compressed.find("\r\n\r\n") + 4;
    EXPECT_EQ(gunzip(compressed.substr(head)), body);
    const std::string length =
        "Content-Length: " + std::to_string(compressed.size() - head) + "\r\n";
    EXPECT_THAT(compressed, HasSubstr(length));

    raw.send("HEAD /large HTTP/1.1\r\nHost: h\r\n" + gzip_wanted + "\r\nGET /hello HTTP/1.1\r\n" +
             "Host: h\r\nConnection: close\r\n\r\n");
    std::string both = raw.rest(); // a body to HEAD would stand before the second answer
    EXPECT_THAT(both, HasSubstr(length));
    EXPECT_THAT(both, HasSubstr("frame-ancestors 'none'\r\n\r\nHTTP/1.1 200 OK"));

    Raw second(server_->port());
    second.send("GET /large HTTP/1.1\r\nHost: h\r\nIf-None-Match: " + tag + "\r\n" +
                "Origin: https://app.example\r\nConnection: close\r\n\r\n");
    std::string unchanged = second.rest();
    EXPECT_THAT(unchanged, HasSubstr("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_THAT(unchanged, HasSubstr("\r\nETag: " + tag + "\r\n"));
    EXPECT_THAT(unchanged, HasSubstr("\r\nVary: Accept-Encoding, Origin\r\n"));
    EXPECT_THAT(unchanged, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(unchanged, Not(HasSubstr("Content-Type:")));
    EXPECT_THAT(unchanged, EndsWith("\r\n\r\n"));

    // Errors too must be readable to the page; also those that no route made.
    for (const char* request : {"GET /nowhere HTTP/1.1\r\n", "DELETE /hello HTTP/1.1\r\n",
                                "POST /small HTTP/1.1\r\nContent-Length: 11\r\n"}) {
        Raw third(server_->port());
        third.send(std::string(request) +
                   "Host: h\r\nOrigin: https://app.example\r\nConnection: close\r\n\r\n");
        EXPECT_THAT(third.rest(),
                    HasSubstr("\r\nAccess-Control-Allow-Origin: https://app.example\r\n"))
            << request;
    }
    Raw fourth(server_->port());
    fourth.send("OPTIONS /hello HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example\r\n"
                "Access-Control-Request-Method: GET\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(fourth.rest(), HasSubstr("\r\nAccess-Control-Allow-Methods: GET, HEAD"));
}

} // namespace
} // namespace bw::net
