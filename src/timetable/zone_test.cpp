#include "timetable/zone.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::on;

Zone zone(std::string_view name) {
    return *Zone::find(name);
}

TEST(Minutes, AreReadStrictly) {
    EXPECT_EQ(parse_minute("08:45"), 525);
    EXPECT_EQ(parse_minute("24:00"), 1440);
    for (const char* bad : {"", "8:45", "08:60", "24:01", "25:00", "08-45", "08:4x", "08:45 "})
        EXPECT_FALSE(parse_minute(bad)) << bad;
    EXPECT_EQ(minute_text(525), "08:45");
}

// The expected instants come from the zones' published rules, worked out by hand.
TEST(Zone, BothHoursThatDaylightSavingSpoilsAreDecided) {
    struct Case {
        const char *zone, *date, *wall, *instant, *shown;
    };
    for (const Case& one : {
             // Lord Howe's clocks move by half an hour.
             Case{"Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:45:00.000Z",
                  "02:45"},
             Case{"Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45:00.000Z",
                  "01:45"},
             // Ireland's standard time is its summer's.
             Case{"Europe/Dublin", "2027-03-28", "01:30", "2027-03-28T01:30:00.000Z", "02:30"},
             Case{"Europe/Dublin", "2027-10-31", "01:30", "2027-10-31T00:30:00.000Z", "01:30"},
             Case{"Europe/Dublin", "2027-07-01", "09:00", "2027-07-01T08:00:00.000Z", "09:00"},
             // Morocco's clocks go back for Ramadan.
             Case{"Africa/Casablanca", "2027-02-07", "02:30", "2027-02-07T01:30:00.000Z", "02:30"},
             Case{"Africa/Casablanca", "2027-02-20", "08:00", "2027-02-20T08:00:00.000Z", "08:00"},
             Case{"Africa/Casablanca", "2027-03-14", "02:30", "2027-03-14T02:30:00.000Z", "03:30"},
             Case{"Africa/Casablanca", "2027-06-01", "08:00", "2027-06-01T07:00:00.000Z", "08:00"},
             Case{"Asia/Kathmandu", "2027-06-01", "08:45", "2027-06-01T03:00:00.000Z", "08:45"},
             Case{"America/St_Johns", "2027-03-14", "02:30", "2027-03-14T06:00:00.000Z", "03:30"},
             Case{"America/St_Johns", "2027-11-07", "01:30", "2027-11-07T04:00:00.000Z", "01:30"},
             // Samoa left out a day.
             Case{"Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T22:00:00.000Z", "12:00"},
             Case{"UTC", "2027-01-01", "24:00", "2027-01-02T00:00:00.000Z", "00:00"},
         }) {
        const Instant at = zone(one.zone).at({on(one.date), *parse_minute(one.wall)});
        EXPECT_EQ(to_rfc3339(at), one.instant) << one.zone << " " << one.date;
        EXPECT_EQ(minute_text(zone(one.zone).wall(at).minute), one.shown)
            << one.zone << " " << one.date;
    }
}

TEST(Zone, EveryMinuteOfTenYearsIsItselfOrMovedByAGap) {
    for (const char* name :
         {"Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca", "Asia/Kathmandu",
          "America/St_Johns", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Gaza"}) {
        const Zone here = zone(name);
        const auto spans = here.spans(test::instant("2025-12-31T00:00:00Z"),
                                      test::instant("2036-01-02T00:00:00Z"));
        for (Date date = on("2026-01-01"); date < on("2036-01-01"); date += std::chrono::days(1))
            for (Minute minute = 0; minute < minutes_a_day; minute += 15) {
                const WallTime wall{date, minute};
                const Instant at = here.at(wall);
                const WallTime shown = here.wall(at);
                if (shown == wall) {
                    // The first of the two: no earlier instant shows the same.
                    for (int back : {30, 60, 120})
                        ASSERT_NE(here.wall(at - std::chrono::minutes(back)), wall) << name;
                    continue;
                }
                // In a gap: it shows what it would, later by what the clock jumped over.
                const auto after = std::ranges::find_if(
                    spans, [&](const Zone::Span& s) { return s.begin * 1000 > at.ms; });
                ASSERT_GE(after - spans.begin(), 2) << name;
                const std::int64_t gap = ((after - 1)->offset - (after - 2)->offset) / 60;
                const auto moved =
                    (shown.date - wall.date).count() * minutes_a_day + shown.minute - wall.minute;
                ASSERT_GT(gap, 0) << name;
                ASSERT_EQ(moved, gap)
                    << name << " " << roster::to_text(date) << " " << minute_text(minute);
            }
    }
}

TEST(Zone, UnknownOnesAreRefused) {
    for (const char* bad :
         {"", "Europe/Atlantis", "GMT Standard Time", "localtime", "Factory", "right/Europe/London",
          "posix/Europe/London", "posixrules", "../../etc/passwd", "/etc/localtime",
          "europe/london", "iso3166.tab", "Europe", "tzdata.zi"}) {
        const auto found = Zone::find(bad);
        ASSERT_FALSE(found) << bad;
        EXPECT_EQ(found.error().code, Code::invalid_field);
        EXPECT_EQ(found.error().field, "/zone");
    }
    for (const char* good :
         {"Europe/London", "Asia/Calcutta", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"})
        EXPECT_TRUE(Zone::find(good)) << good;
}

} // namespace
} // namespace bw::timetable
