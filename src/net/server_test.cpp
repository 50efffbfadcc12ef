// The server over real sockets: what a raw client sees, byte for byte where it matters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/client.hpp"
#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, AnswersEachRequestOrRefusesAndCloses) {
    std::uint16_t port = start();
    const std::string chunked = "Host: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct Case {
        std::string request;
        int status;
        bool stays_open;
        std::string contains;
    };
    const Case cases[] = {
        {get_hello, 200, true, "\r\n\r\nhello"},
        {"HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", 200, true, "Content-Length: 5\r\n"},
        {"GET /hello HTTP/1.0\r\n\r\n", 200, false, "Connection: close"},
        {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, true,
         "Connection: keep-alive"},
        {"GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 200, false,
         "Connection: close"},
        {"OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n", 204, true, "Allow: GET, HEAD, OPTIONS"},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204, true, "Allow: GET, HEAD, POST"},
        {"OPTIONS /none HTTP/1.1\r\nHost: h\r\n\r\n", 404, true, "not_found"},
        {"GET /none HTTP/1.1\r\nHost: h\r\n\r\n", 404, true, "not_found"},
        {"POST /hello HTTP/1.1\r\nHost: h\r\n\r\n", 405, true, "Allow: GET, HEAD, OPTIONS"},
        {"POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 404, false, "not_found"},
        {"POST /echo/7 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 200, true,
         "\r\n\r\n7:abc"},
        {"POST /echo/7 HTTP/1.1\r\nConnection: close\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
         200, false, "\r\n\r\n7:abc"},
        {"POST /echo/7 HTTP/1.1\r\n" + chunked + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200, true,
         "\r\n\r\n7:abc"},
        {"POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", 413, false,
         "payload_too_large"},
        {"POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n",
         413, false, "payload_too_large"},
        {"POST /small HTTP/1.1\r\n" + chunked + "b\r\n", 413, false, "payload_too_large"},
        {"GET /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na", 413, false,
         "takes no body"},
        {"GET /hello HTTP/1.1\r\n\r\n", 400, false, "Host"},
        {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n", 414, false, "uri_too_long"},
        {"GET / HTTP/1.1\r\nA: " + std::string(17'000, 'a'), 431, false, "head_too_large"},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501, false, "not_implemented"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, false, "HTTP/1.1"},
        {"GET /drop HTTP/1.1\r\nHost: h\r\n\r\n", 500, true, R"("code":"internal")"},
        {"GET /throw HTTP/1.1\r\nHost: h\r\n\r\n", 500, true, R"("code":"internal")"},
        {"GET /throw_late HTTP/1.1\r\nHost: h\r\n\r\n", 500, true, R"("code":"internal")"},
        {"GET /internal HTTP/1.1\r\nHost: h\r\n\r\n", 500, true, R"("code":"internal")"},
        {"GET /busy HTTP/1.1\r\nHost: h\r\n\r\n", 503, true, "Retry-After: "},
    };
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send(c.request);
        std::string seen;
        if (c.request.starts_with("HEAD")) { // its Content-Length announces nothing that comes
            raw.half_close();
            seen = raw.rest();
            EXPECT_THAT(seen, EndsWith("\r\n\r\n"));
        } else if (c.stays_open) {
            seen = raw.answer();
            EXPECT_THAT(raw.send(get_hello).answer(), EndsWith("\r\n\r\nhello")) << c.request;
        } else {
            seen = raw.rest();
            EXPECT_THAT(seen, HasSubstr("Connection: close\r\n")) << c.request;
        }
        EXPECT_THAT(seen, StartsWith("HTTP/1.1 " + std::to_string(c.status) + " "))
            << c.request.substr(0, 200);
        EXPECT_THAT(seen, HasSubstr(c.contains)) << c.request.substr(0, 200);
        EXPECT_THAT(seen, Not(HasSubstr("secret")));
        EXPECT_THAT(seen, HasSubstr("\r\nRequest-Id: "));
        EXPECT_THAT(seen, HasSubstr("\r\nDate: "));
        EXPECT_THAT(seen,
                    HasSubstr("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"));
    }
}

TEST_F(ServerTest, ByteByByteGivesTheSameAnswer) {
    std::uint16_t port = start();
    for (std::string request : {"POST /echo/7 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
                                "POST /echo/7 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
        Raw raw(port);
        for (char c : request)
            raw.send({&c, 1});
        EXPECT_THAT(raw.answer(), EndsWith("\r\n\r\n7:abc"));
    }
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    Raw raw(start());
    std::string burst;
    for (int i = 0; i < 200; ++i)
        burst += "POST /echo/" + std::to_string(i) +
                 " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    burst += "GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n" + get_hello;
    raw.send(burst);
    for (int i = 0; i < 200; ++i)
        ASSERT_THAT(raw.answer(), EndsWith("\r\n\r\n" + std::to_string(i) + ":x"));
    shelf_.take().second(Response{
        200, "text/plain", "shelved", {}}); // from this thread, and ahead of what came later
    EXPECT_THAT(raw.answer(), EndsWith("shelved"));
    EXPECT_THAT(raw.answer(), EndsWith("hello"));
}

TEST_F(ServerTest, ContinuesOnlyWhenItWillTakeTheBody) {
    Raw raw(start());
    raw.send(
        "POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(raw.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_THAT(raw.send("abc").answer(), EndsWith("\r\n\r\nabc"));
}

TEST_F(ServerTest, ARefusalIsReadByAClientThatKeepsSending) {
    Raw raw(start());
    raw.send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
    raw.send(std::string(2'000'000, 'x')); // closing with these unread would reset the answer away
    raw.half_close();
    std::string seen = raw.rest();
    EXPECT_THAT(seen, HasSubstr("payload_too_large"));
    EXPECT_THAT(seen, Not(HasSubstr("<reset>")));
}

TEST_F(ServerTest, HalfClosedClientGetsItsAnswer) {
    Raw raw(start());
    raw.send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n").half_close();
    shelf_.take().second(Response{200, "text/plain", "late", {}});
    EXPECT_THAT(raw.rest(), EndsWith("late"));
}

TEST_F(ServerTest, LargeBodiesBothWaysAndASlowReader) {
    std::uint16_t port = start();
    Raw raw(port);
    std::string body(150'000, 'x');
    raw.send("POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n" + body);
    EXPECT_THAT(raw.answer(), EndsWith("\r\n\r\n1:" + body));
    // The socket is full; the next answer waits behind it.
    raw.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread reader([&] {
        EXPECT_GT(raw.answer().size(), 8U << 20);
        EXPECT_THAT(raw.answer(), EndsWith("after"));
    });
    shelf_.take().second(Response{200, "text/plain", "after", {}});
    reader.join();
}

TEST_F(ServerTest, RequestTellsWhatCameAndWhen) {
    std::uint16_t port = start();
    Raw raw(port);
    Instant before = clock_.now();
    raw.send("GET /shelf?a=%20b HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n");
    auto [request, respond] = shelf_.take();
    EXPECT_EQ(request->target, "/shelf?a=%20b");
    EXPECT_EQ(request->path, "/shelf");
    EXPECT_EQ(request->query_param("a"), " b");
    EXPECT_EQ(request->header("x"), "y");
    EXPECT_EQ(request->peer, "127.0.0.1");
    EXPECT_EQ(request->request_id.size(), 16U);
    EXPECT_GE(request->received_at, before);
    EXPECT_LE(request->received_at, clock_.now());
    EXPECT_EQ(request->deadline.at(), request->received + 5s);
    std::string id = request->request_id;
    respond(fail(Code::conflict, "no"));
    std::string answer = raw.answer();
    EXPECT_THAT(answer, HasSubstr("Request-Id: " + id));
    EXPECT_THAT(answer, HasSubstr("\"request_id\":\"" + id + "\""));
}

TEST_F(ServerTest, ClientGoneMeanwhileIsNoTrouble) {
    std::uint16_t port = start();
    {
        Raw(port).send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    auto [request, respond] = shelf_.take();
    EXPECT_EQ(request->path, "/shelf");
    respond(Response{200, "text/plain", std::string(1 << 20, 'x'), {}});
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(ServerTest, ResponderMayOutliveTheServer) {
    std::uint16_t port = start();
    Raw raw(port);
    raw.send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    auto [request, respond] = shelf_.take();
    server_.reset();
    EXPECT_EQ(request->path, "/shelf"); // still there
    respond(Response{200, "text/plain", "nobody reads this", {}});
    EXPECT_EQ(raw.rest(), "");
}

TEST_F(ServerTest, TimeoutsOfEachPhase) {
    struct Case {
        ServerOptions options;
        std::string sent;
        std::string answer;
    };
    const Case cases[] = {
        {{.head_timeout = 50ms}, "GET /hello HT", "HTTP/1.1 408 "},
        {{.head_timeout = 50ms}, get_hello + "GE", "HTTP/1.1 408 "},
        {{.body_timeout = 50ms},
         "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na",
         "HTTP/1.1 408 "},
        {{.idle_timeout = 50ms}, "", ""},
        {{.idle_timeout = 50ms}, get_hello, "HTTP/1.1 200 "},
        {{.write_timeout = 50ms}, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 "},
    };
    for (const Case& c : cases) {
        std::uint16_t port = start(c.options);
        {
            Raw raw(port);
            raw.send(c.sent);
            bool stuck = c.options.write_timeout == Duration(50ms); // reads nothing
            if (stuck)
                EXPECT_TRUE(soon([&] {
                    return server_->status().requests == 1 && server_->status().connections == 0;
                }));
            EXPECT_THAT(raw.rest(), HasSubstr(c.answer)) << c.sent;
        }
        EXPECT_TRUE(soon([&] { return server_->status().connections == 0; })) << c.sent;
    }
}

TEST_F(ServerTest, HandlersAreNotTimedOut) {
    std::uint16_t port = start({.head_timeout = 40ms, .body_timeout = 40ms, .idle_timeout = 40ms});
    Raw raw(port), idle(port);
    raw.send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    auto kept = shelf_.take();
    EXPECT_EQ(idle.rest(), ""); // several sweeps have passed
    kept.second(Response{200, "text/plain", "late", {}});
    EXPECT_THAT(raw.answer(), EndsWith("late"));
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitAreToldSo) {
    std::uint16_t port = start({.connections_limit = 2});
    Raw a(port), b(port);
    EXPECT_THAT(a.send(get_hello).answer(), EndsWith("hello"));
    EXPECT_THAT(b.send(get_hello).answer(), EndsWith("hello"));
    Raw c(port);
    std::string refused = c.send(get_hello).rest();
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(refused, HasSubstr("Retry-After: "));
    EXPECT_EQ(server_->status().refused_connections, 1U);
    EXPECT_EQ(server_->status().connections, 2U);
    b.half_close();
    EXPECT_EQ(b.rest(), "");
    EXPECT_TRUE(soon([&] { return server_->status().connections == 1; }));
    EXPECT_THAT(Raw(port).send(get_hello).answer(), EndsWith("hello"));
}

TEST_F(ServerTest, OutOfDescriptorsDoesNotSpin) {
    std::uint16_t port = start();
#if __has_feature(undefined_behavior_sanitizer)
    GTEST_SKIP()
        << "NOT RUN: UBSan needs a descriptor to look at an object's type; other builds run it";
#endif
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few{64, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::vector<int> hoard;
    for (int fd; (fd = ::dup(0)) >= 0;)
        hoard.push_back(fd);
    ASSERT_FALSE(hoard.empty());
    ::close(hoard.back());
    hoard.pop_back();
    {
        Raw raw(port); // takes the last one: the server has none for its side
        raw.send(get_hello);
        auto cpu = [] {
            rusage used{};
            ::getrusage(RUSAGE_SELF, &used);
            return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
        };
        auto start_cpu = cpu();
        pollfd wait{raw.fd(), POLLIN, 0};
        EXPECT_EQ(::poll(&wait, 1, 300), 0); // nobody answers
        EXPECT_LT(cpu() - start_cpu, 50ms);
        for (int fd : hoard)
            ::close(fd);
        EXPECT_THAT(raw.answer(), EndsWith("hello"));
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(ServerTest, DrainFinishesWhatIsInFlight) {
    std::uint16_t port = start({.threads = 2});
    Raw idle(port), busy(port);
    EXPECT_THAT(idle.send(get_hello).answer(), EndsWith("hello"));
    busy.send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    auto kept = shelf_.take();
    server_->drain(Deadline::in(clock_, 30ms)); // too soon
    EXPECT_EQ(idle.rest(), "");
    EXPECT_EQ(server_->status().connections, 1U);
    EXPECT_FALSE(Raw(port).connected());
    std::thread drainer([&] { server_->drain(Deadline::in(clock_, 5s)); });
    kept.second(Response{200, "text/plain", "last", {}});
    std::string last = busy.rest();
    EXPECT_THAT(last, HasSubstr("Connection: close"));
    EXPECT_THAT(last, EndsWith("last"));
    drainer.join();
    EXPECT_EQ(server_->status().connections, 0U);
}

TEST_F(ServerTest, APortInUseIsRefused) {
    std::uint16_t port = start({.threads = 2});
    auto second = Server::start({.port = port}, routes_, clock_, rng_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::unavailable);
    EXPECT_FALSE(Server::start({.address = "localhost"}, routes_, clock_, rng_));
}

TEST_F(ServerTest, AnswersFromManyThreadsAtOnce) {
    std::uint16_t port = start({.threads = 2});
    auto client = Client::make({.port = port, .connections_limit = 64}, clock_);
    std::atomic<int> good{0};
    std::vector<std::jthread> answerers;
    constexpr int total = 4000;
    for (int t = 0; t < 2; ++t)
        answerers.emplace_back([&] {
            for (int i = 0; i < total / 2; ++i) {
                auto [request, respond] = shelf_.take();
                if (i % 2 == 0)
                    respond(Response{200, "text/plain", std::string(request->query), {}});
                else
                    respond.on_loop([kept = request] {
                        return Response{200, "text/plain", std::string(kept->query), {}};
                    });
            }
        });
    for (int i = 0; i < total; ++i)
        client->send({.target = "/shelf?" + std::to_string(i)}, Deadline::in(clock_, 20s),
                     [&good, i](Result<ClientResponse> r) {
                         good += r && r->status == 200 && r->body == std::to_string(i);
                     });
    EXPECT_TRUE(soon([&] { return good == total; })) << good;
    EXPECT_EQ(server_->status().requests, static_cast<std::uint64_t>(total));
}

} // namespace
} // namespace bw::net
