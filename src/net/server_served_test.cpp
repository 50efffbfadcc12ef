// What the server tells of each request: on_served and trace contexts.
#include <gmock/gmock.h>

#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using telemetry::TraceContext;
using ::testing::EndsWith;
using ::testing::StartsWith;

/// Keeps what on_served was told; the pointers in it live no longer than the call.
struct Ledger {
    struct Line {
        std::string operation;
        Method method;
        int status;
        std::size_t body_in, body_out;
        std::optional<TraceContext> trace, caller;
        Duration took;
    };
    std::mutex mutex;
    std::vector<Line> lines;

    void operator()(const Served& s) {
        std::lock_guard lock(mutex);
        lines.push_back({s.route ? s.route->operation : "none", s.method, s.status, s.body_in,
                         s.body_out, s.trace ? std::optional(*s.trace) : std::nullopt,
                         s.caller ? std::optional(*s.caller) : std::nullopt, s.took});
    }
    std::vector<Line> all() {
        std::lock_guard lock(mutex);
        return lines;
    }
    Line last() { return all().at(size() - 1); }
    std::size_t size() { return all().size(); }
};

class ServedTest : public ServerTest {
protected:
    ServerOptions options(double rate = 0) {
        return {.trace_sample_rate = rate, .on_served = [this](const Served& s) { ledger_(s); }};
    }
    Ledger ledger_;
};

TEST_F(ServedTest, EveryAnswerIsToldOnce) {
    std::uint16_t port = start(options());
    struct Case {
        std::string request;
        const char* operation;
        Method method;
        int status;
        std::size_t body_in, body_out;
    };
    const Case cases[] = {
        {get_hello, "/hello", Method::get, 200, 0, 5},
        {"HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", "/hello", Method::head, 200, 0, 5},
        {"POST /echo/7 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "/echo/{id}",
         Method::post, 200, 3, 5},
        {"OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n", "none", Method::options, 204, 0, 0},
        {"POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", "/small", Method::post,
         413, 0, std::string::npos},
        {"DELETE /none HTTP/1.1\r\nHost: h\r\n\r\n", "none", Method::del, 404, 0,
         std::string::npos},
        {"not HTTP\r\n\r\n", "none", Method::get, 400, 0, std::string::npos},
        {"GET /drop HTTP/1.1\r\nHost: h\r\n\r\n", "/drop", Method::get, 500, 0, std::string::npos},
    };
    std::size_t told = 0;
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send(c.request).half_close();
        std::string answer = raw.rest();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(c.status) + " "));
        ASSERT_EQ(ledger_.size(), ++told) << c.request;
        Ledger::Line line = ledger_.last();
        EXPECT_EQ(line.operation, c.operation) << c.request;
        EXPECT_EQ(line.method, c.method) << c.request;
        EXPECT_EQ(line.status, c.status) << c.request;
        EXPECT_EQ(line.body_in, c.body_in) << c.request;
        if (c.body_out != std::string::npos)
            EXPECT_EQ(line.body_out, c.body_out) << c.request;
        EXPECT_GE(line.took, Duration::zero());
        EXPECT_FALSE(line.trace) << c.request;
    }
}

TEST_F(ServedTest, AConnectionKeepsNothingOfTheRequestBefore) {
    Raw raw(start(options()));
    raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n"
             "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n");
    EXPECT_THAT(raw.answer(), EndsWith("hello"));
    EXPECT_TRUE(ledger_.last().trace);
    raw.send("\x16 is no HTTP");
    EXPECT_THAT(raw.rest(), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(ledger_.last().operation, "none");
    EXPECT_FALSE(ledger_.last().trace);
    EXPECT_FALSE(ledger_.last().caller);
}

TEST_F(ServedTest, TheCallersTraceGoesOnUnderASpanOfOurs) {
    const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";
    struct Case {
        std::string header;
        bool traced;
        bool sampled;
    };
    const Case cases[] = {
        {"traceparent: " + parent + "1\r\n", true, true},
        {"TraceParent: " + parent + "0\r\n", true, false}, // the caller has decided
        {"traceparent: " + parent + "1x\r\n", false, false},
        {"traceparent: " + parent + "1\r\ntraceparent: " + parent + "1\r\n", false, false},
        {"traceparent: \r\n", false, false},
        {"", false, false},
    };
    std::uint16_t port = start(options());
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send("GET /shelf HTTP/1.1\r\nHost: h\r\n" + c.header + "\r\n");
        auto [request, respond] = shelf_.take();
        std::optional<TraceContext> trace = request->trace;
        ASSERT_EQ(trace.has_value(), c.traced) << c.header;
        respond(Response{200, "text/plain", "", {}});
        EXPECT_THAT(raw.answer(), StartsWith("HTTP/1.1 200 "));
        Ledger::Line line = ledger_.last();
        ASSERT_EQ(line.caller.has_value(), c.traced) << c.header;
        if (!c.traced)
            continue;
        EXPECT_EQ(line.caller->traceparent(), parent + (c.sampled ? "1" : "0"));
        EXPECT_EQ(trace->trace_id, line.caller->trace_id);
        EXPECT_NE(trace->span_id, line.caller->span_id);
        EXPECT_EQ(trace->sampled, c.sampled);
        EXPECT_EQ(line.trace->traceparent(), trace->traceparent());
    }
}

TEST_F(ServedTest, RequestsWithoutATraceAreSampledAtTheRate) {
    for (double rate : {0.0, 0.25, 1.0}) {
        Raw raw(start(options(rate)));
        constexpr int total = 400;
        std::size_t before = ledger_.size();
        for (int i = 0; i < total; ++i)
            ASSERT_THAT(raw.send(get_hello).answer(), EndsWith("hello"));
        int traced = 0;
        std::vector<Ledger::Line> lines = ledger_.all();
        for (std::size_t i = before; i < lines.size(); ++i) {
            if (!lines[i].trace)
                continue;
            ++traced;
            EXPECT_TRUE(lines[i].trace->sampled);
            EXPECT_FALSE(lines[i].caller);
        }
        if (rate == 0.25) // 8 standard deviations
            EXPECT_NEAR(traced, total / 4, 70);
        else
            EXPECT_EQ(traced, rate > 0 ? total : 0);
        server_.reset();
    }
}

} // namespace
} // namespace bw::net
