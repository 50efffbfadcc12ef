// The shipped nginx before real servers: who gets which request, what is believed, what happens
// when servers die.
#include "front/front.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "base/json.hpp"
#include "net/server.hpp"
#include "net/stream.hpp"

namespace bw::test {
namespace {

using net::Request;
using net::Responder;
using net::Response;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A server behind the front; its answers tell what it saw.
class Server {
public:
    explicit Server(std::string name) : name_(std::move(name)) {
        using enum net::Method;
        auto tell = [this](const Request& request, Responder respond) {
            ++requests;
            respond(answer(request));
        };
        for (const char* path : {"/v1/assignments", "/v1/submissions/{id}", "/v1/me", "/v1/reports",
                                 "/v1/reports/{id}", "/livez"})
            add(get, path, tell);
        for (const char* path : {"/v1/submissions", "/v1/activity", "/v1/sessions"})
            add(post, path, tell);
        add(post, "/v1/assignments/hold", [this](const Request& request, Responder respond) {
            std::lock_guard lock(mutex_);
            held_.emplace_back(answer(request), std::move(respond));
            come_.notify_all();
        });
        add(get, "/v1/stream", [this](const Request&, Responder respond) {
            std::lock_guard lock(mutex_);
            stream_.emplace(net::EventStream::open(std::move(respond)));
            stream_->send({.data = "first"});
        });
        add(get, "/v1/live/socket", [this](const Request& request, Responder respond) {
            std::lock_guard lock(mutex_);
            socket_ = net::WebSocket::accept(
                request, std::move(respond), {}, [this](net::WebSocket::Message message) {
                    std::lock_guard in_callback(mutex_);
                    socket_->send_text("echo " + std::string(message.bytes));
                });
        });
        net::ServerOptions behind_front;
        const std::vector<std::string> front{"127.0.0.1"};
        behind_front.trusted_proxies = *net::TrustedProxies::parse(front);
        server_ = *net::Server::start(behind_front, routes_, clock, rng_);
        port_ = server_->port();
    }
    ~Server() { stop(); }

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    void await_held() {
        std::unique_lock lock(mutex_);
        come_.wait(lock, [&] { return !held_.empty(); });
    }
    void release_held() {
        std::lock_guard lock(mutex_);
        for (auto& [response, respond] : held_)
            respond(std::move(response));
        held_.clear();
    }
    net::EventStream& stream() { return *stream_; }
    /// Returns when all connections are gone.
    void drain() { server_->drain(Deadline::in(clock, 30s)); }
    void stop() {
        stream_.reset();
        socket_.reset();
        server_.reset();
    }

    SystemClock clock;
    std::atomic<int> requests{0};

private:
    void add(net::Method method, const char* path, net::Handler handler) {
        routes_.add({.method = method,
                     .path = path,
                     .operation = path,
                     .handler = std::move(handler),
                     .body_bytes_limit = method == net::Method::post ? 1UZ << 20 : 0});
    }
    Response answer(const Request& request) const {
        JsonWriter json;
        json.object()
            .member("server", name_)
            .member("peer", request.peer)
            .member("secure", request.secure)
            .member("request_id", request.request_id)
            .member("host", request.header("Host").value_or(""))
            .member("body_bytes", static_cast<std::int64_t>(request.body.size()))
            .end();
        return Response::json(200, json.take());
    }

