// Pipelines, errors, deadlines and lost servers, each against a real server.
#include "pg/connection.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <thread>

#include "pg/private_cluster.hpp"
#include "support/cluster.hpp"

namespace bw::pg {
namespace {

constexpr Statement begin{"t_begin", 0, "begin"};
constexpr Statement commit{"t_commit", 0, "commit"};
constexpr Statement rollback{"t_rollback", 0, "rollback"};
constexpr Statement one{"t_one", 0, "select 1"};
constexpr Statement two{"t_two", 0, "select 2"};
constexpr Statement divide{"t_divide", 1, "select 1 / $1::integer"};
constexpr Statement misspelt{"t_misspelt", 0, "selekt 1"};
constexpr Statement insert{"t_insert", 1, "insert into t (id) values ($1)"};
constexpr Statement insert_late{"t_insert_late", 1, "insert into late (id) values ($1)"};
constexpr Statement count{"t_count", 0, "select count(*) from t"};
constexpr Statement star{"t_star", 0, "select * from t"};
constexpr Statement sleep_long{"t_sleep", 0, "select pg_sleep(60)"};
constexpr Statement my_pid{"t_my_pid", 0, "select pg_backend_pid()"};
constexpr Statement terminate_backend{"t_terminate", 1,
                                      "select pg_terminate_backend($1::integer, 5000)"};
constexpr Statement prepared_count{
    "t_prepared_count", 0, "select count(*) from pg_prepared_statements where name = 't_two'"};
constexpr Statement copy_t{"t_copy", 0, "copy t (id) from stdin"};
constexpr Statement settings{
    "t_settings", 0,
    "select current_setting('timezone'), current_setting('application_name'), "
    "current_setting('client_encoding'), current_setting('idle_in_transaction_session_timeout')"};
constexpr Statement wide{"t_wide", 1, "select repeat($1, 200000)"};

class ConnectionTest : public testing::Test {
protected:
    void SetUp() override {
        connection_ = open();
        ASSERT_TRUE(connection_->script(
            "create table t (id bigint primary key); create table late (id bigint unique "
            "deferrable initially deferred)",
            soon()));
    }
    std::unique_ptr<Connection> open() {
        auto opened =
            Connection::open({.conninfo = database_.superuser_conninfo()}, clock_, soon());
        if (!opened) {
            ADD_FAILURE() << opened.error().text();
            std::abort();
        }
        return *std::move(opened);
    }
    Deadline soon() const { return Deadline::in(clock_, 10s); }
    Result<std::vector<Rows>> run(const std::vector<Connection::Step>& steps, bool commits = true) {
        return connection_->run(steps, soon(), commits);
    }
    std::int64_t rows_in_t() {
        auto rows = connection_->run(count, none_, soon());
        return rows ? rows->int8(0, 0) : -1;
    }
    static Params number(std::int64_t v) {
        Params p;
        p.int8(v);
        return p;
    }
    static Params integer(std::int32_t v) {
        Params p;
        p.int4(v);
        return p;
    }

    SystemClock clock_;
    test::TestDatabase database_ = test::TestCluster::get().make_database();
    std::unique_ptr<Connection> connection_;
    Params none_, zero_ = integer(0), seven_ = number(7), eight_ = number(8);
};

TEST_F(ConnectionTest, SessionIsSetWhateverTheServerSays) {
    auto rows = connection_->run(settings, none_, soon());
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->text(0, 0), "UTC");
    EXPECT_EQ(rows->text(0, 1), "bellwether");
    EXPECT_EQ(rows->text(0, 2), "UTF8");
    EXPECT_EQ(rows->text(0, 3), "10s") << "who stops in a transaction would keep its locks";
    EXPECT_GE(connection_->server_version(), 150000);
}

TEST_F(ConnectionTest, OnePipelineIsOneImplicitTransaction) {
    auto answers = run({{insert, &seven_}, {insert, &eight_}, {count, &none_}});
    ASSERT_TRUE(answers) << answers.error().text();
    ASSERT_EQ(answers->size(), 3u);
    EXPECT_EQ((*answers)[0].affected(), 1);
    EXPECT_EQ((*answers)[2].int8(0, 0), 2);
    EXPECT_FALSE(connection_->in_transaction());
    EXPECT_TRUE(run({})); // nothing to do is no failure
}

TEST_F(ConnectionTest, AFailingStepUndoesTheOthersAndTheConnectionStays) {
    auto answers = run({{insert, &seven_}, {divide, &zero_}, {insert, &eight_}});
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Code::bad_request); // 22012
    EXPECT_EQ(connection_->last_error().sqlstate, "22012");
    EXPECT_TRUE(connection_->usable());
    EXPECT_EQ(rows_in_t(), 0);
}

