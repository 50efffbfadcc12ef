// Timetables in a real database: written whole or not at all, seen by everybody at once, and the
// bells that follow from them.
#include "timetable/store.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "support/installation.hpp"
#include "timetable/bells.hpp"
#include "timetable/feeds.hpp"
#include "timetable/plans.hpp"
#include "timetable/school_for_test.hpp"
#include "timetable/sections.hpp"

namespace bw::timetable {
namespace {

using test::id;
using test::instant;
using test::on;
using ::testing::HasSubstr;

/// Two institutions with the same people and sections (as school_for_test.hpp names them): 11
/// attends section 1, 1 teaches it, 2 teaches section 2.
struct Stage : testing::Test {
    bw::test::Installation installation;
    tenancy::TenantInfo north = installation.provision("north"),
                        south = installation.provision("south");
    std::unique_ptr<tenancy::Database> database = installation.database();
    ManualClock clock{instant("2026-09-06T12:00:00Z")}; // the Sunday before the term
    const UserId student = id<UserId>(11);

    static std::string uuid(std::uint8_t n) { return "'" + to_text(id<UserId>(n).uuid) + "'"; }
    static std::string section(std::uint8_t n) {
        return "insert into sections (section_id, source, sourced_id, title, class_type, "
               "course_id, "
               "school_org_id) values (" +
               uuid(n) + ", 's', '" + std::to_string(n) + "', 'Section " + std::to_string(n) +
               "', 'scheduled', " + uuid(2) + ", " + uuid(1) + ");";
    }
    static std::string person(std::uint8_t n, std::uint8_t at, const std::string& role) {
        const std::string name = "'p" + std::to_string(n) + "'";
        return "insert into users (user_id, source, sourced_id, username, username_normal, "
               "given_name, "
               "family_name) values (" +
               uuid(n) + ", 's', " + name + ", " + name + ", " + name + ", " + name +
               ", 'Byron'); insert into enrollments (enrollment_id, source, sourced_id, "
               "section_id, "
               "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', " +
               name + ", " + uuid(at) + ", " + uuid(1) + ", " + uuid(n) + ", '" + role +
               "', true);";
    }
    void SetUp() override {
        for (const tenancy::TenantInfo& at : {north, south})
            run(at, "insert into orgs (org_id, source, sourced_id, name, type) values (" + uuid(1) +
                        ", 's', 'o', 'O', 'school'); insert into courses (course_id, source, "
                        "sourced_id, title, org_id) values (" +
                        uuid(2) + ", 's', 'c', 'C', " + uuid(1) + ");" + section(1) + section(2) +
                        person(11, 1, "student") + person(1, 1, "teacher") +
                        person(2, 2, "teacher"));
    }
    void run(const tenancy::TenantInfo& at, const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(at.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    std::string value(const std::string& sql) { return installation.superuser().value(sql); }
    template <class Fn>
    auto in(const tenancy::TenantInfo& at, Fn fn) {
        return database->run(at.scope, installation.soon(), fn);
    }
    Result<void> save(const Timetable& wanted, const tenancy::TenantInfo* at = nullptr) {
        return in(at ? *at : north, [&](tenancy::TenantTx& tx) -> Result<void> {
            const Plan plan = TRY(save_timetable(tx, TRY(lock_timetable(tx)), wanted, clock.now()));
            return write_bells(tx, plan, clock.now(), installation.rng());
        });
    }
    Stored stored(const tenancy::TenantInfo* at = nullptr) {
        auto read = in(at ? *at : north, [](tenancy::TenantTx& tx) { return read_timetable(tx); });
        EXPECT_TRUE(read) << read.error().text();
        return read ? *std::move(read) : Stored();
    }
    std::vector<std::string> bells(const tenancy::TenantInfo& of) {
        std::vector<std::string> out;
        for (const auto& row :
             installation.superuser().run("select to_char(starts_at at time zone 'UTC', "
                                          "'YYYY-MM-DD\"T\"HH24:MI') from bells "
                                          "where tenant_id = '" +
                                          to_text(of.scope.tenant().uuid) + "' order by starts_at"))
            out.push_back(*row[0]);
        return out;
    }
    /// How often processes were told that something of the institution has changed.
    std::string announced() {
        return value("select change from control.tenants where slug = 'north'");
    }
};

using TimetableStore = Stage;

TEST_F(TimetableStore, GivesBackWhatWasPutIn) {
    EXPECT_EQ(stored().version, 0);
    Timetable wanted = test::school();
    wanted.rotation = {{"A", "B"}, Rotation::Advance::calendar_weeks, on("2026-09-07")};
    wanted.exceptions = {{.date = on("2026-10-26"), .note = "half term"},
                         {.date = on("2026-11-06"), .kind = Exception::Kind::swap, .weekday = 0}};
    wanted.lessons[1].rotation = 2;
    wanted.changes = {{.lesson = id<LessonId>(1), .date = on("2026-09-14"), .cancelled = true},
                      {.lesson = id<LessonId>(2), .date = on("2026-09-15"), .room = "R9"}};
    const auto saved = save(wanted);
    ASSERT_TRUE(saved) << saved.error().text();
    EXPECT_EQ(stored().timetable, wanted);
    EXPECT_EQ(stored().version, 1);
    EXPECT_EQ(stored(&south).version, 0) << "the other institution has none";

    wanted.lessons.pop_back();
    wanted.changes.pop_back();
    wanted.lessons[0].room = "R7";
    ASSERT_TRUE(save(wanted));
    EXPECT_EQ(stored().timetable, wanted);
    EXPECT_EQ(stored().version, 2);
    EXPECT_EQ(stored().lesson_versions, std::vector<std::int64_t>{2});
}

TEST_F(TimetableStore, AFaultLeavesTheLastGoodOne) {
    ASSERT_TRUE(save(test::school()));
    struct Case {
        const char* field;
        std::function<void(Timetable&)> spoil;
    };
    for (const auto& [field, spoil] : std::initializer_list<Case>{
             {"/zone", [](Timetable& t) { t.zone = "Mars/Base"; }},
             {"/lessons/0/section_id",
              [](Timetable& t) { t.lessons[0].section = id<SectionId>(99); }},
             {"/lessons/1/teacher_id", [](Timetable& t) { t.lessons[1].teacher = id<UserId>(99); }},
             {"/changes/0/teacher_id",
              [](Timetable& t) {
                  t.changes = {{.lesson = id<LessonId>(1),
                                .date = on("2026-09-14"),
                                .teacher = id<UserId>(99)}};
              }},
             {"/schedules/0/periods/1/begin",
              [](Timetable& t) { t.schedules[0].periods[1].begin = 541; }}}) {
        Timetable wanted = test::school();
        spoil(wanted);
        const auto saved = save(wanted);
        ASSERT_FALSE(saved) << field;
        EXPECT_EQ(saved.error().code, Code::invalid_field);
        EXPECT_EQ(saved.error().field, field) << saved.error().text();
        EXPECT_EQ(stored().timetable, test::school()) << field;
        EXPECT_EQ(stored().version, 1) << field;
    }
}

TEST_F(TimetableStore, TwoWhoBeginOneAtOnceMakeOne) {
    const auto other = installation.database();
    const auto late = in(north, [&](tenancy::TenantTx& tx) -> Result<void> {
        const Stored before = TRY(lock_timetable(tx)); // there is none to lock
        const auto first = other->run(north.scope, installation.soon(),
                                      [&](tenancy::TenantTx& theirs) -> Result<void> {
                                          TRY(save_timetable(theirs, TRY(lock_timetable(theirs)),
                                                             test::school(), clock.now()));
                                          return {};
                                      });
        EXPECT_TRUE(first) << first.error().text();
        Timetable wanted = test::school();
        wanted.lessons.clear();
        TRY(save_timetable(tx, before, wanted, clock.now()));
        return {};
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::conflict);
    EXPECT_EQ(stored().timetable, test::school());
}

TEST_F(TimetableStore, PlansAreAsNewAsTheTransaction) {
    Plans plans;
    const auto plan = [&](const tenancy::TenantInfo& at) {
        auto of = in(at, [&](tenancy::TenantTx& tx) { return plans.of(tx); });
        EXPECT_TRUE(of) << of.error().text();
        return of ? *of : nullptr;
    };
    EXPECT_EQ(plan(north), nullptr);
    ASSERT_TRUE(save(test::school()));
    const auto first = plan(north);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(plan(north), first) << "the same one, from memory";
    Timetable wanted = test::school();
    wanted.lessons[0].room = "R7";
    ASSERT_TRUE(save(wanted));
    EXPECT_EQ(plan(north)->plan.timetable().lessons[0].room, "R7");
    EXPECT_EQ(plan(south), nullptr);
}

TEST_F(TimetableStore, APlanThatCannotBeReadAnyMoreLeavesTheLastGoodOne) {
    Plans plans, fresh;
    ASSERT_TRUE(save(test::school()));
    const auto of = [&](Plans& from) {
        return in(north, [&](tenancy::TenantTx& tx) { return from.of(tx); });
    };
    ASSERT_TRUE(of(plans));
    run(north, "update timetables set version = 9, calendar = jsonb_set(calendar, '{zone}', "
               "'\"Mars/Base\"')");
    EXPECT_EQ((*of(plans))->version, 1);
    ASSERT_FALSE(of(fresh));
    EXPECT_EQ(of(fresh).error().code, Code::unavailable);
}

TEST_F(TimetableStore, ANumberThatIsGivenTwiceIsAnotherTimetable) {
    Plans plans;
    ASSERT_TRUE(save(test::school()));
    const auto room = [&] {
        auto plan = in(north, [&](tenancy::TenantTx& tx) { return plans.of(tx); });
        return (*plan)->plan.timetable().lessons[0].room;
    };
    EXPECT_EQ(room(), "R1");
    // As after a failover that lost the version, and another change since.
    run(north, "update lessons set room = 'R5' where room = 'R1'; "
               "update timetables set changed_at = changed_at + interval '1 second'");
    EXPECT_EQ(room(), "R5");
}

TEST_F(TimetableStore, PlansThatAreLongUnusedGo) {
    Plans plans({.plans = 1});
    ASSERT_TRUE(save(test::school()));
    ASSERT_TRUE(save(test::school(), &south));
    const auto of = [&](const tenancy::TenantInfo& at) {
        return *in(at, [&](tenancy::TenantTx& tx) { return plans.of(tx); });
    };
    const auto first = of(north);
    of(south);
    EXPECT_NE(of(north), first);
}

// ---- bells ----

TEST_F(TimetableStore, BellsFollowFromItForThreeDays) {
    ASSERT_TRUE(save(test::school()));
    // Section 1 on Mondays at 9:00, section 2 every day at 11:20, British Summer Time.
    EXPECT_THAT(bells(north), testing::ElementsAre("2026-09-07T08:00", "2026-09-07T10:20",
                                                   "2026-09-08T10:20", "2026-09-09T10:20"));
    EXPECT_TRUE(bells(south).empty());
    const std::string told = announced();
    ASSERT_TRUE(save(test::school()));
    EXPECT_EQ(announced(), told) << "nothing to tell";
    Timetable wanted = test::school();
    wanted.changes = {{.lesson = id<LessonId>(1), .date = on("2026-09-07"), .cancelled = true}};
    wanted.exceptions = {{.date = on("2026-09-08")}};
    ASSERT_TRUE(save(wanted));
    EXPECT_THAT(bells(north), testing::ElementsAre("2026-09-07T10:20", "2026-09-09T10:20"));
    EXPECT_NE(announced(), told);
}

TEST_F(TimetableStore, AScheduleThatChangesFiveMinutesBeforeItsBellTakesTheBellAlong) {
    ASSERT_TRUE(save(test::school()));
    clock.step_wall(instant("2026-09-07T07:55:00Z") - clock.now());
    Timetable wanted = test::school();
    wanted.schedules[0].periods[0].begin = 550; // ten minutes later
    ASSERT_TRUE(save(wanted));
    EXPECT_EQ(bells(north).front(), "2026-09-07T08:10");
    ASSERT_TRUE(save(test::school()));
    EXPECT_EQ(bells(north).front(), "2026-09-07T08:00");
}

TEST_F(TimetableStore, DeclaredBellsStay) {
    run(north, "insert into bells (bell_id, starts_at, lasts_seconds) values "
               "(gen_random_uuid(), '2026-09-07T08:00:00Z', 600), "
               "(gen_random_uuid(), '2026-09-07T08:01:00Z', 0)");
    ASSERT_TRUE(save(test::school()));
    Timetable none = test::school();
    none.lessons.clear();
    ASSERT_TRUE(save(none));
    EXPECT_THAT(bells(north), testing::ElementsAre("2026-09-07T08:00", "2026-09-07T08:01"));
}

TEST_F(TimetableStore, BellsOfSectionsThatTheRosterLostDoNotRing) {
    run(north, "update sections set status = 'inactive' where section_id = " + uuid(2));
    Timetable wanted = test::school();
    wanted.lessons.pop_back();
    ASSERT_TRUE(save(wanted));
    run(north,
        "insert into lessons (lesson_id, section_id, period, days, rotation, room, term) values "
        "(" +
            uuid(9) + ", " + uuid(2) +
            ", 'P3', 0, 0, '', ''); "
            "update timetables set bells_until = null");
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    BellWriter writer([&] { return installation.database(); }, directory, clock,
                      installation.rng());
    EXPECT_EQ(writer.step(), 1U);
    EXPECT_THAT(bells(north), testing::ElementsAre("2026-09-07T08:00"));
}

TEST_F(TimetableStore, TheWriterKeepsThemAheadAndWritesNothingInBetween) {
    ASSERT_TRUE(save(test::school()));
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    BellWriter writer([&] { return installation.database(); }, directory, clock,
                      installation.rng());
    EXPECT_EQ(writer.step(), 0U);
    clock.step_wall(instant("2026-09-07T10:00:00Z") - clock.now());
    EXPECT_EQ(writer.step(), 0U) << "they stand for two days more";
    clock.step_wall(instant("2026-09-08T12:30:00Z") - clock.now());
    EXPECT_EQ(writer.step(), 1U);
    EXPECT_EQ(bells(north).back(), "2026-09-11T10:20");
    clock.step_wall(instant("2026-09-06T12:00:00Z") - clock.now()); // a clock that jumps back
    EXPECT_EQ(writer.step(), 1U) << "what stands there is of a clock that was ahead";
    EXPECT_EQ(bells(north).front(), "2026-09-07T08:00");
    EXPECT_EQ(writer.step(), 0U);
}

TEST_F(TimetableStore, AClockThatWasAheadDoesNotEndTheBells) {
    clock.step_wall(30 * 24h);
    ASSERT_TRUE(save(test::school()));
    clock.step_wall(-30 * 24h);
    EXPECT_TRUE(bells(north).front() > "2026-10");
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    BellWriter writer([&] { return installation.database(); }, directory, clock,
                      installation.rng());
    EXPECT_EQ(writer.step(), 1U);
    EXPECT_EQ(bells(north).front(), "2026-09-07T08:00");
}

TEST_F(TimetableStore, BellsThatAreLongOverGo) {
    ASSERT_TRUE(save(test::school()));
    clock.step_wall(3 * 24h);
    ASSERT_TRUE(save(test::school()));
    EXPECT_EQ(bells(north).front(), "2026-09-09T10:20");
}

// ---- people ----

TEST_F(TimetableStore, WhoeverIsForgottenTeachesNothingAndHasNoCalendar) {
    ASSERT_TRUE(save(test::school()));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return add_feed(tx, id<UserId>(1), {FeedId::make(clock.now(), installation.rng()), "", {}},
                        installation.rng());
    }));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return forget_person(tx, id<UserId>(1), clock.now());
    }));
    EXPECT_EQ(stored().timetable.lessons[0].teacher, std::nullopt);
    EXPECT_EQ(stored().version, 2) << "so that nobody goes on with a plan that has them";
    EXPECT_EQ(value("select count(*) from calendar_feeds"), "0");
}

