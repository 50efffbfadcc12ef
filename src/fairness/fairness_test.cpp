// Processes that come and go, by a clock moved by hand, against a real database; and what an
// institution is given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/audit.hpp"
#include "fairness/give_back_jobs.hpp"
#include "fairness/watch.hpp"
#include "jobs/worker.hpp"
#include "submissions/given_back.hpp"
#include "support/installation.hpp"

namespace bw::fairness {
namespace {

class FairnessTest : public testing::Test {
protected:
    FairnessTest() {
        school_ = installation_.provision("north");
        installation_.refresh(directory_);
        worker_.emplace([this] { return installation_.database(); }, directory_,
                        give_back_kinds(clock_, rng_), clock_, rng_);
        EXPECT_TRUE(worker_->keep());
    }

    /// A process with a clock of its own, whose service works unless `works` says otherwise.
    struct Process {
        ManualClock clock{Instant{0}};
        SystemRng rng;
        bool works = true;
        Watch watch;
        std::unique_ptr<tenancy::Database> database;
        Process(FairnessTest& of, const std::string& service, Duration final_after = 0ms)
            : watch({{service, [this] { return works; }}}, of.directory_, clock, rng,
                    {.interval = 1s, .final_after = final_after}),
              database(of.installation_.database()) {}
        /// Looks at itself all the while, and cannot tell the database.
        void cut_off(Duration so_long) {
            for (Duration passed{}; passed < so_long; passed += 10s) {
                clock.advance(10s);
                EXPECT_FALSE(watch.step(*database, Deadline::in(SystemClock(), 0ms)));
            }
        }
        void step(Duration later = 5s) {
            clock.advance(later);
            auto done = watch.step(*database, Deadline::in(SystemClock(), 10s));
            EXPECT_TRUE(done) << done.error().text();
        }
    };

    std::string sql(const std::string& text) { return installation_.superuser().value(text); }
    void change(const std::string& text) { installation_.superuser().run(text); }
    std::string here() const {
        return "tenant_id = '" + to_text(school_.scope.tenant().uuid) + "'";
    }
    std::string outages() { return sql("select count(*) from control.outages"); }
    /// As if the last beat of all had been so long ago.
    void silent_for(const std::string& interval) {
        change("update control.service_watch set works_until = now() - interval '" + interval +
               "'");
    }
    void work() {
        change("update jobs set due_at = now()");
        while (worker_->step().value_or(0) > 0)
            ;
        EXPECT_EQ(sql("select count(*) from jobs where state = 'discarded'"), "0");
    }

