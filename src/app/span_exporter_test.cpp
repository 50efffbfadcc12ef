// The exporter against a collector that listens, says no, or is not there.
#include "app/span_exporter.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <condition_variable>
#include <deque>

#include "app/http_metrics.hpp"
#include "base/bytes.hpp"
#include "net/server.hpp"

namespace bw::app {
namespace {

/// A collector: keeps what it gets, answers as told.
class Collector {
public:
    Collector(const Clock& clock, Rng& rng) {
        routes_.add({.method = net::Method::post,
                     .path = "/v1/traces",
                     .operation = "traces",
                     .summary = "",
                     .handler =
                         [this](const net::Request& request, net::Responder respond) {
                             int status = 200;
                             {
                                 std::lock_guard lock(mutex_);
                                 if (!statuses_.empty()) {
                                     status = statuses_.front();
                                     statuses_.pop_front();
                                 }
                                 bodies_.emplace_back(request.body);
                                 content_type_ =
                                     std::string(request.header("content-type").value_or(""));
                             }
                             came_.notify_all();
                             respond(net::Response::json(status, "{}"));
                         },
                     .body_bytes_limit = 1 << 20});
        server_ = *net::Server::start({}, routes_, clock, rng);
    }
    std::uint16_t port() const { return server_->port(); }
    void answer(std::deque<int> statuses) { statuses_ = std::move(statuses); } // before any come
    /// The bodies, once there are so many.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, 30s, [&] { return bodies_.size() >= count; });
        return bodies_;
    }
    std::string content_type() {
        std::lock_guard lock(mutex_);
        return content_type_;
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<int> statuses_;
    std::vector<std::string> bodies_;
    std::string content_type_;
    net::RouteTable routes_;
    std::unique_ptr<net::Server> server_;
};

struct SpanExporterTest : testing::Test {
    SystemClock clock;
    SystemRng rng;
    telemetry::SpanQueue spans{64, clock, rng};
    Collector collector{clock, rng};
    const std::optional<telemetry::TraceContext> root = telemetry::TraceContext::make(true, rng);

