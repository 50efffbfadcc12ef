// What one process says of its reports another reads, whole.
#include "app/report_state.hpp"

#include <gtest/gtest.h>

namespace bw::app {
namespace {

std::string readyz(const ReportState& state) {
    JsonWriter json;
    json.object().member("ready", true).key("reports");
    write(json, state);
    json.end();
    return json.take();
}

TEST(ReportState, IsReadAsItWasWritten) {
    const ReportState known{.state = "snapshot",
                            .reason = "the replication slot is gone",
                            .as_of = Instant{1'795'000'000'123},
                            .lag_seconds = 1.5,
                            .slot_bytes_behind = 1,
                            .slot_bytes_left = 2,
                            .set_aside = 3,
                            .rows = 4,
                            .commits = 5,
                            .snapshots = 6,
                            .run = 7,
                            .kept = 8,
                            .failed = 9,
                            .turned_away = 10,
                            .running_seconds = 11.25,
                            .memory_bytes = 12,
                            .file_bytes = 13,
                            .hint_listeners = {"reports", "exports"}};
    for (const ReportState& state : {known, ReportState{.state = "starting", .reason = ""}}) {
        const auto read = report_state_in(readyz(state));
        ASSERT_TRUE(read) << read.error().text();
        EXPECT_EQ(readyz(*read), readyz(state));
    }
    EXPECT_NE(readyz(known).find("\"slot_left_bytes\":2"), std::string::npos);
}

TEST(ReportState, OfAProcessThatHasNoneIsNotKnown) {
    for (const char* told : {"{\"ready\":true}", "{\"reports\":null}", "not JSON", ""})
        EXPECT_EQ(report_state_in(told).error().code, Code::unavailable) << told;
}

} // namespace
} // namespace bw::app
