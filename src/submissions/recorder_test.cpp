// The recorder against a real journal and a real database: each acknowledged submission becomes one
// row, whatever comes twice, late, from nobody, or while another recorder is at work.
#include <gtest/gtest.h>

#include <future>

#include "roster/import.hpp"
#include "roster/sample.hpp"
#include "submissions/assignments.hpp"
#include "submissions/history.hpp"
#include "submissions/intake.hpp"
#include "submissions/recorder.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

class RecorderTest : public ::testing::Test {
protected:
    RecorderTest() {
        journal = *journal::Journal::open(
            {.directory = directory.path(), .segment_bytes = 8 << 20},
            [this](ByteView b) { return key.sign(b); }, clock, rng);
        for (std::size_t i = 0; i < 2; ++i) {
            tenants.push_back(installation.provision("school-" + std::to_string(i)));
            const auto today = std::chrono::floor<std::chrono::days>(
                std::chrono::system_clock::time_point(std::chrono::milliseconds(clock.now().ms)));
            roster::SampleOptions sample{.schools = 1,
                                         .sections = 2,
                                         .students = 6,
                                         .sections_per_student = 2,
                                         .around = today,
                                         .due = {today + std::chrono::days(3)}};
            SeededRng chance(i + 1);
            auto package = roster::Package::open(roster::sample_zip(sample, chance));
            auto seats_here =
                database->run(tenants[i].scope, installation.soon(),
                              [&](tenancy::TenantTx& tx) -> Result<std::vector<Seat>> {
                                  TRY(roster::import(tx, *package, {.clock = clock, .rng = rng}));
                                  TRY(assignments_from_line_items(tx, tenants[i].zone));
                                  return storm_seats(tx);
                              });
            EXPECT_TRUE(seats_here) << seats_here.error().text();
            seats.push_back(*std::move(seats_here));
        }
        installation.refresh(directory_of_tenants);
        intake = std::make_unique<Intake>(
            *journal, key.kid(), ReceiveClock(clock, {0}), [] { return ClockError{}; },
            IntakeOptions{});
        recorder = make_recorder();
    }
    ~RecorderTest() override {
        recorder.reset();
        journal.reset();
        intake.reset();
    }
    std::unique_ptr<Recorder> make_recorder(RecorderOptions options = {}) {
        return std::make_unique<Recorder>(*journal, installation.database(), directory_of_tenants,
                                          key.kid(), clock, options);
    }
    Offer offer(std::size_t tenant, std::size_t seat, std::string key_text,
                std::string content) const {
        const Seat& who = seats[tenant][seat];
        return {tenants[tenant].scope.tenant(),
                who.user,
                who.assignment,
                std::move(key_text),
                std::move(content),
                clock.monotonic()};
    }
    Received accept(Offer offered) {
        std::promise<Result<Received>> promise;
        intake->accept(std::move(offered),
                       [&](Result<Received> outcome) { promise.set_value(std::move(outcome)); });
        auto outcome = promise.get_future().get();
        EXPECT_TRUE(outcome) << outcome.error().text();
        return *std::move(outcome);
    }
    /// As a second intake node would write it: past the index that knows the first.
    void append(const Offer& offered, Instant received_at) {
        Statement s{offered.tenant,
                    offered.user,
                    offered.assignment,
                    offered.idempotency_key,
                    received_at,
                    {},
                    static_cast<std::uint32_t>(offered.content.size()),
                    sha256(offered.content)};
        append_raw(encode(s) + offered.content);
    }
    void append_raw(Bytes record) {
        std::promise<Result<journal::Committed>> promise;
        journal->append(std::move(record), [&](Result<journal::Committed> outcome) {
            promise.set_value(std::move(outcome));
        });
        ASSERT_TRUE(promise.get_future().get());
    }
    void record_all() {
        for (;;) {
            auto moved = recorder->step(installation.soon());
            ASSERT_TRUE(moved) << moved.error().text();
            if (*moved == 0)
                return;
        }
    }
    std::optional<RecordedInFull> read(std::size_t tenant, SubmissionId id) {
        auto found =
            get_submission(*database, tenants[tenant].scope, id, UserId{}, installation.soon());
        EXPECT_TRUE(found) << found.error().text();
        return *found;
    }
    std::string count(const std::string& table) {
        return installation.superuser().value("select count(*) from " + table);
    }