TEST_F(TimetableStore, LessonsAreTheirStudentsAndTheirTeachers) {
    Timetable wanted = test::school();
    wanted.lessons[0].days = 0;
    wanted.lessons[0].teacher = std::nullopt; // whoever teaches section 1
    wanted.changes = {
        {.lesson = id<LessonId>(2), .date = on("2026-09-08"), .teacher = id<UserId>(1)}};
    ASSERT_TRUE(save(wanted));
    const auto count = [&](UserId of, const char* from, const char* until) {
        auto found = in(north, [&](tenancy::TenantTx& tx) -> Result<std::size_t> {
            const Plan plan = TRY(Plan::make(TRY(read_timetable(tx)).timetable));
            return TRY(occurrences_of(tx, plan, of, clock.now(), instant(from), instant(until)))
                .size();
        });
        EXPECT_TRUE(found) << found.error().text();
        return found ? *found : 0;
    };
    const char *monday = "2026-09-07T00:00:00Z", *tuesday = "2026-09-08T00:00:00Z",
               *wednesday = "2026-09-09T00:00:00Z";
    EXPECT_EQ(count(student, monday, tuesday), 1U);
    EXPECT_EQ(count(id<UserId>(1), monday, tuesday), 1U);
    EXPECT_EQ(count(id<UserId>(1), tuesday, wednesday), 2U) << "with the one as a substitute";
    EXPECT_EQ(count(id<UserId>(2), monday, tuesday), 1U);
    EXPECT_EQ(count(id<UserId>(2), tuesday, wednesday), 0U) << "somebody else has it";
}

