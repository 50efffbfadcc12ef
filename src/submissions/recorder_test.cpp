// The recorder against a real journal and a real database: each acknowledged submission becomes one
// row, whatever comes twice, late, from nobody, or while another recorder is at work.
#include "submissions/recorder_for_test.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

TEST_F(RecorderTest, RecordsEachAcknowledgedSubmissionOnceWithItsReceipt) {
    std::vector<std::pair<std::size_t, Received>> accepted;
    for (int i = 0; i < 40; ++i) {
        const std::size_t tenant = static_cast<std::size_t>(i) % 2;
        accepted.emplace_back(
            tenant, accept(offer(tenant, static_cast<std::size_t>(i) % seats[tenant].size(),
                                 "k" + std::to_string(i), "text " + std::to_string(i))));
    }
    record_all();
    EXPECT_EQ(count("submissions"), "40");
    for (const auto& [tenant, received] : accepted) {
        const Statement s = *decode_statement(received.statement);
        auto found = read(tenant, s.submission_id());
        ASSERT_TRUE(found);
        EXPECT_EQ(found->summary.state, "recorded");
        EXPECT_FALSE(found->summary.late);
        EXPECT_EQ(found->summary.received_at, s.received_at);
        EXPECT_EQ(sha256(found->content), s.content_sha256);
        EXPECT_EQ(encode(found->receipt), encode(intake->receipt(received)))
            << "re-issued to the byte";
        EXPECT_TRUE(verify(found->receipt, {key.public_key()}));
        EXPECT_FALSE(read(1 - tenant, s.submission_id()))
            << "the other institution sees none of it";
    }
    EXPECT_EQ(recorder->status().recorded_seq, 40u);
}

TEST_F(RecorderTest, ReplayingTheJournalFromTheStartChangesNothing) {
    for (int i = 0; i < 10; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "x"));
    record_all();
    const std::string before = installation.superuser().value(
        "select md5(string_agg(s::text, '|' order by submission_id)) from submissions s");
    installation.superuser().run(
        "update control.recorder_cursors set seq = 0"); // as after a restored backup
    recorder = make_recorder();
    record_all();
    EXPECT_EQ(installation.superuser().value(
                  "select md5(string_agg(s::text, '|' order by submission_id)) from submissions s"),
              before);
}

TEST_F(RecorderTest, EqualContentsMergeAndTheEarliestMomentWins) {
    const Offer o = offer(0, 0, "k", "same");
    const SubmissionId id = derive_submission_id(o.tenant, o.user, o.assignment, "k");
    const Instant now = clock.now();
    for (std::int64_t offset : {500, 200, 900}) // in one batch
        append(o, {now.ms + offset});
    record_all();
    EXPECT_EQ(read(0, id)->summary.received_at.ms, now.ms + 200);
    append(o, {now.ms + 100}); // in a later batch
    append(o, {now.ms + 300});
    record_all();
    EXPECT_EQ(read(0, id)->summary.received_at.ms, now.ms + 100);
    EXPECT_EQ(count("submissions"), "1");
    EXPECT_EQ(count("refused_submissions"), "0");
}

TEST_F(RecorderTest, LatenessFollowsTheEarliestMoment) {
    const Offer o = offer(0, 0, "k", "same");
    const SubmissionId id = derive_submission_id(o.tenant, o.user, o.assignment, "k");
    const Instant due = *from_rfc3339("2030-01-01T00:00:00Z");
    auto moved = database->run(tenants[0].scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return set_due_by_title(tx, "", due);
    });
    ASSERT_TRUE(moved);
    append(o, due);
    record_all();
    EXPECT_TRUE(read(0, id)->summary.late) << "half-open: at the due instant is late";
    append(o, due - 1ms);
    record_all();
    EXPECT_FALSE(read(0, id)->summary.late);
}

