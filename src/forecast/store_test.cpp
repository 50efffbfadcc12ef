// What the database is asked of due instants and students, and how a day is kept.
#include "forecast/store.hpp"

#include <gtest/gtest.h>

#include "forecast/lesson_bells.hpp"
#include "support/installation.hpp"

namespace bw::forecast {
namespace {

const Instant start = *from_rfc3339("2026-11-23T03:00:00Z");

class StoreTest : public testing::Test {
protected:
    StoreTest() {
        // Sections 1 and 2; students 1 to 4 in 1, 3 and 4 in 2 too, 5 left 1; who teaches is none.
        run(R"(
            insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name, status)
            select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 's', n, 'u' || n, case when n < '5' then 'u' || n end, 'g', 'f', case when n = '5' then 'inactive' else 'active' end
            from unnest(array['1','2','3','4','5']) n;
            insert into enrollments (enrollment_id, source, sourced_id, status, section_id, school_org_id, user_id, role, is_primary)
            select gen_random_uuid(), 's', s || u || r, case when u = '5' then 'inactive' else 'active' end,
                ('00000000-0000-7000-8000-00000000010' || s)::uuid, gen_random_uuid(), ('00000000-0000-7000-8000-00000000000' || u)::uuid, r, false
            from (values ('1','1','student'), ('1','2','student'), ('1','3','student'), ('1','4','student'), ('1','5','student'),
                         ('2','3','student'), ('2','4','student'), ('2','1','teacher')) v (s, u, r);
            insert into assignments (assignment_id, section_id, title, due_at, active)
            select ('00000000-0000-7000-8000-00000000020' || a)::uuid, ('00000000-0000-7000-8000-00000000010' || s)::uuid, 't', d::timestamptz, x
            from (values ('1','1','2026-11-23T12:00:00Z', true), ('2','2','2026-11-23T13:00:00Z', true), ('3','2','2026-11-23T13:30:00Z', false)) v (a, s, d, x);
            insert into submissions (submission_id, assignment_id, user_id, idempotency_key, state, received_at, late, content, content_sha256, receipt, journal_epoch, journal_seq)
            select gen_random_uuid(), '00000000-0000-7000-8000-000000000201', ('00000000-0000-7000-8000-00000000000' || u)::uuid, k, 'recorded', at::timestamptz, false, '', '', '', 1, n
            from (values ('1', 'a', '2026-11-23T11:59:30Z', 1), ('1', 'b', '2026-11-23T12:30:00Z', 2), ('2', 'c', '2026-11-23T12:00:30Z', 3), ('3', 'd', '2026-11-22T11:00:00Z', 4)) v (u, k, at, n);)");
    }
    void run(const std::string& text) {
        installation_.superuser().run(
            "begin; set local session_replication_role = replica; set local bw.tenant = '" +
            to_text(school_.scope.tenant().uuid) + "';" + text + "commit");
    }
    template <class Fn>
    auto in_tx(Fn fn) {
        auto out = database_->run(school_.scope, installation_.soon(), fn);
        if (!out)
            ADD_FAILURE() << out.error().text();
        return *std::move(out);
    }
    static SectionId section(unsigned char n) {
        SectionId out;
        out.uuid = {0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 1, n};
        return out;
    }
    static AssignmentId assignment(unsigned char n) {
        AssignmentId out;
        out.uuid = {0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 2, n};
        return out;
    }

