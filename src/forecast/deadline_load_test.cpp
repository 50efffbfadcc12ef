#include "forecast/deadline_load.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace bw::forecast {
namespace {

Instant at(const char* text) {
    return *from_rfc3339(text);
}

struct Question {
    SeededRng rng{3};
    DeadlineQuestion asked{.zone = *timetable::Zone::find("Europe/Berlin"),
                           .due = at("2026-11-25T18:00:00Z"), // 19:00 there
                           .not_before = at("2026-11-24T08:00:00Z"),
                           .students = 25};

    void other(const char* when, std::uint32_t students) {
        asked.others.push_back({AssignmentId::make(Instant{0}, rng), at(when), students});
    }
};

TEST(DeadlineLoad, NothingNearByIsGoodAsItIs) {
    Question q;
    q.other("2026-11-25T21:00:00Z", 25); // three hours off: no more
    q.other("2026-11-25T18:30:00Z", 0);  // nobody's of these
    const DeadlineLoad load = deadline_load(q.asked, nullptr);
    EXPECT_TRUE(load.collisions.empty());
    EXPECT_FALSE(load.busy);
    EXPECT_FALSE(load.calmer);
}

TEST(DeadlineLoad, NamesCollisionsNearestFirstAndTheCalmerSlot) {
    Question q;
    q.other("2026-11-25T20:00:00Z", 10);
    q.other("2026-11-25T18:00:00Z", 22);
    const DeadlineLoad load = deadline_load(q.asked, nullptr);
    ASSERT_EQ(load.collisions.size(), 2);
    EXPECT_EQ(load.collisions[0].students, 22);
    ASSERT_TRUE(load.calmer);
    EXPECT_EQ(load.calmer->at, at("2026-11-25T15:00:00Z"));
    EXPECT_EQ(load.calmer->colliding_students, 0);
}

TEST(DeadlineLoad, OffersNothingAtNightNorTooSoon) {
    Question q;
    q.asked.due = at("2026-11-25T22:59:00Z"); // 23:59 there
    q.asked.not_before = at("2026-11-25T12:00:00Z");
    q.other("2026-11-25T22:59:00Z", 25);
    q.other("2026-11-25T19:59:00Z", 25); // so that three at night would be best
    const DeadlineLoad load = deadline_load(q.asked, nullptr);
    ASSERT_TRUE(load.calmer);
    const timetable::Minute minute = q.asked.zone.wall(load.calmer->at).minute;
    EXPECT_GE(minute, 7 * 60);
    EXPECT_LE(minute, 22 * 60);
    q.asked.not_before = q.asked.due + 48h;
    EXPECT_FALSE(deadline_load(q.asked, nullptr).calmer);
}

TEST(DeadlineLoad, TheForecastsPeakCounts) {
    Question q;
    School school{.zone = q.asked.zone, .people = 500, .bells = {}, .dues = {}};
    school.bells = {{.at = q.asked.due, .people = 500}};
    Rates room;
    const Window window = window_at(at("2026-11-23T06:00:00Z"));
    Forecast made = forecast(school, {}, window, room);
    const DeadlineLoad load = deadline_load(q.asked, &made);
    ASSERT_TRUE(load.busy);
    EXPECT_EQ(load.busy->of_peak, 1);
    EXPECT_EQ(load.busy->basis, Basis::prior);
    ASSERT_TRUE(load.calmer);
    EXPECT_LT(load.calmer->busy->of_peak, 0.5);
    // Beyond the window and where nothing is known there is no figure.
    q.asked.due = at("2026-12-25T18:00:00Z");
    EXPECT_FALSE(deadline_load(q.asked, &made).busy);
    q.asked.due = at("2026-11-25T18:00:00Z");
    for (Line& line : made.lines)
        line.basis = Basis::unknown;
    EXPECT_FALSE(deadline_load(q.asked, &made).busy);
}

} // namespace
} // namespace bw::forecast
