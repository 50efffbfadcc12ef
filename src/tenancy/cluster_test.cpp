// The door against a real primary and its streaming replica: which server answers, what a commit's
// position promises, who is refused after a promotion, and what callers hear when a server fails.
#include "tenancy/cluster.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "support/server_pair.hpp"
#include "tenancy/database.hpp"

namespace bw::tenancy {
namespace {

constexpr pg::Statement add{
    "test_add", 2,
    "insert into categories (category_id, source, sourced_id, title) values ($1, 'test', $2, $2)"};
constexpr pg::Statement touch{"test_touch", 1,
                              "update categories set title = title where sourced_id = $1"};
constexpr pg::Statement look{
    "test_look", 0,
    "select pg_is_in_recovery(), coalesce((select string_agg(title, ' ' order by title) from "
    "categories), '')"};
constexpr pg::Statement backend{"test_pid", 0, "select pg_backend_pid()"};

using Pair = test::ServerPair;

struct Doors : testing::Test {
    static void SetUpTestSuite() { pair_ = std::make_unique<Pair>(); }
    static void TearDownTestSuite() { pair_.reset(); }
    static inline std::unique_ptr<Pair> pair_;

    Pair& pair = *pair_;
    const TenantScope alpha = pair.alpha;
    ManualClock still{Instant{0}}; // moves the breakers' pauses alone