TEST_F(ConnectionTest, OnlyStatementsWhosePrepareRanCountAsPrepared) {
    // `one` is prepared before the failure, `two` is skipped after it; both must work afterwards.
    ASSERT_FALSE(run({{one, &none_}, {divide, &zero_}, {two, &none_}}));
    EXPECT_EQ(connection_->run(prepared_count, none_, soon())->int8(0, 0), 0);
    for (int again = 0; again < 2; ++again) {
        auto answers = run({{one, &none_}, {two, &none_}, {two, &none_}});
        ASSERT_TRUE(answers) << connection_->last_error().message;
        EXPECT_EQ((*answers)[1].int8(0, 0), 2);
    }
    EXPECT_EQ(connection_->run(prepared_count, none_, soon())->int8(0, 0), 1);
    // A Prepare that fails leaves nothing behind; one inside a rolled-back transaction stays.
    for (int again = 0; again < 2; ++again) {
        auto answers = run({{one, &none_}, {misspelt, &none_}});
        ASSERT_FALSE(answers);
        EXPECT_EQ(answers.error().code, Code::internal);
        EXPECT_EQ(connection_->last_error().sqlstate, "42601");
        EXPECT_EQ(connection_->last_error().position, 1);
    }
    ASSERT_TRUE(run({{begin, &none_}, {insert, &seven_}, {rollback, &none_}}, false));
    ASSERT_TRUE(run({{insert, &seven_}}));
    EXPECT_EQ(rows_in_t(), 1);
}

TEST_F(ConnectionTest, EachUnitOfRunEachIsATransactionOfItsOwn) {
    const Params zero = integer(0), first = number(1), second = number(2), late = number(9);
    using Units = std::vector<std::vector<Connection::Step>>;
    // New statements first seen in a unit that fails, a constraint that fails at a unit's end.
    auto outcomes = connection_->run_each(Units{{{insert, &first}, {divide, &zero}, {two, &none_}},
                                                {{insert, &first}, {two, &none_}},
                                                {{insert_late, &late}, {insert_late, &late}},
                                                {},
                                                {{insert, &second}, {count, &none_}}},
                                          soon(), true);
    ASSERT_EQ(outcomes.size(), 5U);
    const char* sqlstates[] = {"22012", "", "23505", "", ""};
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_EQ(outcomes[i].sqlstate, sqlstates[i]) << i;
        EXPECT_EQ(outcomes[i].answers.has_value(), outcomes[i].sqlstate.empty()) << i;
    }
    EXPECT_EQ((*outcomes[4].answers)[1].int8(0, 0), 2);
    EXPECT_EQ(rows_in_t(), 2);
    // What cannot be prepared runs nothing.
    auto none = connection_->run_each(Units{{{insert, &late}}, {{misspelt, &none_}}}, soon(), true);
    for (const auto& outcome : none)
        EXPECT_EQ(outcome.sqlstate, "42601");
    EXPECT_EQ(rows_in_t(), 2);
    // A lost connection: those that answered stand, nobody knows about the others.
    const Params me =
        integer(static_cast<std::int32_t>(connection_->run(my_pid, none_, soon())->int8(0, 0)));
    const Params third = number(3), fourth = number(4);
    auto cut = connection_->run_each(
        Units{{{insert, &third}}, {{terminate_backend, &me}}, {{insert, &fourth}}}, soon(), true);
    EXPECT_TRUE(cut[0].answers || cut[0].answers.error().code == Code::outcome_unknown);
    EXPECT_EQ(cut[1].answers.error().code, Code::outcome_unknown);
    EXPECT_EQ(cut[2].answers.error().code, Code::outcome_unknown);
    EXPECT_EQ(connection_->closed(), Closed::lost);
    for (const auto& outcome : connection_->run_each(Units{{{one, &none_}}}, soon(), true))
        EXPECT_EQ(outcome.answers.error().code, Code::unavailable) << "nothing was sent";
}

