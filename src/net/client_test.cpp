// The client against a scripted peer: a raw listener that says exactly what the case wants.
#include "net/client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "net/server.hpp"

namespace bw::net {
namespace {

/// Listens; each accepted connection follows the next script: for each line, read one request head,
/// then say the line.
class Peer {
public:
    using Script = std::vector<std::string>;
    static constexpr const char* reset = "<reset>";  // close at once
    static constexpr const char* silence = "<wait>"; // say nothing until the client goes

    explicit Peer(std::vector<Script> scripts) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port = ntohs(at.sin_port);
        thread_ = std::jthread([this, scripts = std::move(scripts)] {
            for (const Script& script : scripts)
                play(script);
            ::close(listener_);
        });
    }
    std::uint16_t port = 0;
    std::atomic<int> requests{0};

private:
    void play(const Script& script) {
        pollfd wait{listener_, POLLIN, 0};
        if (::poll(&wait, 1, 5000) <= 0)
            return;
        int fd = ::accept(listener_, nullptr, nullptr);
        std::string in;
        for (const std::string& line : script) {
            while (!in.contains("\r\n\r\n")) {
                char bytes[4096];
                ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
                if (n <= 0)
                    break;
                in.append(bytes, static_cast<std::size_t>(n));
            }
            if (in.contains("\r\n\r\n"))
                ++requests;
            in.erase(0, in.find("\r\n\r\n") == std::string::npos ? in.size()
                                                                 : in.find("\r\n\r\n") + 4);
            if (line == reset)
                break;
            if (line == silence) {
                char byte;
                while (::recv(fd, &byte, 1, 0) > 0) {
                }
                break;
            }
            ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
        }
        ::close(fd);
    }

