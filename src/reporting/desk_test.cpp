// One report at a time, in time, and none twice that has just been answered.
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "reporting/desk.hpp"
#include "reporting/made_school_for_test.hpp"

namespace bw::reporting {
namespace {

using test::day_us;
using test::monday_us;
using test::soon;

struct Desks : testing::Test {
    Desks() {
        tenant = made.institution("UTC", 0);
        section = made.section(tenant, made.school(tenant, "A school"), "A class");
        made.enrol(section, student);
        essay = made.assign(section, monday_us + day_us);
        made.apply();
    }
    Result<std::shared_ptr<const ReportAnswer>>
    ask(Desk& desk, std::optional<std::vector<SectionId>> sections = {}) {
        return desk.run(
            {find_report("class_progress"), {section}, TenantId{tenant}, std::move(sections)},
            soon());
    }
    std::int64_t missing(Desk& desk) {
        return std::get<std::int64_t>(ask(desk).value()->result.rows.at(0).at(7));
    }
    Desk::Connect connect = [this] { return made.rows.store().connect(); };
    Desk::Fresh fresh = [this] { return now; };

    test::MadeSchool made{5};
    Uuid tenant, section, student = made.rows.id(), essay;
    std::optional<Freshness> now = Freshness{{monday_us / 1000}, 1};
};

TEST_F(Desks, AnAnswerIsKeptWhileNothingChanges) {
    Desk desk(connect, fresh, {}, test::system_clock);
    const auto first = ask(desk).value();
    EXPECT_EQ(ask(desk).value(), first);
    EXPECT_EQ(desk.counts().run, 1U);
    EXPECT_EQ(desk.counts().kept, 1U);
    EXPECT_NE(ask(desk, std::vector{SectionId{section}}).value(), first)
        << "another scope is another question";
    EXPECT_NE(ask(desk, std::vector<SectionId>{}).value(), first);
    now->at = 2;
    EXPECT_NE(ask(desk).value(), first) << "rows changed";
}

TEST_F(Desks, AnAnswerGrowsOldThoughNoRowChanges) {
    Desk desk(connect, fresh, {}, test::system_clock);
    EXPECT_EQ(missing(desk), 0);
    now->as_of = {(monday_us + day_us) / 1000}; // the due instant has come
    EXPECT_EQ(missing(desk), 1);
    EXPECT_EQ(ask(desk).value()->as_of, now->as_of);
    now->as_of = now->as_of + 10s;
    ask(desk).value();
    EXPECT_EQ(desk.counts().kept, 2U);
    now->as_of = now->as_of + 1ms;
    ask(desk).value();
    EXPECT_EQ(desk.counts().run, 3U);
}

TEST_F(Desks, KeepsNoMoreThanItMay) {
    Desk desk(connect, fresh, {.kept_bytes_max = 1}, test::system_clock);
    ask(desk).value();
    ask(desk).value();
    EXPECT_EQ(desk.counts().run, 2U);
}

TEST_F(Desks, WaitsForItsTurnUntilItsDeadline) {
    std::latch running(1), may_go_on(1);
    Desk desk(
        [&] {
            running.count_down();
            may_go_on.wait();
            return connect();
        },
        fresh, {}, test::system_clock);
    std::jthread first([&] { EXPECT_TRUE(ask(desk)); });
    running.wait();
    auto second = desk.run({find_report("class_progress"), {section}, TenantId{tenant}, {}},
                           Deadline::in(test::system_clock, 20ms));
    EXPECT_EQ(second.error().code, Code::deadline_exceeded);
    std::jthread third([&] { EXPECT_TRUE(ask(desk)); });
    may_go_on.count_down();
    third.join();
    EXPECT_EQ(desk.counts().run, 1U) << "the third asked what the first had asked";
    EXPECT_EQ(desk.counts().kept, 1U);
}

TEST_F(Desks, AtAPeakAnswersAreKeptThoughRowsChange) {
    bool peak = true;
    Desk desk(connect, fresh, {.at_peak = [&] { return peak; }}, test::system_clock);
    const auto first = ask(desk).value();
    now = Freshness{now->as_of + 45s, 2};
    EXPECT_EQ(ask(desk).value(), first) << "and its as_of says of when";
    now->as_of = now->as_of + 1ms;
    const auto second = ask(desk).value();
    EXPECT_NE(second, first) << "no report is said to be stale for that";
    now->at = StoreVersion(2, "another primary");
    const auto third = ask(desk).value();
    EXPECT_NE(third, second);
    now->at.lsn = 3;
    peak = false;
    EXPECT_NE(ask(desk).value(), third) << "as ever";
}

/// In a line of many it takes half of the time.
TEST_F(Desks, AtAPeakItRestsAsLongAsItWorked) {
    for (const bool peak : {true, false}) {
        std::vector<Monotonic> begun;
        Desk desk(
            [&] {
                begun.push_back(test::system_clock.monotonic());
                return connect();
            },
            fresh, {.kept_bytes_max = 1, .at_peak = [&] { return peak; }}, test::system_clock);
        ask(desk).value();
        const Duration worked = desk.counts().running;
        const Monotonic ended = test::system_clock.monotonic();
        ask(desk).value();
        if (peak)
            EXPECT_GE(begun.at(1) - begun.at(0), 2 * worked - 1ms);
        else
            EXPECT_LT(begun.at(1) - ended, worked) << "the negative control";
    }
}

TEST_F(Desks, WhoGivesUpWhileItRestsLeavesTheTurnToAnother) {
    Desk desk(connect, fresh, {.kept_bytes_max = 1, .at_peak = [] { return true; }},
              test::system_clock);
    ask(desk).value();
    std::jthread hasty([&] {
        (void)desk.run({find_report("class_progress"), {section}, TenantId{tenant}, {}},
                       Deadline::in(test::system_clock, 0s));
    });
    EXPECT_TRUE(ask(desk));
}

TEST_F(Desks, AnotherPrimaryHasOtherRowsAtTheSamePosition) {
    Desk desk(connect, fresh, {}, test::system_clock);
    const auto first = ask(desk).value();
    for (const StoreVersion& version : {StoreVersion(1, "system"), StoreVersion(1, "system", 2),
                                        StoreVersion(1, "system", 2, 1)}) {
        now->at = version;
        EXPECT_NE(ask(desk).value(), first);
    }
    EXPECT_EQ(desk.counts().kept, 0U);
}

TEST_F(Desks, SaysWhyThereIsNoAnswer) {
    Desk closed(
        []() -> Result<std::unique_ptr<columnar::Connection>> {
            return fail(Code::unavailable, "closed");
        },
        fresh, {}, test::system_clock);
    EXPECT_EQ(ask(closed).error().code, Code::unavailable);
    Desk slow(connect, fresh, {.report_timeout = 0s}, test::system_clock);
    EXPECT_EQ(ask(slow).error().code, Code::deadline_exceeded);
    EXPECT_EQ(slow.counts().failed, 1U);
    Desk desk(connect, fresh, {}, test::system_clock);
    now.reset();
    EXPECT_EQ(ask(desk).error().code, Code::unavailable) << "there was no snapshot yet";
}

} // namespace
} // namespace bw::reporting
