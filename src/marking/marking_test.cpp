// Marks, releases and requests against a real database: nobody's feedback is lost, nobody sees what
// they should not, and what was told stays.
#include <thread>

#include "audit/subject_keys.hpp"
#include "marking/school_for_test.hpp"

namespace bw::marking {
namespace {

TEST_F(School, ADraftIsSavedAgainAndAgainAndNothingOfAColleagueIsOverwritten) {
    set(essay, plain());
    EXPECT_EQ(mark(essay, tess, ada, 5, {}, false), 1);
    EXPECT_EQ(mark(essay, tess, ada, 6, 1, false), 2);
    const auto without = try_mark(essay, tom, ada, 9, {}, true, "Tom's");
    EXPECT_EQ(code(without), "precondition_required");
    EXPECT_EQ(without->mark.version, 2)
        << "what stands is told, so that both can be brought together";
    const auto late = try_mark(essay, tom, ada, 9, 1, true, "Tom's");
    EXPECT_EQ(code(late), "precondition_failed");
    EXPECT_EQ(late->mark.points, Points{600});
    EXPECT_EQ(code(try_mark(essay, tess, bob, 5, 1)), "precondition_failed") << "none stands";
    EXPECT_EQ(mark(essay, tom, ada, 9, 2), 3);
    EXPECT_EQ(work(essay, ada).marks.front().marker, tom);
}

TEST_F(School, OfManyWhoSaveAtOnceOneIsTakenAndAllOthersAreTold) {
    set(essay, plain());
    mark(essay, tess, ada, 1, {}, false);
    std::atomic<int> saved = 0, told = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i)
            threads.emplace_back([&, i] {
                auto own = installation.database();
                auto outcome = own->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
                    return save_mark(
                        tx, pseudonyms, essay, ada, tom,
                        {.content = {.points = Points{100 * i}}, .done = true, .seen = 1},
                        clock.now());
                });
                const std::string why = code(outcome);
                saved += why.empty();
                told += why == "precondition_failed";
            });
    }
    EXPECT_EQ(saved, 1);
    EXPECT_EQ(told, 5);
    EXPECT_EQ(work(essay, ada).marks.front().version, 2);
}

TEST_F(School, TwoMarkersAreIndependentAndWhatDiffersIsAgreedOn) {
    set(essay, plain(Points{200}));
    EXPECT_EQ(mark(essay, tess, ada, 5), 1);
    EXPECT_EQ(mark(essay, tom, ada, 9, {}, false), 1) << "a mark of their own, not Tess's";
    EXPECT_EQ(code(try_mark(essay, tim, ada, 7)), "conflict") << "two mark it already";
    auto agree = [&](std::optional<std::int64_t> seen = {}) {
        return in([&](tenancy::TenantTx& tx) {
            return save_agreed_mark(
                tx, pseudonyms, essay, ada, tim,
                {.content = {.points = Points{700}}, .done = true, .seen = seen}, clock.now());
        });
    };
    EXPECT_EQ(code(agree()), "conflict") << "one of them is not done";
    EXPECT_EQ(code(let_go(essay, "", std::vector{name(essay, ada)})), "conflict");
    mark(essay, tom, ada, 9, 1);
    EXPECT_EQ(code(try_mark(essay, tess, ada, 9, 1)), "conflict")
        << "whoever has seen the other's changes nothing";
    const auto state = [&] { return outcome_of(work(essay, ada).marks, Points{200}).state; };
    EXPECT_EQ(state(), WorkState::differs);
    ASSERT_TRUE(agree());
    EXPECT_EQ(code(agree()), "precondition_required");
    EXPECT_EQ(state(), WorkState::ready);
    ASSERT_TRUE(let_go(essay));
    EXPECT_EQ(history(essay, ada), "1: 7");
}

TEST_F(School, TwoWhoBeginAtOnceEachHaveTheirOwn) {
    set(essay, plain(Points{200}));
    for (int round = 0; round < 10; ++round) {
        run("delete from marks");
        std::atomic<int> saved = 0;
        {
            std::vector<std::jthread> threads;
            for (UserId marker : {tess, tom})
                threads.emplace_back([&, marker] {
                    auto own = installation.database();
                    saved += own->run(north.scope, soon(),
                                      [&](tenancy::TenantTx& tx) {
                                          return save_mark(tx, pseudonyms, essay, ada, marker, {},
                                                           clock.now());
                                      })
                                 .has_value();
                });
        }
        EXPECT_EQ(saved, 2);
        EXPECT_EQ(count("marks"), "2");
    }
}

