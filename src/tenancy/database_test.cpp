// The waist against a real server: a scope holds for one transaction, and nothing works without
// one.
#include "tenancy/database.hpp"

#include <gtest/gtest.h>

#include "support/installation.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

constexpr pg::Statement add_category{
    "test_add_category", 2,
    "insert into categories (category_id, source, sourced_id, title) values ($1, 'test', $2, $2)"};
constexpr pg::Statement list_categories{"test_list_categories", 0,
                                        "select title from categories order by title"};
constexpr pg::Statement divide{"test_divide", 0,
                               "select 1 / (select count(*) from categories where title = 'none')"};
constexpr pg::Statement backend{"test_backend", 0, "select pg_backend_pid()"};

struct Waist : testing::Test {
    Installation installation;
    TenantInfo alpha = installation.provision("alpha"), bravo = installation.provision("bravo");
    std::unique_ptr<Database> database = installation.database();

    Deadline soon() const { return installation.soon(); }
    Step add(const std::string& title) {
        pg::Params params;
        params.uuid(make_uuid_v7(installation.clock().now(), installation.rng())).text(title);
        return {add_category, params};
    }
    std::string titles(const TenantScope& scope) {
        auto rows = database->fetch(scope, soon(), list_categories, {});
        if (!rows)
            return rows.error().text();
        std::string out;
        for (int i = 0; i < rows->count(); ++i)
            out += (i ? " " : "") + std::string(rows->text(i, 0));
        return out;
    }
    /// `scope`, with a placement that has moved on since it was made.
    void move(const TenantScope& scope) {
        installation.superuser().run(
            "update control.tenants set generation = generation + 1 where tenant_id = '" +
            to_text(scope.tenant().uuid) + "'");
    }
};

TEST_F(Waist, RunCommitsWhatSucceedsAndRollsBackWhatFails) {
    auto good = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step one = add("one"), two = add("two");
        TRY(tx.run(one.statement, one.params));
        TRY(tx.run(two.statement, two.params));
        return 2;
    });
    ASSERT_TRUE(good) << good.error().text();
    auto bad = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step three = add("three");
        TRY(tx.run(three.statement, three.params));
        return fail(Code::conflict, "changed my mind");
    });
    EXPECT_EQ(bad.error().code, Code::conflict);
    auto broken = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step four = add("four");
        TRY(tx.run(four.statement, four.params));
        TRY(tx.run(divide));
        return 0;
    });
    EXPECT_FALSE(broken);
    EXPECT_EQ(database->last_sqlstate(), "22012");
    // An error that the callback swallowed cannot become a commit.
    auto swallowed = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step five = add("five");
        TRY(tx.run(five.statement, five.params));
        (void)tx.run(divide);
        return 0;
    });
    EXPECT_FALSE(swallowed)
        << "COMMIT of a failed transaction is a rollback, and was reported as success";
    EXPECT_EQ(titles(alpha.scope), "one two");
    EXPECT_EQ(titles(bravo.scope), "");
}

TEST_F(Waist, SeveralStatementsInOneRoundTrip) {
    auto done = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<std::size_t> {
        auto answers = TRY(tx.run({add("one"), add("two"), {list_categories, {}}}));
        EXPECT_EQ(answers.back().count(), 2);
        auto more = TRY(tx.run({add("three"), {list_categories, {}}}));
        EXPECT_EQ(more.back().count(), 3);
        return answers.size() + more.size();
    });
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(*done, 5U);
}

TEST_F(Waist, ATransactionThatAsksNothingCostsNothing) {
    auto nothing = [](TenantTx&) -> Result<int> { return 1; };
    EXPECT_TRUE(database->run(alpha.scope, soon(), nothing));
    Database nowhere("host=/nonexistent dbname=none", "test", installation.clock());
    EXPECT_TRUE(nowhere.run(alpha.scope, soon(), nothing));
    auto swallowed = nowhere.run(alpha.scope, soon(), [](TenantTx& tx) -> Result<int> {
        (void)tx.run(list_categories);
        return 1;
    });
    ASSERT_FALSE(swallowed) << "nothing was done, and success was reported";
    EXPECT_EQ(swallowed.error().code, Code::unavailable);
    EXPECT_EQ(titles(alpha.scope), "");
}

