// WebSocketClient against our own server: what it says comes, and after an end it is there again.
#include "net/websocket_client.hpp"

#include <atomic>
#include <deque>
#include <semaphore>

#include "net/server_fixture.hpp"
#include "net/stream.hpp"

namespace bw::net {
namespace {

struct WebSocketClientTest : ServerTest {
    std::mutex mutex;
    std::deque<WebSocket> sockets; // of the server
    std::string heard;
    std::atomic<int> opened = 0, closed = 0;
    std::binary_semaphore thaw{0};
    std::unique_ptr<WebSocketClient> client;

    std::uint16_t serve(StreamLimits limits = {}) {
        routes_.add(Route{Method::get, "/ws", "/ws", "",
                          [this, limits](const Request& request, Responder respond) {
                              auto socket = WebSocket::accept(
                                  request, std::move(respond), {.limits = limits},
                                  [this](WebSocket::Message message) {
                                      if (message.bytes == "freeze")
                                          return thaw.acquire();
                                      const std::scoped_lock lock(mutex);
                                      sockets.back().send_text("you said " +
                                                               std::string(message.bytes));
                                  });
                              const std::scoped_lock lock(mutex);
                              if (socket)
                                  sockets.push_back(*std::move(socket));
                          },
                          0, 5s});
        return start();
    }
    void connect(std::uint16_t port, Duration silence = 10s) {
        client = WebSocketClient::make({.port = port,
                                        .target = "/ws",
                                        .silence = silence,
                                        .again_after = 1ms,
                                        .tick_every = 1ms},
                                       {.opened = [this] { ++opened; },
                                        .closed = [this] { ++closed; },
                                        .text =
                                            [this](std::string_view text) {
                                                const std::scoped_lock lock(mutex);
                                                heard += text;
                                            },
                                        .tick = [] {}},
                                       rng_);
        client->start();
    }
    std::string said() {
        const std::scoped_lock lock(mutex);
        return heard;
    }
    void TearDown() override {
        client.reset();
        {
            const std::scoped_lock lock(mutex);
            sockets.clear();
        }
        ServerTest::TearDown();
    }
};

TEST_F(WebSocketClientTest, SaysAndHears) {
    connect(serve());
    ASSERT_TRUE(soon([&] { return opened == 1; }));
    const std::string large(60'000, 'x');
    client->send("one");
    client->send(large);
    EXPECT_TRUE(soon([&] { return said() == "you said oneyou said " + large; }));
}

TEST_F(WebSocketClientTest, IsThereAgainAfterAnEnd) {
    connect(serve());
    ASSERT_TRUE(soon([&] { return opened == 1; }));
    {
        const std::scoped_lock lock(mutex);
        sockets.clear(); // closes
    }
    ASSERT_TRUE(soon([&] { return closed == 1 && opened == 2; }));
    client->send("again");
    EXPECT_TRUE(soon([&] { return said() == "you said again"; }));
}

TEST_F(WebSocketClientTest, AFrozenServerIsOver) {
    connect(serve(), 200ms);
    ASSERT_TRUE(soon([&] { return opened == 1; }));
    client->send("freeze"); // its one thread waits, and the socket stays open
    EXPECT_TRUE(soon([&] { return closed >= 1; }));
    thaw.release();
    EXPECT_TRUE(soon([&] { return opened >= 2; }));
}

} // namespace
} // namespace bw::net