TEST_F(School, ReleasesAreAllOrNothingAndEachChangeIsAnotherEntry) {
    set(essay, plain());
    mark(essay, tess, ada, 5);
    mark(essay, tess, bob, 6, {}, false);
    EXPECT_EQ(code(let_go(essay, "", std::vector{name(essay, ada), name(essay, bob)})), "conflict")
        << "Bob's is a draft";
    EXPECT_EQ(count("grades"), "0");
    EXPECT_EQ(code(let_go(essay, "", std::vector{WorkId{uuid("99")}})), "not_found");
    auto first = let_go(essay);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(first->released, std::vector{ada});
    EXPECT_EQ(first->not_ready, 2U);
    EXPECT_EQ(let_go(essay)->unchanged, 1U) << "again it changes nothing";
    EXPECT_EQ(history(essay, ada), "1: 5");

    mark(essay, tom, ada, 7, 1);
    EXPECT_EQ(history(essay, ada), "1: 5") << "what students are told changes by a release alone";
    mark(essay, tess, bob, 6, 1);
    const auto why = let_go(essay);
    EXPECT_EQ(code(why), "invalid_field");
    EXPECT_EQ(why.error().field, "/reason");
    EXPECT_EQ(history(essay, bob), "") << "nothing of it was done";
    EXPECT_EQ(let_go(essay, "marked again")->released.size(), 2U);
    EXPECT_EQ(history(essay, ada), "2: 7 because marked again, 1: 5");
    EXPECT_EQ(history(essay, bob), "1: 6") << "a first one needs no reason";
}

TEST_F(School, WhatWasToldCannotBeRewrittenByTheServersRole) {
    set(essay, plain());
    mark(essay, tess, ada, 5);
    ASSERT_TRUE(let_go(essay));
    test::Session as_server(installation.conninfo());
    as_server.run("begin; select scope_enter('" + to_text(north.scope.tenant().uuid) + "', 1)");
    EXPECT_EQ(as_server.attempt("update grades set points = 1000").sqlstate, "42501");
    as_server.run("rollback; begin; select scope_enter('" + to_text(north.scope.tenant().uuid) +
                  "', 1)");
    EXPECT_EQ(as_server.attempt("update marking_schemes set points_max = 1").sqlstate, "42501");
}

TEST_F(School, MarksKeepTheSchemeThatTheyWereGivenByUntilTheyAreRegraded) {
    const char* before =
        R"([{"id": "a", "title": "A", "points_max": 6, "levels": [{"id": "ok", "title": "OK", "points": 4}]}])";
    const char* after =
        R"([{"id": "a", "title": "A", "points_max": 6, "levels": [{"id": "ok", "title": "OK", "points": 5}]}])";
    set(essay, {.scheme = {.points_max = Points{600}, .rubric = *read_rubric(before, "")}});
    ASSERT_TRUE(in([&](tenancy::TenantTx& tx) {
        return save_mark(tx, pseudonyms, essay, ada, tess,
                         {.content = {.items = {{.id = "a", .level = "ok"}}}, .done = true},
                         clock.now());
    }));
    ASSERT_TRUE(let_go(essay));
    EXPECT_EQ(
        set(essay, {.scheme = {.points_max = Points{600}, .rubric = *read_rubric(after, "")}}, 1),
        2);
    EXPECT_EQ(work(essay, ada).marks.front().scheme_version, 1);
    EXPECT_EQ(let_go(essay)->unchanged, 1U);
    auto pass = [&](bool dry) {
        return *in([&](tenancy::TenantTx& tx) {
            return mark_automatically(tx, pseudonyms, essay,
                                      {.pass = Pass::regrade, .dry_run = dry}, clock.now());
        });
    };
    const Batch told = pass(true);
    ASSERT_EQ(told.changed.size(), 1U);
    EXPECT_EQ(told.changed[0].before, Points{400});
    EXPECT_EQ(told.changed[0].after, Points{500});
    EXPECT_TRUE(told.changed[0].released);
    EXPECT_EQ(work(essay, ada).marks.front().points, Points{400}) << "a dry run changes nothing";
    EXPECT_EQ(pass(false).changed.size(), 1U);
    EXPECT_EQ(pass(false).changed.size(), 0U) << "again it changes nothing";
    EXPECT_EQ(history(essay, ada), "1: 4");
    ASSERT_TRUE(let_go(essay, "levels"));
    EXPECT_EQ(history(essay, ada), "2: 5 because levels, 1: 4");
    set(essay, plain(), 2);
    EXPECT_EQ(pass(true).by_hand, std::vector{name(essay, ada)})
        << "nothing of it can be carried over";
}

