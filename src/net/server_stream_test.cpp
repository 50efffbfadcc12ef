// Event streams over real sockets: what the client reads, and how each side learns of the end.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <set>
#include <thread>

#include "net/server_fixture.hpp"
#include "net/stream.hpp"
#include "net/stream_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string get_shelf = "GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n";

class EventStreamTest : public ServerTest {
protected:
    /// Opens the stream of the request that was sent last, from this thread.
    EventStream open(StreamLimits limits = {}) {
        return EventStream::open(shelf_.take().second, limits, ending_.listener());
    }
    Ending ending_;
};

TEST_F(EventStreamTest, SaysItsHeadAndEachEvent) {
    std::uint16_t port = start();
    using Event = EventStream::Event;
    const std::pair<Event, const char*> cases[] = {
        {{.data = "plain"}, "data: plain\n\n"},
        {{.data = "", .name = "tick"}, "event: tick\ndata: \n\n"},
        {{.data = "a\nb\r\nc\rd", .id = "7"}, "id: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n"},
        {{.data = "", .retry = 1500ms}, "retry: 1500\ndata: \n\n"},
        {{.data = "\n", .name = "n", .id = "8"}, "event: n\nid: 8\ndata: \ndata: \n\n"},
    };
    std::string expected;
    for (const char* request :
         {"GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n", "GET /shelf HTTP/1.0\r\n\r\n"}) {
        Raw raw(port);
        raw.send(request);
        EventStream stream = open();
        expected.clear();
        for (const auto& [event, text] : cases) {
            EXPECT_TRUE(stream.send(event));
            expected += text;
        }
        stream.end();
        stream.end();
        EXPECT_FALSE(stream.send({.data = "after the end"}));
        std::string seen = raw.rest();
        EXPECT_THAT(seen, StartsWith("HTTP/1.1 200 OK\r\n"));
        for (const char* header : {"Content-Type: text/event-stream", "Cache-Control: no-store",
                                   "Connection: close", "X-Accel-Buffering: no", "Request-Id: "})
            EXPECT_THAT(seen, HasSubstr(std::string("\r\n") + header));
        bool chunked = seen.contains("Transfer-Encoding: chunked\r\n");
        EXPECT_EQ(chunked, std::string_view(request).contains("HTTP/1.1"));
        std::string body = seen.substr(seen.find("\r\n\r\n") + 4);
        EXPECT_EQ(chunked ? unchunked(body) : body, expected);
        EXPECT_EQ(ending_.wait().why, StreamEnd::by_us);
    }
}

TEST_F(EventStreamTest, OpensInItsHandlerToo) {
    std::optional<EventStream> stream;
    routes_.add(Route{Method::get, "/events", "events", "", [&](const Request& q, Responder r) {
                          stream = EventStream::open(std::move(r), {}, ending_.listener());
                          // The request is still there.
                          EXPECT_TRUE(stream->send({.data = q.header("Last-Event-ID").value()}));
                          stream->end();
                      }});
    Raw raw(start());
    raw.send(get_hello + "GET /events HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 41\r\n\r\n" +
             get_hello); // the last is never answered: the stream said Connection: close
    EXPECT_THAT(raw.answer(), EndsWith("hello"));
    std::string seen = raw.rest();
    EXPECT_THAT(seen, EndsWith("\r\n\r\na\r\ndata: 41\n\n\r\n0\r\n\r\n"));
    EXPECT_EQ(ending_.wait().why, StreamEnd::by_us);
}