TEST(Hosts, AListBecomesOneConninfoForEach) {
    struct Case {
        const char* list;
        std::vector<std::string> each;
    };
    const Case cases[] = {
        {"host=a dbname=d", {"host=a dbname=d"}},
        {"dbname=d", {"dbname=d"}},
        {"host=a,b dbname=d target_session_attrs=read-write",
         {"dbname='d' host='a' ", "dbname='d' host='b' "}},
        {"host=a,b port=1,2 password='it''s'", {"host=a,b port=1,2 password='it''s'"}},
        {"host=a,b port=1,2 password='it\\'s \\\\'",
         {"password='it\\'s \\\\' host='a' port='1' ",
          "password='it\\'s \\\\' host='b' port='2' "}},
        {"hostaddr=10.0.0.1,10.0.0.2 port=5433",
         {"hostaddr='10.0.0.1' port='5433' ", "hostaddr='10.0.0.2' port='5433' "}},
        {"host=a,b port=1,2,3", {"host=a,b port=1,2,3"}}, // libpq says what is wrong with it
        {"not a conninfo", {"not a conninfo"}},
    };
    for (const Case& row : cases)
        EXPECT_EQ(each_host(row.list), row.each) << row.list;
}

TEST_F(ConnectionTest, AFailedExplicitTransactionWaitsForItsRollback) {
    ASSERT_TRUE(run({{begin, &none_}, {insert, &seven_}}, false));
    EXPECT_TRUE(connection_->in_transaction());
    auto duplicate = run({{insert, &seven_}, {commit, &none_}});
    ASSERT_FALSE(duplicate);
    EXPECT_EQ(duplicate.error().code, Code::conflict);
    EXPECT_EQ(connection_->last_error().constraint, "t_pkey");
    EXPECT_EQ(connection_->last_error().table, "t");
    EXPECT_EQ(duplicate.error().detail.find("7"), std::string::npos)
        << "row data in " << duplicate.error().detail;
    EXPECT_TRUE(connection_->in_transaction());
    // The server would answer COMMIT with success and roll back.
    auto committed = run({{commit, &none_}});
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, Code::internal);
    EXPECT_EQ(connection_->last_error().sqlstate, "25P02");
    EXPECT_FALSE(connection_->in_transaction());
    EXPECT_EQ(rows_in_t(), 0);
}

TEST_F(ConnectionTest, AConstraintThatFailsAtTheCommitIsTheRunsError) {
    auto implicit = run({{insert_late, &seven_}, {insert_late, &seven_}});
    ASSERT_FALSE(implicit);
    EXPECT_EQ(implicit.error().code, Code::conflict);
    auto explicitly =
        run({{begin, &none_}, {insert_late, &seven_}, {insert_late, &seven_}, {commit, &none_}});
    ASSERT_FALSE(explicitly);
    EXPECT_EQ(explicitly.error().code, Code::conflict);
    EXPECT_FALSE(connection_->in_transaction());
    EXPECT_TRUE(run({{insert_late, &seven_}}));
}

TEST_F(ConnectionTest, ManyStepsAndWideAnswersDoNotBlockEachOther) {
    // More than the socket takes in either direction: sending must read, too.
    Params p;
    p.text("0123456789");
    std::vector<Connection::Step> steps(20, {wide, &p});
    Params big;
    big.text(std::string(3'000'000, 'x'));
    constexpr Statement length{"t_length", 1, "select length($1::text)"};
    steps.insert(steps.end(), 4, {length, &big});
    auto answers = run(steps);
    ASSERT_TRUE(answers) << answers.error().text();
    EXPECT_EQ((*answers)[19].text(0, 0).size(), 2'000'000u);
    EXPECT_EQ((*answers)[23].int8(0, 0), 3'000'000);
}