TEST_F(School, ASchemeIsChangedByWhoeverSawIt) {
    EXPECT_EQ(set(essay, plain()), 1);
    EXPECT_EQ(code(in([&](tenancy::TenantTx& tx) {
                  return set_marking(tx, essay, plain(), 0, tess, clock.now());
              })),
              "precondition_failed");
    EXPECT_EQ(set(essay, plain(), 1), 2);
    EXPECT_EQ(count("marking_schemes"), "2") << "all versions are kept";
}

// ---- anonymity ----

TEST_F(School, PseudonymsAreStableDifferByAssignmentAndFollowFromAKey) {
    EXPECT_EQ(name(essay, ada), name(essay, ada));
    EXPECT_NE(name(essay, ada), name(quiz, ada));
    EXPECT_NE(name(essay, ada), name(essay, bob));
    EXPECT_NE(Pseudonyms(SecretKey{8}).of(north.scope.tenant(), essay, ada), name(essay, ada));
}

TEST_F(School, IdentitiesOpenWhenEverythingIsReleasedOrByAnAdministrator) {
    Marking marking = plain();
    marking.anonymous = true;
    hand_in(essay, ada, "by Ada");
    hand_in(essay, bob, "by Bob");
    set(essay, marking);
    const auto hidden = [&] {
        return installation.superuser().value(
            "select string_agg(identities_hidden::text, ' ' order "
            "by title) from assignments");
    };
    EXPECT_EQ(hidden(), "true false");
    mark(essay, tess, ada, 5);
    marking.anonymous = false;
    EXPECT_EQ(code(in([&](tenancy::TenantTx& tx) {
                  return set_marking(tx, essay, marking, 1, tess, clock.now());
              })),
              "conflict")
        << "no teacher opens identities by changing the scheme";
    EXPECT_FALSE(let_go(essay)->identities_opened) << "Bob has no grade yet";
    EXPECT_EQ(hidden(), "true false");
    mark(essay, tess, bob, 6);
    EXPECT_TRUE(let_go(essay)->identities_opened);
    EXPECT_EQ(hidden(), "false false");

    marking.anonymous = true;
    hand_in(quiz, ada, "{}");
    set(quiz, marking);
    EXPECT_EQ(hidden(), "false true");
    auto open = [&] {
        return *in(
            [&](tenancy::TenantTx& tx) { return open_identities(tx, quiz, tim, clock.now()); });
    };
    EXPECT_TRUE(open());
    EXPECT_FALSE(open()) << "they were";
    EXPECT_EQ(hidden(), "false false");
    set(quiz, marking, 1);
    EXPECT_EQ(hidden(), "false false") << "opened stays opened";
}

// ---- requests ----

TEST_F(School, RegradeRequestsByTheirStates) {
    Marking marking = plain();
    marking.scheme.regrade_window = 24h;
    set(essay, marking);
    auto ask = [&](UserId who) {
        return in([&](tenancy::TenantTx& tx) {
            return ask_regrade(tx, essay, who, "look again", clock.now(), installation.rng());
        });
    };
    auto decide = [&](const Regrade& request, RegradeState outcome) {
        return in([&](tenancy::TenantTx& tx) {
            return decide_regrade(tx, pseudonyms, request, outcome, "answer", tess, clock.now());
        });
    };
    auto withdraw = [&](const Regrade& request, UserId who) {
        return in([&](tenancy::TenantTx& tx) {
            return withdraw_regrade(tx, request.id, who, clock.now());
        });
    };
    auto state = [&](const Regrade& request) {
        auto found = *in([&](tenancy::TenantTx& tx) { return find_regrade(tx, request.id); });
        return std::string(wire_name(found->state));
    };
    EXPECT_EQ(code(ask(ada)), "not_found") << "nothing was released";
    for (UserId student : {ada, bob, eve})
        mark(essay, tess, student, 5);
    ASSERT_TRUE(let_go(essay));

    const Regrade upheld = *ask(ada), changed = *ask(bob), withdrawn = *ask(eve);
    EXPECT_EQ(code(ask(ada)), "conflict") << "once for each grade";
    EXPECT_TRUE(work(essay, ada).regrade_open);
    EXPECT_EQ(code(withdraw(withdrawn, ada)), "not_found") << "another's";
    ASSERT_TRUE(withdraw(withdrawn, eve));
    ASSERT_TRUE(decide(upheld, RegradeState::upheld));
    EXPECT_FALSE(work(essay, ada).regrade_open);
    EXPECT_EQ(code(decide(changed, RegradeState::changed)), "conflict") << "the mark is as it was";
    EXPECT_EQ(state(changed), "open");
    mark(essay, tom, bob, 8, 1);
    EXPECT_EQ(*decide(changed, RegradeState::changed), true);
    EXPECT_EQ(history(essay, bob), "2: 8 because answer, 1: 5");

    struct Row {
        const Regrade& request;
        const char* state;
    };
    for (const Row& row : {Row{upheld, "upheld"}, {changed, "changed"}, {withdrawn, "withdrawn"}}) {
        EXPECT_EQ(state(row.request), row.state);
        for (RegradeState outcome : {RegradeState::upheld, RegradeState::changed})
            EXPECT_EQ(code(decide(row.request, outcome)), "conflict") << row.state << " has ended";
        EXPECT_EQ(code(withdraw(row.request, row.request.user)), "conflict") << row.state;
        EXPECT_EQ(state(row.request), row.state);
    }
    EXPECT_EQ(code(ask(eve)), "conflict") << "withdrawn was asked too";
    EXPECT_TRUE(ask(bob)) << "of the new grade";

    mark(essay, tess, ada, 9, 1);
    ASSERT_TRUE(let_go(essay, "again"));
    clock.advance(24h);
    EXPECT_EQ(code(ask(ada)), "conflict") << "the window is half-open";
    marking.scheme.regrade_window.reset();
    set(essay, marking, 1);
    EXPECT_EQ(code(ask(ada)), "conflict") << "not looked at again on request";
}

