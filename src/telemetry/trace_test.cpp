#include "telemetry/trace.hpp"

#include <gtest/gtest.h>

namespace bw::telemetry {
namespace {

TEST(TraceContext, WhatIsSentIsUnderstood) {
    SeededRng rng{1};
    TraceContext sent = TraceContext::make(true, rng);
    auto got = TraceContext::parse(sent.traceparent());
    ASSERT_TRUE(got);
    EXPECT_EQ(got->traceparent(), sent.traceparent());
    TraceContext child = got->child(rng);
    EXPECT_EQ(child.trace_id, sent.trace_id);
    EXPECT_NE(child.span_id, sent.span_id);
    EXPECT_TRUE(child.sampled);
}

TEST(TraceContext, WhatTheStandardCallsInvalidIsNone) {
    const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    struct Case {
        std::string text;
        bool valid;
    };
    const Case cases[] = {
        {good, true},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},
        {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true}, // a later version
        {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true},
        {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more", false},
        {good + "-more", false},
        {"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
        {"00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", false},
        {"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {good.substr(0, 54), false},
        {"", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(TraceContext::parse(c.text).has_value(), c.valid) << c.text;
}

} // namespace
} // namespace bw::telemetry
