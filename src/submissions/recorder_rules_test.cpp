// The judgement where it is carried out: rules, attempts and extensions against a real database.
#include <algorithm>
#include <map>

#include "submissions/recorder_for_test.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

TEST_F(RecorderTest, AnImportLeavesTheTitleThatATeacherSetAndWhatWasWithdrawn) {
    const Seat& ada = seats[0][0];
    auto now = [&] {
        return (*get_assignment(*database, tenants[0].scope, ada.assignment, ada.user,
                                installation.soon()))
            ->assignment;
    };
    auto in_transaction = [&](auto deed) {
        auto done =
            database->run(tenants[0].scope, installation.soon(),
                          [&](tenancy::TenantTx& tx) -> Result<std::int64_t> { return deed(tx); });
        return done ? *done : -1;
    };
    auto import = [&] {
        return in_transaction(
            [&](auto& tx) { return assignments_from_line_items(tx, tenants[0].zone); });
    };
    import();
    ASSERT_EQ(import(), 0) << "nothing is new";
    Assignment made = now();
    made.id = {make_uuid_v8(view(sha256("made here")))};
    EXPECT_EQ(in_transaction([&](auto& tx) -> Result<std::int64_t> {
                  return static_cast<std::int64_t>(TRY(
                      make_assignment(tx, made, sha256("it"), ada.user, Where::sections_taught)));
              }),
              static_cast<std::int64_t>(Making::no_section))
        << "a student of the section does not teach it";
    ASSERT_NE(in_transaction([&](auto& tx) -> Result<std::int64_t> {
                  return static_cast<std::int64_t>(
                      TRY(make_assignment(tx, made, sha256("it"), ada.user, Where::anywhere)));
              }),
              -1);
    Assignment renamed = now();
    renamed.title = "Renamed";
    in_transaction([&](auto& tx) { return change_assignment(tx, now(), renamed, now().version); });
    in_transaction(
        [&](auto& tx) { return withdraw_assignment(tx, now(), now().version, clock.now()); });
    EXPECT_EQ(import(), 0) << "nor does it touch what was made here";
    installation.superuser().run("update line_items set title = title || ' of the roster', "
                                 "due_date = due_date + 1, due_at_given = due_at_given + "
                                 "interval '1 day'");
    EXPECT_GT(import(), 0) << "other columns of it are the roster's";
    EXPECT_EQ(now().title, "Renamed");
    EXPECT_FALSE(now().active);
    in_transaction([&](auto& tx) { return restore_assignment(tx, now(), now().version); });
    EXPECT_TRUE(now().active);
    EXPECT_EQ(import(), 0);

    in_transaction(
        [&](auto& tx) { return withdraw_assignment(tx, now(), now().version, clock.now()); });
    installation.superuser().run("update line_items set status = 'inactive'");
    EXPECT_EQ(
        in_transaction([&](auto& tx) { return restore_assignment(tx, now(), now().version); }), -1)
        << "the roster has taken it away";
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
        auto done = set_rules(before, rules);
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(assignment().rules, rules) << "what was set is read back";
    };
    int keys = 0;
    auto becomes = [&](const std::string& content, ContentKind kind = ContentKind::text) {
        Offer offered = offer(0, 0, "rule " + std::to_string(++keys), content);
        offered.kind = kind;
        const auto id = decode_statement(accept(std::move(offered)).statement)->submission_id();
        record_all();
        const SubmissionSummary summary = read(0, id)->summary;
        return summary.reason.value_or(summary.late ? "late" : summary.state);
    };
    const Instant now = clock.now(), due = Instant{now.ms + 3'600'000};
    const std::string questions = R"([{"id": "a", "kind": "choice", "choices": ["x", "y"]}])";
    set({.kind = ContentKind::structured, .questions = questions, .due_at = due});
    EXPECT_EQ(becomes("text"), "wrong_kind");
    auto kept = set_rules(assignment(), {.due_at = due});
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
    limit_attempts(2);
    const Instant now = clock.now();
    auto at = [&](int number, int ms) {
        append(offer(0, 0, "attempt " + std::to_string(number), "text " + std::to_string(number)),
               now + std::chrono::milliseconds(ms));
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
    ASSERT_TRUE(set_rules(before, rules));
    int keys = 0;
    auto becomes = [&](std::size_t seat) {
        const auto id =
            decode_statement(accept(offer(0, seat, "x" + std::to_string(++keys), "text")).statement)
                ->submission_id();
        record_all();
        const SubmissionSummary summary = read(0, id)->summary;
        return summary.reason.value_or(summary.late ? "late" : summary.state);
    };
    auto stands = [&](std::optional<UserId> user) -> std::optional<ExtensionId> {
        auto found =
            get_extension(*database, tenants[0].scope, ada.assignment, user, installation.soon());
        return *found ? std::optional((*found)->id) : std::nullopt;
    };
    auto give_seeing = [&](std::optional<UserId> user, Instant due_at,
                           std::optional<ExtensionId> seen) {
        return give_extension(*database, tenants[0].scope, ada.assignment,
                              {.id = ExtensionId::make(clock.now(), rng),
                               .user = user,
                               .terms = {due_at, 0},
                               .reason = "ill",
                               .given_by = ada.user,
                               .given_at = {}},
                              seen, installation.soon());
    };
    auto give = [&](std::optional<UserId> user, Instant due_at) {
        return give_seeing(user, due_at, stands(user));
    };
    auto revoke = [&](std::optional<UserId> user, ExtensionId seen) {
        return revoke_extension(*database, tenants[0].scope, ada.assignment, user, ada.user, seen,
                                installation.soon());
    };
    EXPECT_EQ(becomes(0), "too_late");
    ASSERT_TRUE(give(ada.user, future));
    EXPECT_EQ(becomes(0), "recorded");
    EXPECT_EQ(becomes(other_seat), "too_late") << "not given to them";
    EXPECT_EQ(seen(ada.user).granted, ExtensionTerms(future, 0));
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
    const ExtensionId of_all = *stands(std::nullopt);
    EXPECT_EQ(give_seeing(std::nullopt, past, std::nullopt).error().code,
              Code::precondition_required);
    EXPECT_EQ(give_seeing(std::nullopt, past, stands(ada.user)).error().code,
              Code::precondition_failed)
        << "another's";
    EXPECT_EQ(revoke(std::nullopt, *stands(ada.user)).error().code, Code::precondition_failed);
    EXPECT_EQ(stands(std::nullopt), of_all) << "nothing was changed";
    ASSERT_TRUE(revoke(std::nullopt, of_all));
    EXPECT_EQ(becomes(other_seat), "too_late");
    EXPECT_EQ(revoke(std::nullopt, of_all).error().code, Code::not_found);
    EXPECT_EQ(give_seeing(std::nullopt, past, of_all).error().code, Code::precondition_failed);
    EXPECT_EQ(give(UserId{seats[1][0].user}, future).error().code, Code::not_found)
        << "no student of the section";
    EXPECT_EQ(count("extensions"), "3") << "what was promised once can be read";
}

