// A private cluster through its life: made, stopped, killed, half-made, fought over, as root and as
// an ordinary user.
#include "pg/private_cluster.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "pg/cluster_files.hpp"
#include "pg/connection.hpp"

namespace bw::pg {
namespace {

namespace fs = std::filesystem;

class PrivateClusterTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/bwpcXXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override {
        EXPECT_TRUE(stop_running(directory_, clock_, soon()));
        fs::remove_all(directory_);
    }
    Deadline soon() const { return Deadline::in(clock_, 60s); }
    Result<PrivateCluster> start(bool outlive_us = false) {
        return PrivateCluster::start({.directory = directory_,
                                      .max_connections = 10,
                                      .durable = false,
                                      .outlive_us = outlive_us},
                                     clock_, soon());
    }
    Result<void> script(const std::string& conninfo, const std::string& text) {
        auto connection = TRY(Connection::open({.conninfo = conninfo}, clock_, soon()));
        return connection->script(text, soon());
    }
    Result<void> script(const PrivateCluster& cluster, const std::string& text) {
        return script(cluster.superuser_conninfo("postgres"), text);
    }
    /// Runs `fn` in a process of its own; its exit status, or minus the signal that killed it.
    template <class Fn>
    static int in_child(Fn&& fn) {
        pid_t pid = ::fork();
        if (pid == 0)
            ::_exit(fn());
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

    SystemClock clock_;
    fs::path directory_;
};

TEST_F(PrivateClusterTest, StopsAndStartsAgainWithItsData) {
    int messages = 0;
    {
        auto cluster = PrivateCluster::start({.directory = directory_,
                                              .max_connections = 10,
                                              .progress = [&](std::string_view) { ++messages; }},
                                             clock_, soon());
        ASSERT_TRUE(cluster) << cluster.error().text();
        ASSERT_TRUE(script(*cluster, "create table kept (a int)"));
        EXPECT_FALSE(cluster->ended());
        ASSERT_TRUE(cluster->stop(soon()));
        EXPECT_TRUE(cluster->ended());
        EXPECT_FALSE(script(*cluster, "select 1"));
    }
    EXPECT_EQ(messages, 2); // made, started
    auto again = start();
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(script(*again, "select * from kept"));
    EXPECT_EQ(fs::status(directory_ / "sock").permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(directory_ / "data").permissions(), fs::perms::owner_all);
    PrivateCluster moved = *std::move(again);
    EXPECT_TRUE(script(moved, "select * from kept"));
}

TEST_F(PrivateClusterTest, RolesNeedTheirPassword) {
    auto cluster = start();
    ASSERT_TRUE(cluster) << cluster.error().text();
    ASSERT_TRUE(script(*cluster, R"(create role app login password E'it''s \\ odd')"));
    EXPECT_TRUE(script(cluster->conninfo("postgres", "app", R"(it's \ odd)"), "select 1"));
    EXPECT_FALSE(script(cluster->conninfo("postgres", "app", "wrong"), "select 1"));
    EXPECT_FALSE(script(cluster->conninfo("postgres", "app", ""), "select 1"));
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can become somebody else to be turned away";
    EXPECT_EQ(in_child([&] {
                  if (::setresgid(65534, 65534, 65534) != 0 ||
                      ::setresuid(65534, 65534, 65534) != 0)
                      return 2;
                  return script(*cluster, "select 1") ? 1 : 0;
              }),
              0);
}

TEST_F(PrivateClusterTest, SurvivesAKilledServer) {
    // Durable: without, what was committed a moment ago may be lost.
    auto first =
        PrivateCluster::start({.directory = directory_, .max_connections = 10}, clock_, soon());
    ASSERT_TRUE(first) << first.error().text();
    ASSERT_TRUE(script(*first, "create table kept (a int)"));
    ::kill(first->pid(), SIGKILL);
    while (!first->ended())
        ::usleep(1000);
    ASSERT_TRUE(fs::exists(directory_ / "data/postmaster.pid"));
    auto second = start(); // its orphans may still hold the shared memory
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_TRUE(script(*second, "select * from kept"));
}

TEST_F(PrivateClusterTest, APidThatIsSomebodyElsesNowIsNoServer) {
    auto first = start();
    ASSERT_TRUE(first) << first.error().text();
    fs::path pid_file = directory_ / "data/postmaster.pid";
    std::ifstream in(pid_file);
    std::string line, rest;
    std::getline(in, line);
    for (; std::getline(in, line);)
        rest += line + "\n";
    ASSERT_TRUE(first->stop(soon()));
    // A live process under the server's own user: PostgreSQL alone would refuse to start.
    auto user = cluster_user(clock_, soon());
    ASSERT_TRUE(user);
    Command sleeper{.arguments = {"/usr/bin/sleep", "60"}, .signal_when_we_die = SIGKILL};
    if (::geteuid() == 0)
        sleeper.run_as = *user;
    auto pid = spawn(sleeper);
    ASSERT_TRUE(pid) << pid.error().text();
    std::ofstream(pid_file) << *pid << "\n" << rest;
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(pid_file.c_str(), user->uid, user->gid), 0);
    }
    auto second = start();
    EXPECT_TRUE(second) << second.error().text();
    EXPECT_EQ(::waitpid(*pid, nullptr, WNOHANG), 0) << "the stranger was harmed";
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
}

