// The database is there and does not do what it is asked: no connection left, statements cancelled,
// sessions ended, a lock that does not go away.
#include <gtest/gtest.h>

#include "load.hpp"

namespace bw::chaos {
namespace {

constexpr const char* ours = "application_name like 'bellwether%' and usename = 'bw_app'";

/// Connections that others hold.
class Hogs {
public:
    explicit Hogs(std::string conninfo) : conninfo_(std::move(conninfo)) {}
    /// Takes what is left; how many it holds.
    std::size_t take_all() {
        for (;;) {
            Connection next(PQconnectdb(conninfo_.c_str()), &PQfinish);
            if (PQstatus(next.get()) != CONNECTION_OK)
                return held_.size();
            held_.push_back(std::move(next));
        }
    }
    void release() { held_.clear(); }

private:
    using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
    const std::string conninfo_;
    std::vector<Connection> held_;
};

TEST(PressureChaos, OthersHoldEveryConnection) {
    constexpr int connections = 29; // as many as all roles want, and one more
    Stage stage({.max_connections = connections});
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    auto conninfo = stage.installation().conninfo("bw_operator");
    ASSERT_TRUE(conninfo);
    Hogs hogs(*conninfo);
    // Three places are reserved for superusers; this session has one that anybody could have had.
    test::Session session = stage.superuser();
    const std::size_t places = connections - 3 - 1;
    // Ended sessions come back at once; here they must not win the race for the last place.
    session.run("alter role bw_app connection limit 0");
    for (const Deadline until = stage.soon(); hogs.take_all() < places;) {
        ASSERT_FALSE(until.expired(stage.clock()));
        session.run(std::string("select pg_terminate_backend(pid) from pg_stat_activity where ") +
                    ours);
    }
    session.run("alter role bw_app connection limit -1");
    ASSERT_TRUE(load.refused(Kind::read)) << load.summary();
    ASSERT_TRUE(load.refused(Kind::sign_in)) << load.summary();
    ASSERT_TRUE(load.acknowledged(20)) << load.summary() << stage.log();
    hogs.release();
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(50)) << load.summary() << stage.log();
    load.finish();
}

// A lock holds the recorder's batch and the reads in the middle; there they are cancelled, or their
// sessions ended.
TEST(PressureChaos, CancelledInTheMiddle) {
    Stage stage;
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    const std::string waiting =
        std::string("select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock' "
                    "and ") +
        ours;
    for (const char* how : {"pg_cancel_backend(pid)", "pg_terminate_backend(pid, 5000)"})
        for (const char* table : {"submissions", "users"})
            for (int round = 0; round < 3; ++round) {
                SCOPED_TRACE(std::string(how) + " " + table);
                test::Session holder = stage.superuser();
                holder.run(std::string("begin; lock table ") + table + " in access exclusive mode");
                ASSERT_TRUE(stage.becomes(waiting, "t")) << load.summary();
                const std::string hit = stage.superuser().value(
                    std::string("select count(") + how +
                    ") from pg_stat_activity where wait_event_type = 'Lock' and " + ours);
                EXPECT_NE(hit, "0");
                holder.run("rollback");
                ASSERT_TRUE(load.acknowledged(1)) << load.summary();
            }
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(50)) << load.summary() << stage.log();
    load.finish();
}

TEST(PressureChaos, CancelledAndEndedAtRandomMoments) {
    Stage stage;
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    {
        test::Session session = stage.superuser();
        for (int round = 0; round < 400; ++round)
            session.run(std::string("select ") +
                        (round % 20 == 19 ? "pg_terminate_backend" : "pg_cancel_backend") +
                        "(pid) from pg_stat_activity where " + ours);
    }
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(50)) << load.summary() << stage.log();
    load.finish();
}

} // namespace
} // namespace bw::chaos