TEST_F(TimetableStore, ACalendarIsReadByWhoeverKnowsItsAddressAtItsInstitutionUntilRevoked) {
    const Feed feed{FeedId::make(clock.now(), installation.rng()), "phone", clock.now()};
    const auto token = in(north, [&](tenancy::TenantTx& tx) {
        return add_feed(tx, student, feed, installation.rng());
    });
    ASSERT_TRUE(token) << token.error().text();
    EXPECT_EQ(token->size(), feed_token_length);
    const auto owner = [&](const tenancy::TenantInfo& at, std::string_view of) {
        return *in(at, [&](tenancy::TenantTx& tx) { return owner_of(tx, of); });
    };
    EXPECT_EQ(owner(north, *token), student);
    EXPECT_EQ(owner(south, *token), std::nullopt);
    EXPECT_EQ(owner(north, std::string(feed_token_length, 'A')), std::nullopt);
    EXPECT_EQ(
        value("select count(*) from calendar_feeds where encode(token_hash, 'base64') like '%" +
              token->substr(0, 8) + "%'"),
        "0");
    run(north,
        "update users set status = 'inactive', username_normal = null where user_id = " + uuid(11));
    EXPECT_EQ(owner(north, *token), std::nullopt) << "whom the roster no longer has";
    run(north,
        "update users set status = 'active', username_normal = 'p11' where user_id = " + uuid(11));
    const auto remove = [&](UserId who) {
        return in(north, [&](tenancy::TenantTx& tx) { return remove_feed(tx, who, feed.id); });
    };
    EXPECT_EQ(remove(id<UserId>(1)).error().code, Code::not_found) << "it is somebody else's";
    EXPECT_TRUE(remove(student));
    EXPECT_EQ(owner(north, *token), std::nullopt);
}

