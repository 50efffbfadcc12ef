#include "timetable/calendar.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::id;
using test::instant;
using test::on;

constexpr Instant ever{0}, never{2'145'916'800'000};

Zone london() {
    return *Zone::find("Europe/London");
}

/// A calendar with one event of these lines (and a UID), the first of them in line 4.
std::string calendar(std::string_view lines) {
    return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n" + std::string(lines) +
           "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

std::vector<std::string> begins(std::string_view lines) {
    const auto events = read_icalendar(calendar(lines), london(), ever, never);
    if (!events)
        return {events.error().text()};
    std::vector<std::string> out;
    for (const CalendarEvent& one : *events)
        out.push_back(to_rfc3339(one.begin).substr(0, 16));
    return out;
}

using Lines = std::vector<std::string>;

TEST(Calendar, WhatIsWrittenIsReadAgain) {
    for (const char* name : {"Europe/London", "Australia/Lord_Howe", "Africa/Casablanca",
                             "Asia/Kathmandu", "America/St_Johns"}) {
        Timetable school = test::school();
        school.zone = name;
        school.terms = {{"year", on("2026-09-07"), on("2027-07-01")}};
        school.lessons[0].days = 0;
        school.week.fill("full");
        school.schedules[0].periods[0] = {"P1", 120, 150}; // where clocks are changed
        school.lessons[1].room = "R2; left, \"back\\door\"";
        const Plan plan = *Plan::make(school);
        const auto all = occurrences(plan, ever, never);
        const std::string text =
            to_icalendar(plan, all, {{id<SectionId>(1), "Art, Übung; " + std::string(90, 'x')}},
                         instant("2026-09-01T00:00:00Z"));
        const auto read = read_icalendar(text, *Zone::find("Pacific/Apia"), ever, never);
        ASSERT_TRUE(read) << read.error().text();
        ASSERT_EQ(read->size(), all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            ASSERT_EQ((*read)[i].begin, all[i].begin) << name << to_rfc3339(all[i].begin);
            ASSERT_EQ((*read)[i].end, all[i].end);
            ASSERT_EQ((*read)[i].location, room_of(plan, all[i]));
            ASSERT_EQ((*read)[i].date, date_of(plan, all[i]));
        }
        EXPECT_EQ(read->front().summary, "Art, Übung; " + std::string(90, 'x'));
    }
}

TEST(Calendar, DescribesItsZone) {
    const Plan plan = *Plan::make(test::school());
    const std::string text =
        to_icalendar(plan, occurrences(plan, ever, never), {}, instant("2026-09-01T00:00:00Z"));
    EXPECT_NE(text.find("BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n"), std::string::npos);
    EXPECT_NE(text.find("BEGIN:STANDARD\r\nDTSTART:20261025T020000\r\nTZOFFSETFROM:+0100\r\n"
                        "TZOFFSETTO:+0000\r\nTZNAME:GMT\r\nEND:STANDARD\r\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("BEGIN:DAYLIGHT\r\nDTSTART:20260329T010000\r\nTZOFFSETFROM:+0000\r\n"
                        "TZOFFSETTO:+0100\r\nTZNAME:BST\r\nEND:DAYLIGHT\r\n"),
              std::string::npos);
    EXPECT_NE(text.find("DTSTAMP:20260901T000000Z\r\n"), std::string::npos);
    EXPECT_EQ(to_icalendar(plan, {}, {}, ever).find("VEVENT"), std::string::npos);
}

TEST(Calendar, RecurrencesUnfoldByWallTime) {
    EXPECT_EQ(begins("DTSTART;TZID=Europe/London:20261019T090000\nRRULE:FREQ=WEEKLY;COUNT=3"),
              (Lines{"2026-10-19T08:00", "2026-10-26T09:00", "2026-11-02T09:00"}));
    // No zone: the institution's. UNTIL in UTC is an instant.
    EXPECT_EQ(begins("DTSTART:20261019T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261026T085959Z"),
              (Lines{"2026-10-19T08:00"}));
    EXPECT_EQ(begins("DTSTART:20261019T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261026T090000Z\n"
                     "EXDATE:20261019T090000\nRDATE:20261020T090000,20261021T090000"),
              (Lines{"2026-10-20T08:00", "2026-10-21T08:00", "2026-10-26T09:00"}));
    EXPECT_EQ(begins("DTSTART;VALUE=DATE:20261023\nRRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20261030"),
              (Lines{"2026-10-22T23:00", "2026-10-30T00:00"}));
    EXPECT_EQ(begins("DTSTART;TZID=Europe/Dublin:20270327T013000\nRRULE:FREQ=DAILY;COUNT=2"),
              (Lines{"2027-03-27T01:30", "2027-03-28T01:30"})); // the second one in the gap
    EXPECT_EQ(begins("DTSTART;TZID=\"Asia/Kathmandu\":20261019T\n 090000"),
              (Lines{"2026-10-19T03:15"}));
    EXPECT_EQ(begins("DTSTART:20261019T090000Z\nSTATUS:CANCELLED"), Lines{});
}

TEST(Calendar, OneInstanceMayBeReplaced) {
    const std::string text =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nSUMMARY:Art\\, late\nDTSTART:20261019T090000Z\n"
        "DURATION:PT45M\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\n"
        "RECURRENCE-ID:20261020T090000Z\nDTSTART:20261020T150000Z\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261021T090000Z\nSTATUS:CANCELLED\n"
        "DTSTART:20261021T090000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    const auto events = *read_icalendar(text, london(), ever, never);
    ASSERT_EQ(events.size(), 2);
    EXPECT_EQ(events[0].summary, "Art, late");
    EXPECT_EQ(events[0].end - events[0].begin, 45min);
    EXPECT_EQ(events[1].begin, instant("2026-10-20T15:00:00Z"));
}

TEST(Calendar, AllDaysAreDaysOfTheInstitution) {
    const auto events = *read_icalendar(
        calendar("DTSTART;VALUE=DATE:20261024\nDTEND;VALUE=DATE:20261026"), london(), ever, never);
    ASSERT_EQ(events.size(), 1);
    EXPECT_TRUE(events[0].all_day);
    EXPECT_EQ(events[0].date, on("2026-10-24"));
    EXPECT_EQ(events[0].end - events[0].begin, 49h); // clocks were put back
}

TEST(Calendar, FaultsNameLineAndProperty) {
    const std::pair<const char*, const char*> cases[] = {
        {"4:DTSTART", "DTSTART:20261319T090000"},
        {"4:DTSTART", "DTSTART:20380101T000000"},
        {"4:DTSTART", "DTSTART:20261019"},
        {"4:DTSTART", "DTSTART;VALUE=DATE:20261019T090000"},
        {"4:DTSTART", "DTSTART;TZID=Europe/Atlantis:20261019T090000"},
        {"4:DTSTART", "DTSTART;TZID=GMT Standard Time:20261019T090000"},
        {"4:DTSTART", "DTSTART;TZID=\"open:20261019T090000"},
        {"4:DTSTART", "DTSTART;TZID:20261019T090000"},
        {"4:DTSTART", "DTSTART"},
        {"5:DTSTART", "DTSTART:20261019T090000\nDTSTART:20261019T090000"},
        {"5:RRULE", "DTSTART:20261019T090000\nRRULE:FREQ=WEEKLY"},
        {"5:RRULE", "DTSTART:20261019T090000\nRRULE:FREQ=HOURLY;COUNT=2"},
        {"5:RRULE", "DTSTART:20261019T090000\nRRULE:FREQ=SOMETIMES;COUNT=2"},
        {"5:RRULE", "DTSTART:20261019T090000\nRRULE:COUNT=2"},
        {"5:RRULE", "DTSTART:20261019T090000\nRRULE:FREQ=DAILY;UNTIL=tomorrow"},
        {"5:RRULE", "DTSTART:19700101T090000\nRRULE:FREQ=DAILY;UNTIL=20371231"},
        {"5:EXRULE", "DTSTART:20261019T090000\nEXRULE:FREQ=DAILY;COUNT=1"},
        {"5:EXDATE", "DTSTART:20261019T090000\nEXDATE;VALUE=DATE:20261019"},
        {"6:RDATE", "DTSTART:20261019T\n 090000\nRDATE:20261019T090000,"},
        {"5:DTEND", "DTSTART:20261019T090000\nDTEND:20261019T085959"},
        {"5:DURATION", "DTSTART:20261019T090000\nDURATION:-PT1H"},
        {"5:DURATION", "DTSTART:20261019T090000\nDURATION:soon"},
        {"2:VEVENT", "SUMMARY:no start"},
        {"4", " :folded onto the UID\n:no name"},
        {"4", "\nDTSTART:20261019T090000"},
        {"4", "DTSTART:2026\x01"},
        {"4", "SUMMARY:\xff"},
        {"5:BEGIN", "BEGIN:VALARM\nBEGIN:VEVENT"},
        {"4:END", "END:VCALENDAR"},
        {"6:END", "END:VEVENT\nEND:VCALENDAR\nEND:VCALENDAR"},
    };
    for (const auto& [field, lines] : cases) {
        const auto read = read_icalendar(calendar(lines), london(), ever, never);
        ASSERT_FALSE(read) << lines;
        EXPECT_EQ(read.error().code, Code::invalid_field) << lines;
        EXPECT_EQ(read.error().field, field == std::string("4") && lines[0] == ' ' ? "5" : field)
            << lines << "\n"
            << read.error().text();
    }
    for (const char* text :
         {"", "BEGIN:VCALENDAR\n", "BEGIN:VEVENT\nEND:VEVENT\n", "VERSION:2.0\n"})
        EXPECT_FALSE(read_icalendar(text, london(), ever, never)) << text;
}

TEST(Calendar, EverythingHasALimit) {
    const std::string text =
        calendar("DTSTART:20261019T090000\nRRULE:FREQ=DAILY;COUNT=3\n"
                 "EXDATE:20261019T090000,20261020T090000\nSUMMARY:long enough");
    const std::pair<Code, CalendarRules> cases[] = {
        {Code::payload_too_large, {.bytes = 100}},
        {Code::payload_too_large, {.line_bytes = 20}},
        {Code::payload_too_large, {.events = 0}},
        {Code::invalid_field, {.text_bytes = 10}},
        {Code::invalid_field, {.depth = 1}},
        {Code::invalid_field, {.dates = 1}},
        {Code::invalid_field, {.event_instances = 2}},
        {Code::invalid_field, {.instances = 0}},
    };
    ASSERT_TRUE(read_icalendar(text, london(), ever, never));
    for (const auto& [code, rules] : cases) {
        const auto read = read_icalendar(text, london(), ever, never, rules);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, code) << read.error().text();
    }
}

TEST(Calendar, RulesThatCouldNeverComeTrueAreRefused) {
    for (const char* rule :
         {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
          "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31",
          "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
          "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4", "FREQ=MONTHLY;BYMONTH=2,4",
          "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
          "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
          "FREQ=MONTHLY;INTERVAL=24;BYDAY=5MO", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;BYHOUR=9"}) {
        const auto read =
            begins("DTSTART:20261031T090000\nRRULE:" + std::string(rule) + ";COUNT=1");
        ASSERT_EQ(read.size(), 1) << rule;
        EXPECT_TRUE(read[0].starts_with("invalid_field") && read[0].ends_with("(5:RRULE)"))
            << rule << " " << read[0];
    }
    for (const char* rule :
         {"FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-1",
          "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
          "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
          "FREQ=YEARLY;BYMONTH=5;BYDAY=1MO", "FREQ=MONTHLY"})
        EXPECT_EQ(begins("DTSTART:20261031T090000\nRRULE:" + std::string(rule) + ";COUNT=3").size(),
                  3)
            << rule;
}

} // namespace
} // namespace bw::timetable
