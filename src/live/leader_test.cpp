// Plans carried out against a real database: leaders that end between a step and its record, two at
// once, clocks that are wrong, timetables that change to the last minute.
#include "live/leader.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/school_for_test.hpp"

namespace bw::live {
namespace {

using test::id, test::instant, test::on;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using LiveLeader = test::LiveSchool;

/// Whoever has the key opens them, for the class alone; the database does not show them.
void check_ingests(test::LiveSchool& school) {
    EXPECT_EQ(school.value("select position('secret of'::bytea in ingests) from live_classes where "
                           "ingests is not null"),
              "0");
    const TenantId north = school.north.scope.tenant(), south = school.south.scope.tenant();
    const auto of = school.in(school.north, [&](tenancy::TenantTx& tx) {
        return class_by_id(tx, class_id(north, school.lesson, on("2026-09-09")));
    });
    const auto opened = open_ingests({7}, north, **of);
    ASSERT_TRUE(opened && opened->size() == 1);
    EXPECT_THAT(opened->front().key.text(), ::testing::StartsWith("secret of"));
    EXPECT_FALSE(open_ingests({8}, north, **of));
    EXPECT_FALSE(open_ingests({7}, south, **of));
}

TEST_F(LiveLeader, LeadsAClassFromTheTimetableToItsEnd) {
    auto leads = leader();
    settle(*leads);
    EXPECT_EQ(state(), "planned");
    EXPECT_EQ(value("select count(*) from live_classes"), "2") << "today's and tomorrow's";
    EXPECT_EQ(value("select title from live_classes limit 1"), "Section 2");
    go_to(*leads, bell - 15min);
    EXPECT_EQ(state(), "armed");
    EXPECT_THAT(provider.streams, SizeIs(1));
    check_ingests(*this);
    go_to(*leads, bell - 10min);
    EXPECT_EQ(state(), "slate");
    EXPECT_EQ(warmer.sweeps, 0);
    go_to(*leads, bell - 5min);
    EXPECT_EQ(state(), "warm");
    EXPECT_EQ(warmer.sweeps, 1);
    go_to(*leads, bell, 5s);
    EXPECT_EQ(state(), "live");
    EXPECT_THAT(warmer.sweeps.load(), ::testing::AllOf(::testing::Ge(8), ::testing::Le(12)));
    EXPECT_EQ(leads->status().no_go, 0U);
    go_to(*leads, bell + 65min, 1min);
    EXPECT_EQ(state(), "ended");
    EXPECT_THAT(provider.streams, IsEmpty());
    go_to(*leads, bell + 75min, 1min);
    EXPECT_EQ(state(), "archived");
    EXPECT_EQ(value("select state from live_classes where day = '2026-09-10'"), "planned");
    EXPECT_EQ(leads->status().faults, 0U);
}

TEST_F(LiveLeader, FollowsTheTimetableToTheLastMinute) {
    auto leads = leader();
    settle(*leads);
    go_to(*leads, bell - 2min);
    EXPECT_EQ(state(), "warm");
    // Moved by half an hour, two minutes before.
    table.schedules[0].periods[2] = {"P3", 710, 770};
    save();
    settle(*leads);
    EXPECT_EQ(state(), "slate");
    EXPECT_THAT(provider.streams, SizeIs(1)) << "its stream is the same";
    EXPECT_EQ(provider.creates.begin()->second, 1);
    // A substitute.
    change_on("2026-09-09", [](auto& one) { one.teacher = id<UserId>(1); });
    settle(*leads);
    EXPECT_EQ(value("select teacher_id from live_classes where day = '2026-09-09'"),
              to_text(id<UserId>(1).uuid));
    go_to(*leads, bell + 30min);
    EXPECT_EQ(state(), "live");
    // Cancelled while it is on; then held after all.
    change_on("2026-09-09", [](auto& one) { one.cancelled = true; });
    settle(*leads);
    EXPECT_EQ(state(), "ended");
    EXPECT_THAT(provider.streams, IsEmpty());
    table.changes.clear();
    save();
    settle(*leads);
    EXPECT_EQ(state(), "live");
    EXPECT_THAT(provider.creates, SizeIs(2)) << "a second round";
    // The lesson goes: what is to come does not take place.
    table.lessons.pop_back();
    save();
    settle(*leads);
    settle(*leads);
    EXPECT_THAT(provider.streams, IsEmpty());
    EXPECT_EQ(value("select count(*) from live_classes where not cancelled"), "0");
}

TEST_F(LiveLeader, KnowsWhenClocksChange) {
    // Clocks go back in the night to Sunday 2026-10-25: on Monday 11:20 is an hour later in UTC.
    clock.advance(instant("2026-10-23T11:30:00Z") - clock.now());
    auto leads = leader();
    settle(*leads);
    go_to(*leads, instant("2026-10-25T12:00:00Z"), 1h);
    EXPECT_EQ(value("select begins_at at time zone 'UTC' from live_classes where day = "
                    "'2026-10-26'"),
              "2026-10-26 11:20:00");
    go_to(*leads, instant("2026-10-26T11:04:30Z"), 30min);
    EXPECT_EQ(state("2026-10-26"), "planned");
    go_to(*leads, instant("2026-10-26T11:05:00Z"));
    EXPECT_EQ(state("2026-10-26"), "armed");
}

/// A leader in a process of its own, which ends by SIGKILL in the midst of a deed.
void lead_until_killed(test::LiveSchool& school, const std::function<void()>& arrange) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        arrange();
        // Nothing of the parent's connections is used.
        auto leads = school.leader({.lease = 1s, .clock_off_max = 24h * 365 * 100, .threads = 0});
        test::LiveSchool::settle(*leads);
        _exit(1); // it should have been killed
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
}

/// Turns until it leads: a lease that nobody keeps runs out.
void lead_on(Leader& leader) {
    const SystemClock real;
    const Deadline patience = Deadline::in(real, 10s);
    while (!leader.turn() && !patience.expired(real)) {
    }
}

TEST_F(LiveLeader, KilledBetweenStepAndRecordTheNextGoesOn) {
    clock.advance(bell - 15min - clock.now());
    lead_until_killed(*this, [this] { provider.on_create = [] { kill(getpid(), SIGKILL); }; });
    EXPECT_EQ(state(), "planned");
    EXPECT_EQ(value("select asked from live_classes where day = '2026-09-09'"), "t");
    // The platform has the stream; of what the killed process knew nothing is left.
    auto next = leader();
    EXPECT_FALSE(next->turn()) << "the lease is not over yet";
    lead_on(*next);
    settle(*next);
    EXPECT_EQ(state(), "armed");
    EXPECT_THAT(provider.creates, SizeIs(1)) << "asked for by the same key";

    // The same in the midst of a sweep.
    go_to(*next, bell - 6min);
    next.reset(); // gives the lease back
    clock.advance(1min);
    lead_until_killed(*this, [this] { warmer.on_sweep = [] { kill(getpid(), SIGKILL); }; });
    EXPECT_EQ(state(), "slate");
    next = leader();
    lead_on(*next);
    settle(*next);
    EXPECT_EQ(state(), "warm");
}

TEST_F(LiveLeader, AStreamThatNobodyHeardOfIsEndedWhenItsClassIsCancelled) {
    clock.advance(bell - 15min - clock.now());
    lead_until_killed(*this, [this] { provider.on_create = [] { kill(getpid(), SIGKILL); }; });
    change_on("2026-09-09", [](auto& one) { one.cancelled = true; });
    auto next = leader();
    lead_on(*next);
    settle(*next);
    EXPECT_EQ(state(), "ended");
    EXPECT_THAT(provider.creates, SizeIs(1)) << "asked for, to be known";
    EXPECT_THAT(provider.streams, IsEmpty());
}

TEST_F(LiveLeader, OneLeadsAndALostOnesStepChangesNothing) {
    auto first = leader({.name = "first",
                         .lease = 1ms,
                         .clock_off_max = 24h * 365 * 100,
                         .deed_deadline = 24h,
                         .threads = 0});
    auto second = leader();
    clock.advance(bell - 15min - clock.now());
    first->turn();
    first->turn(); // begins to create
    lead_on(*second);
    ASSERT_NE(second->status().epoch, 0);
    settle(*second);
    EXPECT_EQ(state(), "armed");
    const std::string version = value("select version from live_classes where day = '2026-09-09'");
    while (first->run_one()) {
    }
    EXPECT_FALSE(first->turn()) << "the second has the lease";
    EXPECT_EQ(value("select version from live_classes where day = '2026-09-09'"), version);
    EXPECT_EQ(first->status().epoch, 0);
    // Even by hand: a record under an epoch that is over.
    const auto of = in(north, [&](tenancy::TenantTx& tx) {
        return class_by_id(tx, class_id(north.scope.tenant(), lesson, on("2026-09-09")));
    });
    ASSERT_TRUE(of && *of);
    Progress wrong = **of;
    wrong.state = State::live;
    const auto written = in(north, [&](tenancy::TenantTx& tx) -> Result<bool> {
        const tenancy::Step step = step_of(**of, wrong, second->status().epoch - 1);
        return !TRY(tx.run(step.statement, step.params)).empty();
    });
    ASSERT_TRUE(written);
    EXPECT_FALSE(*written);
    EXPECT_EQ(state(), "armed");
}

TEST_F(LiveLeader, WhatWasBegunInAnEpochThatIsOverIsNotRecorded) {
    clock.advance(bell - 15min - clock.now());
    auto first = leader({.lease = 1ms, .clock_off_max = 24h * 365 * 100, .threads = 0});
    first->turn();
    first->turn(); // begins to create
    ASSERT_EQ(first->status().running, 1U);
    auto other = leader();
    lead_on(*other);
    other.reset(); // gives the lease back
    ASSERT_TRUE(first->turn());
    ASSERT_EQ(first->status().running, 1U) << "begun anew";
    ASSERT_TRUE(first->run_one()); // the one of then
    EXPECT_THAT(provider.creates, IsEmpty());
    ASSERT_TRUE(first->turn());
    EXPECT_EQ(first->status().running, 1U) << "the one of now goes on";
    EXPECT_EQ(state(), "planned");
    while (first->run_one()) {
    }
    ASSERT_THAT(provider.creates, SizeIs(1));
    EXPECT_EQ(provider.creates.begin()->second, 1);
    first->turn();
    EXPECT_EQ(state(), "armed");
}

/// The same lesson is live there too.
void make_live_in_south(test::LiveSchool& school) {
    ASSERT_TRUE(school.in(school.south, [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
        const Instant now = school.clock.now();
        TRY(timetable::save_timetable(tx, TRY(timetable::lock_timetable(tx)), school.table, now));
        return put_live_lesson(tx, school.lesson, std::nullopt, {}, now);
    }));
}

/// Every look at it takes two seconds.
class SlowClock final : public Clock {
public:
    explicit SlowClock(const Clock& wall) : wall_(wall) {}
    Instant now() const override { return wall_.now(); }
    Monotonic monotonic() const override { return {ns_ += 2'000'000'000}; }

private:
    const Clock& wall_;
    mutable std::atomic<std::int64_t> ns_ = 0;
};

TEST_F(LiveLeader, KeepsItsLeaseThroughALongTurn) {
    make_live_in_south(*this);
    clock.advance(bell - 15min - clock.now());
    const SlowClock slow(clock);
    LeaderOptions long_turns = options();
    long_turns.lease = 20s;
    long_turns.follow_every = 0s;
    long_turns.follow_time = long_turns.deed_deadline = 1h;
    Leader leads({.make_database = [this] { return installation.database(); },
                  .directory = directory,
                  .plans = plans,
                  .stage = stage(),
                  .clock = slow,
                  .rng = installation.rng()},
                 long_turns);
    leads.turn();
    leads.turn(); // begins to create, then follows two timetables
    ASSERT_TRUE(leads.run_one());
    EXPECT_THAT(provider.creates, SizeIs(1)) << "the lease is not over";
}

TEST_F(LiveLeader, WhomATurnHasNoTimeForIsFollowedInTheNext) {
    make_live_in_south(*this);
    LeaderOptions hurried = options();
    hurried.follow_time = 0s;
    auto leads = leader(hurried);
    const std::string followed = "select count(distinct tenant_id) from live_classes";
    leads->turn();
    EXPECT_EQ(value(followed), "1");
    leads->turn();
    EXPECT_EQ(value(followed), "2");
}

TEST_F(LiveLeader, ClassesBeyondTheLimitStayAsTheyAre) {
    auto leads = leader();
    settle(*leads);
    const auto cut = in(north, [&](tenancy::TenantTx& tx) -> Result<bool> {
        const auto plan = TRY(plans.of(tx));
        return TRY(follow_timetable(tx, plan->plan, clock.now() - 12h, clock.now() + 25h,
                                    leads->status().epoch, 1))
            .cut;
    });
    ASSERT_TRUE(cut) << cut.error().text();
    EXPECT_TRUE(*cut);
    EXPECT_EQ(value("select count(*) from live_classes where not cancelled"), "2");
}

TEST_F(LiveLeader, OfTooManyClassesEachInstitutionsFirstAreKnown) {
    auto leads = leader();
    settle(*leads);
    run(south, "insert into live_classes (class_id, lesson_id, day, section_id, title, begins_at, "
               "ends_at, students_may) values (gen_random_uuid(), " +
                   uuid(2) + ", '2026-09-09', " + uuid(2) +
                   ", 'Section 2', '2026-09-09T11:20:00Z', '2026-09-09T12:20:00Z', 8)");
    Book book(directory, {.classes = 2});
    const auto news = book.refresh(*database, clock.now(), installation.soon());
    ASSERT_TRUE(news) << news.error().text();
    EXPECT_TRUE(news->cut);
    std::map<TenantId, timetable::Date> known;
    for (const auto& [key, one] : book.classes())
        known[key.first] = one.day;
    EXPECT_THAT(known, ::testing::UnorderedElementsAre(
                           ::testing::Pair(north.scope.tenant(), on("2026-09-09")),
                           ::testing::Pair(south.scope.tenant(), on("2026-09-09"))));
    Book enough(directory, {.classes = 3});
    EXPECT_FALSE(enough.refresh(*database, clock.now(), installation.soon()).value().cut);
    EXPECT_THAT(enough.classes(), SizeIs(3));
}

TEST_F(LiveLeader, AStreamOfAnotherPlatformIsNotTakenForOneOfThis) {
    auto leads = leader();
    settle(*leads);
    go_to(*leads, bell - 14min);
    ASSERT_EQ(state(), "armed");
    run(north, "update live_classes set provider = 'another', version = version + 1 where "
               "stream_ref is not null");
    go_to(*leads, bell - 9min);
    EXPECT_EQ(state(), "failed");
    EXPECT_THAT(value("select fault from live_classes where day = '2026-09-09'"),
                HasSubstr("its stream is at another, and configured is counting"));
}

TEST_F(LiveLeader, WhoWasPutOutIsForgotten) {
    auto leads = leader();
    settle(*leads);
    const auto put_out = [&](UserId who) {
        return in(north, [&](tenancy::TenantTx& tx) {
            return remove_person(tx, class_id(north.scope.tenant(), lesson, on("2026-09-09")), who,
                                 clock.now());
        });
    };
    const auto forget = [&](UserId who) {
        return in(north, [&](tenancy::TenantTx& tx) { return forget_person(tx, who); });
    };
    const std::string count = "select count(*) from live_removals";
    ASSERT_TRUE(put_out(id<UserId>(12)));
    ASSERT_TRUE(put_out(id<UserId>(13)));
    ASSERT_TRUE(forget(id<UserId>(12))); // is erased
    EXPECT_EQ(value(count), "1");
    ASSERT_TRUE(forget(id<UserId>(2)));
    EXPECT_EQ(value("select count(*) from live_classes where teacher_id is not null"), "0");
    clock.advance(29 * 24h);
    settle(*leads);
    EXPECT_EQ(value(count), "1");
    clock.advance(3 * 24h);
    settle(*leads);
    EXPECT_EQ(value(count), "0") << "a month after the class";
}

TEST_F(LiveLeader, WhoseClockIsWrongDoesNotLead) {
    auto wrong = leader({.threads = 0}); // the clock of this test is months off
    EXPECT_FALSE(wrong->turn());
    EXPECT_EQ(value("select count(*) from live_classes"), "0");
    auto right = leader();
    EXPECT_TRUE(right->turn()) << "the lease was given back";
    EXPECT_GT(std::abs(right->status().clock_off_ms), 30'000);
}

TEST_F(LiveLeader, AProviderThatIsDownIsAskedAgain) {
    auto leads = leader();
    settle(*leads);
    provider.down = true;
    go_to(*leads, bell - 15min, 10min);
    go_to(*leads, bell - 14min, 5s);
    EXPECT_EQ(state(), "failed");
    EXPECT_EQ(leads->status().no_go, 1U);
    provider.down = false;
    go_to(*leads, bell - 13min, 5s);
    EXPECT_EQ(state(), "armed");
}

TEST_F(LiveLeader, SeesADayAheadThatStreamsAreLacking) {
    provider.streams_limit = 1;
    table.lessons[0].period = "P3"; // another of the same moment
    table.lessons[0].days = timetable::test::weekdays;
    save();
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return put_live_lesson(tx, id<timetable::LessonId>(1), std::nullopt, {}, clock.now());
    }));
    auto leads = leader();
    settle(*leads);
    EXPECT_EQ(value("select string_agg(quota_short::text, ' ') from live_classes where day = "
                    "'2026-09-09'"),
              "1 1");
    EXPECT_EQ(leads->status().no_go, 2U);
}

TEST_F(LiveLeader, ASuspendedInstitutionsClassesWait) {
    auto leads = leader();
    settle(*leads);
    installation.superuser().run("update control.tenants set state = 'suspended', change = "
                                 "control.take_change() where slug = 'north'");
    installation.refresh(directory);
    go_to(*leads, bell - 14min, 5min);
    EXPECT_THAT(provider.creates, IsEmpty());
}

} // namespace
} // namespace bw::live