TEST_F(TimetableStore, APersonHasTenCalendarsAtMost) {
    const auto add = [&] {
        return in(north, [&](tenancy::TenantTx& tx) {
            return add_feed(tx, student,
                            {FeedId::make(clock.now(), installation.rng()), "", clock.now()},
                            installation.rng());
        });
    };
    for (int i = 0; i < feeds_limit; ++i)
        ASSERT_TRUE(add());
    EXPECT_EQ(add().error().code, Code::conflict);
}

TEST_F(TimetableStore, TenAreNotExceededByThoseWhoAskAtOnce) {
    for (int i = 0; i < feeds_limit - 1; ++i)
        ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
            return add_feed(tx, student,
                            {FeedId::make(clock.now(), installation.rng()), "", clock.now()},
                            installation.rng());
        }));
    // Somebody has added the tenth and not committed yet.
    const auto other = installation.database();
    std::optional<Error> refused;
    std::jthread second;
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) -> Result<std::string> {
        auto tenth =
            add_feed(tx, student, {FeedId::make(clock.now(), installation.rng()), "", clock.now()},
                     installation.rng());
        second = std::jthread([&] {
            auto added =
                other->run(north.scope, installation.soon(), [&](tenancy::TenantTx& another) {
                    return add_feed(
                        another, student,
                        {FeedId::make(clock.now(), installation.rng()), "", clock.now()},
                        installation.rng());
                });
            if (!added)
                refused = std::move(added).error();
        });
        const Deadline patience = installation.soon();
        while (value("select count(*) from pg_locks where not granted") == "0" &&
               !patience.expired(installation.clock()))
            std::this_thread::sleep_for(1ms);
        return tenth;
    }));
    second.join();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, Code::conflict);
    EXPECT_EQ(value("select count(*) from calendar_feeds"), std::to_string(feeds_limit));
}