TEST_F(RecorderTest, AnEarlierDuplicateDoesNotWashLatenessAway) {
    const Offer o = offer(0, 0, "k", "same");
    const SubmissionId id = derive_submission_id(o.tenant, o.user, o.assignment, "k");
    const Instant now = clock.now();
    auto set_due = [&](Instant due) {
        return database->run(tenants[0].scope, installation.soon(),
                             [&](tenancy::TenantTx& tx) { return set_due_by_title(tx, "", due); });
    };
    ASSERT_TRUE(set_due(now - 1h));
    append(o, now);
    record_all();
    ASSERT_TRUE(read(0, id)->summary.late);
    installation.superuser().run(
        "update enrollments set status = 'inactive'"); // left the section meanwhile
    append(o, now - 1min);
    record_all();
    EXPECT_TRUE(read(0, id)->summary.late) << "not enrolled any more, but just as late";
    installation.superuser().run("update assignments set active = false");
    append(o, now - 2min);
    record_all();
    auto found = read(0, id);
    EXPECT_TRUE(found->summary.late);
    EXPECT_EQ(found->summary.state, "recorded") << "a terminal state never flips";
    EXPECT_EQ(found->summary.received_at, now - 2min);
}

TEST_F(RecorderTest, AnotherContentUnderTheSameIdIsRefusedWhicheverWayItComes) {
    const Instant now = clock.now();
    struct Row {
        const char* name;
        std::vector<std::vector<const char*>> batches;
        std::size_t refused;
    };
    int n = 0;
    for (const Row& row : {Row{"in one batch", {{"first", "second"}}, 1},
                           Row{"in two batches", {{"first"}, {"second"}}, 1},
                           Row{"the second twice", {{"first", "second", "second"}}, 1},
                           Row{"the first again, later", {{"first"}, {"second", "first"}}, 1},
                           Row{"three of them", {{"first", "second", "third"}}, 2}}) {
        Offer o = offer(0, 0, "k" + std::to_string(n++), "");
        const SubmissionId id =
            derive_submission_id(o.tenant, o.user, o.assignment, o.idempotency_key);
        for (const auto& batch : row.batches) {
            for (const char* content : batch) {
                o.content = content;
                append(o, now);
            }
            record_all();
        }
        auto found = read(0, id);
        ASSERT_TRUE(found) << row.name;
        EXPECT_EQ(found->content, "first") << row.name << ": the first applied stands";
        ASSERT_EQ(found->refused.size(), row.refused) << row.name;
        for (const RefusedContent& refused : found->refused)
            EXPECT_EQ(refused.reason, "key_reused") << row.name;
    }
}

TEST_F(RecorderTest, WhoIsNotEnrolledAndWhatIsNotThereIsRefusedVisibly) {
    Offer stranger = offer(0, 0, "k", "x"), nowhere = stranger, outsider = stranger;
    stranger.user = UserId::make(clock.now(), rng);
    nowhere.assignment = AssignmentId::make(clock.now(), rng);
    outsider.assignment = seats[1][0].assignment; // another institution's
    for (const Offer& o : {stranger, nowhere, outsider})
        accept(o);
    record_all();
    auto state = [&](const Offer& o) {
        auto found =
            read(0, derive_submission_id(o.tenant, o.user, o.assignment, o.idempotency_key));
        return found ? found->summary.state + " " + found->summary.reason.value_or("") : "nothing";
    };
    EXPECT_EQ(state(stranger), "refused not_enrolled");
    EXPECT_EQ(state(nowhere), "refused unknown_assignment");
    EXPECT_EQ(state(outsider), "refused unknown_assignment");
    EXPECT_EQ(
        count("submissions where tenant_id = '" + to_text(tenants[1].scope.tenant().uuid) + "'"),
        "0");
}