    test::Installation installation_;
    tenancy::TenantInfo school_ = installation_.provision("north");
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
};

TEST_F(StoreTest, CountsWhoIsToSubmitAndWhoHas) {
    const Counts counts =
        in_tx([](tenancy::TenantTx& tx) { return read_counts(tx, start + 10h, Instant{0}); });
    EXPECT_EQ(counts.people, 4);
    EXPECT_FALSE(counts.providers || counts.learned);
    ASSERT_EQ(counts.dues.size(), 2);
    EXPECT_EQ(counts.dues[0].at, start + 9h);
    EXPECT_EQ(counts.dues[0].students, 4);
    EXPECT_EQ(counts.dues[0].submitted, 3);
    EXPECT_EQ(counts.dues[1].students, 2);
    EXPECT_EQ(counts.dues[1].submitted, 0);
}

TEST_F(StoreTest, WhoHasAnExtensionIsDueThen) {
    const auto extend = [&](const char* assignment, const char* user, const char* until,
                            const char* revoked = "null") {
        run(std::string("insert into extensions (extension_id, assignment_id, user_id, due_at, "
                        "reason, given_by, revoked_by, revoked_at) values (gen_random_uuid(), "
                        "'00000000-0000-7000-8000-00000000020") +
            assignment + "', " +
            (*user ? std::string("'00000000-0000-7000-8000-00000000000") + user + "'" : "null") +
            ", '" + until + "', 'r', gen_random_uuid(), " + revoked + "::uuid, case when " +
            revoked + " is not null then now() end);");
    };
    const auto told = [&](Instant now = start + 10h) {
        std::string out;
        for (const Due& due :
             in_tx([&](tenancy::TenantTx& tx) { return read_counts(tx, now, Instant{0}); }).dues)
            out += to_rfc3339(due.at).substr(5, 11) + " " + std::to_string(due.submitted) + "/" +
                   std::to_string(due.students) + "; ";
        return out;
    };
    EXPECT_EQ(told(), "11-23T12:00 3/4; 11-23T13:00 0/2; ");
    extend("1", "3", "2026-11-25T12:00:00Z"); // who has submitted
    extend("1", "4", "2026-11-25T12:00:00Z"); // who has not
    extend("1", "1", "2026-11-23T11:00:00Z"); // earlier than it is due anyhow
    extend("1", "5", "2026-11-26T12:00:00Z"); // who left
    extend("1", "2", "2026-11-27T12:00:00Z", "gen_random_uuid()");
    EXPECT_EQ(told(), "11-23T12:00 2/2; 11-23T13:00 0/2; 11-25T12:00 1/2; ");
    extend("2", "", "2026-11-24T13:00:00Z"); // the whole section
    extend("2", "4", "2026-11-26T13:00:00Z");
    EXPECT_EQ(told(), "11-23T12:00 2/2; 11-24T13:00 0/1; 11-25T12:00 1/2; 11-26T13:00 0/1; ");
    EXPECT_EQ(told(start + 40h), "11-24T13:00 0/1; 11-25T12:00 1/2; 11-26T13:00 0/1; ")
        << "though the assignment's own is long over";
}

TEST_F(StoreTest, WhoHasAnExtensionOfTheirOwnTeachesNothingOfTheUsualOne) {
    run("insert into extensions (extension_id, assignment_id, user_id, due_at, reason, given_by) "
        "values (gen_random_uuid(), '00000000-0000-7000-8000-000000000201', "
        "'00000000-0000-7000-8000-000000000003', '2026-11-25T12:00:00Z', 'r', gen_random_uuid()), "
        "(gen_random_uuid(), '00000000-0000-7000-8000-000000000201', "
        "'00000000-0000-7000-8000-000000000004', '2026-11-25T12:00:00Z', 'r', gen_random_uuid());");
    const Window day{start + 24h, 1440};
    const School known{.zone = *timetable::Zone::find("Europe/London"), .bells = {}, .dues = {}};
    in_tx([&](tenancy::TenantTx& tx) -> Result<bool> {
        CHECK_OK(keep_day(tx, day, day.from + 2h, known, std::vector<bool>(1440, true)));
        return true;
    });
    Learned learned;
    EXPECT_TRUE(
        in_tx([&](tenancy::TenantTx& tx) { return close_day(tx, day.until() + 5min, learned); }));
    EXPECT_EQ(learned.leads[13], 1);
    EXPECT_EQ(learned.leads[14], 1);
    EXPECT_EQ(learned.leads[2], 0) << "who had longer";
    EXPECT_EQ(learned.leads[never], 2) << "of the second assignment alone";
}

TEST_F(StoreTest, OtherDueInstantsOfTheSameStudents) {
    Beside beside = in_tx([](tenancy::TenantTx& tx) {
        return due_beside(tx, section(1), start, start + 24h, assignment(1));
    });
    EXPECT_EQ(beside.students, 4);
    ASSERT_EQ(beside.others.size(), 1);
    EXPECT_EQ(beside.others[0].assignment, assignment(2));
    EXPECT_EQ(beside.others[0].students, 2);
    beside = in_tx([](tenancy::TenantTx& tx) {
        return due_beside(tx, section(2), start, start + 24h, std::nullopt);
    });
    EXPECT_EQ(beside.students, 2);
    ASSERT_EQ(beside.others.size(), 2);
    EXPECT_EQ(beside.others[0].students, 2);
}

TEST_F(StoreTest, ADayTeachesWhenStudentsSubmitted) {
    const Window day{start + 24h, 1440};
    const School known{.zone = *timetable::Zone::find("Europe/London"), .bells = {}, .dues = {}};
    in_tx([&](tenancy::TenantTx& tx) -> Result<bool> {
        CHECK_OK(keep_day(tx, day, day.from + 2h, known, std::vector<bool>(1440, true)));
        return true;
    });
    Learned learned;
    const auto close = [&](Instant now) {
        return in_tx([&](tenancy::TenantTx& tx) { return close_day(tx, now, learned); });
    };
    EXPECT_FALSE(close(day.until() + 4min)) << "late counts may still come";
    EXPECT_TRUE(close(day.until() + 5min));
    EXPECT_FALSE(close(day.until() + 5min));
    EXPECT_EQ(learned.days, 1);
    // What came before the forecast was made is no matter of its score, and teaches all the same.
    const Counts counts =
        in_tx([&](tenancy::TenantTx& tx) { return read_counts(tx, day.until(), Instant{0}); });
    EXPECT_EQ(counts.scored.size(), 1);
    EXPECT_EQ(counts.scored.front().errors[place(Kind::refresh)].minutes, 22 * 60);
    EXPECT_EQ(counts.learned, learned);
    // Of the first assignment: first attempts alone, in the last minute, just late, a day before;
    // and who never did. Of the second two who never did.
    EXPECT_EQ(learned.leads[13], 1);
    EXPECT_EQ(learned.leads[14], 1);
    EXPECT_EQ(learned.leads[2], 1);
    EXPECT_EQ(learned.leads[never], 3);
    EXPECT_EQ(learned.leads[15], 0);
}

TEST_F(StoreTest, ADayIsKeptAsItBeganAndAsItWasKnownLast) {
    const Window day{start, 1440};
    School first{.zone = *timetable::Zone::find("Asia/Kathmandu"),
                 .people = 7,
                 .providers = true,
                 .bells = {{start + 1h, 5, 2}},
                 .dues = {{start + 2h, 3, 1}}};
    School later = first;
    later.bells.clear();
    std::vector<bool> early(1440), late(1440);
    early[0] = late[5] = true;
    in_tx([&](tenancy::TenantTx& tx) -> Result<bool> {
        CHECK_OK(keep_day(tx, day, start, first, early));
        CHECK_OK(keep_day(tx, day, start + 5min, later, late));
        return true;
    });
    EXPECT_EQ(to_bytes(*in_tx([&](tenancy::TenantTx& tx) { return latest_of(tx, day); })),
              to_bytes(later));
    const std::string row = installation_.superuser().value(
        "select encode(school, 'hex') || ' ' || bit_count(counted) from forecast_days");
    EXPECT_EQ(row, to_hex(to_bytes(first)) + " 2");
    const Bytes bytes = to_bytes(first);
    EXPECT_EQ(to_bytes(*school_from(bytes)), bytes);
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_EQ(school_from(bytes.substr(0, length)).error().code, Code::corrupt);
    EXPECT_EQ(school_from(bytes + "x").error().code, Code::corrupt);
}

TEST_F(StoreTest, LessonsAreBellsForTheirStudents) {
    SeededRng rng(1);
    timetable::Timetable written{
        .zone = "Europe/London",
        .schedules = {{"full", {{"P1", 540, 600}, {"P2", 600, 660}}}},
        .week = {"full", "full", "full", "full", "full"},
        .terms = {{"autumn", *roster::parse_date("2026-09-01"), *roster::parse_date("2026-12-18")}},
        .exceptions = {{.date = *roster::parse_date("2026-11-24")}}};
    const auto lesson = [&](SectionId of, const char* period) {
        written.lessons.push_back(
            {.id = timetable::LessonId::make(Instant{0}, rng), .section = of, .period = period});
    };
    lesson(section(1), "P1");
    lesson(section(2), "P1");
    lesson(section(2), "P2");
    lesson(section(9), "P2"); // which nobody attends
    const timetable::Plan plan = *timetable::Plan::make(written);
    const std::vector<Bell> bells =
        in_tx([&](tenancy::TenantTx& tx) { return lesson_bells(tx, plan, start, start + 72h); });
    ASSERT_EQ(bells.size(), 4); // not on the holiday
    EXPECT_EQ(bells[0], (Bell{start + 6h, 6, 0}));
    EXPECT_EQ(bells[1], (Bell{start + 7h, 2, 0}));
    EXPECT_EQ(bells[2].at, start + 54h);
    const std::vector<Bell> both =
        with_declared(bells, {{start + 6h}, {start + 6h + 30min}, {start + 90h}});
    ASSERT_EQ(both.size(), 6);
    EXPECT_EQ(both[0].people, 6);
    EXPECT_EQ(both[1].at, start + 6h + 30min);
    EXPECT_EQ(both[5].at, start + 90h);
    // The timetable's own, read back from the directory, are not declared: at 10:00 nobody would
    // come but section 2.
    const std::vector<Bell> declared = not_of_lessons(
        {{start + 6h}, {start + 6h + 30min}, {start + 7h}}, plan, start, start + 72h);
    ASSERT_EQ(declared.size(), 1);
    EXPECT_EQ(declared[0].at, start + 6h + 30min);
}

TEST(Errors, AreReadAsTheyWereWritten) {
    PerKind<Errors> errors{};
    errors[2].came = 12.5;
    errors[6].peak_naive = 3;
    const Bytes bytes = to_bytes(errors);
    EXPECT_EQ(to_bytes(*errors_from(bytes)), bytes);
    EXPECT_EQ(errors_from(bytes)->at(2).came, 12.5);
    EXPECT_EQ(errors_from(bytes.substr(1)).error().code, Code::corrupt);
    EXPECT_EQ(errors_from(Bytes(bytes.size(), '\xff')).error().code, Code::corrupt);
}

TEST(Day, BeginsAtThreeAtNightWhateverTheClocksDo) {
    const auto zone = *timetable::Zone::find("Europe/London");
    struct Case {
        const char* now;
        const char* from;
        int minutes;
    };
    for (const Case& c : {Case{"2026-11-23T02:59:00Z", "2026-11-22T03:00:00Z", 1440},
                          Case{"2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z", 1440},
                          Case{"2026-10-25T01:30:00Z", "2026-10-24T02:00:00Z", 1500},
                          Case{"2026-03-28T23:00:00Z", "2026-03-28T03:00:00Z", 1380}}) {
        const Window day = day_at(zone, *from_rfc3339(c.now));
        EXPECT_EQ(to_rfc3339(day.from), to_rfc3339(*from_rfc3339(c.from))) << c.now;
        EXPECT_EQ(day.minutes, c.minutes) << c.now;
    }
}

} // namespace
} // namespace bw::forecast