TEST_F(TimetableStore, WhoIsNotActiveAnyMoreGetsNoCalendar) {
    run(north,
        "update users set status = 'inactive', username_normal = null where user_id = " + uuid(11));
    const auto added = in(north, [&](tenancy::TenantTx& tx) {
        return add_feed(tx, student,
                        {FeedId::make(clock.now(), installation.rng()), "", clock.now()},
                        installation.rng());
    });
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::forbidden);
}

TEST_F(TimetableStore, IsReadAsItStoodAtOneMoment) {
    Timetable one = test::school(), other = one;
    other.schedules[0].periods[0].name = other.schedules[1].periods[0].name = "First";
    other.lessons[0].period = "First";
    ASSERT_TRUE(save(one));
    std::atomic<bool> done = false;
    std::jthread writer([&] {
        const auto mine = installation.database();
        for (int i = 0; i < 100; ++i)
            EXPECT_TRUE(mine->run(north.scope, installation.soon(),
                                  [&](tenancy::TenantTx& tx) -> Result<void> {
                                      TRY(save_timetable(tx, TRY(lock_timetable(tx)),
                                                         i % 2 ? one : other, clock.now()));
                                      return {};
                                  }));
        done = true;
    });
    while (!done) {
        const Stored seen = stored();
        const std::string& period = seen.timetable.schedules[0].periods[0].name;
        ASSERT_EQ(seen.timetable.lessons[0].period, period) << "of version " << seen.version;
    }
}