TEST_F(RecorderTest, WhatTheDatabaseWillNotTakeIsSetAsideAndBlocksNobody) {
    installation.superuser().run(
        "alter table submissions add constraint poison check (content <> 'poison')");
    std::vector<Offer> offers;
    for (int i = 0; i < 21; ++i)
        offers.push_back(offer(0, 0, "k" + std::to_string(i), i % 10 == 3 ? "poison" : "good"));
    for (const Offer& o : offers)
        accept(o);
    append_raw("this is no record at all");
    accept({TenantId::make(clock.now(), rng), UserId{}, AssignmentId{}, "k", "of no institution",
            clock.monotonic()});
    record_all();
    EXPECT_EQ(count("submissions"), "19");
    EXPECT_EQ(installation.superuser().value("select string_agg(seq || ' ' || sqlstate, ', ' order "
                                             "by seq) from control.recorder_set_aside"),
              "4 23514, 14 23514, 22 BWREC, 23 BW001");
    EXPECT_EQ(recorder->status().recorded_seq, 23u);
    EXPECT_EQ(recorder->status().set_aside, 4u);

    recorder = make_recorder();
    ASSERT_TRUE(recorder->cursor(installation.soon()));
    EXPECT_EQ(recorder->status().set_aside, 4u) << "a restart ends no alarm";
    installation.superuser().run("delete from control.recorder_set_aside where seq < 20");
    recorder = make_recorder();
    ASSERT_TRUE(recorder->cursor(installation.soon()));
    EXPECT_EQ(recorder->status().set_aside, 2u) << "an operator ends it";
}

TEST_F(RecorderTest, ADatabaseThatIsUnwellSetsNothingAside) {
    accept(offer(0, 0, "k1", "x"));
    accept(offer(1, 0, "k2", "x"));
    installation.superuser().run(
        "revoke insert on submissions from bw_app"); // as a migration gone wrong might
    auto refused = recorder->step(installation.soon());
    EXPECT_FALSE(refused) << "what was acknowledged has been set aside";
    EXPECT_EQ(count("control.recorder_set_aside"), "0");
    installation.superuser().run("grant insert on submissions to bw_app");
    record_all();
    EXPECT_EQ(count("submissions"), "2");
}

TEST_F(RecorderTest, AJournalThatEndsBeforeTheCursorIsNotGoneOnWith) {
    accept(offer(0, 0, "k1", "x"));
    record_all();
    installation.superuser().run(
        "update control.recorder_cursors set seq = 2"); // as if the journal's last group had rotted
                                                        // away
    auto cursor = make_recorder()->cursor(installation.soon());
    ASSERT_FALSE(cursor) << "the next submission would be acknowledged and never recorded";
    EXPECT_EQ(cursor.error().code, Code::corrupt);
}

TEST_F(RecorderTest, TheCursorMovesWithTheRowsOrNotAtAll) {
    accept(offer(0, 0, "k1", "x"));
    accept(offer(1, 0, "k2", "x"));
    auto other = make_recorder();
    ASSERT_TRUE(recorder->cursor(installation.soon()));
    ASSERT_TRUE(other->cursor(installation.soon())); // both believe that they stand at 0
    ASSERT_TRUE(recorder->step(installation.soon()));
    auto second = other->step(installation.soon());
    ASSERT_FALSE(second) << "the compare-and-set must fail";
    EXPECT_EQ(count("submissions"), "2");
    EXPECT_EQ(installation.superuser().value("select seq from control.recorder_cursors"), "2");
}

TEST_F(RecorderTest, OnItsOwnThreadItSurvivesALostConnectionAndStops) {
    accept(offer(0, 0, "k1", "x"));
    recorder->start();
    auto wait_for = [&](std::uint64_t seq) {
        const Deadline deadline = installation.soon();
        while (recorder->status().recorded_seq < seq && !deadline.expired(clock))
            std::this_thread::yield();
        return recorder->status().recorded_seq == seq;
    };
    ASSERT_TRUE(wait_for(1));
    installation.superuser().run("select pg_terminate_backend(pid) from pg_stat_activity where "
                                 "usename = 'bw_app' and datname = current_database()");
    accept(offer(0, 0, "k2", "x"));
    EXPECT_TRUE(wait_for(2));
    EXPECT_EQ(count("submissions"), "2");
    recorder->stop();
}