TEST_F(ConnectionTest, ADeadlineClosesTheConnection) {
    struct Case {
        bool commits;
        Code code;
    };
    for (Case c : {Case{false, Code::deadline_exceeded}, Case{true, Code::outcome_unknown}}) {
        auto connection = open();
        auto answers =
            connection->run({{sleep_long, &none_}}, Deadline::in(clock_, 50ms), c.commits);
        ASSERT_FALSE(answers);
        EXPECT_EQ(answers.error().code, c.code);
        EXPECT_FALSE(connection->usable());
        auto after = connection->run({{one, &none_}}, soon(), c.commits);
        ASSERT_FALSE(after);
        EXPECT_EQ(after.error().code, Code::unavailable) << "nothing was sent";
    }
    // No time at all: nothing is sent, so the connection is as good as before.
    auto late = connection_->run({{insert, &seven_}}, Deadline::in(clock_, 0s), true);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::deadline_exceeded);
    EXPECT_EQ(rows_in_t(), 0);
}

TEST_F(ConnectionTest, AHangUpWhileIdleIsUnavailableAndNotUnknown) {
    auto victim = open();
    auto pid = victim->run(my_pid, none_, soon());
    ASSERT_TRUE(pid);
    Params target = integer(static_cast<std::int32_t>(pid->int8(0, 0)));
    ASSERT_TRUE(connection_->run(terminate_backend, target, soon())); // waits until it is gone
    auto answers = victim->run({{insert, &seven_}}, soon(), true);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Code::unavailable);
    EXPECT_FALSE(victim->usable());
    EXPECT_EQ(rows_in_t(), 0);
}

TEST_F(ConnectionTest, ATableChangedUnderAPreparedStatement) {
    ASSERT_TRUE(run({{star, &none_}}));
    ASSERT_TRUE(open()->script("alter table t add column more text", soon()));
    auto answers = run({{star, &none_}});
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Code::unavailable);
    EXPECT_FALSE(connection_->usable());
    connection_ = open();
    EXPECT_TRUE(run({{star, &none_}}));
}