TEST_F(RecorderTest, ARetryBesideTheNextAttemptIsNoAttemptOfItsOwn) {
    limit_attempts(2);
    const Instant now = clock.now();
    auto at = [&](const std::string& attempt, int ms) {
        append(offer(0, 0, attempt, attempt), now + std::chrono::milliseconds(ms));
    };
    at("first", 10);
    record_all();
    at("first", 15); // to a node that does not know the first
    at("second", 20);
    record_all(); // both in one batch
    EXPECT_EQ(states(), "first recorded, second recorded");
    at("second", 12); // and an earlier one moves an attempt before another that is judged with it
    at("between", 14);
    record_all();
    EXPECT_EQ(states(), "between attempts_used, first recorded, second recorded");
}

TEST_F(RecorderTest, AttemptsInWhateverOrderTheyComeAreJudgedAsOneAtATime) {
    constexpr std::uint64_t limit = 3;
    limit_attempts(limit);
    recorder = make_recorder({.batch_items_limit = 5});
    SeededRng dice(8);
    struct Row {
        std::int64_t ms;
        std::uint64_t seq;
        bool recorded;
    };
    std::map<std::string, Row> table; // what the plain rule says
    const Instant now = clock.now();
    std::uint64_t seq = 0;
    for (int round = 0; round < 40; ++round) {
        std::map<std::string, Row> batch;
        for (int i = 0; i < 5; ++i) {
            const std::string name = "k" + std::to_string(10 + dice.u64() % 40);
            const auto ms = static_cast<std::int64_t>(dice.u64() % 1000);
            append(offer(0, 0, name, name), now + std::chrono::milliseconds(ms));
            auto [at, is_new] = batch.try_emplace(name, Row{ms, ++seq, false});
            if (!is_new && ms < at->second.ms)
                at->second = {ms, seq, false};
        }
        record_all();
        std::vector<std::pair<std::string, Row>> fresh;
        for (const auto& [name, row] : batch) {
            auto at = table.find(name);
            if (at == table.end())
                fresh.emplace_back(name, row);
            else if (row.ms < at->second.ms)
                at->second = {row.ms, row.seq, at->second.recorded};
        }
        std::ranges::sort(fresh, {}, [](const auto& entry) {
            return std::pair(entry.second.ms, entry.second.seq);
        });
        for (auto& [name, row] : fresh) {
            const auto before = std::ranges::count_if(table, [&](const auto& other) {
                return other.second.recorded &&
                       std::pair(other.second.ms, other.second.seq) < std::pair(row.ms, row.seq);
            });
            row.recorded = static_cast<std::uint64_t>(before) < limit;
            table.emplace(name, row);
        }
        std::string expected;
        for (const auto& [name, row] : table)
            expected += (expected.empty() ? "" : ", ") + name +
                        (row.recorded ? " recorded" : " attempts_used");
        ASSERT_EQ(states(), expected) << "round " << round;
    }
}