TEST_F(RecorderTest, TheJournalForgetsWhatIsRecordedAndOldEnough) {
    auto fill = [&](const std::string& name) { // two segments and a half
        for (int i = 0; i < 80; ++i)
            accept(offer(0, 0, name + std::to_string(i), Bytes(250'000, 'x')));
    };
    fill("first");
    EXPECT_EQ(journal->first_seq(), 1U);
    record_all();
    EXPECT_EQ(journal->first_seq(), 1U) << "a day has not passed";
    recorder = make_recorder({.keep = 0s});
    fill("second");
    EXPECT_EQ(journal->first_seq(), 1U) << "not recorded";
    record_all();
    EXPECT_GT(journal->first_seq(), 100U);
    EXPECT_LT(journal->first_seq(), 160U) << "the segment in use stays";
    EXPECT_TRUE(journal->read(159, 1, 1)) << "the last record stays";

    append_raw("no record");
    fill("third");
    record_all();
    EXPECT_LE(journal->first_seq(), 161U) << "what is set aside stays";
    recorder = make_recorder({.keep = 0s});
    fill("fourth");
    record_all();
    EXPECT_LE(journal->first_seq(), 161U) << "also after a restart";
    installation.superuser().run("delete from control.recorder_set_aside");
    recorder = make_recorder({.keep = 0s});
    fill("fifth");
    record_all();
    EXPECT_GT(journal->first_seq(), 300U);

    // A database restored from a backup older than that: nothing is recorded past the gap.
    installation.superuser().run("update control.recorder_cursors set seq = 1");
    recorder = make_recorder();
    auto gap = recorder->step(installation.soon());
    ASSERT_FALSE(gap);
    EXPECT_EQ(gap.error().code, Code::not_found);
    EXPECT_NE(gap.error().detail.find("record 2"), std::string::npos) << gap.error().text();
    EXPECT_EQ(recorder->check_next(installation.soon()).error().code, Code::corrupt);
    installation.superuser().run("update control.recorder_cursors set seq = " +
                                 std::to_string(journal->first_seq() - 1));
    EXPECT_TRUE(make_recorder()->check_next(installation.soon()));
}

TEST_F(RecorderTest, WhereNothingIsRecordedNothingIsForgotten) {
    bool called = false;
    recorder = make_recorder({.keep = 0s, .forget = [&](std::uint64_t, Instant) -> Result<void> {
                                  called = true;
                                  return {};
                              }});
    record_all();
    EXPECT_FALSE(called) << "what comes next must not be forgotten before it is recorded";
}

TEST_F(RecorderTest, NothingIsForgottenThatAStandbyHasNot) {
    // Another database in the standby's place, so that the test says how far it has come.
    test::Installation elsewhere;
    recorder = std::make_unique<Recorder>(
        *journal, installation.database(), directory_of_tenants, key.kid(), clock,
        RecorderOptions{.keep = 0s,
                        .standby_interval = 0s,
                        .forget = [&](std::uint64_t up_to, Instant) -> Result<void> {
                            forgotten = up_to;
                            return {};
                        }},
        elsewhere.database());
    auto after_one_more = [&] {
        static int keys = 0;
        accept(offer(0, 0, "f" + std::to_string(++keys), "text"));
        record_all();
        return forgotten;
    };
    EXPECT_EQ(after_one_more(), 0u) << "it has never heard of this journal";
    auto standby_at = [&](std::uint64_t seq) {
        elsewhere.superuser().run(
            "delete from control.recorder_cursors; insert into "
            "control.recorder_cursors (epoch, seq) values (" +
            std::to_string(static_cast<std::int64_t>(journal->status().epoch)) + ", " +
            std::to_string(seq) + ")");
    };
    standby_at(1);
    EXPECT_EQ(after_one_more(), 1u);
    EXPECT_EQ(recorder->status().standby_seq, 1u);
    standby_at(100);
    EXPECT_EQ(after_one_more(), 2u) << "the last record stays";
    EXPECT_EQ(after_one_more(), 3u);
    standby_at(2);
    record_all();
    EXPECT_EQ(forgotten, 2u) << "it is asked again though nothing new comes";
    standby_at(100);
    record_all();
    EXPECT_EQ(forgotten, 3u) << "nor does its catching up wait for a new record";
    elsewhere.superuser().run("revoke select on control.recorder_cursors from bw_app");
    EXPECT_EQ(after_one_more(), 0u) << "one that does not answer may be gone";
}

} // namespace
} // namespace bw::submissions