TEST_F(EventStreamTest, HeadAnswersItsHeadAndEnds) {
    Raw raw(start());
    raw.send("HEAD /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    EventStream stream = open();
    EXPECT_THAT(raw.rest(), EndsWith("Connection: close\r\n\r\n"));
    EXPECT_EQ(ending_.wait().why, StreamEnd::by_client);
    EXPECT_FALSE(stream.send({.data = "nobody"}));
}

TEST_F(EventStreamTest, DroppingTheHandleEndsIt) {
    Raw raw(start());
    raw.send(get_shelf);
    {
        EventStream stream = open();
        EXPECT_TRUE(stream.send({.data = "last"}));
    }
    EXPECT_THAT(raw.rest(), EndsWith("data: last\n\n\r\n0\r\n\r\n"));
}

TEST_F(EventStreamTest, AClientThatGoesIsNoticed) {
    std::uint16_t port = start();
    for (bool reset : {false, true}) {
        std::optional<EventStream> stream;
        {
            Raw raw(port);
            raw.send(get_shelf);
            stream = open();
            EXPECT_THAT(raw.head(), EndsWith("\r\n\r\n"));
            if (reset)
                raw.reset();
        }
        EXPECT_EQ(ending_.wait().why, StreamEnd::by_client);
        EXPECT_FALSE(stream->send({.data = "nobody"}));
    }
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(EventStreamTest, AClientThatGoesBeforeItOpensIsNoticed) {
    std::uint16_t port = start();
    Raw(port).send(get_shelf).reset();
    EventStream stream = open();
    while (stream.send({.data = std::string(10'000, 'x')}))
        std::this_thread::yield();
    EXPECT_NE(ending_.wait().why, StreamEnd::by_us);
}

TEST_F(EventStreamTest, ASlowClientIsClosedAtItsLimit) {
    Raw raw(start());
    raw.send(get_shelf);
    EventStream stream = open({.queued_bytes = 100'000});
    const std::string data(9'000, 'x');
    std::size_t sent = 0;
    while (stream.send({.data = data})) {
        sent += data.size();
        ASSERT_LT(sent, 1U << 30);
        std::this_thread::yield();
    }
    EXPECT_EQ(ending_.wait().why, StreamEnd::too_slow);
    EXPECT_FALSE(stream.send({.data = "small"}));
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
    EXPECT_THAT(raw.rest(), Not(EndsWith("0\r\n\r\n"))); // cut, and not to be taken for whole
}

TEST_F(EventStreamTest, AClientThatReadsGetsMoreThanTheLimit) {
    Raw raw(start());
    raw.send(get_shelf);
    EventStream stream = open({.queued_bytes = 100'000});
    raw.head();
    const std::string data(40'000, 'x');
    for (int i = 0; i < 50; ++i) { // the one before may still count, no other
        ASSERT_TRUE(stream.send({.data = data}));
        ASSERT_THAT(raw.until("\n\n"), HasSubstr(data));
    }
}

TEST_F(EventStreamTest, ASocketThatTakesNothingIsClosedInTime) {
    Raw raw(start({.write_timeout = 50ms}));
    raw.send(get_shelf);
    EventStream stream = open({.queued_bytes = 64 << 20});
    EXPECT_TRUE(stream.send({.data = std::string(32 << 20, 'x')}));
    EXPECT_EQ(ending_.wait().why, StreamEnd::too_slow);
}

TEST_F(EventStreamTest, HeartbeatsGoOutWhileNothingElseDoes) {
    Raw raw(start({.idle_timeout = 40ms})); // which no stream is bound by
    raw.send(get_shelf);
    EventStream stream = open({.heartbeat = 20ms});
    for (int i = 0; i < 5; ++i)
        raw.until("3\r\n:\n\n\r\n");
    EXPECT_TRUE(stream.send({.data = "still here"}));
    EXPECT_THAT(raw.until("\n\n\r\n"), EndsWith("data: still here\n\n\r\n"));
}

TEST_F(EventStreamTest, DrainTellsClientsToComeBackAtDifferentTimes) {
    std::uint16_t port = start({.threads = 2});
    std::vector<std::unique_ptr<Raw>> clients;
    std::vector<EventStream> streams;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Raw>(port));
        clients.back()->send(get_shelf);
        streams.push_back(EventStream::open(shelf_.take().second, {.reconnect_within = 10s}));
        EXPECT_TRUE(streams.back().send({.data = "before"}));
    }
    std::thread drainer([&] { server_->drain(Deadline::in(clock_, 20s)); });
    std::set<long> waits;
    for (auto& client : clients) {
        std::string body = client->rest();
        body = unchunked(body.substr(body.find("\r\n\r\n") + 4));
        ASSERT_THAT(body, StartsWith("data: before\n\nretry: "));
        long wait = std::stol(body.substr(body.find("retry: ") + 7));
        EXPECT_GE(wait, 0);
        EXPECT_LT(wait, 10'000);
        waits.insert(wait);
    }
    clients.clear();
    drainer.join();
    EXPECT_GT(waits.size(), 10U);
    EXPECT_EQ(server_->status().connections, 0U);
    for (EventStream& stream : streams)
        EXPECT_FALSE(stream.send({.data = "after"}));
}

TEST_F(EventStreamTest, OutlivesTheServer) {
    Raw raw(start());
    raw.send(get_shelf + get_shelf);
    auto responder = shelf_.take().second;
    server_.reset();
    EventStream late = EventStream::open(std::move(responder), {}, ending_.listener());
    EXPECT_EQ(ending_.wait().why, StreamEnd::draining);
    EXPECT_FALSE(late.send({.data = "nobody"}));
    raw.rest();

    Raw again(start());
    again.send(get_shelf);
    EventStream open_one = open();
    again.head();
    server_.reset();
    EXPECT_EQ(ending_.wait().why, StreamEnd::draining);
    EXPECT_FALSE(open_one.send({.data = "nobody"}));
}

TEST_F(EventStreamTest, ManyThreadsSendWholeEventsInTheirOrder) {
    Raw raw(start());
    raw.send(get_shelf);
    EventStream stream = open({.queued_bytes = 16 << 20});
    constexpr int threads = 4, each = 500;
    {
        std::vector<std::jthread> senders;
        for (int t = 0; t < threads; ++t)
            senders.emplace_back([&, t] {
                for (int i = 0; i < each; ++i)
                    EXPECT_TRUE(stream.send(
                        {.data = std::to_string(t) + " " + std::to_string(i), .name = "n"}));
            });
    }
    stream.end();
    std::string body = raw.rest();
    body = unchunked(body.substr(body.find("\r\n\r\n") + 4));
    std::array<int, threads> next{};
    int seen = 0;
    for (std::size_t at = 0; at < body.size(); ++seen) {
        int t = 0, i = 0, size = 0;
        ASSERT_EQ(std::sscanf(body.c_str() + at, "event: n\ndata: %d %d\n\n%n", &t, &i, &size), 2);
        ASSERT_EQ(next.at(static_cast<std::size_t>(t))++, i);
        at += static_cast<std::size_t>(size);
    }
    EXPECT_EQ(seen, threads * each);
}

} // namespace
} // namespace bw::net