TEST_F(Waist, TheScopeEndsWithItsTransaction) {
    // Whatever way a scope was entered, the next statement on the connection has none and fails
    // loudly. `last` of a batch is the way to run something outside a scope.
    struct Way {
        const char* name;
        std::function<bool()> enter;
    };
    const Way ways[] = {
        {"fetch",
         [&] { return database->fetch(alpha.scope, soon(), list_categories, {}).has_value(); }},
        {"run",
         [&] {
             return database
                 ->run(alpha.scope, soon(), [&](TenantTx& tx) { return tx.run(list_categories); })
                 .has_value();
         }},
        {"run that failed",
         [&] {
             return !database->run(alpha.scope, soon(),
                                   [&](TenantTx& tx) { return tx.run(divide); });
         }},
        {"batch",
         [&] {
             return database
                 ->run_batch({{alpha.scope, {add("a")}}, {bravo.scope, {add("b")}}}, {}, soon())
                 .has_value();
         }},
        {"batch that failed",
         [&] { return !database->run_batch({{alpha.scope, {{divide, {}}}}}, {}, soon()); }},
    };
    for (const Way& way : ways) {
        ASSERT_TRUE(way.enter()) << way.name;
        auto unscoped = database->run_batch({}, {{list_categories, {}}}, soon());
        ASSERT_FALSE(unscoped) << "rows without a scope after " << way.name;
        EXPECT_EQ(database->last_sqlstate(), "22P02") << way.name; // '' is no uuid: loud, not empty
    }
    // And on a connection that has never had one.
    auto fresh = installation.database();
    EXPECT_FALSE(fresh->run_batch({}, {{list_categories, {}}}, soon()));
    EXPECT_EQ(fresh->last_sqlstate(), "42704");
}

TEST_F(Waist, OneConnectionServesManyTenantsInTurn) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(
            database->run_batch({{alpha.scope, {add("a" + std::to_string(i))}}}, {}, soon()));
        ASSERT_TRUE(
            database->run_batch({{bravo.scope, {add("b" + std::to_string(i))}}}, {}, soon()));
    }
    EXPECT_EQ(titles(alpha.scope), "a0 a1 a2");
    EXPECT_EQ(titles(bravo.scope), "b0 b1 b2");
}

TEST_F(Waist, ABatchEntersEachGroupsScopeAndAnswersInOrder) {
    auto answers =
        database->run_batch({{alpha.scope, {add("a"), {list_categories, {}}}},
                             {bravo.scope, {add("b1"), add("b2"), {list_categories, {}}}}},
                            {{backend, {}}}, soon());
    ASSERT_TRUE(answers) << answers.error().text();
    ASSERT_EQ(answers->size(), 6U);
    EXPECT_EQ((*answers)[1].text(0, 0), "a");
    EXPECT_EQ((*answers)[4].count(), 2);
    EXPECT_EQ((*answers)[4].text(0, 0), "b1");
}

TEST_F(Waist, EachGroupOfRunEachStandsAlone) {
    move(bravo.scope);
    const TenantInfo charlie = installation.provision("charlie");
    // The first use of a statement lies in a group that fails: the others need it prepared too.
    auto outcomes = database->run_each({{bravo.scope, {add("b")}},
                                        {alpha.scope, {add("a"), {list_categories, {}}}},
                                        {charlie.scope, {add("c1"), {divide, {}}, add("never")}},
                                        {charlie.scope, {add("c2"), {list_categories, {}}}}},
                                       soon());
    ASSERT_EQ(outcomes.size(), 4U);
    EXPECT_EQ(outcomes[0].error().code, Code::unavailable);
    EXPECT_TRUE(outcomes[0].error().retry_after.has_value());
    ASSERT_TRUE(outcomes[1]) << outcomes[1].error().text();
    EXPECT_EQ(outcomes[1]->back().text(0, 0), "a");
    ASSERT_FALSE(outcomes[2]);
    EXPECT_EQ(outcomes[2].error().code, Code::bad_request);
    EXPECT_EQ(database->last_sqlstate(), "22012");
    ASSERT_TRUE(outcomes[3]) << outcomes[3].error().text();
    EXPECT_EQ(titles(alpha.scope), "a");
    EXPECT_EQ(titles(charlie.scope), "c2");
    auto unscoped = database->run_batch({}, {{list_categories, {}}}, soon());
    EXPECT_FALSE(unscoped) << "rows without a scope after run_each";
}