TEST_F(School, ANewerGradeAnswersARequestToo) {
    Marking marking = plain();
    marking.scheme.regrade_window = 24h;
    set(essay, marking);
    mark(essay, tess, ada, 5);
    ASSERT_TRUE(let_go(essay));
    const Regrade request = *in([&](tenancy::TenantTx& tx) {
        return ask_regrade(tx, essay, ada, "look", clock.now(), installation.rng());
    });
    mark(essay, tess, ada, 6, 1);
    ASSERT_TRUE(let_go(essay, "a slip"));
    EXPECT_EQ(*in([&](tenancy::TenantTx& tx) {
        return decide_regrade(tx, pseudonyms, request, RegradeState::changed, "done", tess,
                              clock.now());
    }),
              false);
}

// ---- by the key ----

struct Quiz : School {
    Marking keyed(const char* right, Counts counts = Counts::latest, bool essay_too = false) {
        Marking marking{
            .scheme = {.key = *read_answer_key(
                           std::string(R"([{"id": "q", "points": 3, "accepted": [")") + right +
                               R"("]}, {"id": "w", "points": 2, )" +
                               (essay_too ? R"("by_hand": true)" : R"("accepted": ["w"])") + "}]",
                           ""),
                       .counts = counts}};
        for (const Criterion& criterion : marking.scheme.items())
            marking.scheme.points_max = marking.scheme.points_max + criterion.points_max;
        return marking;
    }
    Batch pass(BatchOptions options = {}) {
        auto batch = in([&](tenancy::TenantTx& tx) {
            return mark_automatically(tx, pseudonyms, quiz, options, clock.now());
        });
        EXPECT_TRUE(batch) << batch.error().text();
        return batch.value_or(Batch{});
    }
    std::string points(UserId student) {
        const Outcome outcome = outcome_of(work(quiz, student).marks, std::nullopt);
        return outcome.state == WorkState::ready ? to_text(outcome.points)
                                                 : std::string(wire_name(outcome.state));
    }
};

TEST_F(Quiz, IsMarkedByItsKeyWhoeverHandedIn) {
    EXPECT_EQ(code(in([&](tenancy::TenantTx& tx) {
                  return mark_automatically(tx, pseudonyms, quiz, {}, clock.now());
              })),
              "conflict")
        << "nothing says how";
    hand_in(quiz, ada, R"({"q": "Paris", "w": "w"})");
    hand_in(quiz, bob, R"({"q": "Rome", "w": "w"})");
    set(quiz, keyed("paris"));
    EXPECT_EQ(pass({.dry_run = true}).changed.size(), 2U);
    EXPECT_EQ(count("marks"), "0") << "a dry run changes nothing";
    const Batch batch = pass();
    EXPECT_EQ(batch.examined, 3U);
    EXPECT_EQ(batch.changed.size(), 2U);
    EXPECT_EQ(points(ada) + " " + points(bob) + " " + points(eve), "5 2 unmarked");
    EXPECT_EQ(pass().changed.size(), 0U) << "again it changes nothing";
    EXPECT_EQ(count("grades"), "0") << "and releases nothing";
}

