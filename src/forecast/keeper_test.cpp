// The keeper by a clock moved by hand, against a real database: days that pass, bells that change,
// clocks that jump, a database that is away.
#include "forecast/keeper.hpp"

#include <gtest/gtest.h>

#include "support/installation.hpp"

namespace bw::forecast {
namespace {

// A Monday, an hour before the schools' day begins.
const Instant start = *from_rfc3339("2026-11-23T02:00:00Z");

class KeeperTest : public testing::Test {
protected:
    KeeperTest() {
        north_ = installation_.provision("north");
        south_ = installation_.provision("south");
        installation_.refresh(directory_);
        hints_.add("test",
                   [this](const lane::DemandHint* hint) { heard_.push_back(hint != nullptr); });
    }

    KnownBells bells_of(const tenancy::TenantInfo& tenant, Instant from, Instant until) const {
        KnownBells out{.known = tenant.slug == "north" && timetable_, .bells = {}};
        if (out.known)
            for (const Instant at : bells_)
                if (at >= from && at < until)
                    out.bells.push_back({at, 300});
        return out;
    }
    KeeperParts parts() {
        return {.directory = directory_,
                .counter = counter_,
                .hints = hints_,
                .clock = clock_,
                .bells = [this](tenancy::TenantTx&, const tenancy::TenantInfo& tenant, Instant from,
                                Instant until) -> Result<KnownBells> {
                    return bells_of(tenant, from, until);
                }};
    }
    void pass(Keeper& keeper, Duration time, Duration step = 1min) {
        for (Duration passed{}; passed < time; passed += step) {
            clock_.advance(step);
            keeper.step(*database_);
        }
    }
    void to(Keeper& keeper, const char* when) {
        while (clock_.now() < *from_rfc3339(when))
            pass(keeper, 1min);
    }
    /// Tells the directory that bells have changed.
    void announce() {
        installation_.superuser().run(
            "begin; set local bw.tenant = '" + to_text(north().uuid) +
            "'; insert into bells (bell_id, starts_at, lasts_seconds) values (gen_random_uuid(), "
            "'2040-01-01'::timestamptz + (select count(*) from bells) * interval '1 hour', 0); "
            "update control.tenants set change = control.take_change() where slug = 'north'; "
            "commit");
        installation_.refresh(directory_);
    }
    TenantId north() const { return north_->scope.tenant(); }
    std::string sql(const std::string& text) { return installation_.superuser().value(text); }
    std::int64_t refresh_at(const Keeper& keeper, Instant at) {
        const auto standing = keeper.standing();
        const Board& board = standing->board;
        return board.total()
            .lines[place(Kind::refresh)]
            .expected[static_cast<std::size_t>(board.window().minute(at))];
    }