    const std::string name_;
    SystemRng rng_;
    net::RouteTable routes_;
    std::mutex mutex_;
    std::condition_variable come_;
    std::vector<std::pair<Response, Responder>> held_;
    std::optional<net::EventStream> stream_;
    std::optional<net::WebSocket> socket_;
    std::unique_ptr<net::Server> server_;
    std::uint16_t port_ = 0;
};

/// Takes requests and drops the connection before any answer: a server that dies at work.
class Dying {
public:
    Dying() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ENSURE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) == 0, "no port");
        ENSURE(::listen(listener_, 64) == 0, "no listener");
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Dying() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::atomic<int> posts{0}, gets{0};

private:
    void serve() {
        for (int fd; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            std::string in;
            char bytes[4096];
            for (ssize_t n;
                 !in.contains("\r\n\r\n") && (n = ::recv(fd, bytes, sizeof bytes, 0)) > 0;)
                in.append(bytes, static_cast<std::size_t>(n));
            posts += in.starts_with("POST ");
            gets += in.starts_with("GET ");
            ::close(fd);
        }
    }
    int listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// An address at which nobody listens, nor can while this lives.
class DeadAddress {
public:
    DeadAddress() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
            ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
            std::abort();
        text_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    }
    DeadAddress(const DeadAddress&) = delete;
    ~DeadAddress() { ::close(socket_); }
    const std::string& text() const { return text_; }

private:
    int socket_;
    std::string text_;
};

std::string member(const std::string& json, const char* name) {
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    if (parser.parse(json).at_key(name).get(value) != simdjson::SUCCESS)
        return "no " + std::string(name) + " in " + json;
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value);
}

std::vector<std::string> servers(const std::vector<std::string>& addresses) {
    std::vector<std::string> out;
    for (const std::string& address : addresses)
        out.insert(out.end(), {"--server", address});
    return out;
}

std::string hint(int number) { // as sign-in makes them: 22 characters
    std::string out = std::to_string(number);
    return out + std::string(22 - out.size(), 'x');
}

