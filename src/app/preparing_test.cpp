// With --hints off nobody prepares for anything, and only then.
#include "app/preparing.hpp"

#include <gtest/gtest.h>

namespace bw::app {
namespace {

TEST(Preparing, IsDoneUnlessHintsAreOff) {
    const ManualClock clock{Instant{0}};
    const tenancy::TenantDirectory directory;
    for (const bool on : {true, false}) {
        lane::DemandHints hints;
        const ServeOptions options{.access_token_seconds = 90, .hints = on};
        EXPECT_EQ(token_options(options, directory).bells != nullptr, on);
        EXPECT_EQ(token_options(options, directory).lifetime, 90s) << "hints or not";
        EXPECT_EQ(preparer_options(options).statements_per_second,
                  on ? options.bell_packs_statements : 0);
        EXPECT_EQ(keeper_options(options).hints, on);
        EXPECT_TRUE(keeper_options(options).forecasts);
        EXPECT_EQ(job_demand(options, "jobs", directory, hints, clock) != nullptr, on);
        EXPECT_EQ(hints.names().size(), on ? 1U : 0U);
    }
    EXPECT_EQ(preparer_options({.bell_packs_mib = 0}).statements_per_second, 0)
        << "there is no room for them";
}

} // namespace
} // namespace bw::app