    test::Installation installation_;
    SystemClock clock_;
    SystemRng rng_;
    tenancy::TenantInfo school_ = installation_.provision("unused");
    tenancy::TenantDirectory directory_;
    std::optional<jobs::Worker> worker_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
};

TEST_F(FairnessTest, WhatNobodySaidForAWhileIsAnOutage) {
    Process first(*this, "intake");
    first.step();
    silent_for("20 seconds");
    Process soon(*this, "intake");
    soon.step();
    EXPECT_EQ(outages(), "0") << "shorter than the shortest";
    silent_for("10 minutes");
    Process later(*this, "intake");
    later.step();
    EXPECT_EQ(outages(), "1");
    EXPECT_EQ(
        sql("select round(extract(epoch from ended_at - began_at) / 60) from control.outages"),
        "10");
}

TEST_F(FairnessTest, WhoWorkedMeanwhileSaysSoAfterwards) {
    Process old(*this, "intake"), fresh(*this, "intake", 1min);
    old.step();
    silent_for("10 minutes");
    fresh.step(); // is heard first
    ASSERT_EQ(outages(), "1");
    old.cut_off(5min); // worked for the second half
    old.step();
    EXPECT_EQ(
        sql("select round(extract(epoch from ended_at - began_at) / 60) from control.outages"),
        "5");
    old.cut_off(10min); // and, as another would, for all of it
    old.step();
    EXPECT_EQ(outages(), "0");
}

TEST_F(FairnessTest, WhatIsFinalStaysAsItIs) {
    Process old(*this, "intake");
    old.step();
    silent_for("10 minutes");
    Process fresh(*this, "intake");
    fresh.step();
    old.cut_off(30min);
    old.step();
    EXPECT_EQ(outages(), "1");
}

TEST_F(FairnessTest, WhoStoodStillKnowsNothingOfThatTime) {
    Process process(*this, "intake");
    process.step();
    silent_for("10 minutes");
    process.step(10min); // nobody looked meanwhile
    EXPECT_EQ(outages(), "1");
}

TEST_F(FairnessTest, AProcessThatMayNotBeSentWorkSaysNothing) {
    Process process(*this, "intake");
    process.step();
    process.works = false;
    silent_for("10 minutes");
    process.step();
    EXPECT_EQ(outages(), "0") << "it goes on";
    process.works = true;
    process.step();
    EXPECT_EQ(outages(), "1");
}

TEST_F(FairnessTest, MostAnswersFaultsIsAsGoodAsAway) {
    Process process(*this, "api");
    process.step();
    silent_for("2 minutes");
    for (int i = 0; i < 10; ++i)
        process.watch.meter("api")->add(true);
    process.step();
    EXPECT_EQ(outages(), "0");
    process.step();
    EXPECT_EQ(outages(), "1");
}

TEST(Failing, NeedsTenFaultsAndMoreThanHalf) {
    EXPECT_FALSE(failing({}));
    EXPECT_FALSE(failing({9, 9}));
    EXPECT_TRUE(failing({10, 10}));
    EXPECT_FALSE(failing({20, 10}));
    EXPECT_TRUE(failing({21, 11}));
}

/// A section with an assignment or two.
class GiveBackTest : public FairnessTest {
protected:
    GiveBackTest() {
        run("insert into orgs (org_id, source, sourced_id, name, type) values ('" + id(90) +
            "', 's', 'o', 'O', 'school');"
            "insert into courses (course_id, source, sourced_id, title, org_id) values ('" +
            id(91) + "', 's', 'c', 'C', '" + id(90) +
            "');"
            "insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
            "school_org_id) values ('" +
            id(92) + "', 's', 's', 'Art', 'scheduled', '" + id(91) + "', '" + id(90) + "')");
    }
    static std::string id(int n) {
        const std::string digits = std::to_string(n);
        return "00000000-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
    }
    void run(const std::string& statements) {
        change("begin; set local bw.tenant = '" + to_text(school_.scope.tenant().uuid) + "';" +
               statements + ";commit");
    }
    /// Due on a whole minute, so many from now.
    void assignment(int n, int due) {
        run("insert into assignments (assignment_id, section_id, title, due_at) values ('" + id(n) +
            "', '" + id(92) + "', 'a', date_trunc('minute', now()) + " + minutes(due) + ")");
    }
    void extension(int n, int user, int due) {
        run("insert into extensions (extension_id, assignment_id, user_id, due_at, attempts_extra, "
            "reason, given_by) values ('" +
            id(100 + n) + "', '" + id(n) + "', '" + id(user) + "', date_trunc('minute', now()) + " +
            minutes(due) + ", 2, 'ill', '" + id(80) + "')");
    }
    void handed_in(int n, int user, int minutes_after_due, const char* state = "recorded") {
        run("insert into submissions (submission_id, assignment_id, user_id, idempotency_key, "
            "state, reason, received_at, late, content, content_sha256, receipt, journal_epoch, "
            "journal_seq) select '" +
            id(1000 + user) + "', assignment_id, '" + id(user) + "', 'k', '" + state +
            "', case when '" + state + "' = 'refused' then 'too_late' end, due_at + " +
            minutes(minutes_after_due) + ", true, '', '', '', 1, " + std::to_string(user) +
            " from assignments where assignment_id = '" + id(n) + "'");
    }
    static std::string minutes(int n) { return "interval '" + std::to_string(n) + " minutes'"; }