    test::Installation installation_;
    ManualClock clock_{start};
    std::optional<tenancy::TenantInfo> north_, south_;
    tenancy::TenantDirectory directory_;
    LoadCounter counter_;
    lane::DemandHints hints_;
    std::vector<bool> heard_;
    bool timetable_ = true;
    std::vector<Instant> bells_{start + 7h, start + 8h, start + 31h};
    std::unique_ptr<tenancy::Database> database_ = installation_.database(),
                                       nowhere_ = std::make_unique<tenancy::Database>(
                                           "host=127.0.0.1 port=1 user=bw_app dbname=none", "test",
                                           installation_.clock());
};

TEST_F(KeeperTest, ADayIsForecastWhenItBeginsAndScoredAndLearntWhenItIsOver) {
    Keeper keeper(parts()), other(parts());
    keeper.step(*database_);
    to(keeper, "2026-11-23T09:00:00Z");
    for (int i = 0; i < 90; ++i)
        counter_.add(north(), Kind::refresh, clock_.now());
    to(keeper, "2026-11-24T02:58:00Z");
    // Monday's, and what was left of Sunday's.
    EXPECT_EQ(
        sql("select count(*) from forecast_days where tenant_id = '" + to_text(north().uuid) + "'"),
        "2");
    EXPECT_EQ(sql("select sum(refresh) from load_minutes"), "90");
    EXPECT_EQ(keeper.standing()->scored.at(north()).days, 1);
    to(keeper, "2026-11-24T03:15:00Z");
    const auto standing = keeper.standing();
    const Scored scored = standing->scored.at(north());
    EXPECT_EQ(scored.days, 2);
    EXPECT_EQ(scored.errors[place(Kind::refresh)].came, 90);
    EXPECT_GT(scored.errors[place(Kind::refresh)].minutes, 1'400);
    // South has no timetable: nothing was forecast, so nothing is scored.
    EXPECT_EQ(standing->scored.at(south_->scope.tenant()).errors[place(Kind::refresh)].minutes, 0);
    EXPECT_EQ(standing->board.known(Kind::refresh).unknown, 1U);
    // 30 % came of the 300, all in one minute: the next day's bell at nine knows.
    const Learned& learned = *standing->board.find(north())->learned;
    EXPECT_EQ(learned.school_days, 1);
    EXPECT_EQ(learned.until_ms, from_rfc3339("2026-11-24T03:00:00Z")->ms);
    // Another process hears of it, and learns nothing twice.
    other.step(*database_);
    EXPECT_EQ(*other.standing()->board.find(north())->learned, learned);
}

TEST_F(KeeperTest, WhatCameStandsBesideWhatWasExpectedInTheMorning) {
    const Instant nine = start + 7h;
    const auto at = [](const Keeper& keeper, Instant instant) {
        const auto days = keeper.days();
        return days->minutes().at(static_cast<std::size_t>(Window{days->from()}.minute(instant)));
    };
    Keeper keeper(parts()), other(parts());
    EXPECT_EQ(keeper.days(), nullptr);
    keeper.step(*database_);
    to(keeper, "2026-11-23T09:00:00Z");
    counter_.add(north(), Kind::refresh, clock_.now());
    counter_.add(south_->scope.tenant(), Kind::refresh, clock_.now());
    pass(keeper, 1min);
    DayMinute minute = at(keeper, nine);
    EXPECT_EQ(minute.came[place(Kind::refresh)], 2);
    EXPECT_TRUE(minute.counted);
    EXPECT_EQ(minute.of[place(Kind::refresh)], 1U) << "south has no timetable";
    EXPECT_GT(minute.expected[place(Kind::refresh)], 0);
    // Bells that are taken back later change nothing of what was expected in the morning.
    bells_.clear();
    announce();
    pass(keeper, 6min);
    EXPECT_EQ(at(keeper, nine).expected, minute.expected);
    EXPECT_EQ(keeper.days()->counted_until(), nine + 7min);
    // A process that comes later knows the same, as far as it was said; what it counts adds up.
    counter_.add(north(), Kind::refresh, nine);
    other.step(*database_);
    minute = at(other, nine);
    EXPECT_EQ(minute.expected, at(keeper, nine).expected);
    EXPECT_EQ(minute.came[place(Kind::refresh)], 3);
    EXPECT_TRUE(minute.counted);
    pass(keeper, 1min);
    EXPECT_EQ(at(keeper, nine).came[place(Kind::refresh)], 3);
    // Days that are over stand by their date.
    to(keeper, "2026-11-24T03:15:00Z");
    const auto& by_day = keeper.standing()->by_day;
    ASSERT_EQ(by_day.size(), 2);
    EXPECT_EQ(roster::to_text(by_day.rbegin()->first), "2026-11-23");
    EXPECT_EQ(by_day.rbegin()->second.institutions, 2U);
    EXPECT_EQ(by_day.rbegin()->second.errors[place(Kind::refresh)].came, 2 + 0 + 0);
    clock_.step_wall(3h);
    keeper.step(*nowhere_);
    EXPECT_FALSE(keeper.days() && at(keeper, nine).counted) << "a clock that jumped";
}

TEST_F(KeeperTest, MinutesBeforeTheProcessCameAreNotKnown) {
    Keeper keeper(parts());
    clock_.advance(5h); // seven o'clock
    keeper.step(*database_);
    to(keeper, "2026-11-24T03:15:00Z");
    EXPECT_NEAR(keeper.standing()->scored.at(north()).errors[place(Kind::refresh)].minutes, 20 * 60,
                8);
}

TEST_F(KeeperTest, WithoutHintsItIsForecastAllTheSame) {
    Keeper keeper(parts(), {.hints = false});
    keeper.step(*database_);
    EXPECT_GT(refresh_at(keeper, start + 7h), 0);
    EXPECT_EQ(hints_.current(clock_.now()), nullptr);
    EXPECT_EQ(heard_, std::vector<bool>());
}

TEST_F(KeeperTest, ABellThatIsTakenBackMinutesBeforeItRings) {
    Keeper keeper(parts());
    keeper.step(*database_);
    to(keeper, "2026-11-23T08:54:00Z");
    const Instant nine = start + 7h;
    const std::int64_t with = refresh_at(keeper, nine);
    const auto hint = hints_.current(clock_.now());
    ASSERT_TRUE(hint);
    EXPECT_GT(hint->busiest(clock_.now(), 10min)->sign_ins, 10);
    EXPECT_TRUE(hint->from_prior);
    bells_.erase(bells_.begin());
    announce();
    pass(keeper, 1min);
    EXPECT_LT(refresh_at(keeper, nine) * 5, with);
    EXPECT_LT(hints_.current(clock_.now())->busiest(clock_.now(), 6min)->sign_ins,
              hint->busiest(clock_.now(), 6min)->sign_ins / 5);
    // A bell that rang stays, whatever is said of it later.
    to(keeper, "2026-11-23T10:05:00Z");
    bells_.clear();
    announce();
    pass(keeper, 2min);
    const auto& seen = keeper.standing()->board.find(north())->school.bells;
    ASSERT_EQ(seen.size(), 1);
    EXPECT_EQ(seen[0].at, start + 8h);
}

TEST_F(KeeperTest, BellsThatChangedAndCannotBeLookedAtAreNotKnownAnyMore) {
    Keeper keeper(parts());
    keeper.step(*database_);
    pass(keeper, 1min);
    ASSERT_NE(hints_.current(clock_.now()), nullptr);
    announce();
    clock_.advance(1min);
    keeper.step(*nowhere_);
    EXPECT_EQ(hints_.current(clock_.now()), nullptr);
    EXPECT_EQ(keeper.standing()->board.find(north()), nullptr);
}

TEST_F(KeeperTest, WithoutATimetableThereIsNoHint) {
    timetable_ = false;
    Keeper keeper(parts());
    keeper.step(*database_);
    EXPECT_EQ(keeper.standing()->board.known(Kind::refresh).unknown, 2U);
    EXPECT_EQ(hints_.current(clock_.now()), nullptr);
    timetable_ = true;
    announce();
    pass(keeper, 1min);
    EXPECT_NE(hints_.current(clock_.now()), nullptr);
}

TEST_F(KeeperTest, AClockThatJumpsTakesHintsBackAndLooksAnew) {
    for (const Duration jump : {Duration(-3h), Duration(26h), Duration(-24h)}) {
        Keeper keeper(parts());
        keeper.step(*database_);
        pass(keeper, 2min);
        ASSERT_NE(hints_.current(clock_.now()), nullptr);
        heard_.clear();
        clock_.step_wall(jump);
        EXPECT_EQ(hints_.current(clock_.now()), nullptr) << "before anybody looked";
        EXPECT_EQ(keeper.standing(), nullptr);
        clock_.advance(1s);
        keeper.step(*database_);
        EXPECT_EQ(heard_, (std::vector<bool>{false, true}));
        EXPECT_EQ(keeper.standing()->board.window().from, window_at(clock_.now()).from);
        EXPECT_EQ(hints_.current(clock_.now())->made_at, clock_.now());
    }
}

TEST_F(KeeperTest, WhileTheDatabaseIsAwayCountsWaitAndHintsGrowStale) {
    Keeper keeper(parts());
    keeper.step(*database_);
    for (int minute = 0; minute < 14; ++minute) {
        counter_.add(north(), Kind::page_read, clock_.now());
        clock_.advance(1min);
        keeper.step(*nowhere_);
    }
    EXPECT_NE(keeper.standing(), nullptr) << "it was looked at less than a quarter of an hour ago";
    pass(keeper, 0min);
    for (int minute = 0; minute < 40; ++minute) {
        clock_.advance(1min);
        keeper.step(*nowhere_);
    }
    EXPECT_EQ(hints_.current(clock_.now()), nullptr);
    const auto standing = keeper.standing();
    EXPECT_TRUE(standing == nullptr || standing->board.size() == 0);
    EXPECT_EQ(sql("select count(*) from load_minutes"), "0");
    pass(keeper, 10min);
    EXPECT_EQ(sql("select count(*) from load_minutes"), "14");
    EXPECT_EQ(sql("select sum(page_read) from load_minutes"), "14");
    pass(keeper, 5min);
    EXPECT_NE(hints_.current(clock_.now()), nullptr);
}

TEST_F(KeeperTest, AnInstitutionThatIsSuspendedIsForecastNoMore) {
    Keeper keeper(parts());
    keeper.step(*database_);
    EXPECT_EQ(keeper.standing()->board.size(), 2);
    installation_.superuser().run("update control.tenants set state = 'suspended', generation = "
                                  "generation + 1, change = control.take_change() where slug = "
                                  "'north'");
    installation_.refresh(directory_);
    counter_.add(north(), Kind::page_read, clock_.now()); // before it heard of that
    pass(keeper, 6min);
    EXPECT_EQ(keeper.standing()->board.size(), 1);
    EXPECT_EQ(sql("select sum(page_read) from load_minutes"), "1");
}

TEST(LoadCounter, CountsAddsUpAndHasALimit) {
    SystemRng rng;
    const TenantId a = TenantId::make(start, rng), b = TenantId::make(start, rng);
    LoadCounter counter(32); // two minutes a shard
    for (int i = 0; i < 3; ++i)
        counter.add(a, Kind::refresh, start);
    counter.add(a, Kind::password, start + 30s);
    counter.add(b, Kind::refresh, start + 1min);
    auto taken = counter.take();
    EXPECT_EQ(taken.size(), 2);
    EXPECT_TRUE(counter.take().empty());
    counter.add(a, Kind::refresh, start);
    counter.put_back(taken);
    for (const MinuteLoad& load : counter.take())
        if (load.tenant == a) {
            EXPECT_EQ(load.came[place(Kind::refresh)], 4U);
            EXPECT_EQ(load.came[place(Kind::password)], 1U);
        }
    for (int minute = 0; minute < 5; ++minute)
        counter.add(a, Kind::refresh, start + std::chrono::minutes(minute));
    EXPECT_EQ(counter.take().size(), 2);
    EXPECT_EQ(counter.lost(), 3);
}

} // namespace
} // namespace bw::forecast
