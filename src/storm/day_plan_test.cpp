#include "storm/day_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "storm/fake_school.hpp"

namespace bw::storm {
namespace {

TEST(DayPlan, EverybodyComesToEachBellMostlyJustBeforeIt) {
    const DayShape shape{.people = 400, .bells = 3, .over = 20s, .passwords = 0.1, .asleep = 0.5};
    SeededRng one(7), same(7);
    const auto day = draw_day(shape, one), again = draw_day(shape, same);
    ASSERT_EQ(day.size(), 3U);
    for (std::size_t bell = 0; bell < day.size(); ++bell) {
        std::set<std::uint32_t> who;
        std::size_t by_password = 0, awake = 0, near = 0;
        for (std::size_t i = 0; i < day[bell].size(); ++i) {
            const Arrival& arrival = day[bell][i];
            who.insert(arrival.who);
            by_password += arrival.way == Way::password;
            awake += arrival.way == Way::awake;
            near += arrival.at >= -7s && arrival.at < 0s;
            EXPECT_GE(arrival.at, -19s);
            EXPECT_LE(arrival.at, 1s);
            EXPECT_EQ(arrival.at, again[bell][i].at);
            EXPECT_EQ(arrival.who, again[bell][i].who);
        }
        EXPECT_EQ(who.size(), 400U) << "each once";
        EXPECT_GT(by_password, 20U);
        EXPECT_LT(by_password, 70U);
        EXPECT_GT(near, 250U) << "they lean on the bell";
        if (bell == 0)
            EXPECT_EQ(awake, 0U) << "nobody was here before";
        else
            EXPECT_GT(awake, 120U);
    }
}

TEST(DayPlan, TheFirstBellIsAtAWholeMinute) {
    const Instant now = *from_rfc3339("2026-11-30T13:43:17.250Z");
    EXPECT_EQ(to_rfc3339(first_bell(now, 30s, 1min)), "2026-11-30T13:44:00.000Z");
    EXPECT_EQ(to_rfc3339(first_bell(now, 43s, 1min)), "2026-11-30T13:45:00.000Z");
    EXPECT_EQ(first_bell({120'000}, 0s, 1min).ms, 120'000);
}

TEST(DayPlan, ItsTimetableIsAtNoonWhereverThatIs) {
    struct Row {
        const char *first, *zone, *begin, *date;
    };
    for (const Row& row : {Row{"2026-11-30T12:05:00Z", "Etc/GMT", "12:05", "2026-11-30"},
                           Row{"2026-11-30T23:59:00Z", "Etc/GMT+11", "12:59", "2026-11-30"},
                           Row{"2026-12-31T00:00:00Z", "Etc/GMT-12", "12:00", "2026-12-31"},
                           Row{"2026-11-30T09:30:00Z", "Etc/GMT-3", "12:30", "2026-11-30"}}) {
        const std::string body = timetable_body(*from_rfc3339(row.first), 2min, 3);
        for (const std::string& part :
             {"\"zone\":\"" + std::string(row.zone) + "\"", "\"begin\":\"" + std::string(row.begin),
              "\"begins\":\"" + std::string(row.date)})
            EXPECT_NE(body.find(part), std::string::npos) << part << "\n" << body;
    }
    EXPECT_EQ(lessons_table({"sec_a", "sec_b", "sec_c"}, 2),
              std::string(lessons_header) + ",sec_a,1,,,,,\n,sec_b,2,,,,,\n,sec_c,1,,,,,\n");
}

TEST(DayPlan, SeatsAreThoseOfWhoComes) {
    FakeSchool school(4);
    const std::string third = school.plan().students[2].user.text();
    const auto seats = seats_of(school.plan(), {{.host = "h", .username = "u", .user = third}});
    ASSERT_TRUE(seats);
    ASSERT_EQ(seats->students.size(), 1U);
    EXPECT_EQ(seats->students[0].user.text(), third);
    EXPECT_EQ(seats->assignments.size(), 1U);
    EXPECT_FALSE(seats_of(school.plan(), {{.host = "h", .username = "u"}}));
}

TEST(DayPlan, AdministratorsAreReadLineByLine) {
    std::istringstream good("a.test ada\n\nb.test grace\n");
    const auto read = read_administrators(good, "file");
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)[1].username, "grace");
    for (const char* bad : {"", "a.test\n", " ada\n", "a.test \n"}) {
        std::istringstream in(bad);
        EXPECT_FALSE(read_administrators(in, "file")) << bad;
    }
}

} // namespace
} // namespace bw::storm
