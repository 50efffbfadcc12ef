// The server's wall clock steps while it works: the real process under libfaketime, whose file says
// how far off the clock is. The monotonic clock stays true.
#include <gtest/gtest.h>

#include <fstream>

#include "load.hpp"

namespace bw::chaos {
namespace {

constexpr const char* library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The time in the server's Date header.
std::string server_time(Stage& stage) {
    auto client = net::Client::make({.port = stage.port(), .connections_limit = 1}, stage.clock());
    auto answer = client->fetch({.target = "/livez"}, stage.soon());
    return answer ? std::string(answer->header("Date").value_or("")) : std::string();
}

TEST(ClockChaos, TheWallClockSteps) {
    if (!std::filesystem::exists(library))
        GTEST_SKIP() << "SKIPPED: the package libfaketime is not installed";
    Stage stage;
    const std::filesystem::path file = stage.directory() / "offset";
    auto step_to = [&](const std::string& offset) {
        std::ofstream(file.string() + ".new") << offset << "\n";
        std::filesystem::rename(file.string() + ".new", file);
    };
    step_to("+0");
    stage.serve({{"LD_PRELOAD", library},
                 {"FAKETIME_TIMESTAMP_FILE", file},
                 {"FAKETIME_NO_CACHE", "1"},
                 {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}});
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    // A day would make every token expire; within what one lives no answer may be but good.
    for (const char* offset : {"+600", "-120", "+300", "-600", "+0"}) {
        SCOPED_TRACE(offset);
        step_to(offset);
        ASSERT_TRUE(load.all_good_from_now(25)) << load.summary() << stage.log();
    }
    load.finish();
    const std::string day = server_time(stage).substr(0, 16); // "Tue, 24 Nov 2026"
    step_to("+864000");
    EXPECT_NE(server_time(stage).substr(0, 16), day) << "the clock never stepped";
    // The moments in receipts and in the database did not step with it.
    EXPECT_EQ(stage.superuser().value("select count(*) from submissions where abs(extract(epoch "
                                      "from recorded_at - received_at)) > 100"),
              "0");
}

} // namespace
} // namespace bw::chaos
