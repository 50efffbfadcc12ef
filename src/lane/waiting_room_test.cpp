// Who was refused keeps the place; who stays away loses it.
#include "lane/waiting_room.hpp"

#include <gtest/gtest.h>

namespace bw::lane {
namespace {

struct WaitingRoomTest : testing::Test {
    SeededRng rng{1};
    TenantId alpha = TenantId::make({}, rng), bravo = TenantId::make({}, rng);
    WaitingRoom room;
    Monotonic now{};
};

TEST_F(WaitingRoomTest, PlacesGoByArrivalWhoeverComesWhen) {
    EXPECT_EQ(room.enter(alpha, {10}, now), 0U);
    EXPECT_EQ(room.enter(alpha, {30}, now), 1U);
    EXPECT_EQ(room.enter(alpha, {20}, now), 1U);
    EXPECT_EQ(room.enter(alpha, {40}, now), 3U);
    EXPECT_EQ(room.enter(bravo, {40}, now), 0U) << "each institution has a row of its own";
    EXPECT_EQ(room.enter(alpha, {40}, now), 3U) << "who comes again stands once";
    EXPECT_EQ(room.size(), 5U);
    EXPECT_EQ(room.before(alpha, {20}), 1U);
    EXPECT_EQ(room.before(alpha, {99}), 4U);
    EXPECT_EQ(room.before(TenantId{}, {99}), 0U);
    room.leave(alpha, {10});
    room.leave(alpha, {11}); // nobody
    EXPECT_EQ(room.enter(alpha, {40}, now), 2U);
}

TEST_F(WaitingRoomTest, WhoDoesNotComeAgainIsForgotten) {
    room.enter(alpha, {10}, now);
    now = now + 25s;
    room.enter(alpha, {20}, now);
    EXPECT_EQ(room.enter(alpha, {30}, now), 2U);
    now = now + 6s;
    EXPECT_EQ(room.enter(alpha, {30}, now), 1U);
}

} // namespace
} // namespace bw::lane