    test::Installation installation;
    const Clock& clock = installation.clock();
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    test::TemporaryDirectory directory;
    std::unique_ptr<tenancy::Database> database = installation.database();
    tenancy::TenantDirectory directory_of_tenants;
    std::vector<tenancy::TenantInfo> tenants;
    std::vector<std::vector<Seat>> seats;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<Recorder> recorder;
    std::uint64_t forgotten = 0;
};

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
    elsewhere.superuser().run("revoke select on control.recorder_cursors from bw_app");
    EXPECT_EQ(after_one_more(), 0u) << "one that does not answer may be gone";
}

TEST_F(RecorderTest, RulesAreAppliedAsTheyStandWhenItIsRecorded) {
    const Seat seat = seats[0][0];
    auto assignment = [&] {
        return (*get_assignment(*database, tenants[0].scope, seat.assignment, seat.user,
                                installation.soon()))
            ->assignment;
    };
    auto set = [&](const Rules& rules) {
        const Assignment before = assignment();
        auto done = set_rules(*database, tenants[0].scope, before, rules, before.version,
                              installation.soon());
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(assignment().rules, rules) << "what was set is read back";
    };
    int keys = 0;
    auto becomes = [&](const std::string& content, ContentKind kind = ContentKind::text) {
        Offer offered = offer(0, 0, "rule " + std::to_string(++keys), content);
        offered.kind = kind;
        const auto id = decode_statement(accept(std::move(offered)).statement)->submission_id();
        record_all();
        const Recorded summary = read(0, id)->summary;
        return summary.reason.value_or(summary.late ? "late" : summary.state);
    };
    const Instant now = clock.now(), due = Instant{now.ms + 3'600'000};
    const std::string questions = R"([{"id": "a", "kind": "choice", "choices": ["x", "y"]}])";
    set({.kind = ContentKind::structured, .questions = questions, .due_at = due});
    EXPECT_EQ(becomes("text"), "wrong_kind");
    auto kept = set_rules(*database, tenants[0].scope, assignment(), {.due_at = due},
                          assignment().version, installation.soon());
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, Code::conflict) << "something was handed in";
    EXPECT_EQ(becomes(R"({"a":"x"})", ContentKind::structured), "recorded");
    EXPECT_EQ(becomes(R"({"a":"z"})", ContentKind::structured), "answers_do_not_fit");
    Rules rules = assignment().rules;
    rules.content_bytes_limit = 5;
    set(rules);
    EXPECT_EQ(becomes(R"({"a":"y"})", ContentKind::structured), "too_large");
    rules.content_bytes_limit = 500;
    rules.opens_at = Instant{now.ms + 1'000'000};
    set(rules);
    EXPECT_EQ(becomes(R"({"a":"x"})", ContentKind::structured), "not_open");
    rules.opens_at.reset();
    rules.due_at = Instant{now.ms - 3'600'000};
    set(rules);
    EXPECT_EQ(becomes(R"({"a":"x"})", ContentKind::structured), "late");
    rules.late_limit = std::chrono::minutes(30);
    set(rules);
    EXPECT_EQ(becomes(R"({"a":"x"})", ContentKind::structured), "too_late");
    rules.attempts_limit = 2; // two are recorded: one in time, one late
    rules.due_at = due;
    set(rules);
    EXPECT_EQ(becomes(R"({"a":"x"})", ContentKind::structured), "attempts_used");
}

