// A front that passes requests on, a server behind it that says what it heard, and what each hears
// when that one is away, slow, or says what may not be passed on.
#include "net/forwarder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr, ::testing::Not;

constexpr std::string_view passed_on[] = {"Authorization", "Cookie"};
constexpr std::string_view passed_back[] = {"Report-Lag", "Retry-After"};
constexpr std::string_view types[] = {"application/json", "application/problem+json"};

class ForwarderTest : public ServerTest {
protected:
    ForwarderTest() {
        auto add = [&](const char* path, Handler handler) {
            behind_.add(Route{Method::get, path, path, "", std::move(handler), 0, 5s});
        };
        add("/told", [](const Request& q, Responder r) {
            std::string said =
                fmt::format("{} {} {} {}\n", q.target, q.peer, q.secure, q.request_id);
            for (const auto& [name, value] : q.headers)
                said.append(name).append(": ").append(value).append("\n");
            Response out = Response::json(200, std::move(said));
            out.headers = {{"Report-Lag", "0.5"}, {"Set-Cookie", "theirs"}, {"Vary", "Origin"}};
            r(std::move(out));
        });
        add("/busy",
            [](const Request&, Responder r) { r(Error{Code::overloaded, "later", "", 7000ms}); });
        add("/text", [](const Request&, Responder r) { r(Response{200, "text/plain", "t", {}}); });
        add("/large",
            [](const Request&, Responder r) { r(Response::json(200, std::string(100'000, ' '))); });
        add("/slow", [this](const Request& q, Responder r) { shelf_.keep(q, std::move(r)); });
        ServerOptions options;
        options.trusted_proxies = *TrustedProxies::parse(std::vector<std::string>{"127.0.0.1"});
        server_behind_ = *Server::start(std::move(options), behind_, clock_, rng_);
        front(server_behind_->port());
    }
    void TearDown() override {
        server_.reset();
        forwarder_.reset();
    }
    void front(std::uint16_t port, std::size_t connections = 4, std::size_t waiting = 4) {
        server_.reset();
        forwarder_ = std::make_unique<Forwarder>(
            ClientOptions{.port = port,
                          .connections_limit = connections,
                          .queue_items_limit = waiting,
                          .body_bytes_limit = 64'000},
            ForwardRules{"reports", passed_on, passed_back, types}, clock_);
        routes_ = {};
        for (const char* path : {"/told", "/busy", "/text", "/large", "/slow", "/none"})
            routes_.add(Route{Method::get, path, path, "",
                              [this](const Request& q, Responder r) {
                                  forwarder_->pass_on(q, std::move(r));
                                  ++passed_on_;
                              },
                              0, time_limit_});
        start();
    }
    std::string ask(const std::string& path, const std::string& headers = "",
                    const char* method = "GET") {
        return Raw(server_->port())
            .send(std::string(method) + " " + path + " HTTP/1.1\r\nHost: north.test\r\n" + headers +
                  "Connection: close\r\n\r\n")
            .rest();
    }

    RouteTable behind_;
    std::unique_ptr<Server> server_behind_;
    std::unique_ptr<Forwarder> forwarder_;
    Duration time_limit_ = 5s;
    std::atomic<int> passed_on_ = 0;
};

TEST_F(ForwarderTest, PassesOnWhoAsksWhatAndNothingElse) {
    const std::string seen =
        ask("/told?section=1", "Authorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\n"
                               "Forwarded: for=1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
                               "X-Request-Id: forged-by-a-client\r\nAccept-Encoding: gzip\r\n"
                               "TE: trailers\r\nUpgrade: h2c\r\ncookie: c=1\r\n");
    EXPECT_THAT(seen, HasSubstr("HTTP/1.1 200 "));
    EXPECT_THAT(seen, HasSubstr("/told?section=1 127.0.0.1 false "));
    EXPECT_THAT(seen, HasSubstr("Host: north.test\n"));
    EXPECT_THAT(seen, HasSubstr("Authorization: Bearer x\n"));
    EXPECT_THAT(seen, HasSubstr("cookie: c=1\n"));
    for (const char* kept_back : {"1.2.3.4", "forged", "gzip", "TE:", "Upgrade", "Forwarded: "})
        EXPECT_THAT(seen, Not(HasSubstr(kept_back))) << kept_back;
    // The same request has one id on both sides.
    const std::size_t id = seen.find("Request-Id: ");
    ASSERT_NE(id, std::string::npos);
    EXPECT_THAT(seen, HasSubstr("127.0.0.1 false " + seen.substr(id + 12, 16) + "\n"));
}

TEST_F(ForwarderTest, PassesBackWhatIsListedAndNothingElse) {
    const std::string seen = ask("/told");
    EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(seen, HasSubstr("Report-Lag: 0.5\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("theirs")));
    EXPECT_THAT(seen, Not(HasSubstr("Vary: Origin")));
    const std::string busy = ask("/busy");
    EXPECT_THAT(busy, HasSubstr("HTTP/1.1 503 "));
    EXPECT_THAT(busy, HasSubstr("\"code\":\"overloaded\""));
    EXPECT_THAT(busy, ::testing::ContainsRegex("Retry-After: [0-9]+\r\n"));
    EXPECT_THAT(ask("/none"), HasSubstr("HTTP/1.1 404 "));
}

TEST_F(ForwarderTest, AHeadIsAnsweredAsAGetWithoutItsBody) {
    const std::string seen = ask("/told", "", "HEAD");
    EXPECT_THAT(seen, HasSubstr("HTTP/1.1 200 "));
    EXPECT_THAT(seen, Not(HasSubstr("Content-Length: 0\r\n")));
    EXPECT_TRUE(seen.ends_with("\r\n\r\n")) << seen;
}

TEST_F(ForwarderTest, WhatMayNotComeBackIsNoAnswer) {
    for (const char* path : {"/text", "/large"}) {
        const std::string seen = ask(path);
        EXPECT_THAT(seen, HasSubstr("HTTP/1.1 503 ")) << path;
        EXPECT_THAT(seen, HasSubstr("\"code\":\"unavailable\"")) << path;
        EXPECT_THAT(seen, HasSubstr("reports cannot be reached")) << path;
    }
}

TEST_F(ForwarderTest, WhoIsAwayIsSaidToBeAtOnce) {
    server_behind_.reset();
    const std::string seen = ask("/told");
    EXPECT_THAT(seen, HasSubstr("HTTP/1.1 503 "));
    EXPECT_THAT(seen, HasSubstr("\"code\":\"unavailable\""));
    EXPECT_THAT(seen, ::testing::ContainsRegex("Retry-After: [23]\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("127.0.0.1"))) << "addresses behind us are nobody's business";
}

TEST_F(ForwarderTest, OneThatIsSilentIsWaitedForUntilTheDeadline) {
    time_limit_ = 50ms;
    front(server_behind_->port());
    const std::string seen = ask("/slow");
    EXPECT_THAT(seen, HasSubstr("HTTP/1.1 503 "));
    EXPECT_THAT(seen, HasSubstr("\"code\":\"unavailable\"")) << "a read may be repeated";
    shelf_.take();
}

TEST_F(ForwarderTest, SoManyWaitAndOthersAreSentAway) {
    front(server_behind_->port(), 1, 1);
    Raw first(server_->port());
    const std::string slow = "GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    first.send(slow);
    auto held = shelf_.take(); // it has the connection
    Raw second(server_->port());
    second.send(slow); // it waits for it
    ASSERT_TRUE(soon([&] { return passed_on_ == 2; }));
    const std::string third = ask("/told");
    EXPECT_THAT(third, HasSubstr("\"code\":\"overloaded\""));
    EXPECT_THAT(third, HasSubstr("too many wait for reports"));
    held.second(Response::json(200, "1"));
    shelf_.take().second(Response::json(200, "2"));
    EXPECT_THAT(first.rest(), ::testing::EndsWith("1"));
    EXPECT_THAT(second.rest(), ::testing::EndsWith("2"));
}

} // namespace
} // namespace bw::net