void expect_problem(const Seen& seen, int status, const std::string& code) {
    EXPECT_EQ(seen.status, status) << seen.body;
    EXPECT_EQ(member(seen.body, "code"), code);
    EXPECT_EQ(member(seen.body, "status"), std::to_string(status));
    EXPECT_EQ(member(seen.body, "type"), "urn:bellwether:problem:" + code);
    EXPECT_EQ(seen.headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(seen.headers.at("request-id"), member(seen.body, "request_id"));
}

TEST(Front, SpeaksHttp2AndPassesOnWhoTheClientIs) {
    Server a("a");
    Front front(servers({a.address()}));
    const Seen seen =
        front.ask("/v1/assignments",
                  {"-H", "X-Forwarded-For: 1.2.3.4", "-H", "Forwarded: for=1.2.3.4;proto=http",
                   "-H", "X-Forwarded-Proto: http", "-H", "X-Request-Id: forged-by-the-client",
                   "--interface", "127.0.0.7"});
    EXPECT_EQ(seen.http, "2");
    ASSERT_EQ(seen.status, 200);
    EXPECT_EQ(member(seen.body, "peer"), "127.0.0.7");
    EXPECT_EQ(member(seen.body, "secure"), "true");
    EXPECT_EQ(member(seen.body, "host"), "school.test:" + std::to_string(front.tls_port()));
    EXPECT_THAT(member(seen.body, "request_id"), ContainsRegex("^[0-9a-f]{32}$"));
    EXPECT_EQ(seen.headers.at("request-id"), member(seen.body, "request_id"));
    EXPECT_THAT(seen.headers.at("strict-transport-security"), StartsWith("max-age="));

    EXPECT_EQ(front.ask("/v1/assignments", {"--http1.1"}).http, "1.1");
    expect_problem(front.ask("/livez"), 404, "not_found");
    const TemporaryDirectory files;
    auto body_of = [&](std::size_t bytes) {
        const std::string path = files.path() / std::to_string(bytes);
        std::ofstream(path) << std::string(bytes, 'x');
        return std::vector<std::string>{"--data-binary", "@" + path};
    };
    expect_problem(front.ask("/v1/submissions", body_of((1 << 20) + 1)), 413, "payload_too_large");
    EXPECT_EQ(member(front.ask("/v1/submissions", body_of(1 << 20)).body, "body_bytes"), "1048576");
    expect_problem(
        front.ask("/v1/assignments", {"--http1.1", "-H", "A: " + std::string(20'000, 'x')}), 431,
        "head_too_large");
}

TEST(Front, WhatRoleIntakeTakesGoesThere) {
    Server reads("reads"), takes("takes");
    Front front({"--auth", reads.address(), "--api", reads.address(), "--intake", takes.address()});
    for (const char* path : {"/v1/submissions", "/v1/activity"})
        EXPECT_EQ(member(front.ask(path, {"--data", "x"}).body, "server"), "takes") << path;
    EXPECT_EQ(member(front.ask("/v1/assignments", {}).body, "server"), "reads");
    EXPECT_EQ(member(front.ask("/v1/submissions/1", {}).body, "server"), "reads");
}

TEST(Front, ReportsAreAskedOfTheProcessThatKeepsThem) {
    Server all("all"), reports("reports");
    Front front({"--server", all.address(), "--report", reports.address()});
    for (const char* path : {"/v1/reports", "/v1/reports/class_progress"})
        EXPECT_EQ(member(front.ask(path, {}).body, "server"), "reports") << path;
    EXPECT_EQ(member(front.ask("/v1/assignments", {}).body, "server"), "all");
    Front without({"--server", all.address()});
    EXPECT_EQ(member(without.ask("/v1/reports", {}).body, "server"), "all") << "which has none";
}

TEST(Front, SendsAPrincipalToOneServerAndOthersToOthers) {
    Server a("a"), b("b");
    Front front(servers({a.address(), b.address()}));
    auto at = [&](const std::string& path, std::vector<std::string> arguments) {
        if (path == "/v1/submissions")
            arguments.insert(arguments.end(), {"--data", "x"});
        return member(front.ask(path, arguments).body, "server");
    };
    std::set<std::string> used;
    for (int i = 0; i < 16 || (i < 200 && used.size() < 2); ++i) {
        const std::string first = at("/v1/submissions", {"-H", "BW-Route: " + hint(i)});
        used.insert(first);
        EXPECT_EQ(at("/v1/submissions", {"-H", "BW-Route: " + hint(i)}), first);
        EXPECT_EQ(at("/v1/submissions", {"--cookie", "bw_route=" + hint(i)}), first);
        EXPECT_EQ(at("/v1/submissions/1", {"--cookie", "bw_route=" + hint(i)}), first);
        EXPECT_EQ(at("/v1/submissions",
                     {"-H", "BW-Route: " + hint(i), "--cookie", "bw_route=" + hint(i + 1)}),
                  first);
    }
    EXPECT_EQ(used, (std::set<std::string>{"a", "b"}));
    // Without a hint, or with one that is none, by address.
    std::set<std::string> by_address;
    for (int i = 1; i <= 16 || (i <= 200 && by_address.size() < 2); ++i) {
        const std::string from = "127.0.1." + std::to_string(i);
        const std::string first = at("/v1/submissions", {"--interface", from});
        by_address.insert(first);
        EXPECT_EQ(at("/v1/submissions", {"--interface", from, "-H", "BW-Route: forged"}), first);
    }
    EXPECT_EQ(by_address, (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(member(front.ask("/v1/sessions", {"--data", "x"}).body, "body_bytes"), "1");
}

TEST(Front, NeverRepeatsARequestThatMayHaveTakenEffect) {
    Dying dying;
    Server healthy("healthy");
    Front front(servers({dying.address(), healthy.address()}));
    int lost = 0, answered = 0;
    for (int i = 0; i < 16 || (i < 200 && (lost == 0 || answered == 0)); ++i) {
        const Seen seen =
            front.ask("/v1/submissions", {"-H", "BW-Route: " + hint(i), "--data", "x"});
        if (seen.status == 200) {
            ++answered;
            continue;
        }
        ++lost;
        expect_problem(seen, 503, "outcome_unknown");
        EXPECT_EQ(member(seen.body, "retryable"), "true");
        EXPECT_THAT(seen.headers.at("retry-after"), ContainsRegex("^[2-5]$"));
    }
    EXPECT_EQ(dying.posts, lost);
    EXPECT_EQ(healthy.requests, answered);
    EXPECT_GT(lost, 0);
    EXPECT_GT(answered, 0);
}

TEST(Front, RepeatsWhatIsSafe) {
    Dying dying;
    Server healthy("healthy");
    {
        Front front(servers({dying.address(), healthy.address()}));
        for (int i = 0; i < 6; ++i)
            EXPECT_EQ(front.ask("/v1/assignments").status, 200);
        EXPECT_GT(dying.gets, 0);
    }
    const DeadAddress dead;
    Front front(servers({dead.text(), healthy.address()})); // nothing is sent to a refused one
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(
            front.ask("/v1/submissions", {"-H", "BW-Route: " + hint(i), "--data", "x"}).status,
            200);
}

TEST(Front, TellsWhenNobodyAnswers) {
    const DeadAddress dead, other;
    Front front(servers({dead.text(), other.text()}));
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{}, {"--data", "x"}, {"--http1.1"}}) {
        const Seen seen =
            front.ask(arguments.size() > 1 ? "/v1/submissions" : "/v1/assignments", arguments);
        expect_problem(seen, 503, "unavailable");
        EXPECT_THAT(seen.headers.at("retry-after"), ContainsRegex("^[2-5]$"));
        EXPECT_EQ(seen.headers.at("cache-control"), "no-store");
    }
}

TEST(Front, LosesNothingWhenAServerDrains) {
    Server a("a"), b("b");
    Front front(servers({a.address(), b.address()}));
    // One request is held by each server: whichever got it, a drains with work in flight.
    std::vector<std::string> hold = front.curl();
    hold.insert(hold.end(), {"--http2", "--data", "x", front.url("/v1/assignments/hold")});
    Reader first(hold), second(hold); // least_conn: one each
    a.await_held();
    b.await_held();
    std::thread draining([&] { a.drain(); });
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(front.ask("/v1/assignments").status, 200);
    a.release_held();
    b.release_held();
    const std::set<std::string> held{member(first.rest(), "server"),
                                     member(second.rest(), "server")};
    EXPECT_EQ(held, (std::set<std::string>{"a", "b"}));
    draining.join();
    a.stop();
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(member(front.ask("/v1/assignments").body, "server"), "b");
}

TEST(Front, PassesEventsOnAsTheyCome) {
    Server a("a");
    Front front(servers({a.address()}));
    std::vector<std::string> arguments = front.curl();
    arguments.insert(arguments.end(), {"--http2", front.url("/v1/stream")});
    Reader curl(arguments);
    EXPECT_THAT(curl.until("\n\n"), HasSubstr("data: first")); // the stream is still open
    a.stream().send({.data = "second"});
    EXPECT_THAT(curl.until("\n\n"), HasSubstr("data: second"));
    a.stream().end();
    EXPECT_EQ(curl.rest(), "");
}

TEST(Front, PassesWebSocketsOnAndNoOtherUpgrade) {
    Server a("a");
    Front front(servers({a.address()}));
    const std::string host = "school.test:" + std::to_string(front.tls_port());
    Reader client({"openssl", "s_client", "-quiet", "-verify_quiet", "-servername", "school.test",
                   "-alpn", "http/1.1", "-CAfile", front.authorities(), "-connect",
                   "127.0.0.1:" + std::to_string(front.tls_port())});
    client.write("GET /v1/live/socket HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://" + host +
                 "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_THAT(client.until("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
    client.write(std::string("\x81\x82\0\0\0\0hi", 8)); // text, masked with zeros
    EXPECT_EQ(client.until("hi"), "\x81\x07"
                                  "echo hi");

    const Seen h2c = front.ask("/v1/assignments",
                               {"--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: h2c"});
    EXPECT_EQ(h2c.status, 200);
}

TEST(Front, SendsPlainHttpToTls) {
    Server a("a");
    Front front(servers({a.address()}));
    Reader curl({"curl", "--silent", "--include", "-H", "Host: school.test",
                 "http://127.0.0.1:" + std::to_string(front.plain_port()) + "/v1/me?x=1"});
    const std::string answer = curl.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 308"));
    EXPECT_THAT(answer, HasSubstr("Location: https://school.test/v1/me?x=1\r\n"));
    EXPECT_EQ(a.requests, 0);
}

} // namespace
} // namespace bw::test