TEST_F(Quiz, TheAttemptThatCountsIsTheLatestOrTheBest) {
    hand_in(quiz, ada, R"({"q": "Paris", "w": "no"})");
    const SubmissionId latest = hand_in(quiz, ada, R"({"q": "Rome", "w": "w"})");
    set(quiz, keyed("paris"));
    pass();
    EXPECT_EQ(points(ada), "2");
    EXPECT_EQ(work(quiz, ada).marks.front().submission, latest);
    set(quiz, keyed("paris", Counts::best), 1);
    pass();
    EXPECT_EQ(points(ada), "3");
    const SubmissionId equal = hand_in(quiz, ada, R"({"q": "PARIS"})");
    pass();
    EXPECT_EQ(work(quiz, ada).marks.front().submission, equal) << "of equals the latest";
}

TEST_F(Quiz, WhatIsMarkedByHandWaitsForAMarker) {
    hand_in(quiz, ada, R"({"q": "Paris", "w": "an essay"})");
    set(quiz, keyed("paris", Counts::latest, true));
    const Batch batch = pass();
    EXPECT_EQ(batch.by_hand, std::vector{name(quiz, ada)});
    EXPECT_EQ(points(ada), "unmarked");
    ASSERT_TRUE(in([&](tenancy::TenantTx& tx) {
        return save_mark(tx, pseudonyms, quiz, ada, tess,
                         {.content = {.items = {{.id = "q", .points = Points{300}},
                                                {.id = "w", .points = Points{150}}}},
                          .done = true},
                         clock.now());
    }));
    EXPECT_EQ(points(ada), "4.5");
    EXPECT_TRUE(pass().by_hand.empty());
    EXPECT_EQ(points(ada), "4.5") << "a marker's word stands over the key's";
}

TEST_F(Quiz, GoesOnWhereItStopped) {
    for (UserId student : {ada, bob, eve})
        hand_in(quiz, student, R"({"q": "Paris"})");
    set(quiz, keyed("paris"));
    BatchOptions options{.limit = 1};
    int batches = 0;
    do {
        const Batch batch = pass(options);
        EXPECT_EQ(batch.examined, 1U);
        options.after = batch.next;
        ++batches;
    } while (options.after && batches < 10);
    EXPECT_EQ(batches, 3);
    EXPECT_EQ(points(ada) + points(bob) + points(eve), "333");
}

TEST_F(Quiz, AChangedKeyTellsWhoWouldChangeAndThenChangesThem) {
    hand_in(quiz, ada, R"({"q": "Paris", "w": "w"})");
    hand_in(quiz, bob, R"({"q": "Rome", "w": "w"})");
    hand_in(quiz, eve, R"({"q": "Oslo", "w": "w"})");
    set(quiz, keyed("paris"));
    pass();
    ASSERT_TRUE(let_go(quiz));
    set(quiz, keyed("rome"), 1);
    std::string told;
    for (const Changed& change : pass({.pass = Pass::regrade, .dry_run = true}).changed)
        told += (change.work == name(quiz, ada) ? "ada " : "bob ") + to_text(*change.before) + " " +
                to_text(*change.after) + (change.released ? " released; " : "; ");
    EXPECT_TRUE(told == "ada 5 2 released; bob 2 5 released; " ||
                told == "bob 2 5 released; ada 5 2 released; ")
        << told;
    EXPECT_EQ(points(ada), "5");
    pass({.pass = Pass::regrade});
    EXPECT_EQ(points(ada) + points(bob) + points(eve), "252");
    EXPECT_EQ(history(quiz, ada), "1: 5") << "the student is told by a release alone";
    ASSERT_TRUE(let_go(quiz, "the key was wrong"));
    EXPECT_EQ(history(quiz, ada), "2: 2 because the key was wrong, 1: 5");
}

// ---- erasure ----

TEST_F(School, NothingOfAnErasedPersonsMarksGradesAndRequestsStays) {
    Marking marking = plain();
    marking.scheme.regrade_window = 24h;
    set(essay, marking);
    for (UserId student : {ada, bob}) {
        mark(essay, tess, student, 5);
        ASSERT_TRUE(let_go(essay));
        ASSERT_TRUE(in([&](tenancy::TenantTx& tx) {
            return ask_regrade(tx, essay, student, "look", clock.now(), installation.rng());
        }));
    }
    ASSERT_TRUE(in([&](tenancy::TenantTx& tx) { return forget_person(tx, ada); }));
    const std::string whose = " where user_id = '" + to_text(ada.uuid) + "'";
    for (const char* table : {"marks", "grades", "regrade_requests"}) {
        EXPECT_EQ(count(table + whose), "0") << table;
        EXPECT_EQ(count(table), "1") << "the other's stay: " << table;
    }
}

} // namespace
} // namespace bw::marking
