#include "forecast/forecast.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/rng.hpp"
#include "forecast/board.hpp"

namespace bw::forecast {
namespace {

timetable::Zone zone(const char* name = "Europe/London") {
    return *timetable::Zone::find(name);
}
Instant at(const char* text) {
    return *from_rfc3339(text);
}
// A Monday.
const Instant monday = at("2026-11-23T06:00:00Z");

School school() {
    School out{.zone = zone(), .people = 600, .live = true, .bells = {}, .dues = {}};
    for (int day = 0; day < 5; ++day)
        for (const int minute : {160, 220, 280})
            out.bells.push_back({.at = monday + std::chrono::minutes(day * 1440 + minute),
                                 .people = 500,
                                 .live = minute == 220 ? 50U : 0U});
    out.dues = {{.at = at("2026-11-25T23:59:00Z"), .students = 120, .submitted = 20}};
    return out;
}

Forecast of(const School& one, const Learned& learned = {}, Instant now = monday) {
    Rates room;
    return forecast(one, learned, window_at(now), room);
}

std::int64_t sum(const Line& line) {
    return std::accumulate(line.expected.begin(), line.expected.end(), std::int64_t{0});
}

TEST(Forecast, OfASchoolNeverSeenIsAPriorAndSaysSo) {
    const Forecast made = of(school());
    EXPECT_EQ(made.model, model_version);
    for (const Line& line : made.lines)
        EXPECT_EQ(text(line.basis), "prior");
    const Line& refresh = made.lines[place(Kind::refresh)];
    const Peak first = peak(refresh, made.window, 0, 1440);
    EXPECT_EQ(first.at, monday + 160min); // the day's first bell
    EXPECT_GT(first.expected, 10'000);
    // So little is known that nothing at all is inside the band, and twice as much.
    const Band reach = band(first.expected, first.doubt);
    EXPECT_EQ(reach.low, 0);
    EXPECT_GT(reach.high, 2 * static_cast<double>(first.expected) / 1000);
    // Nobody signs in at another's provider where there is none: that is known.
    EXPECT_EQ(sum(made.lines[place(Kind::provider)]), 0);
}

TEST(Forecast, MillionsAMinuteAreCountedToo) {
    School country = school();
    for (Bell& bell : country.bells)
        bell.people = 50'000'000;
    const Forecast made = of(country);
    const Line& reads = made.lines[place(Kind::page_read)];
    EXPECT_GT(peak(reads, made.window, 0, 1440).expected, std::int64_t{5'000'000} * 1000);
    EXPECT_GE(*std::ranges::min_element(reads.expected), 0);
}

TEST(Forecast, IsTheSameForTheSameInput) {
    const Forecast a = of(school()), b = of(school());
    for (std::size_t k = 0; k < kinds; ++k) {
        EXPECT_EQ(a.lines[k].expected, b.lines[k].expected);
        EXPECT_EQ(a.lines[k].doubt, b.lines[k].doubt);
    }
}

TEST(Forecast, WithoutATimetableAndHistoryIsUnknown) {
    School bare = school();
    bare.timetable = bare.live = false;
    bare.bells.clear();
    Learned learned;
    for (const Line& line : of(bare, learned).lines) {
        EXPECT_EQ(line.basis, Basis::unknown);
        EXPECT_EQ(sum(line), 0);
    }
    learned.days = days_without_timetable;
    const Forecast later = of(bare, learned);
    EXPECT_EQ(later.lines[place(Kind::refresh)].basis, Basis::history);
    EXPECT_EQ(later.lines[place(Kind::live_join)].basis, Basis::unknown);
}

TEST(Forecast, AWeekWithoutSchoolIsKnownToBeQuiet) {
    School closed = school();
    closed.bells.clear();
    const Forecast made = of(closed);
    EXPECT_EQ(made.lines[place(Kind::refresh)].basis, Basis::prior);
    EXPECT_LT(sum(made.lines[place(Kind::refresh)]) * 2,
              sum(of(school()).lines[place(Kind::refresh)]));
}

TEST(Forecast, SubmissionsAreThoseOfWhoHasNotSubmitted) {
    struct Case {
        const char* now;
        std::uint32_t submitted;
    };
    const Leads leads = leads_of({});
    for (const Case& c : {Case{"2026-11-01T00:00:00Z", 0}, Case{"2026-11-23T06:00:00Z", 20},
                          Case{"2026-11-25T23:58:30Z", 100}, Case{"2026-11-26T00:30:00Z", 110},
                          Case{"2026-11-25T12:00:00Z", 120}, Case{"2026-11-25T12:00:00Z", 200}}) {
        const Due due{.at = at("2026-11-25T23:59:00Z"), .students = 120, .submitted = c.submitted};
        const Leads bins = expected_in_bins(leads, due, at(c.now));
        EXPECT_NEAR(std::accumulate(bins.begin(), bins.end(), 0.0F),
                    120 - std::min<std::uint32_t>(120, c.submitted), 0.01)
            << c.now;
    }
    // All of them lie in the window, and the last hour before the instant is the busiest.
    School one = school();
    one.people = 0; // nothing but the due instant
    one.bells.clear();
    const Forecast made = of(one);
    const Leads bins = expected_in_bins(leads, one.dues[0], monday);
    EXPECT_NEAR(static_cast<double>(sum(made.lines[place(Kind::submission)])) / 1000,
                100 - bins[never], 4);
    EXPECT_EQ(peak(made.lines[place(Kind::submission)], made.window, 0, 10'080).at,
              at("2026-11-25T23:57:00Z"));
    one.dues[0].submitted = 120;
    EXPECT_EQ(sum(of(one).lines[place(Kind::submission)]), 0);
}

TEST(Forecast, HoursCoverTheWindowWhereClocksChange) {
    struct Case {
        const char* zone;
        const char* from;
    };
    for (const Case& c : {Case{"America/New_York", "2026-10-31T04:07:00Z"},
                          Case{"America/New_York", "2027-03-13T04:07:00Z"},
                          Case{"Australia/Lord_Howe", "2026-10-03T00:00:00Z"},
                          Case{"Asia/Kathmandu", "2026-11-23T06:01:00Z"}}) {
        School one = school();
        one.zone = zone(c.zone);
        const Window window = window_at(at(c.from));
        std::int32_t next = 0;
        for (const LocalHour& hour : hours_of(one, window)) {
            ASSERT_EQ(hour.from, next);
            for (std::int32_t m = hour.from; m < hour.until; ++m)
                ASSERT_EQ(one.zone.wall(window.from + std::chrono::minutes(m)).minute /
                              step_minutes,
                          hour.step(m))
                    << c.zone << ' ' << m;
            next = hour.until;
        }
        EXPECT_EQ(next, window.minutes);
    }
}

TEST(Forecast, TheLikelyPeakIsWhatChanceMakesOfIt) {
    EXPECT_EQ(likely_peak({}), 0);
    EXPECT_EQ(likely_peak(std::vector<std::int64_t>(60, 0)), 0);
    EXPECT_EQ(likely_peak(std::vector<std::int64_t>{5'000}), 5); // a Poisson variable's median
    // 1,440 minutes of 0.1: with 1 in 2 the busiest has 2 (1 - (1 - 0.00468)^1440 is nearly 1; of 3
    // 1 - (1 - 0.000155)^1440 is 0.2).
    EXPECT_EQ(likely_peak(std::vector<std::int64_t>(1440, 100)), 2);
    EXPECT_NEAR(likely_peak(std::vector<std::int64_t>(1440, 1'000'000)), 1'105, 10);
}

TEST(Board, TheTotalIsTheSumWhateverWasPutAndTakenAway) {
    SeededRng rng(7);
    std::vector<TenantId> tenants;
    for (int i = 0; i < 6; ++i)
        tenants.push_back(TenantId::make(Instant{0}, rng));
    Board board(window_at(monday));
    std::map<TenantId, Board::Entry> there;
    for (int step = 0; step < 60; ++step) {
        const TenantId tenant = tenants[rng.u64() % tenants.size()];
        if (rng.u64() % 3 == 0) {
            board.remove(tenant);
            there.erase(tenant);
            continue;
        }
        Board::Entry entry{school(), std::make_shared<Learned>()};
        entry.school.people = static_cast<std::uint32_t>(rng.u64() % 900);
        entry.school.timetable = rng.u64() % 4 != 0;
        for (Bell& bell : entry.school.bells)
            bell.people = static_cast<std::uint32_t>(rng.u64() % 700);
        there.insert_or_assign(tenant, entry);
        board.put(tenant, entry);
    }
    Board fresh(window_at(monday));
    Forecast sum_of_parts = *[&] {
        for (const auto& [tenant, entry] : there)
            fresh.put(tenant, entry);
        return std::optional(fresh.total());
    }();
    ASSERT_EQ(board.size(), there.size());
    for (std::size_t k = 0; k < kinds; ++k) {
        EXPECT_EQ(board.total().lines[k].expected, fresh.total().lines[k].expected);
        EXPECT_EQ(board.total().lines[k].doubt, fresh.total().lines[k].doubt);
        EXPECT_EQ(board.total().lines[k].basis, fresh.total().lines[k].basis);
        EXPECT_EQ(board.known(static_cast<Kind>(k)).unknown,
                  fresh.known(static_cast<Kind>(k)).unknown);
    }
    for (const auto& [tenant, entry] : there) {
        const Forecast part = *board.of(tenant);
        for (std::size_t k = 0; k < kinds; ++k)
            for (std::size_t m = 0; m < part.lines[k].expected.size(); ++m)
                sum_of_parts.lines[k].expected[m] -= part.lines[k].expected[m];
    }
    for (const Line& line : sum_of_parts.lines)
        EXPECT_EQ(sum(line), 0);
    for (const TenantId& tenant : tenants)
        board.remove(tenant);
    for (const Line& line : board.total().lines) {
        EXPECT_EQ(sum(line), 0);
        EXPECT_EQ(line.basis, Basis::unknown);
    }
}

TEST(Board, ABellThatIsWithdrawnFiveMinutesBeforeItRingsIsGone) {
    SeededRng rng(7);
    const TenantId tenant = TenantId::make(Instant{0}, rng);
    const Instant now = monday + 155min;
    Board board(window_at(now));
    School before = school();
    board.put(tenant, {before, std::make_shared<Learned>()});
    const Line& line = board.total().lines[place(Kind::refresh)];
    const std::int64_t at_bell = line.expected[5];
    before.bells.erase(before.bells.begin());
    board.put(tenant, {before, std::make_shared<Learned>()});
    EXPECT_LT(line.expected[5] * 10, at_bell);
    // Moved by two minutes instead: the peak moves with it.
    before.bells.insert(before.bells.begin(), {.at = now + 7min, .people = 500});
    board.put(tenant, {before, std::make_shared<Learned>()});
    EXPECT_EQ(peak(line, board.window(), 0, 30).at, now + 7min);
}

TEST(Board, MovesOnAndBack) {
    SeededRng rng(7);
    const TenantId tenant = TenantId::make(Instant{0}, rng);
    Board board(window_at(monday));
    board.put(tenant, {school(), std::make_shared<Learned>()});
    const Forecast before = board.total();
    board.move_to(window_at(monday + 60min));
    EXPECT_EQ(peak(board.total().lines[1], board.window(), 0, 1440).at, monday + 160min);
    board.move_to(window_at(monday)); // a clock that went back
    EXPECT_EQ(board.total().lines[1].expected, before.lines[1].expected);
    board.move_to(window_at(monday + 400 * 24h)); // and far forward: no bells are known there
    EXPECT_LT(sum(board.total().lines[1]) * 2, sum(before.lines[1]));
}

} // namespace
} // namespace bw::forecast