TEST_F(PrivateClusterTest, AHalfMadeClusterIsMadeAnew) {
    fs::create_directory(directory_ / "data.new");
    std::ofstream(directory_ / "data.new/PG_VERSION") << "15\n";
    auto cluster = start();
    ASSERT_TRUE(cluster) << cluster.error().text();
    EXPECT_FALSE(fs::exists(directory_ / "data.new"));
}

TEST_F(PrivateClusterTest, InitdbKilledHalfWayLeavesNothingThatLooksFinished) {
    auto user = cluster_user(clock_, soon());
    auto binaries = find_binaries(directory_);
    ASSERT_TRUE(user && binaries);
    ASSERT_TRUE(prepare_directories(directory_, *user));
    PrivateClusterOptions options{.directory = directory_, .max_connections = 10, .durable = false};
    auto made = make_data(options, *binaries, *user, clock_, Deadline::in(clock_, 30ms));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::deadline_exceeded);
    EXPECT_FALSE(fs::exists(data_of(directory_)));
    auto cluster = start();
    EXPECT_TRUE(cluster) << cluster.error().text();
}

TEST_F(PrivateClusterTest, TwoAtOnceConflict) {
    auto first = start();
    ASSERT_TRUE(first) << first.error().text();
    auto second = start();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
    EXPECT_NE(second.error().detail.find(std::to_string(first->pid())), std::string::npos);
    EXPECT_TRUE(script(*first, "select 1")) << "the first one was disturbed";
}

TEST_F(PrivateClusterTest, RefusesWhatItCannotUse) {
    auto deep =
        PrivateCluster::start({.directory = directory_ / std::string(90, 'd')}, clock_, soon());
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code, Code::invalid_field);
    fs::create_directory(directory_ / "data");
    std::ofstream(directory_ / "data/thesis.txt") << "mine";
    auto foreign = start();
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, Code::conflict);
    EXPECT_TRUE(fs::exists(directory_ / "data/thesis.txt"));
    fs::remove(directory_ / "data/thesis.txt");
    std::ofstream(directory_ / "data/PG_VERSION") << "9\n";
    auto old = start();
    ASSERT_FALSE(old);
    EXPECT_NE(old.error().detail.find("postgresql-9"), std::string::npos);
}

TEST_F(PrivateClusterTest, AServerThatCannotStartSaysWhy) {
    ASSERT_TRUE(start());
    std::ofstream(directory_ / "data/postgresql.conf", std::ios::app) << "max_conections = 3\n";
    auto broken = start();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Code::unavailable);
    EXPECT_NE(broken.error().detail.find("max_conections"), std::string::npos)
        << broken.error().detail;
}

TEST_F(PrivateClusterTest, EndsWithItsParentUnlessItShallOutliveIt) {
    struct Case {
        bool outlive_us;
    };
    for (Case c : {Case{false}, Case{true}}) {
        EXPECT_EQ(in_child([&] {
                      auto cluster = start(c.outlive_us);
                      if (!cluster)
                          return 1;
                      return ::kill(::getpid(), SIGKILL); // no destructor runs
                  }),
                  -SIGKILL);
        auto until = Deadline::in(clock_, 10s);
        if (!c.outlive_us)
            while (running_server(directory_) && !until.expired(clock_))
                ::usleep(1000);
        EXPECT_EQ(running_server(directory_).has_value(), c.outlive_us);
    }
    ASSERT_TRUE(stop_running(directory_, clock_, soon()));
    EXPECT_FALSE(running_server(directory_));
    EXPECT_TRUE(stop_running(directory_, clock_, soon())) << "nothing to stop";
}

TEST_F(PrivateClusterTest, AsAnOrdinaryUser) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "the other tests ran as an ordinary user already";
    const passwd* nobody = ::getpwnam("nobody");
    ASSERT_NE(nobody, nullptr);
    const uid_t uid = nobody->pw_uid;
    const gid_t gid = nobody->pw_gid;
    ASSERT_EQ(::chown(directory_.c_str(), uid, gid), 0);
    EXPECT_EQ(
        in_child([&] {
            if (::setgroups(0, nullptr) != 0 || ::setresgid(gid, gid, gid) != 0 ||
                ::setresuid(uid, uid, uid) != 0)
                return 2;
            for (int round = 0; round < 2; ++round) {
                auto cluster = start();
                if (!cluster) {
                    std::fprintf(stderr, "%s\n", cluster.error().text().c_str());
                    return 3;
                }
                if (!script(*cluster, "create table t" + std::to_string(round) + " (a int)") ||
                    start())
                    return 4;
                ::kill(cluster->pid(), SIGKILL);
                while (!cluster->ended())
                    ::usleep(1000);
            }
            return 0;
        }),
        0);
}

} // namespace
} // namespace bw::pg
