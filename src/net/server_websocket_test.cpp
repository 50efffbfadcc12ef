// WebSockets over real sockets: the upgrade, messages both ways, and each way to close.
#include <gmock/gmock.h>

#include <thread>

#include "net/server_fixture.hpp"
#include "net/stream.hpp"
#include "net/stream_fixture.hpp"
#include "net/websocket_frames_of.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int text = 0x81, binary = 0x82, close_op = 0x88, ping = 0x89, pong = 0x8a;

std::string code(int value, std::string_view reason = "") {
    return std::string{static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}.append(
        reason);
}

std::string upgrade_to(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) +
           " HTTP/1.1\r\nHost: school.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           std::string(more) + "\r\n";
}

/// A frame of the server, as the client sends one.
std::string from_server(int first, std::string_view payload) {
    return client_frame(first, payload, false);
}

class WebSocketTest : public ServerTest {
protected:
    WebSocketTest() {
        add("/echo", {});
        add("/small", {.message_bytes_limit = 100});
        add("/impatient", {.limits = {.heartbeat = 20ms}});
        add("/slow", {.limits = {.queued_bytes = 50'000}});
        add("/open", {.allows_origin = [](std::string_view origin) {
                return origin == "https://friend.example";
            }});
    }
    void add(const char* path, WebSocket::Options options) {
        routes_.add(
            Route{Method::get, path, path, "", [this, options](const Request& q, Responder r) {
                      auto socket = std::make_shared<std::optional<WebSocket>>();
                      *socket = WebSocket::accept(
                          q, std::move(r), options,
                          [socket](WebSocket::Message m) { on_message(**socket, m); },
                          ending_.listener());
                  }});
    }
    /// Echoes, but for a few words.
    static void on_message(WebSocket& socket, WebSocket::Message message) {
        if (message.bytes == "throw")
            throw std::runtime_error("secret");
        if (message.bytes == "close")
            return socket.close(3000, "as you wish");
        if (message.bytes == "flood")
            while (socket.send_binary(std::string(9'000, 'x'))) {
            }
        if (message.text)
            socket.send_text(message.bytes);
        else
            socket.send_binary(message.bytes);
    }

    Ending ending_;
};

TEST_F(WebSocketTest, UpgradesOrSaysWhyNot) {
    std::uint16_t port = start();
    auto without = [](std::string request, std::string_view header) {
        std::size_t at = request.find(header);
        return request.erase(at, request.find("\r\n", at) + 2 - at);
    };
    auto with = [](std::string request, std::string_view from, std::string_view to) {
        return request.replace(request.find(from), from.size(), to);
    };
    const std::string good = upgrade_to("/echo");
    struct Case {
        std::string request;
        int status;
        std::string contains;
    };
    const Case cases[] = {
        {good, 101, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"}, // RFC 6455 1.3
        {with(good, "Upgrade: websocket", "UPGRADE: h2c, WebSocket"), 101, "Upgrade: websocket"},
        {with(good, "Connection: Upgrade", "Connection: keep-alive, upgrade"), 101, ""},
        {get_hello.substr(0, 4) + "/echo HTTP/1.1\r\nHost: h\r\n\r\n", 426,
         "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"},
        {without(good, "Upgrade:"), 426, "\r\nConnection: Upgrade\r\n"},
        {without(good, "Connection:"), 426, "urn:bellwether:problem"},
        {with(good, ": 13", ": 8"), 426, "\r\nSec-WebSocket-Version: 13\r\n"},
        {without(good, "Sec-WebSocket-Version"), 426, "must be 13"},
        {with(good, "HTTP/1.1", "HTTP/1.0"), 426, "HTTP/1.0 knows no upgrade"},
        {"HEAD" + good.substr(3), 426, "Content-Length: "},
        {without(good, "Sec-WebSocket-Key"), 400, "Sec-WebSocket-Key"},
        {with(good, "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400, "Sec-WebSocket-Key"},
        {with(good, "ZQ==", "ZR=="), 400, "Sec-WebSocket-Key"},
        {with(good, "b25jZQ==", "b25jZWU="), 400, "Sec-WebSocket-Key"},
        {upgrade_to("/echo", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), 400, ""},
        {upgrade_to("/echo", "Origin: https://school.example\r\n"), 101, ""},
        {upgrade_to("/echo", "Origin: https://SCHOOL.example\r\n"), 101, ""},
        {upgrade_to("/echo", "Origin: https://evil.example\r\n"), 403, "Origin"},
        {upgrade_to("/echo", "Origin: https://school.example.evil.example\r\n"), 403, "Origin"},
        {upgrade_to("/echo", "Origin: null\r\n"), 403, "Origin"},
        {upgrade_to("/open", "Origin: https://friend.example\r\n"), 101, ""},
        {upgrade_to("/open", "Origin: https://school.example\r\n"), 403, "Origin"},
        {upgrade_to("/echo", "Sec-WebSocket-Extensions: permessage-deflate\r\n"), 101, ""},
        {"POST" + good.substr(3), 405, "Allow: GET"},
    };
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send(c.request);
        std::string head = raw.head();
        EXPECT_THAT(head, StartsWith("HTTP/1.1 " + std::to_string(c.status) + " ")) << c.request;
        EXPECT_THAT(head, Not(HasSubstr("Extensions")));
        raw.half_close();
        EXPECT_THAT(head + raw.rest(), HasSubstr(c.contains)) << c.request;
        if (c.status == 101)
            EXPECT_EQ(ending_.wait().code, 1006) << c.request;
    }
}

TEST_F(WebSocketTest, EchoesMessagesAndPongsInOrder) {
    Raw raw(start());
    raw.send(upgrade_to("/echo") + client_frame(text, "with the upgrade"));
    raw.head();
    EXPECT_EQ(raw.until("upgrade"), from_server(text, "with the upgrade"));
    raw.send(client_frame(0x01, "in ") + client_frame(ping, "p") + client_frame(0x80, "pieces"));
    EXPECT_EQ(raw.until("p"), from_server(pong, "p")); // the message is not whole yet
    EXPECT_EQ(raw.until("pieces"), from_server(text, "in pieces"));
    raw.send(client_frame(pong, "unasked"));
    for (std::size_t size : {125U, 126U, 60'000U}) {
        std::string bytes = std::string(size - 1, '\xff') + "!";
        raw.send(client_frame(binary, bytes));
        EXPECT_EQ(raw.until("!"), from_server(binary, bytes));
    }
    for (char c : client_frame(text, "byte by byte."))
        raw.send({&c, 1});
    EXPECT_EQ(raw.until("."), from_server(text, "byte by byte."));
}

TEST_F(WebSocketTest, EachWayToClose) {
    std::uint16_t port = start();
    struct Case {
        std::string path, sent;
        std::string answer;
        StreamEnd why;
        int code; // told of the client
    };
    auto closing = [](int value, std::string_view reason = "") {
        return from_server(close_op, code(value, reason));
    };
    const Case cases[] = {
        {"/echo", client_frame(close_op, code(1000, "bye")), closing(1000), StreamEnd::by_client,
         1000},
        {"/echo", client_frame(close_op, code(4001)), closing(4001), StreamEnd::by_client, 4001},
        {"/echo", client_frame(close_op, ""), from_server(close_op, ""), StreamEnd::by_client,
         1005},
        {"/echo", client_frame(text, "hi") + client_frame(close_op, "") + client_frame(text, "no"),
         from_server(text, "hi") + from_server(close_op, ""), StreamEnd::by_client, 1005},
        {"/echo", client_frame(text, "close"), closing(3000, "as you wish"), StreamEnd::by_us,
         1006},
        {"/echo", client_frame(text, "throw"), closing(1011), StreamEnd::by_us, 1006},
        {"/echo", client_frame(text, "a", false), closing(1002, "a client's frames are masked"),
         StreamEnd::protocol, 1006},
        {"/echo", client_frame(text, "\xff"), closing(1007, "text that is not UTF-8"),
         StreamEnd::protocol, 1006},
        {"/small", client_frame(text, std::string(101, 'a')),
         closing(1009, "the message is larger than allowed here"), StreamEnd::protocol, 1006},
        {"/echo", "GET / HTTP/1.1\r\n", closing(1002, "no extension was agreed on"),
         StreamEnd::protocol, 1006},
    };
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send(upgrade_to(c.path));
        raw.head();
        raw.send(c.sent);
        std::string seen = raw.rest();
        if (c.sent == client_frame(text, "close")) // its echo is not sent after that
            EXPECT_THAT(seen, Not(HasSubstr("close")));
        EXPECT_EQ(seen, c.answer) << testing::PrintToString(c.sent);
        StreamClosed closed = ending_.wait();
        EXPECT_EQ(closed.why, c.why) << testing::PrintToString(c.sent);
        EXPECT_EQ(closed.code, c.code) << testing::PrintToString(c.sent);
    }
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(WebSocketTest, PingsKeepItAliveOrEndIt) {
    std::uint16_t port = start({.idle_timeout = 40ms}); // which no stream is bound by
    Raw lively(port);
    lively.send(upgrade_to("/impatient"));
    lively.head();
    const std::string asked = from_server(ping, "");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(lively.until(asked), asked);
        lively.send(client_frame(pong, ""));
    }
    Raw silent(port);
    silent.send(upgrade_to("/impatient"));
    silent.head();
    EXPECT_EQ(silent.rest(), asked); // and no close frame: nobody is there
    EXPECT_EQ(ending_.wait().why, StreamEnd::too_slow);
}

TEST_F(WebSocketTest, AFloodBeyondItsLimitEndsIt) {
    Raw raw(start());
    raw.send(upgrade_to("/slow") + client_frame(text, "flood"));
    EXPECT_EQ(ending_.wait().why, StreamEnd::too_slow);
}

TEST_F(WebSocketTest, AClientThatFloodsAndDoesNotReadIsNotReadFrom) {
    Raw raw(start({.write_timeout = 50ms}));
    raw.send(upgrade_to("/echo"));
    raw.head();
    const std::string pings = [] {
        std::string out;
        for (int i = 0; i < 500; ++i)
            out += client_frame(ping, std::string(125, 'p'));
        return out;
    }();
    std::jthread sender([&] { // until it is cut off: its pongs fill the socket
        timeval patience{20, 0};
        ::setsockopt(raw.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        while (::send(raw.fd(), pings.data(), pings.size(), MSG_NOSIGNAL) > 0) {
        }
    });
    EXPECT_EQ(ending_.wait().why, StreamEnd::too_slow);
}

TEST_F(WebSocketTest, DrainGoesAway) {
    Raw raw(start());
    raw.send(upgrade_to("/echo"));
    raw.head();
    std::thread drainer([&] { server_->drain(Deadline::in(clock_, 20s)); });
    EXPECT_EQ(raw.rest(), from_server(close_op, code(1001)));
    raw.half_close(); // as a client does then
    drainer.join();
    EXPECT_EQ(server_->status().connections, 0U);
    EXPECT_EQ(ending_.wait().why, StreamEnd::draining);
}

TEST_F(WebSocketTest, HandlesSpeakFromOtherThreads) {
    Raw raw(start());
    raw.send(upgrade_to("/shelf"));
    auto [request, responder] = shelf_.take();
    std::string heard;
    std::optional<WebSocket> socket = WebSocket::accept(
        *request, std::move(responder), {}, [&](WebSocket::Message m) { heard = m.bytes; },
        ending_.listener());
    ASSERT_TRUE(socket);
    EXPECT_TRUE(socket->send_text("from here"));
    raw.head();
    EXPECT_EQ(raw.until("here"), from_server(text, "from here"));
    raw.send(client_frame(text, "from there"));
    socket->close();
    EXPECT_EQ(raw.rest(), from_server(close_op, code(1000)));
    EXPECT_EQ(ending_.wait().why, StreamEnd::by_us);
    EXPECT_FALSE(socket->send_binary("late"));
}

} // namespace
} // namespace bw::net
