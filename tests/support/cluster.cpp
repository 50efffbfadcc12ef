// See cluster.hpp.
#include "support/cluster.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/bytes.hpp"
#include "base/rng.hpp"

namespace bw::test {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void give_up(const std::string& what, const Error& error) {
    std::fprintf(stderr, "test cluster: %s: %s\n", what.c_str(), error.text().c_str());
    std::abort();
}

/// Names are ours alone, so quoting them is enough.
std::string identifier(const std::string& name) {
    return "\"" + name + "\"";
}

fs::path shared_directory() {
    const char* named = std::getenv("BW_TEST_CLUSTER");
    if (named == nullptr)
        return {};
    if (fs::is_directory(named))
        return named;
    std::string directory;
    std::ifstream in(named);
    std::getline(in, directory);
    return directory;
}

/// The cluster of this process is gone when static destructors run, so `owner` ends it first.
fs::path owned_directory;
pid_t owner = -1;

} // namespace

TestCluster& TestCluster::get() {
    static TestCluster& cluster =
        *new TestCluster; // ended by atexit, before which databases may still be dropped
    return cluster;
}

TestCluster::TestCluster() : directory_(shared_directory()) {
    if (!directory_.empty()) {
        pg::ConnectOptions probe{.conninfo = conninfo("postgres")};
        if (pg::Connection::open(probe, clock_, Deadline::in(clock_, 5s)))
            return;
        std::fprintf(stderr, "test cluster: none runs in %s; starting one for this process\n",
                     directory_.c_str());
    }
    std::string pattern = "/tmp/bwpgXXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
        give_up("mkdtemp", fail(Code::unavailable, pattern));
    directory_ = pattern;
    auto started = pg::PrivateCluster::start(
        {.directory = directory_, .max_connections = 100, .durable = false}, clock_,
        Deadline::in(clock_, 60s));
    if (!started)
        give_up("start", started.error());
    own_.emplace(*std::move(started));
    owned_directory = directory_;
    owner = ::getpid();
    std::atexit([] {
        if (::getpid() != owner)
            return; // a forked child of a test
        get().own_.reset();
        std::error_code ec;
        fs::remove_all(owned_directory, ec);
    });
}

TestDatabase TestCluster::make_database() {
    SystemRng rng;
    std::string name = "t_" + to_hex(view(rng.bytes<8>()));
    execute("create database " + identifier(name));
    return TestDatabase(name);
}

TestDatabase TestCluster::make_database(const std::string& name,
                                        const std::function<Result<void>(pg::Connection&)>& fill) {
    // One process at a time looks and makes; a template that failed half-way keeps its working name
    // and is dropped.
    const std::string working = name + "_making";
    auto guard = connect("postgres");
    Deadline deadline = Deadline::in(clock_, 60s);
    if (auto locked = guard->script("select pg_advisory_lock(hashtext('" + name + "'))", deadline);
        !locked)
        give_up("lock", locked.error());
    // "create database" fails if there is one, which is the whole question.
    SystemRng rng;
    const std::string database = "t_" + to_hex(view(rng.bytes<8>()));
    const std::string copy =
        "create database " + identifier(database) + " template " + identifier(name);
    if (auto copied = guard->script(copy, deadline); !copied) {
        if (guard->last_error().sqlstate != "3D000")
            give_up("template", fail(Code::internal, guard->last_error().message));
        execute("drop database if exists " + identifier(working) + " with (force)");
        execute("create database " + identifier(working));
        {
            auto filler = connect(working);
            if (auto filled = fill(*filler); !filled)
                give_up("filling template " + name, filled.error());
        }
        // The filler's backend ends a moment after its client: renaming waits for nobody, so send
        // it off.
        execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '" +
                working + "'");
        execute("alter database " + identifier(working) + " rename to " + identifier(name));
        execute(copy);
    }
    return TestDatabase(database);
}

std::string TestCluster::conninfo(const std::string& database) const {
    return pg::cluster_conninfo(directory_, database, "bw", "");
}

std::unique_ptr<pg::Connection> TestCluster::connect(const std::string& database) {
    auto connection =
        pg::Connection::open({.conninfo = conninfo(database)}, clock_, Deadline::in(clock_, 10s));
    if (!connection)
        give_up("connect", connection.error());
    return *std::move(connection);
}

void TestCluster::execute(const std::string& sql) {
    auto connection = connect("postgres");
    if (auto done = connection->script(sql, Deadline::in(clock_, 60s)); !done)
        give_up(sql, fail(done.error().code, connection->last_error().message));
}

TestDatabase::TestDatabase(TestDatabase&& other) noexcept : name_(std::exchange(other.name_, {})) {}

TestDatabase::~TestDatabase() {
    if (!name_.empty())
        TestCluster::get().execute("drop database if exists " + identifier(name_) +
                                   " with (force)");
}

std::string TestDatabase::superuser_conninfo() const {
    return TestCluster::get().conninfo(name_);
}

std::string TestDatabase::conninfo(const std::string& role, const std::string& password) const {
    return pg::cluster_conninfo(TestCluster::get().directory(), name_, role, password);
}

} // namespace bw::test