    /// From so many minutes ago until now, settled.
    void outage(int length) {
        Process before(*this, "intake");
        before.step();
        silent_for(std::to_string(length) + " minutes");
        Process after(*this, "intake");
        after.step();
        work();
    }
    /// How much later than the assignment's own due instant; "": no extension stands.
    std::string extended(int n, const std::string& user = "is null") {
        return sql("select coalesce((select (extract(epoch from e.due_at - a.due_at) / "
                   "60)::integer::text from extensions e join assignments a using (tenant_id, "
                   "assignment_id) where e.assignment_id = '" +
                   id(n) + "' and e.user_id " + user + " and e.revoked_at is null), '')");
    }
    std::string late(int user) {
        return sql("select late from submissions where user_id = '" + id(user) + "'");
    }
};

TEST_F(GiveBackTest, WhatWasOpenIsDueLaterByWhatWasLost) {
    assignment(1, 60);
    assignment(2, 3 * 24 * 60);
    assignment(3, -20);
    outage(10);
    // The outage ends with the present second, so up to a minute more.
    EXPECT_THAT(extended(1), testing::AnyOf("10", "11"));
    EXPECT_EQ(extended(2), "") << "there is time enough";
    EXPECT_EQ(extended(3), "") << "was due before";
    EXPECT_EQ(sql("select section_extensions || ' ' || student_extensions from outages_given_back "
                  "where " +
                  here()),
              "1 0");
    EXPECT_EQ(sql("select details::text from audit_events where action = 'outage.given_back' and " +
                  here()),
              R"({"section_extensions":1,"student_extensions":0})");
}

TEST_F(GiveBackTest, WhoWasDueDuringItHasAsLongAsWasLeft) {
    assignment(1, -4);
    outage(10);
    // Lost: from ten minutes ago until four minutes ago; given from now on.
    EXPECT_THAT(extended(1), testing::AnyOf("10", "11"));
}

TEST_F(GiveBackTest, ExtensionsOfStudentsGrowTooAndKeepTheirAttempts) {
    assignment(1, -60);
    extension(1, 5, 30);
    outage(10);
    EXPECT_EQ(extended(1), "") << "the section's was due before";
    EXPECT_THAT(extended(1, "= '" + id(5) + "'"), testing::AnyOf("100", "101"));
    EXPECT_EQ(sql("select attempts_extra from extensions where outage_id is not null"), "2");
    EXPECT_EQ(sql("select count(*) from extensions where revoked_at is not null"), "1");
}

TEST_F(GiveBackTest, WhatATeacherChangedSinceIsReadAgain) {
    assignment(1, 60);
    extension(1, 5, 90);
    auto in = [&](auto&& deed) {
        return database_->run(school_.scope, installation_.soon(), deed);
    };
    auto spans = in([&](tenancy::TenantTx& tx) {
        return submissions::due_spans(tx, clock_.now(), clock_.now() + 1min, clock_.now() + 24h);
    });
    ASSERT_TRUE(spans);
    ASSERT_EQ(spans->size(), 2u);
    auto give = [&] {
        return in([&](tenancy::TenantTx& tx) {
            return submissions::give_back(tx, OutageId{}, "lost", *spans, clock_, rng_);
        });
    };
    for (const char* change :
         {"update extensions set revoked_at = now() where user_id is not null",
          "insert into extensions (extension_id, assignment_id, due_at, reason, given_by) select "
          "gen_random_uuid(), assignment_id, due_at, 'snow', gen_random_uuid() from assignments"}) {
        run(change);
        const auto given = give();
        ASSERT_FALSE(given) << change;
        EXPECT_EQ(given.error().code, Code::unavailable) << "the job tries again";
        run("delete from extensions");
        extension(1, 5, 90);
    }
    EXPECT_TRUE(give());
}

TEST_F(GiveBackTest, LatenessFollowsARefusalStays) {
    assignment(1, -4);
    handed_in(1, 5, 5);
    handed_in(1, 6, 30);
    handed_in(1, 7, 5, "refused");
    outage(10);
    EXPECT_EQ(late(5), "f");
    EXPECT_EQ(late(6), "t");
    EXPECT_EQ(late(7), "t");
    EXPECT_EQ(sql("select state from submissions where user_id = '" + id(7) + "'"), "refused");
}

TEST_F(GiveBackTest, WhatIsRecordedMeanwhileIsLookedAtOnceMore) {
    assignment(1, -4);
    Process before(*this, "intake");
    before.step();
    silent_for("10 minutes");
    Process after(*this, "intake");
    after.step();
    while (extended(1).empty() && worker_->step().value_or(0) > 0)
        ; // the other institution's comes first, or not
    ASSERT_THAT(extended(1), testing::AnyOf("10", "11"));
    handed_in(1, 5, 5); // recorded by the rules of before
    work();
    EXPECT_EQ(late(5), "f");
}

TEST_F(GiveBackTest, TheSameSpanOfTwoServicesIsGivenBackOnce) {
    assignment(1, 60);
    Process reading(*this, "api"), handing_in(*this, "intake");
    reading.step();
    handing_in.step();
    silent_for("10 minutes");
    Process reading_again(*this, "api"), handing_in_again(*this, "intake");
    reading_again.step();
    handing_in_again.step();
    work();
    EXPECT_EQ(
        sql("select count(*) from outages_given_back where done_at is not null and " + here()),
        "2");
    EXPECT_THAT(extended(1), testing::AnyOf("10", "11"));
}

TEST_F(GiveBackTest, ADayAndMoreWaitsForAnOperator) {
    assignment(1, 60);
    outage(25 * 60);
    EXPECT_EQ(extended(1), "");
    change("insert into control.outages (outage_id, service, began_at, ended_at, final_at, reason) "
           "select gen_random_uuid(), 'declared', began_at, ended_at, now(), 'moved house' from "
           "control.outages");
    Process later(*this, "intake");
    later.step();
    work();
    EXPECT_NE(extended(1), "");
}

TEST_F(GiveBackTest, AnInstitutionIsSettledOnceByHoweverMany) {
    assignment(1, 60);
    outage(10);
    const std::string due = extended(1);
    Process one(*this, "intake"), other(*this, "intake");
    one.step();
    other.step();
    work();
    EXPECT_EQ(extended(1), due);
    EXPECT_EQ(sql("select bool_and(settled) from control.outages"), "t");
    EXPECT_EQ(sql("select count(*) from outages_given_back where " + here()), "1");
}

} // namespace
} // namespace bw::fairness