    ClusterOptions options() const {
        return {.primary = pair.conninfo(Pair::primary),
                .replicas = {pair.conninfo(Pair::standby)},
                .replica_lag_max = 1h}; // so that a slow machine is no lagging replica
    }
    Deadline soon() const { return Deadline::in(still, 60s); }
    Step adding(const std::string& title) {
        pg::Params params;
        params.uuid(make_uuid_v7(pair.clock.now(), pair.rng)).text(title);
        return {add, params};
    }
    /// The position of its commit.
    CommitPosition write(Database& database, const std::string& title) {
        const Step step = adding(title);
        auto done =
            database.fetch(alpha, soon(), step.statement, step.params, {.want_position = true});
        EXPECT_TRUE(done) << done.error().text();
        return database.position().value_or(CommitPosition{});
    }
    struct Sight {
        bool from_standby;
        std::string titles;
        bool operator==(const Sight&) const = default;
    };
    Sight see(Database& database, ReadFrom from) {
        auto rows = database.fetch(alpha, soon(), look, {}, {.read_from = from});
        if (!rows)
            return {false, rows.error().text()};
        return {rows->boolean(0, 0), std::string(rows->text(0, 1))};
    }
    bool shows(Database& database, ReadFrom from, const std::string& title) {
        return (" " + see(database, from).titles + " ").contains(" " + title + " ");
    }
    using Paused = Pair::Paused;
};

TEST_F(Doors, AReadIsNeverOlderThanThePositionItNames) {
    Cluster cluster(options(), still, pair.rng);
    Database database(cluster, "api");
    EXPECT_TRUE(see(database, ReadFrom::replica()).from_standby);
    EXPECT_FALSE(see(database, ReadFrom::primary()).from_standby);
    CommitPosition position;
    {
        Paused paused(pair);
        position = write(database, "fresh");
        EXPECT_EQ(position.timeline, 1U);
        EXPECT_TRUE(shows(database, ReadFrom::replica(position), "fresh"))
            << "older than what it must see";
        EXPECT_FALSE(see(database, ReadFrom::replica(position)).from_standby);
        // Whoever names no position gets what the replica has.
        EXPECT_TRUE(see(database, ReadFrom::replica()).from_standby);
        EXPECT_FALSE(shows(database, ReadFrom::replica(), "fresh"));
        auto in_transaction = database.run(alpha, soon(),
                                           [&](TenantTx& tx) -> Result<bool> {
                                               const bool first = TRY(tx.run(look)).boolean(0, 0);
                                               EXPECT_EQ(TRY(tx.run(look)).boolean(0, 0), first)
                                                   << "changed servers half-way";
                                               return first;
                                           },
                                           {.read_from = ReadFrom::replica(position)});
        EXPECT_EQ(in_transaction.value_or(true), false);
        EXPECT_EQ(cluster.status().lanes[0].replicas[0].state, BreakerState::closed)
            << "to be behind one position is no fault";
    }
    pair.until([&] {
        still.advance(5s); // it may have been left alone for a moment
        return see(database, ReadFrom::replica(position)).from_standby;
    });
    EXPECT_TRUE(shows(database, ReadFrom::replica(position), "fresh"));
    auto at_replica =
        database.run(alpha, soon(),
                     [&](TenantTx& tx) -> Result<bool> {
                         auto answers = TRY(tx.run({{look, {}}, {look, {}}}));
                         EXPECT_EQ(answers.size(), 2U);
                         return answers[1].boolean(0, 0) && TRY(tx.run(look)).boolean(0, 0);
                     },
                     {.want_position = true, .read_from = ReadFrom::replica(position)});
    EXPECT_TRUE(at_replica.value_or(false));
    EXPECT_EQ(database.position(), std::nullopt) << "nothing was committed at the primary";
    // Made-up ones cost a read at the primary and no more.
    for (const CommitPosition& forged :
         {CommitPosition{1, UINT64_MAX}, CommitPosition{UINT32_MAX, 1}, CommitPosition{9, 0}})
        EXPECT_FALSE(see(database, ReadFrom::replica(forged)).from_standby);
    EXPECT_EQ(cluster.status().timeline, 1U);
}

TEST_F(Doors, AReplicaAnswersWithinAScopeAndTakesNoWrites) {
    Cluster cluster(options(), still, pair.rng);
    Database database(cluster, "api");
    const Step step = adding("misled");
    // One statement is simply asked of the primary; a transaction that began at the replica is
    // told.
    EXPECT_TRUE(database.fetch(alpha, soon(), step.statement, step.params,
                               {.read_from = ReadFrom::replica()}));
    auto later = database.run(alpha, soon(),
                              [&](TenantTx& tx) -> Result<int> {
                                  EXPECT_TRUE(TRY(tx.run(look)).boolean(0, 0));
                                  TRY(tx.run(step.statement, step.params));
                                  return 1;
                              },
                              {.read_from = ReadFrom::replica()});
    ASSERT_FALSE(later);
    EXPECT_EQ(database.last_sqlstate(), "25006");
    EXPECT_TRUE(see(database, ReadFrom::replica()).from_standby) << "and the connection is as new";
}

TEST_F(Doors, ALaggingReplicaIsLeftAloneAndComesBackCloserThanItLeft) {
    struct Case {
        const char* name;
        Duration lag_max, lag_return;
        bool leaves, returns;
    };
    // A caught-up replica has a lag of 0, which is not within a limit below 0.
    for (const Case& row :
         {Case{"in use", 1h, 1h, false, true}, Case{"lags", -1ms, -1ms, true, false},
          Case{"comes back", -1ms, 1h, true, true}}) {
        ClusterOptions own = options();
        own.replica_lag_max = row.lag_max;
        own.replica_lag_return = row.lag_return;
        Cluster cluster(own, still, pair.rng);
        Database database(cluster, "api");
        EXPECT_EQ(see(database, ReadFrom::replica()).from_standby, !row.leaves) << row.name;
        const auto state = [&] { return cluster.status().lanes[0].replicas[0].state; };
        EXPECT_EQ(state() == BreakerState::open, row.leaves) << row.name;
        EXPECT_EQ(see(database, ReadFrom::replica()).from_standby, !row.leaves) << row.name;
        still.advance(own.breaker.pause_max);
        EXPECT_EQ(see(database, ReadFrom::replica()).from_standby, row.returns) << row.name;
        EXPECT_EQ(state(), row.returns ? BreakerState::closed : BreakerState::open) << row.name;
    }
    // And what the lag is, on a replica that stands still: the time since the last commit replayed.
    Cluster cluster({.primary = pair.conninfo(Pair::primary),
                     .replicas = {pair.conninfo(Pair::standby)},
                     .replica_lag_max = 1ms},
                    still, pair.rng);
    Database database(cluster, "api");
    Paused paused(pair);
    write(database, "unseen");
    pair.until([&] { return !see(database, ReadFrom::replica()).from_standby; });
    EXPECT_TRUE(shows(database, ReadFrom::replica(), "unseen"));
}

TEST_F(Doors, ADeadReplicaCostsItsLaneThreeAttemptsAndNobodyAnAnswer) {
    ClusterOptions own = options();
    own.replicas = {"host=/nonexistent dbname=none"};
    Cluster cluster(own, still, pair.rng);
    Database database(cluster, "api"), same_lane(cluster, "api"), other_lane(cluster, "auth");
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(see(i % 2 ? database : same_lane, ReadFrom::replica()).from_standby);
    const ClusterStatus status = cluster.status();
    ASSERT_EQ(status.lanes.size(), 2U);
    EXPECT_EQ(status.lanes[0].replicas[0].state, BreakerState::open);
    EXPECT_EQ(status.lanes[0].replicas[0].refused, 7U);
    EXPECT_EQ(status.lanes[0].primary.state, BreakerState::closed);
    EXPECT_EQ(status.lanes[1].name, "auth");
    EXPECT_EQ(status.lanes[1].replicas[0].state, BreakerState::closed);
}

TEST_F(Doors, ThePrimaryIsFoundWhereverItStandsInTheList) {
    // As libpq lists them; the standby first.
    const std::string one = pair.conninfo(Pair::primary), other = pair.conninfo(Pair::standby);
    const std::string socket = one.substr(6, one.find('\'', 6) - 6);
    std::string both = other;
    both.insert(both.find('\'', 6), "," + socket);
    Cluster cluster({.primary = both + " target_session_attrs=read-write"}, still, pair.rng);
    Database database(cluster, "api");
    EXPECT_FALSE(see(database, ReadFrom::primary()).from_standby);
    Cluster only_standby({.primary = other}, still, pair.rng);
    Database misled(only_standby, "api");
    auto refused = misled.fetch(alpha, soon(), look, {});
    ASSERT_FALSE(refused) << "a standby passed for the primary";
    EXPECT_EQ(refused.error().code, Code::unavailable);
}

// ---- failures of a server, as callers hear them ----

TEST_F(Doors, AStatementCancelledInTheMiddleOfABatchUndoesItAndKeepsTheConnection) {
    Cluster cluster(options(), pair.clock, pair.rng);
    Database database(cluster, "api");
    const Deadline deadline = pair.soon();
    ASSERT_TRUE(database.run_batch({{alpha, {adding("held")}}}, {}, deadline));
    const auto pid = database.fetch(alpha, deadline, backend, {})->int8(0, 0);
    test::Session holder = pair.session(Pair::primary);
    holder.run("begin; update categories set title = title where sourced_id = 'held'");
    auto batch = std::async(std::launch::async, [&] {
        pg::Params held;
        held.text("held");
        return database.run_batch({{alpha, {adding("half"), {touch, held}, adding("rest")}}}, {},
                                  deadline);
    });
    const std::string that = std::to_string(pid);
    pair.until([&] {
        return pair.on_primary(
                   "select wait_event_type = 'Lock' from pg_stat_activity where pid = " + that) ==
               "t";
    });
    pair.on_primary("select pg_cancel_backend(" + that + ")");
    auto outcome = batch.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::deadline_exceeded) << outcome.error().text();
    EXPECT_EQ(database.last_sqlstate(), "57014");
    EXPECT_EQ(database.fetch(alpha, deadline, backend, {})->int8(0, 0), pid);
    EXPECT_FALSE(shows(database, ReadFrom::primary(), "half"));
    EXPECT_EQ(cluster.status().lanes[0].primary.state, BreakerState::closed);
}

TEST_F(Doors, AServerWithoutAFreeConnectionIsOverloaded) {
    Cluster cluster(options(), still, pair.rng);
    Database first(cluster, "api"), second(cluster, "api");
    ASSERT_TRUE(first.fetch(alpha, soon(), look, {}));
    pair.on_primary("alter role bw_app connection limit 0");
    auto refused = second.fetch(alpha, soon(), look, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::overloaded) << refused.error().text();
    EXPECT_GT(refused.error().retry_after.value_or(0ms), 0ms);
    EXPECT_TRUE(first.fetch(alpha, soon(), look, {}));
    pair.on_primary("alter role bw_app connection limit -1");
    EXPECT_TRUE(second.fetch(alpha, soon(), look, {}));
}

TEST_F(Doors, APrimaryThatTakesNoWritesAnyMoreIsLeft) {
    Cluster cluster({.primary = pair.conninfo(Pair::primary)}, still, pair.rng);
    Database database(cluster, "api");
    write(database, "before");
    auto demote = [&](const char* value) {
        auto session = pair.session(Pair::primary);
        session.run(std::string("alter system set default_transaction_read_only = ") + value);
        session.run("select pg_reload_conf()");
        pair.until([&] {
            return pair.on_primary("show default_transaction_read_only") == std::string(value);
        });
    };
    demote("on");
    const Step step = adding("late");
    auto try_write = [&] { return database.fetch(alpha, soon(), step.statement, step.params); };
    // The session at hand hears of the change between two statements, a new one at its start.
    pair.until([&] {
        auto refused = try_write();
        return !refused && refused.error().code == Code::unavailable;
    });
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(try_write().error().code, Code::unavailable);
    EXPECT_EQ(cluster.status().lanes[0].primary.state, BreakerState::open);
    demote("off");
    still.advance(5s);
    EXPECT_TRUE(try_write());
}

TEST_F(Doors, ACrashOfTheServerIsOutlivedWithoutDoubt) {
    Cluster cluster({.primary = pair.conninfo(Pair::primary)}, pair.clock, pair.rng);
    Database database(cluster, "api");
    auto stands = [&](const std::string& title) {
        return shows(database, ReadFrom::primary(), title);
    };
    auto crash = [&](std::int64_t pid) { // a backend killed makes the server drop all the others
        ASSERT_EQ(::kill(static_cast<pid_t>(pid), SIGKILL), 0);
    };
    // In the middle of a transaction that has not come to COMMIT: nothing was done, and it says so.
    auto half = database.run(alpha, pair.soon(), [&](TenantTx& tx) -> Result<int> {
        const Step step = adding("lost_in_crash");
        TRY(tx.run(step.statement, step.params));
        auto other = pair.session(Pair::primary);
        crash(std::stoll(other.value("select pg_backend_pid()")));
        for (;;) // until the server's last word has come
            TRY(tx.run(look));
    });
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, Code::unavailable) << half.error().text();
    pair.until([&] { return database.fetch(alpha, pair.soon(), look, {}).has_value(); });
    EXPECT_FALSE(stands("lost_in_crash"));
    const auto pid = database.fetch(alpha, pair.soon(), backend, {})->int8(0, 0);
    auto bystander = pair.session(Pair::primary);
    crash(pid);
    // Now in the way of a commit: unavailable if the loss was seen before sending, else unknown.
    const Step step = adding("in_doubt");
    auto doubt = database.run_batch({{alpha, {step}}}, {}, pair.soon());
    ASSERT_FALSE(doubt);
    EXPECT_TRUE(doubt.error().code == Code::outcome_unknown ||
                doubt.error().code == Code::unavailable)
        << doubt.error().text();
    pair.until([&] { return !bystander.attempt("select 1").ok(); }); // all are sent away
    pair.until([&] { return database.fetch(alpha, pair.soon(), look, {}).has_value(); });
    if (doubt.error().code == Code::unavailable)
        EXPECT_FALSE(stands("in_doubt"));
}