// Reads by lease share a transaction; nobody can tell by the answers.
TEST_F(Waist, ReadsThatShareATransactionStandAloneToo) {
    ASSERT_TRUE(
        database->run_batch({{alpha.scope, {add("a")}}, {bravo.scope, {add("b")}}}, {}, soon()));
    const std::vector<Step> list{{list_categories, {}}};
    for (int round = 0; round < 2; ++round) { // the second enters by lease
        const std::vector<ScopedSteps> groups{{alpha.scope, list},
                                              {bravo.scope, list},
                                              {bravo.scope, {{divide, {}}}},
                                              {alpha.scope, {{backend, {}}, {list_categories, {}}}},
                                              {bravo.scope, {add("b" + std::to_string(round))}},
                                              {bravo.scope, list}};
        auto outcomes = database->run_each(groups, soon());
        ASSERT_EQ(outcomes.size(), groups.size());
        for (std::size_t i : {0U, 1U, 3U, 4U, 5U})
            ASSERT_TRUE(outcomes[i]) << i << ": " << outcomes[i].error().text();
        EXPECT_EQ(outcomes[0]->back().text(0, 0), "a");
        EXPECT_EQ(outcomes[1]->back().text(0, 0), "b");
        EXPECT_EQ(outcomes[2].error().code, Code::bad_request);
        EXPECT_EQ(outcomes[3]->size(), 2U);
        EXPECT_EQ(outcomes[3]->back().text(0, 0), "a");
        EXPECT_EQ(outcomes[3]->back().count(), 1);
        EXPECT_EQ(outcomes[5]->back().text(0, 0), "b");
        EXPECT_EQ(outcomes[5]->back().count(), 2 + round);
    }
}

TEST_F(Waist, AFailingGroupUndoesTheWholeBatch) {
    EXPECT_FALSE(database->run_batch(
        {{alpha.scope, {add("a")}}, {bravo.scope, {add("b"), {divide, {}}}}}, {}, soon()));
    EXPECT_EQ(titles(alpha.scope), "");
    EXPECT_EQ(titles(bravo.scope), "");
    EXPECT_FALSE(database->run_batch({{alpha.scope, {add("a")}}}, {{divide, {}}},
                                     soon())); // `last` belongs to it
    EXPECT_EQ(titles(alpha.scope), "");
}

TEST_F(Waist, AnUnknownOrMovedInstitutionIsRefusedByEveryWayIn) {
    move(bravo.scope);
    Installation other; // its institution is not here
    const TenantScope foreign = other.provision("elsewhere").scope;
    struct Case {
        const char* name;
        TenantScope scope;
        Code code;
        const char* sqlstate;
    };
    for (const auto& [name, scope, code, sqlstate] :
         {Case{"unknown", foreign, Code::not_found, "BW001"},
          Case{"moved", bravo.scope, Code::unavailable, "BW002"}}) {
        auto fetched = database->fetch(scope, soon(), list_categories, {});
        ASSERT_FALSE(fetched) << name;
        EXPECT_EQ(fetched.error().code, code) << name;
        EXPECT_EQ(database->last_sqlstate(), sqlstate) << name;
        auto ran =
            database->run(scope, soon(), [&](TenantTx& tx) { return tx.run(list_categories); });
        EXPECT_EQ(ran.error().code, code) << name;
        auto batch =
            database->run_batch({{alpha.scope, {add("a")}}, {scope, {add("x")}}}, {}, soon());
        EXPECT_EQ(batch.error().code, code) << name;
        EXPECT_EQ(titles(alpha.scope), "") << name;
    }
    auto moved = database->fetch(bravo.scope, soon(), list_categories, {});
    EXPECT_TRUE(moved.error().retry_after.has_value());
    TenantDirectory directory; // and a refresh mends it
    installation.refresh(directory);
    EXPECT_EQ(titles(directory.by_slug("bravo")->scope), "");
}

