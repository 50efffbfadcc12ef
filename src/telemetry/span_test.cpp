// Spans: parents, the queue's bound, and the text that collectors read.
#include "telemetry/span.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "telemetry/otlp.hpp"

namespace bw::telemetry {
namespace {

struct SpanTest : testing::Test {
    ManualClock clock{Instant{1'700'000'000'000}};
    SeededRng rng{1};
    SpanQueue queue{4, clock, rng};
    const std::optional<TraceContext> sampled = TraceContext::make(true, rng);
    const std::optional<TraceContext> unsampled = TraceContext::make(false, rng);
};

TEST_F(SpanTest, ChildrenKnowTheirParents) {
    {
        ActiveSpan outer(&queue, sampled, "outer");
        clock.advance(2ms);
        ActiveSpan inner(&queue, outer.context(), "inner", Span::Kind::client);
        clock.advance(5ms);
        record_past(&queue, inner.context(), "past", 3ms);
    }
    const auto spans = queue.take(10, Duration::zero());
    ASSERT_EQ(spans.size(), 3U);
    const Span &past = spans[0], &inner = spans[1], &outer = spans[2];
    EXPECT_EQ(outer.parent, sampled->span_id);
    EXPECT_EQ(inner.parent, outer.context.span_id);
    EXPECT_EQ(past.parent, inner.context.span_id);
    for (const Span& span : spans)
        EXPECT_EQ(span.context.trace_id, sampled->trace_id);
    EXPECT_EQ(outer.took, 7ms);
    EXPECT_EQ(inner.took, 5ms);
    EXPECT_EQ(past.took, 3ms);
    EXPECT_EQ(past.began, outer.began + 4ms);
}

TEST_F(SpanTest, WhatIsNotSampledIsNotRecorded) {
    for (const auto& parent : {unsampled, std::optional<TraceContext>()}) {
        ActiveSpan span(&queue, parent, "x");
        EXPECT_FALSE(span.context());
        record_past(&queue, parent, "y", 1ms);
    }
    ActiveSpan nowhere(nullptr, sampled, "z");
    EXPECT_FALSE(nowhere.context());
    EXPECT_EQ(queue.status().recorded, 0U);
}

TEST_F(SpanTest, AFullQueueDropsTheNewestAndCounts) {
    for (int i = 0; i < 10; ++i)
        record_past(&queue, sampled, std::to_string(i), 1ms);
    const auto status = queue.status();
    EXPECT_EQ(status.recorded, 4U);
    EXPECT_EQ(status.dropped, 6U);
    const auto spans = queue.take(3, Duration::zero());
    ASSERT_EQ(spans.size(), 3U);
    EXPECT_EQ(spans[0].name, "0");
    EXPECT_EQ(queue.take(3, Duration::zero()).size(), 1U);
}

TEST_F(SpanTest, TakeWaitsForEnoughAndCloseEndsIt) {
    auto taken = std::async(std::launch::async, [&] { return queue.take(2, 1h).size(); });
    record_past(&queue, sampled, "a", 1ms);
    record_past(&queue, sampled, "b", 1ms);
    EXPECT_EQ(taken.get(), 2U);
    auto ended = std::async(std::launch::async, [&] { return queue.take(2, 1h).size(); });
    queue.close();
    EXPECT_EQ(ended.get(), 0U);
}

TEST_F(SpanTest, OtlpIsWhatCollectorsRead) {
    Span span{.context =
                  *TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
              .name = "GET /v1/me",
              .kind = Span::Kind::server,
              .began = Instant{1'700'000'000'123},
              .took = Duration(1'500),
              .attributes = {{"http.route", "/v1/me"}, {"http.response.status_code", 200}}};
    Span child{.context = span.context.child(rng),
               .parent = span.context.span_id,
               .name = "a \"child\"",
               .began = span.began,
               .took = Duration::zero(),
               .failed = true};
    child.context.span_id = {0xab, 1, 2, 3, 4, 5, 6, 7};
    const Span spans[] = {span, child};
    EXPECT_EQ(
        to_otlp_json({"bellwether", "1.2", "host:1"}, spans),
        R"({"resourceSpans":[{"resource":{"attributes":[)"
        R"({"key":"service.name","value":{"stringValue":"bellwether"}},)"
        R"({"key":"service.version","value":{"stringValue":"1.2"}},)"
        R"({"key":"service.instance.id","value":{"stringValue":"host:1"}}]},)"
        R"("scopeSpans":[{"scope":{"name":"bellwether"},"spans":[)"
        R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7",)"
        R"("name":"GET /v1/me","kind":2,"startTimeUnixNano":"1700000000123000000",)"
        R"("endTimeUnixNano":"1700000000123001500","attributes":[)"
        R"({"key":"http.route","value":{"stringValue":"/v1/me"}},)"
        R"({"key":"http.response.status_code","value":{"intValue":"200"}}],"status":{}},)"
        R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"ab01020304050607",)"
        R"("parentSpanId":"00f067aa0ba902b7","name":"a \"child\"","kind":1,)"
        R"("startTimeUnixNano":"1700000000123000000","endTimeUnixNano":"1700000000123000000",)"
        R"("attributes":[],"status":{"code":2}}]}]}]})");
}

} // namespace
} // namespace bw::telemetry
