// The timeline of migrations: what is applied, what is refused, two at once.
#include "pg/migrate.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/cluster.hpp"

namespace bw::pg {
namespace {

constexpr Statement tables{
    "t_tables", 0,
    "select coalesce(string_agg(relname::text, ',' order by relname), '') from pg_class "
    "where relkind = 'r' and relnamespace = 'public'::regnamespace"};

class Migrate : public testing::Test {
protected:
    std::unique_ptr<Connection> open() {
        auto opened =
            Connection::open({.conninfo = database_.superuser_conninfo()}, clock_, soon());
        if (!opened)
            std::abort();
        return *std::move(opened);
    }
    Deadline soon() const { return Deadline::in(clock_, 20s); }
    std::string made() { return std::string(connection_->run(tables, {}, soon())->text(0, 0)); }

    SystemClock clock_;
    test::TestDatabase database_ = test::TestCluster::get().make_database();
    std::unique_ptr<Connection> connection_ = open();
    const Migration first_{1, "0001_first", "create table a (id int);"};
    const Migration second_{2, "0002_second",
                            "alter table a rename to b; create table c (id int);"};
    const Migration third_{3, "0003_third", "create table d (id int);"};
};

TEST_F(Migrate, AppliesInOrderAndOnce) {
    EXPECT_EQ(migrate(*connection_, {}, soon()), 0);
    EXPECT_EQ(migrate(*connection_, {first_}, soon()), 1);
    EXPECT_EQ(migrate(*connection_, {first_, second_, third_}, soon()), 2);
    EXPECT_EQ(migrate(*connection_, {first_, second_, third_}, soon()), 0);
    EXPECT_EQ(made(), "b,c,d,schema_migration");
}

TEST_F(Migrate, RefusesAnotherHistory) {
    ASSERT_EQ(migrate(*connection_, {first_, second_}, soon()), 2);
    Migration changed = first_;
    changed.text += " -- harmless?";
    Migration misnumbered = third_;
    misnumbered.number = 4;
    struct Case {
        const char* what;
        std::vector<Migration> timeline;
    };
    for (const Case& c :
         {Case{"changed", {changed, second_, third_}},
          Case{"a gap", {first_, second_, misnumbered}},
          Case{"twice", {first_, second_, third_, third_}},
          Case{"out of order", {second_, first_, third_}}, Case{"no beginning", {second_, third_}},
          Case{"an older program", {first_}}}) {
        auto refused = migrate(*connection_, c.timeline, soon());
        ASSERT_FALSE(refused) << c.what;
        EXPECT_EQ(refused.error().code, Code::conflict) << c.what;
    }
    EXPECT_EQ(made(), "b,c,schema_migration") << "something was applied";
    EXPECT_EQ(migrate(*connection_, {first_, second_, third_}, soon()), 1) << "the lock was kept";
}

TEST_F(Migrate, AFailureKeepsWhatCameBeforeAndSaysWhere) {
    const Migration wrong{2, "0002_wrong",
                          "create table c (id int);\n\ncreate tabel d (id int);\n"};
    auto failed = migrate(*connection_, {first_, wrong, third_}, soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().field, "0002_wrong:3");
    EXPECT_NE(failed.error().detail.find("tabel"), std::string::npos) << failed.error().detail;
    EXPECT_EQ(made(), "a,schema_migration");
    EXPECT_FALSE(connection_->in_transaction());
    EXPECT_EQ(migrate(*connection_, {first_, second_, third_}, soon()), 2);
}

TEST_F(Migrate, RefusesAFileThatEndsItsTransaction) {
    const Migration sneaky{1, "0001_sneaky", "create table a (id int); commit;"};
    auto refused = migrate(*connection_, {sneaky}, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
}

TEST_F(Migrate, TwoAtOnceApplyEachOnce) {
    auto other = open();
    Result<int> theirs = 0;
    std::thread thread([&] { theirs = migrate(*other, {first_, second_, third_}, soon()); });
    auto ours = migrate(*connection_, {first_, second_, third_}, soon());
    thread.join();
    ASSERT_TRUE(ours && theirs) << (ours ? theirs : ours).error().text();
    EXPECT_EQ(*ours + *theirs, 3);
    EXPECT_EQ(made(), "b,c,d,schema_migration");
}

TEST_F(Migrate, WaitsForTheLockUntilItsDeadline) {
    auto holder = open();
    ASSERT_TRUE(holder->script("select pg_advisory_lock(7306086967105087851)", soon()));
    auto late = migrate(*connection_, {first_}, Deadline::in(clock_, 50ms));
    ASSERT_FALSE(late);
    EXPECT_FALSE(connection_->usable());
    connection_ = open();
    EXPECT_EQ(made(), "");
}

TEST(TestCluster, TemplatesAreFilledOnceAndCopied) {
    auto& cluster = test::TestCluster::get();
    int filled = 0;
    auto fill = [&](Connection& c) {
        ++filled;
        return c.script("create table from_template (a int)", Deadline::in(cluster.clock(), 10s));
    };
    const std::string name = "template_" + std::to_string(::getpid());
    for (int i = 0; i < 2; ++i) {
        auto database = cluster.make_database(name, fill);
        auto connection = Connection::open({.conninfo = database.superuser_conninfo()},
                                           cluster.clock(), Deadline::in(cluster.clock(), 10s));
        ASSERT_TRUE(connection);
        EXPECT_TRUE((*connection)
                        ->script("insert into from_template values (1)",
                                 Deadline::in(cluster.clock(), 10s)));
    }
    EXPECT_EQ(filled, 1);
}

} // namespace
} // namespace bw::pg