TEST_F(TimetableStore, LessonsComePageByPage) {
    Timetable wanted = test::school();
    wanted.rotation = {{"A", "B"}, Rotation::Advance::school_days, on("2026-09-07")};
    for (std::uint8_t n = 3; n <= 7; ++n)
        wanted.lessons.push_back({.id = id<LessonId>(n),
                                  .section = id<SectionId>(n % 2 ? 1 : 2),
                                  .period = "P2",
                                  .days = static_cast<std::uint8_t>(1 << (n - 3)),
                                  .rotation = 2});
    ASSERT_TRUE(save(wanted));
    const auto page = [&](LessonId after, std::optional<SectionId> section, std::int64_t limit,
                          const tenancy::TenantInfo* at = nullptr) {
        std::string out;
        for (const StoredLesson& one : *in(at ? *at : north, [&](tenancy::TenantTx& tx) {
                 return lessons_after(tx, after, section, limit);
             })) {
            EXPECT_EQ(one.lesson, wanted.lessons[one.lesson.id.uuid[15] - 1]);
            EXPECT_EQ(one.rotation_names, wanted.rotation.names);
            EXPECT_EQ(one.version, 1);
            out += std::to_string(one.lesson.id.uuid[15]);
        }
        return out;
    };
    EXPECT_EQ(page({}, {}, 3), "123");
    EXPECT_EQ(page(id<LessonId>(3), {}, 3), "456");
    EXPECT_EQ(page(id<LessonId>(6), {}, 3), "7");
    EXPECT_EQ(page({}, id<SectionId>(1), 10), "1357");
    EXPECT_EQ(page(id<LessonId>(3), id<SectionId>(2), 1), "4");
    EXPECT_EQ(page({}, {}, 10, &south), "");
    const auto one =
        in(north, [](tenancy::TenantTx& tx) { return lesson_by_id(tx, id<LessonId>(7)); });
    ASSERT_TRUE(one && *one);
    EXPECT_EQ((*one)->lesson, wanted.lessons[6]);
    EXPECT_FALSE(
        *in(south, [](tenancy::TenantTx& tx) { return lesson_by_id(tx, id<LessonId>(7)); }));
}

TEST_F(TimetableStore, AGeneratedOneTakesTheRostersTermsAndIsTheSameEachTime) {
    const auto make = [&] {
        return in(north, [&](tenancy::TenantTx& tx) {
            return generated(tx, {}, {.zone = "Europe/London", .schedules = {}, .terms = {}}, 7,
                             clock.now());
        });
    };
    EXPECT_EQ(make().error().code, Code::conflict) << "no terms anywhere";
    run(north,
        "insert into academic_sessions (academic_session_id, source, sourced_id, title, type, "
        "start_date, end_date) values (" +
            uuid(7) +
            ", 's', 't', 'Autumn', 'term', "
            "'2026-09-07', '2026-12-18'); insert into section_terms (section_id, "
            "academic_session_id) values (" +
            uuid(1) + ", " + uuid(7) + ")");
    const auto made = make();
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->timetable.terms.front().name, "Autumn");
    EXPECT_EQ(made->timetable.lessons.size(), 8U) << "section 2, which has no term, too";
    EXPECT_EQ(make()->timetable, made->timetable);
    EXPECT_TRUE(save(made->timetable));
}

} // namespace
} // namespace bw::timetable