    SpanExporter::Options options(std::uint16_t port) {
        return {.address = "127.0.0.1",
                .port = port,
                .batch_items_limit = 4,
                .batch_interval = 20ms,
                .backoff_min = 10ms};
    }
    void record(int count) {
        for (int i = 0; i < count; ++i)
            telemetry::record_past(&spans, root, "span " + std::to_string(i), 1ms);
    }
    template <class Condition>
    bool eventually(Condition condition) {
        const Deadline deadline = Deadline::in(clock, 30s);
        while (!condition() && !deadline.expired(clock))
            std::this_thread::yield();
        return condition();
    }
};

TEST_F(SpanExporterTest, ARequestsSpansReachTheCollectorUnderTheirParents) {
    SpanExporter exporter(options(collector.port()), {"bellwether", "1", "here"}, spans, clock);
    // A traced request comes to a server, and starts a child.
    net::RouteTable routes;
    routes.add({.method = net::Method::get,
                .path = "/things/{id}",
                .operation = "get_thing",
                .summary = "",
                .handler = [this](const net::Request& request, net::Responder respond) {
                    telemetry::ActiveSpan(&spans, request.trace, "child").end();
                    respond(net::Response::json(200, "{}"));
                }});
    auto server = *net::Server::start(
        {.on_served = [this](const net::Served& served) { record_span(spans, served); }}, routes,
        clock, rng);
    auto client = net::Client::make({.port = server->port()}, clock);
    auto answer =
        client->fetch({.target = "/things/7", .headers = {{"traceparent", root->traceparent()}}},
                      Deadline::in(clock, 30s));
    ASSERT_TRUE(answer);
    ASSERT_TRUE(eventually([&] { return exporter.status().exported == 2; }));
    std::map<std::string, std::map<std::string, std::string>> by_name;
    for (const std::string& body : collector.wait_for(1)) {
        simdjson::dom::parser parser;
        simdjson::dom::element json;
        ASSERT_FALSE(parser.parse(body).get(json)) << body;
        for (auto span : json.at_pointer("/resourceSpans/0/scopeSpans/0/spans").get_array()) {
            auto& fields = by_name[std::string(std::string_view(span["name"]))];
            for (const char* name : {"traceId", "spanId", "parentSpanId"})
                fields[name] = std::string(std::string_view(span[name]));
            fields["kind"] = std::to_string(std::int64_t(span["kind"]));
        }
    }
    EXPECT_EQ(collector.content_type(), "application/json");
    auto& request = by_name["GET /things/{id}"];
    auto& child = by_name["child"];
    EXPECT_EQ(request["traceId"], to_hex(view(root->trace_id)));
    EXPECT_EQ(child["traceId"], request["traceId"]);
    EXPECT_EQ(request["parentSpanId"], to_hex(view(root->span_id)));
    EXPECT_EQ(child["parentSpanId"], request["spanId"]);
    EXPECT_EQ(request["kind"], "2");
    EXPECT_EQ(child["kind"], "1");
}

TEST_F(SpanExporterTest, ABusyCollectorIsAskedAgainAndAWrongBatchIsNot) {
    collector.answer({503, 429, 200, 400});
    SpanExporter exporter(options(collector.port()), {}, spans, clock);
    record(4);
    ASSERT_TRUE(eventually([&] { return exporter.status().exported == 4; }));
    record(4);
    ASSERT_TRUE(eventually([&] { return exporter.status().refused == 4; }));
    const auto bodies = collector.wait_for(4);
    EXPECT_EQ(bodies[0], bodies[1]);
    EXPECT_EQ(bodies[0], bodies[2]);
    EXPECT_NE(bodies[0], bodies[3]);
    EXPECT_EQ(exporter.status().failures, 3U);
}

TEST_F(SpanExporterTest, ADeadCollectorCostsSpansAndNothingElse) {
    std::uint16_t nobody = 0;
    {
        Collector gone(clock, rng);
        nobody = gone.port();
    }
    SpanExporter exporter(options(nobody), {}, spans, clock);
    record(4);
    ASSERT_TRUE(eventually([&] { return exporter.status().failures > 0; }));
    record(1000); // would never return if it waited for the collector
    const auto status = spans.status();
    EXPECT_EQ(status.recorded + status.dropped, 1004U);
    EXPECT_GE(status.dropped, 900U);
    EXPECT_LE(status.queued, 64U);
    EXPECT_EQ(exporter.status().exported, 0U);
} // and the exporter's end does not wait for it either

TEST_F(SpanExporterTest, WhatIsAtHandIsSentAtTheEnd) {
    {
        SpanExporter exporter(options(collector.port()), {}, spans, clock);
        record(3);
    }
    EXPECT_EQ(collector.wait_for(1).size(), 1U);
}

TEST(SpanExporterOptions, AnEndpointIsHttpAddressAndPort) {
    struct Case {
        std::string endpoint, address;
        std::uint16_t port;
        std::string target; // empty: refused
    };
    for (const Case& c : {Case{"http://127.0.0.1:4318", "127.0.0.1", 4318, "/v1/traces"},
                          {"http://localhost:4318/", "127.0.0.1", 4318, "/v1/traces"},
                          {"http://10.0.0.1:80/otlp/v1/traces", "10.0.0.1", 80, "/otlp/v1/traces"},
                          {"https://127.0.0.1:4318", "", 0, ""},
                          {"127.0.0.1:4318", "", 0, ""},
                          {"http://127.0.0.1", "", 0, ""},
                          {"http://127.0.0.1:x", "", 0, ""}}) {
        auto options = SpanExporter::parse(c.endpoint, "--otlp-endpoint");
        EXPECT_EQ(options.has_value(), !c.target.empty()) << c.endpoint;
        if (!options) {
            EXPECT_EQ(options.error().field, "--otlp-endpoint");
            continue;
        }
        EXPECT_EQ(options->address, c.address);
        EXPECT_EQ(options->port, c.port);
        EXPECT_EQ(options->target, c.target);
    }
}

} // namespace
} // namespace bw::app