TEST_F(RecorderTest, AttemptsCountInTheOrderTheyWereReceivedWhereverTheyAreApplied) {
    const Seat seat = seats[0][0];
    const Assignment before = (*get_assignment(*database, tenants[0].scope, seat.assignment,
                                               seat.user, installation.soon()))
                                  ->assignment;
    Rules rules = before.rules;
    rules.attempts_limit = 2;
    ASSERT_TRUE(
        set_rules(*database, tenants[0].scope, before, rules, before.version, installation.soon()));
    const Instant now = clock.now();
    auto at = [&](int number, int ms) {
        append(offer(0, 0, "attempt " + std::to_string(number), "text " + std::to_string(number)),
               now + std::chrono::milliseconds(ms));
    };
    auto states = [&] {
        return installation.superuser().value(
            "select string_agg(idempotency_key || ' ' || coalesce(reason, state), ', ' order by "
            "idempotency_key) from submissions");
    };
    at(3, 30); // three of one batch, written in another order than they were received
    at(1, 10);
    at(2, 20);
    record_all();
    EXPECT_EQ(states(), "attempt 1 recorded, attempt 2 recorded, attempt 3 attempts_used");
    at(4, 40);
    record_all();
    at(0, 0); // another node's, that comes late: it was the first, and nobody's state flips
    record_all();
    EXPECT_EQ(states(), "attempt 0 recorded, attempt 1 recorded, attempt 2 recorded, attempt 3 "
                        "attempts_used, attempt 4 attempts_used");
    at(1, 10); // a retry counts against nobody, itself neither
    record_all();
    EXPECT_EQ(count("submissions"), "5");
}

TEST_F(RecorderTest, ExtensionsCountForWhomTheyAreGiven) {
    const Seat ada = seats[0][0];
    const auto other = std::ranges::find_if(seats[0], [&](const Seat& seat) {
        return seat.assignment == ada.assignment && seat.user != ada.user;
    });
    ASSERT_NE(other, seats[0].end());
    const auto other_seat = static_cast<std::size_t>(other - seats[0].begin());
    auto seen = [&](UserId user) {
        return (*get_assignment(*database, tenants[0].scope, ada.assignment, user,
                                installation.soon()))
            ->assignment;
    };
    const Assignment before = seen(ada.user);
    const Instant past{clock.now().ms - 3'600'000}, future{clock.now().ms + 3'600'000};
    Rules rules = before.rules;
    rules.due_at = past;
    rules.late_limit = std::chrono::seconds(0);
    ASSERT_TRUE(
        set_rules(*database, tenants[0].scope, before, rules, before.version, installation.soon()));
    int keys = 0;
    auto becomes = [&](std::size_t seat) {
        const auto id =
            decode_statement(accept(offer(0, seat, "x" + std::to_string(++keys), "text")).statement)
                ->submission_id();
        record_all();
        const Recorded summary = read(0, id)->summary;
        return summary.reason.value_or(summary.late ? "late" : summary.state);
    };
    auto give = [&](std::optional<UserId> user, Instant due_at) {
        return give_extension(*database, tenants[0].scope, ada.assignment,
                              {.user = user,
                               .grant = {due_at, 0},
                               .reason = "ill",
                               .given_by = ada.user,
                               .given_at = {}},
                              make_uuid_v7(clock.now(), rng), installation.soon());
    };
    EXPECT_EQ(becomes(0), "too_late");
    ASSERT_TRUE(give(ada.user, future));
    EXPECT_EQ(becomes(0), "recorded");
    EXPECT_EQ(becomes(other_seat), "too_late") << "not given to them";
    EXPECT_EQ(seen(ada.user).granted, Grant(future, 0));
    EXPECT_FALSE(seen(other->user).granted);
    ASSERT_TRUE(give(ada.user, past)) << "given anew: instead of the first";
    EXPECT_EQ(becomes(0), "too_late");
    ASSERT_TRUE(give(std::nullopt, future));
    EXPECT_EQ(becomes(0), "recorded") << "the more generous of the two";
    EXPECT_EQ(becomes(other_seat), "recorded");
    auto standing =
        list_extensions(*database, tenants[0].scope, ada.assignment, installation.soon());
    ASSERT_TRUE(standing);
    ASSERT_EQ(standing->size(), 2u);
    EXPECT_FALSE(standing->at(0).user);
    EXPECT_EQ(standing->at(1).user, ada.user);
    ASSERT_TRUE(revoke_extension(*database, tenants[0].scope, ada.assignment, std::nullopt,
                                 ada.user, installation.soon()));
    EXPECT_EQ(becomes(other_seat), "too_late");
    EXPECT_EQ(revoke_extension(*database, tenants[0].scope, ada.assignment, std::nullopt, ada.user,
                               installation.soon())
                  .error()
                  .code,
              Code::not_found);
    EXPECT_EQ(give(UserId{seats[1][0].user}, future).error().code, Code::not_found)
        << "no student of the section";
    EXPECT_EQ(count("extensions"), "3") << "what was promised once can be read";
}

} // namespace
} // namespace bw::submissions