    int listener_;
    std::jthread thread_;
};

std::string outcome(const Result<ClientResponse>& result) {
    return result ? std::to_string(result->status) + " " + result->body
                  : std::string(wire_name(result.error().code));
}

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(Client, ReadsAnswersOfEveryShape) {
    struct Case {
        Method method;
        Peer::Script script;
        std::string outcome;
    };
    const Case cases[] = {
        {Method::get, {ok}, "200 ok"},
        {Method::get,
         {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + ok},
         "200 ok"},
        {Method::get, {"HTTP/1.1 503 \r\ncontent-length: 0\r\n\r\n"}, "503 "},
        {Method::head, {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"}, "200 "},
        {Method::get, {"HTTP/1.1 204 No\r\n\r\n"}, "204 "},
        {Method::get,
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\nT: "
          "v\r\n\r\n"},
         "200 abcd"},
        {Method::get, {"HTTP/1.1 200 OK\r\n\r\nto the end"}, "200 to the end"},
        {Method::get, {"HTTP/1.0 200 OK\r\n\r\n"}, "200 "},
        {Method::get, {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"}, "outcome_unknown"},
        {Method::get,
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"},
         "outcome_unknown"},
        {Method::get, {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"}, "outcome_unknown"},
        {Method::get,
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"},
         "outcome_unknown"},
        {Method::get, {"HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')}, "outcome_unknown"},
        {Method::get,
         {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
         "outcome_unknown"},
        {Method::get, {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"}, "outcome_unknown"},
        {Method::get, {"SSH-2.0-OpenSSH\r\n\r\n"}, "outcome_unknown"},
        {Method::get, {"HTTP/1.1 200"}, "outcome_unknown"},
        {Method::post, {Peer::reset}, "outcome_unknown"},
        {Method::get, {Peer::reset}, "outcome_unknown"}, // not a kept-alive one
    };
    SystemClock clock;
    for (const Case& c : cases) {
        Peer peer({c.script});
        auto client = Client::make({.port = peer.port, .body_bytes_limit = 100}, clock);
        EXPECT_EQ(outcome(client->fetch({.method = c.method}, Deadline::in(clock, 5s))), c.outcome)
            << c.script[0];
    }
}

TEST(Client, RetriesAStaleConnectionOnlyForGetAndHead) {
    struct Case {
        Method method;
        std::vector<Peer::Script> scripts;
        std::string outcome;
        int requests;
    };
    const Case cases[] = {
        {Method::get, {{ok, Peer::reset}, {ok}}, "200 ok", 3},
        {Method::post, {{ok, Peer::reset}, {ok}}, "outcome_unknown", 2},
        {Method::get, {{ok, Peer::reset}, {Peer::reset}}, "outcome_unknown", 3}, // once
        {Method::get,
         {{ok, "HTTP/1.1 2"}, {ok}},
         "outcome_unknown",
         2}, // a byte of the answer came
    };
    SystemClock clock;
    for (const Case& c : cases) {
        Peer peer(c.scripts);
        {
            auto client = Client::make({.port = peer.port}, clock);
            ASSERT_EQ(outcome(client->fetch({}, Deadline::in(clock, 5s))), "200 ok");
            EXPECT_EQ(outcome(client->fetch({.method = c.method}, Deadline::in(clock, 5s))),
                      c.outcome);
            EXPECT_EQ(peer.requests, c.requests);
            if (c.requests == 2) // let the peer's second script end
                (void)client->fetch({}, Deadline::in(clock, 5s));
        }
    }
}

TEST(Client, KeepsDeadlines) {
    SystemClock clock;
    Peer peer({{Peer::silence}});
    auto client =
        Client::make({.port = peer.port, .connections_limit = 1, .queue_items_limit = 2}, clock);
    Monotonic start = clock.monotonic();
    std::atomic<int> unknown{0}, unavailable{0}, overloaded{0}, left{4};
    auto count = [&](Result<ClientResponse> result) {
        Code code = result ? Code::internal : result.error().code;
        unknown += code == Code::outcome_unknown;
        unavailable += code == Code::unavailable;
        overloaded += code == Code::overloaded;
        if (--left == 0)
            left.notify_all();
    };
    client->send({}, Deadline::in(clock, 150ms), count);
    while (peer.requests == 0 && clock.monotonic() - start < Duration(5s))
        std::this_thread::yield();
    client->send({}, Deadline::in(clock, 50ms), count); // waits for the one connection
    client->send({}, Deadline::in(clock, 50ms), count);
    client->send({}, Deadline::in(clock, 50ms), count); // the queue is full
    for (int now = left; now != 0; now = left)
        left.wait(now);
    EXPECT_EQ(unknown, 1);
    EXPECT_EQ(unavailable, 2);
    EXPECT_EQ(overloaded, 1);
    EXPECT_LT(clock.monotonic() - start, Duration(2s));
}

TEST(Client, ComesBackAfterTheServerDied) {
    SystemClock clock;
    SystemRng rng;
    RouteTable routes;
    routes.add({Method::get, "/", "root", "",
                [](const Request&, Responder r) { r(Response{200, "text/plain", "ok", {}}); }});
    auto server = *Server::start({}, routes, clock, rng);
    std::uint16_t port = server->port();
    auto client = Client::make({.port = port}, clock);
    EXPECT_EQ(outcome(client->fetch({}, Deadline::in(clock, 5s))), "200 ok");
    server.reset();
    EXPECT_EQ(outcome(client->fetch({}, Deadline::in(clock, 5s))), "unavailable");
    server = *Server::start({.port = port}, routes, clock, rng);
    EXPECT_EQ(outcome(client->fetch({}, Deadline::in(clock, 5s))), "200 ok");
}

TEST(Client, RefusesWhatCannotStandInARequest) {
    SystemClock clock;
    auto client = Client::make({.port = 1}, clock);
    const ClientRequest cases[] = {
        {.target = ""},     {.target = "/a b"},           {.target = "/\r\nX: y"},
        {.host = "a\r\nb"}, {.headers = {{"A", "b\nc"}}}, {.headers = {{"A b", "c"}}}};
    for (const ClientRequest& request : cases)
        EXPECT_EQ(outcome(client->fetch(request, Deadline::in(clock, 5s))), "bad_request");
}

TEST(Client, AnswersEveryCallWhenItStops) {
    SystemClock clock;
    Peer peer({{Peer::silence}});
    auto client = Client::make({.port = peer.port, .connections_limit = 1}, clock);
    std::vector<std::string> outcomes; // on the client's one thread, then on ours
    auto note = [&](const Result<ClientResponse>& result) { outcomes.push_back(outcome(result)); };
    client->send({}, Deadline::in(clock, 50s), note);
    while (peer.requests == 0)
        std::this_thread::yield();
    client->send({}, Deadline::in(clock, 50s), note);
    client.reset();
    std::ranges::sort(outcomes);
    EXPECT_EQ(outcomes, (std::vector<std::string>{"outcome_unknown", "unavailable"}));
}

} // namespace
} // namespace bw::net