// ---- promotion ----

TEST_F(Doors, AnOldPrimaryIsRefusedOnceANewOneHasBeenSeen) {
    Pair own; // both are spoiled by this
    const TenantScope scope = own.alpha;
    const std::string old = own.conninfo(Pair::primary), next = own.conninfo(Pair::standby);
    Cluster cluster({.primary = old, .replicas = {next}, .replica_lag_max = 1h}, still, own.rng);
    Database early(cluster, "api"), late(cluster, "api");
    auto add_to = [&](Database& database, const std::string& title) {
        const Step step = adding(title);
        auto done =
            database.fetch(scope, soon(), step.statement, step.params, {.want_position = true});
        EXPECT_TRUE(done) << done.error().text();
        return database.position().value_or(CommitPosition{});
    };
    auto titles = [&](Database& database, ReadFrom from) {
        auto rows = database.fetch(scope, soon(), look, {}, {.read_from = from});
        return rows ? std::string(rows->text(0, 1)) : rows.error().text();
    };
    const CommitPosition before = add_to(early, "before");
    EXPECT_EQ(before.timeline, 1U);
    own.until([&] {
        auto rows = late.fetch(scope, soon(), look, {}, {.read_from = ReadFrom::replica(before)});
        return rows && rows->boolean(0, 0);
    });

    // The standby is promoted while the old primary lives on: two servers take writes.
    ASSERT_EQ(own.on_standby("select pg_promote()"), "t");
    // Who has not heard yet still writes to the old one; a process that begins now has looked at
    // both and does not.
    EXPECT_EQ(add_to(early, "astray").timeline, 1U);
    Cluster begun_now({.primary = old, .replicas = {next}}, still, own.rng);
    Database newcomer(begun_now, "api");
    const CommitPosition after = add_to(newcomer, "after");
    EXPECT_EQ(after.timeline, 2U);
    EXPECT_EQ(begun_now.status().old_primaries_refused, 0U);

    // `late` notices: its replica is no standby any more. From then on no lane writes to the old
    // one, on whatever connection it has.
    EXPECT_EQ(titles(late, ReadFrom::replica(before)), "astray before")
        << "the primary it knows answers";
    still.advance(5s);
    (void)titles(late, ReadFrom::replica(before));
    EXPECT_EQ(cluster.status().timeline, 2U);
    EXPECT_EQ(add_to(early, "found").timeline, 2U);
    EXPECT_GE(cluster.status().old_primaries_refused, 1U);
    EXPECT_EQ(titles(late, ReadFrom::primary()), "after before found");
    // A position from before the promotion is still good, wherever it is read.
    EXPECT_EQ(titles(late, ReadFrom::replica(before)), "after before found");
    EXPECT_EQ(titles(late, ReadFrom::replica(after)), "after before found");

    // With nobody but the old one left: unavailable, for those who know.
    Cluster knows({.primary = old, .timeline_seen = 2}, still, own.rng);
    Database refused(knows, "api");
    auto stopped = refused.fetch(scope, soon(), look, {});
    ASSERT_FALSE(stopped) << "an old primary was taken for the primary";
    EXPECT_EQ(stopped.error().code, Code::unavailable);
    EXPECT_EQ(knows.status().old_primaries_refused, 1U);
    Cluster forgetful({.primary = old}, still, own.rng);
    Database misled(forgetful, "api");
    EXPECT_EQ(titles(misled, ReadFrom::primary()), "astray before");
}

TEST(CommitPositions, HaveOneTextEach) {
    for (const CommitPosition& position :
         {CommitPosition{}, CommitPosition{1, 0x16b3748}, CommitPosition{UINT32_MAX, UINT64_MAX}}) {
        EXPECT_EQ(position.text().size(), 24U);
        EXPECT_EQ(CommitPosition::parse(position.text()), position);
    }
    EXPECT_EQ((CommitPosition{2, 0xabc}.text()), "000000020000000000000abc");
    for (const char* bad : {"", "2", "000000020000000000000ABC", "00000002 000000000000abc",
                            "+00000020000000000000abc", "000000020000000000000abc0"})
        EXPECT_EQ(CommitPosition::parse(bad), std::nullopt) << bad;
}

} // namespace
} // namespace bw::tenancy