TEST_F(ConnectionTest, CopyIn) {
    std::string rows;
    for (int i = 0; i < 50'000; ++i)
        rows += std::to_string(i) + "\n";
    ASSERT_TRUE(run({{begin, &none_}}, false));
    ASSERT_TRUE(connection_->copy_in(copy_t, rows, soon())) << connection_->last_error().message;
    EXPECT_TRUE(connection_->in_transaction());
    ASSERT_TRUE(run({{commit, &none_}}));
    EXPECT_EQ(rows_in_t(), 50'000);
    ASSERT_TRUE(connection_->copy_in(copy_t, "", soon()));
    // A bad row in front of much data, and a bad row at the end.
    for (const std::string& bad : {"no number\n" + rows, std::string("60000\nno number\n")}) {
        auto refused = connection_->copy_in(copy_t, bad, soon());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::bad_request);
        EXPECT_TRUE(connection_->usable());
        EXPECT_EQ(rows_in_t(), 50'000);
    }
    constexpr Statement copy_nowhere{"t_copy_nowhere", 0, "copy nowhere from stdin"};
    EXPECT_FALSE(connection_->copy_in(copy_nowhere, "1\n", soon()));
    EXPECT_EQ(rows_in_t(), 50'000);
}

TEST_F(ConnectionTest, ScriptsAreOneTransaction) {
    auto failed = connection_->script("insert into t values (1); insert into t values (1)", soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::conflict);
    EXPECT_EQ(rows_in_t(), 0);
    ASSERT_TRUE(connection_->script("insert into t values (1); select * from t; ", soon()));
    EXPECT_EQ(rows_in_t(), 1);
}

TEST_F(ConnectionTest, WhereNobodyListens) {
    auto refused = Connection::open({.conninfo = "host=/nonexistent dbname=x"}, clock_, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    auto garbled = Connection::open({.conninfo = "password=hunter2 hunter3"}, clock_, soon());
    ASSERT_FALSE(garbled);
    EXPECT_EQ(garbled.error().code, Code::bad_request);
    EXPECT_EQ(garbled.error().text().find("hunter"), std::string::npos);
    auto missing =
        Connection::open({.conninfo = cluster_conninfo(test::TestCluster::get().directory(),
                                                       "no_such_database", "bw", "")},
                         clock_, soon());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::unavailable);
}

TEST(SqlStates, Codes) {
    struct Case {
        const char* state;
        Code code;
    };
    for (Case c : {Case{"23505", Code::conflict}, Case{"40001", Code::unavailable},
                   Case{"40P01", Code::unavailable}, Case{"40003", Code::outcome_unknown},
                   Case{"55P03", Code::unavailable}, Case{"25006", Code::unavailable},
                   Case{"57014", Code::deadline_exceeded}, Case{"53300", Code::overloaded},
                   Case{"22P02", Code::bad_request}, Case{"42P01", Code::internal},
                   Case{"", Code::internal}})
        EXPECT_EQ(code_of_sqlstate(c.state), c.code) << c.state;
}

/// A cluster that a test may kill.
class LostServer : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/bwloXXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        start();
    }
    void TearDown() override {
        cluster_.reset();
        std::filesystem::remove_all(directory_);
    }
    void start() {
        auto started = PrivateCluster::start(
            {.directory = directory_, .max_connections = 10, .durable = false}, clock_,
            Deadline::in(clock_, 60s));
        ASSERT_TRUE(started) << started.error().text();
        cluster_.emplace(*std::move(started));
    }
    std::unique_ptr<Connection> open() {
        auto opened = Connection::open({.conninfo = cluster_->superuser_conninfo("postgres")},
                                       clock_, Deadline::in(clock_, 60s));
        EXPECT_TRUE(opened) << opened.error().text();
        return opened ? *std::move(opened) : nullptr;
    }
    SystemClock clock_;
    std::filesystem::path directory_;
    std::optional<PrivateCluster> cluster_;
};

TEST_F(LostServer, MidStatement) {
    struct Case {
        int signal;
        bool commits;
        Code code;
    };
    // SIGQUIT and SIGINT let the backend say a last word (57P02, 57P01), a killed backend cannot.
    for (Case c :
         {Case{SIGQUIT, true, Code::outcome_unknown}, Case{SIGQUIT, false, Code::unavailable},
          Case{SIGINT, true, Code::outcome_unknown}, Case{SIGKILL, true, Code::outcome_unknown},
          Case{SIGKILL, false, Code::unavailable}}) {
        auto connection = open();
        ASSERT_TRUE(connection);
        Params none;
        auto pid = connection->run(my_pid, none, Deadline::in(clock_, 60s));
        ASSERT_TRUE(pid);
        auto backend = static_cast<pid_t>(pid->int8(0, 0));
        auto watcher = open();
        ASSERT_TRUE(watcher);
        std::thread killer([&] {
            // No sleep: strike when the statement is seen to run.
            constexpr Statement running{
                "t_running", 1,
                "select count(*) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'"};
            Params who;
            who.int4(backend);
            for (;;) {
                auto seen = watcher->run(running, who, Deadline::in(clock_, 60s));
                if (!seen || seen->int8(0, 0) == 1)
                    break;
            }
            ::kill(c.signal == SIGKILL ? backend : cluster_->pid(), c.signal);
        });
        auto answers = connection->run({{sleep_long, &none}}, Deadline::in(clock_, 60s), c.commits);
        killer.join();
        ASSERT_FALSE(answers);
        EXPECT_EQ(answers.error().code, c.code) << c.signal;
        EXPECT_FALSE(connection->usable());
        if (c.signal == SIGKILL) {
            // All are sent away once; before that a new connection would be among them.
            while (watcher->run(one, none, Deadline::in(clock_, 60s))) {
            }
        } else {
            watcher.reset();
            ASSERT_TRUE(cluster_->stop(Deadline::in(clock_, 60s)));
            start();
        }
        for (auto until = Deadline::in(clock_, 60s); !until.expired(clock_);)
            if (Connection::open({.conninfo = cluster_->superuser_conninfo("postgres")}, clock_,
                                 until))
                break;
        EXPECT_TRUE(open());
    }
}

} // namespace
} // namespace bw::pg