TEST_F(Waist, FindsItsWayBackAfterTheServerEndedTheConnection) {
    ASSERT_TRUE(database->run_batch({{alpha.scope, {add("kept")}}}, {}, soon()));
    auto pid = [&] { return database->fetch(alpha.scope, soon(), backend, {})->int8(0, 0); };
    const std::int64_t first = pid();
    auto end = [&](std::int64_t backend_pid) {
        installation.superuser().run("select pg_terminate_backend(" + std::to_string(backend_pid) +
                                     ", 5000)");
    };
    end(first);
    // The loss shows at the next use, whose work was not done.
    auto lost = database->run_batch({{alpha.scope, {add("lost")}}}, {}, soon());
    if (!lost) {
        EXPECT_TRUE(lost.error().code == Code::unavailable ||
                    lost.error().code == Code::outcome_unknown)
            << lost.error().text();
    }
    EXPECT_EQ(titles(alpha.scope), lost ? "kept lost" : "kept");
    EXPECT_NE(pid(), first);
    // In the middle of a transaction: nothing of it stays, and the error says that it may be
    // repeated.
    auto half = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step step = add("half");
        TRY(tx.run(step.statement, step.params));
        end(TRY(tx.run(backend)).int8(0, 0));
        TRY(tx.run(list_categories));
        return 0;
    });
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, Code::unavailable) << half.error().text();
    // Before COMMIT: whether it went out is the connection's to know; that it did not happen is
    // certain only if it did not.
    auto commit = database->run(alpha.scope, soon(), [&](TenantTx& tx) -> Result<int> {
        Step step = add("doubt");
        TRY(tx.run(step.statement, step.params));
        end(TRY(tx.run(backend)).int8(0, 0));
        return 0;
    });
    ASSERT_FALSE(commit);
    EXPECT_TRUE(commit.error().code == Code::outcome_unknown ||
                commit.error().code == Code::unavailable)
        << commit.error().text();
    EXPECT_EQ(titles(alpha.scope), lost ? "kept lost" : "kept");
}

TEST_F(Waist, ADeadlineThatPassesBeforeCommitLeavesNoTransactionOpen) {
    ManualClock clock(Instant{0});
    Database own(installation.conninfo(), "test", clock);
    auto late = own.run(alpha.scope, Deadline::in(clock, 5s), [&](TenantTx& tx) -> Result<int> {
        Step step = add("late");
        TRY(tx.run(step.statement, step.params));
        clock.advance(6s);
        return 0;
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::deadline_exceeded);
    auto next = own.run(alpha.scope, Deadline::in(clock, 5s), [&](TenantTx& tx) -> Result<int> {
        Step step = add("next");
        TRY(tx.run(step.statement, step.params));
        return 0;
    });
    ASSERT_TRUE(next) << next.error().text();
    EXPECT_EQ(titles(alpha.scope), "next")
        << "the next request committed what was reported as not done";
}

TEST_F(Waist, ADeadServerIsNotAskedByEveryRequest) {
    ManualClock clock(Instant{0});
    const std::string name = "late_" + to_hex(view(installation.rng().bytes<6>()));
    Database late(
        pg::cluster_conninfo(test::TestCluster::get().directory(), name, "bw_app", "test"), "test",
        clock);
    auto ask = [&] {
        return late.fetch(alpha.scope, Deadline::in(clock, 5s), list_categories, {}).error();
    };
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(ask().code, Code::unavailable);
    installation.superuser().run("create database " + name); // it comes up, empty
    const Error refusal = ask();
    EXPECT_EQ(refusal.code, Code::unavailable) << "asked again at once";
    EXPECT_GT(refusal.retry_after.value_or(0ms), 0ms);
    clock.advance(1s);
    EXPECT_EQ(ask().code, Code::internal); // reached: it has no scope_enter
    EXPECT_EQ(late.last_sqlstate(), "42883");
    installation.superuser().run("drop database " + name + " with (force)");
}

} // namespace
} // namespace bw::tenancy