TEST_F(RecorderTest, WhatAStudentIsToldIsTheirOwnAndATeacherIsToldTheAssignments) {
    const Seat ada = seats[0][0];
    limit_attempts(3);
    auto told = [&](UserId user) {
        return *get_assignment(*database, tenants[0].scope, ada.assignment, user,
                               installation.soon());
    };
    auto listed = [&](UserId user) -> std::optional<Assignment> {
        auto page = list_assignments(*database, tenants[0].scope, user, Listed::active,
                                     Instant{86'400'000}, {}, 50, installation.soon());
        for (const Assignment& a : page->items)
            if (a.id == ada.assignment)
                return a;
        return std::nullopt;
    };
    auto staff = database->run(tenants[0].scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return storm_staff(tx, {ada.assignment});
    });
    ASSERT_TRUE(staff && !staff->empty());
    const UserId teacher = staff->front().user;
    accept(offer(0, 0, "one", "text"));
    record_all();
    ASSERT_TRUE(give_extension(*database, tenants[0].scope, ada.assignment,
                               {.id = ExtensionId::make(clock.now(), rng),
                                .user = std::nullopt,
                                .terms = {clock.now() + 999h, 2},
                                .reason = "snow",
                                .given_by = teacher,
                                .given_at = {}},
                               std::nullopt, installation.soon()));
    for (const Assignment& a : {told(ada.user)->assignment, listed(ada.user).value()}) {
        EXPECT_EQ(a.attempts_recorded, 1);
        ASSERT_TRUE(a.granted);
        EXPECT_EQ(a.granted->attempts_extra, 2u);
    }
    EXPECT_TRUE(told(teacher)->teaches);
    for (const Assignment& a : {told(teacher)->assignment, listed(teacher).value()}) {
        EXPECT_FALSE(a.attempts_recorded);
        EXPECT_FALSE(a.granted) << "the section's extension is not the teacher's own";
    }
}

TEST_F(RecorderTest, TextsAreSentToBeComparedWhereTheirAssignmentAsksForIt) {
    constexpr pg::Statement nothing("test_nothing", 0, "select 1");
    std::map<TenantId, std::vector<SubmissionId>> sent;
    recorder = make_recorder({.do_later = [&](TenantId tenant, const Afterwards& afterwards) {
        sent[tenant] = afterwards.compare;
        return tenancy::Step{nothing, {}};
    }});
    accept(offer(0, 0, "before", "text"));
    record_all();
    EXPECT_TRUE(sent.empty()) << "nobody asks for it unless told to";

    const Seat seat = seats[0][0];
    installation.superuser().run(
        "update assignments set similarity = true where assignment_id = '" +
        to_text(seat.assignment.uuid) + "'");
    accept(offer(1, 0, "elsewhere", "text"));
    auto id_of = [&](Offer offered) {
        return decode_statement(accept(std::move(offered)).statement)->submission_id();
    };
    Offer answers = offer(0, 0, "answers", R"({"a":"x"})");
    answers.kind = ContentKind::structured;
    id_of(std::move(answers)); // refused: a text is asked for
    const SubmissionId text = id_of(offer(0, 0, "after", "text"));
    record_all();
    EXPECT_EQ(sent,
              (std::map<TenantId, std::vector<SubmissionId>>{{tenants[0].scope.tenant(), {text}}}));
    EXPECT_EQ(states(), "after recorded, answers wrong_kind, before recorded, elsewhere recorded");
}

} // namespace
} // namespace bw::submissions
