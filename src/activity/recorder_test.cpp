// Intake and recorder against a real journal and a real database: each acknowledged activity that
// fits becomes one row, whatever comes twice, late, from nobody, or while another recorder works.
#include "activity/recorder.hpp"

#include "activity/activity_for_test.hpp"
#include "activity/policy.hpp"
#include "audit/subject_keys.hpp"

namespace bw::activity {
namespace {

using namespace std::chrono_literals;

TEST_F(ActivityTest, RecordsWhatIsTakenWithTheSectionItIsOf) {
    const School& north = schools[0];
    const auto taken =
        send(north, north.student,
             {viewed("section", 90'000), opened(Kind::section_opened, north.section.uuid),
              opened(Kind::assignment_opened, north.assignment.uuid),
              opened(Kind::grade_opened, north.assignment.uuid),
              opened(Kind::material_opened, north.material),
              opened(Kind::file_downloaded, north.material),
              opened(Kind::announcement_read, north.announcement)});
    ASSERT_TRUE(taken) << taken.error().text();
    EXPECT_EQ(taken->activities, 7U);
    ASSERT_TRUE(send(schools[1], schools[1].teacher, {viewed("works")}));
    record_all();
    EXPECT_EQ(value("select string_agg(kind || ' ' || coalesce(page, ''), ',' order by kind) from "
                    "activities where tenant_id = '" +
                    tenant_of(north) + "'"),
              "announcement_read ,assignment_opened ,file_downloaded ,grade_opened "
              ",material_opened ,page_viewed section,section_opened ");
    EXPECT_EQ(value("select count(*) from activities where section_id = '" +
                    text(north.section.uuid) + "'"),
              "6");
    EXPECT_EQ(value("select extract(epoch from received_at - occurred_at)::int from activities "
                    "where page = 'section'"),
              "90");
    EXPECT_EQ(
        value("select count(*) from activities where tenant_id = '" + tenant_of(schools[1]) + "'"),
        "1");
    EXPECT_EQ(recorder->status().recorded, 8U);
}

TEST_F(ActivityTest, WhatComesAgainCountsOnce) {
    const School& north = schools[0];
    const Activity one = viewed(), two = opened(Kind::section_opened, north.section.uuid);
    ASSERT_TRUE(send(north, north.student, {one, one, two}));
    ASSERT_TRUE(send(north, north.student, {one}));
    record_all();
    ASSERT_TRUE(send(north, north.student, {two, one}));
    ASSERT_TRUE(send(north, north.teacher, {one})) << "another person's is another";
    record_all();
    EXPECT_EQ(rows(), "3");
    EXPECT_EQ(recorder->status().doubled, 4U);
    installation.superuser().run("update control.recorder_cursors set seq = 0");
    recorder = make_recorder(); // as after a restored backup
    record_all();
    EXPECT_EQ(rows(), "3");
}

TEST_F(ActivityTest, WhatDoesNotFitIsLeftOutAndCounted) {
    const School &north = schools[0], &south = schools[1];
    ASSERT_TRUE(send(north, north.stranger, {opened(Kind::section_opened, north.section.uuid)}));
    ASSERT_TRUE(send(north, north.student,
                     {opened(Kind::section_opened, south.section.uuid),
                      opened(Kind::material_opened, south.material),
                      opened(Kind::assignment_opened, north.material), viewed()}));
    ASSERT_TRUE(send(north, south.student, {viewed()})) << "nobody of this institution";
    installation.superuser().run("update enrollments set status = 'inactive' where user_id = '" +
                                 text(south.teacher.uuid) + "'");
    ASSERT_TRUE(send(south, south.teacher, {opened(Kind::material_opened, south.material)}));
    record_all();
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(recorder->status().unfit, 6U);
}

TEST_F(ActivityTest, AnInstitutionThatWantsNoneHasNone) {
    const School &north = schools[0], &south = schools[1];
    auto database = installation.database();
    auto want = [&](std::int64_t version, bool kept) {
        return database->run(north.info.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return change_policy(tx, {version, kept}, clock.now());
        });
    };
    ASSERT_TRUE(want(0, false));
    EXPECT_EQ(want(0, true).error().code, Code::precondition_failed);
    EXPECT_TRUE(send(north, north.student, {viewed()})->kept) << "not heard of yet";
    ASSERT_TRUE(send(south, south.student, {viewed()}));
    record_all();
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(recorder->status().not_wanted, 1U);
    const auto refused = send(north, north.student, {viewed()});
    ASSERT_TRUE(refused);
    EXPECT_FALSE(refused->kept);
    EXPECT_EQ(refused->activities, 0U);
    EXPECT_TRUE(send(south, south.student, {viewed()})->kept);

    options.off_for = Duration::zero(); // believed no longer: the recorder looks anew
    intake = std::make_unique<Intake>(journal.get(), clock, options);
    intake->heard(north.info.scope.tenant(), false);
    ASSERT_TRUE(want(1, true));
    EXPECT_TRUE(send(north, north.student, {viewed()})->kept);
    record_all();
    EXPECT_EQ(rows(), "3");
}

TEST_F(ActivityTest, ASpoiltRecordIsSetAsideAndStopsNothing) {
    const School& north = schools[0];
    // A time that no PostgreSQL has: the database refuses it, and whatever is in its transaction.
    const Record spoilt{.tenant = north.info.scope.tenant(),
                        .user = north.student,
                        .received_at = {INT64_MIN / 2'000},
                        .activities = {viewed()}};
    for (int i = 0; i < 9; ++i) {
        ASSERT_TRUE(send(schools[static_cast<std::size_t>(i) % 2],
                         schools[static_cast<std::size_t>(i) % 2].student, {viewed()}));
        if (i == 4) {
            append_raw(encode(spoilt));
            append_raw("no record");
            Record nobody = spoilt;
            nobody.tenant = TenantId::make(clock.now(), rng);
            append_raw(encode(nobody));
        }
    }
    record_all();
    EXPECT_EQ(rows(), "9");
    EXPECT_EQ(value("select string_agg(seq || ' ' || sqlstate, ',' order by seq) from "
                    "control.recorder_set_aside"),
              "6 22008,7 BWREC,8 BW001");
    EXPECT_EQ(recorder->status().set_aside, 3U);
    EXPECT_EQ(recorder->status().recorded_seq, 12U);
}

TEST_F(ActivityTest, OfTwoRecordersOneMovesTheCursor) {
    auto other = make_recorder();
    ASSERT_EQ(*other->step(installation.soon()), 0U); // both know the cursor
    ASSERT_TRUE(send(schools[0], schools[0].student, {viewed()}));
    record_all();
    const auto late = other->step(installation.soon());
    ASSERT_FALSE(late);
    EXPECT_EQ(rows(), "1");
}

TEST_F(ActivityTest, OldOnesAreForgottenInBites) {
    const School& north = schools[0];
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(send(schools[0], north.student, {viewed(), viewed()}));
    ASSERT_TRUE(send(schools[1], schools[1].student, {viewed()}));
    record_all();
    installation.superuser().run(
        "update activities set received_at = received_at - interval '401 days' where (user_id, "
        "activity_id) in (select user_id, activity_id from activities where tenant_id = '" +
        tenant_of(north) + "' limit 7)");
    recorder = make_recorder({.forget_rows = 3});
    int bites = 1;
    while (recorder->forget_some())
        ++bites;
    EXPECT_EQ(rows(), "4");
    EXPECT_EQ(recorder->status().forgotten, 7U);
    EXPECT_EQ(bites, 4) << "3, 3 and 1 of the first, and none of the other";
    EXPECT_FALSE(recorder->forget_some()) << "the next round is an hour away";
}

TEST_F(ActivityTest, WhoIsErasedHasNoneAndGetsNone) {
    const School& north = schools[0];
    ASSERT_TRUE(send(north, north.student, {viewed(), viewed()}));
    ASSERT_TRUE(send(north, north.teacher, {viewed()}));
    record_all();
    ASSERT_TRUE(send(north, north.student, {viewed()})); // in the journal alone
    auto database = installation.database();
    const auto erased = database->run(
        north.info.scope, installation.soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            TRY(audit::erase_subject_key(tx, north.student, clock.now()));
            return forget_person(tx, north.student);
        });
    ASSERT_TRUE(erased) << erased.error().text();
    EXPECT_EQ(rows(), "1");
    record_all();
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(recorder->status().unfit, 1U);
}

TEST_F(ActivityTest, WhatTheJournalForgotIsSteppedOver) {
    // A database that is older than what the journal still has.
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(send(schools[0], schools[0].student, {viewed()}));
    record_all();
    const std::string big(900 * 1024, 'x');
    for (int i = 0; i < 8; ++i) // segments of 4 MiB
        append_raw(big);
    record_all();
    recorder = make_recorder({.journal_keep = Duration::zero()});
    ASSERT_TRUE(send(schools[0], schools[0].student, {viewed()}));
    installation.superuser().run("delete from control.recorder_set_aside");
    record_all();
    ASSERT_GT(journal->first_seq(), 4U);
    installation.superuser().run(
        "delete from activities; update control.recorder_cursors set seq = 1");
    recorder = make_recorder();
    record_all();
    EXPECT_GT(recorder->status().lost, 0U);
    EXPECT_EQ(recorder->status().recorded_seq, 12U);
    EXPECT_EQ(rows(), "1");
}

TEST_F(ActivityTest, IntakeGivesWay) {
    const School& north = schools[0];
    auto code = [&](Result<Taken> taken) { return taken ? Code::internal : taken.error().code; };
    auto with = [&](IntakeOptions of) {
        intake = std::make_unique<Intake>(journal.get(), clock, of);
        return code(send(north, north.student, {viewed()}));
    };
    EXPECT_EQ(with({}), Code::internal) << "taken";
    EXPECT_EQ(with({.yields = [] { return true; }}), Code::overloaded);
    EXPECT_EQ(with({.disk = directory.path(), .bytes_kept_free = UINT64_MAX}), Code::storage_full);
    EXPECT_EQ(with({.disk = directory.path(), .bytes_kept_free = 1}), Code::internal);
    intake = std::make_unique<Intake>(nullptr, clock, IntakeOptions());
    EXPECT_EQ(code(send(north, north.student, {viewed()})), Code::unavailable);

    intake =
        std::make_unique<Intake>(journal.get(), clock, IntakeOptions{.activities_a_minute = 200});
    const std::vector<Activity> many(150, viewed());
    EXPECT_EQ(code(send(north, north.student, many)), Code::internal);
    const auto refused = send(north, north.student, many);
    EXPECT_EQ(code(refused), Code::quota_exceeded);
    EXPECT_GT(refused.error().retry_after.value_or(0ms), 20s);
    EXPECT_EQ(code(send(north, north.teacher, many)), Code::internal) << "each has their own";
    EXPECT_EQ(intake->status().over_quota, 150U);
    EXPECT_EQ(intake->status().taken, 300U);
}

} // namespace
} // namespace bw::activity
