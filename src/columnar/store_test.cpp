// What the store refuses and survives: the network, other files, too much memory, a deadline, a
// second process, damage, a full disk.
#include <gtest/gtest.h>

#include <duckdb.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "columnar/appender.hpp"
#include "columnar/errors.hpp"
#include "columnar/store_for_test.hpp"

namespace bw::columnar {
namespace {

using test::Opened;
using test::soon;
using test::system_clock;

/// Each reaches outside; the marks stand for a directory that may be used and one that may not.
std::vector<std::string> reaching(const std::string& inside, const std::string& outside) {
    return {
        "select * from read_csv('" + outside + "/secret.csv')",
        "select * from read_text('/etc/passwd')",
        "select * from '" + outside + "/secret.csv'",
        "select * from glob('" + outside + "/*')",
        "select * from read_text('" + inside + "/../secret.csv')",
        "copy (select 1) to '" + outside + "/made.csv'",
        "copy (select 1) to '" + inside + "/../made.csv'",
        "attach '" + outside + "/other.duckdb'",
        "export database '" + outside + "/all'",
        "select * from 'http://127.0.0.1:9/x.csv'",
        "install httpfs",
        "load httpfs",
        "load '" + outside + "/evil.duckdb_extension'",
        "set enable_external_access = true",
        "set autoload_known_extensions = true",
        "set lock_configuration = false",
        "set memory_limit = '100GB'",
        "set threads = 64",
        "pragma enable_external_access",
        "reset lock_configuration",
    };
}

TEST(Store, IsShutToTheNetworkAndToOtherFiles) {
    bw::test::TemporaryDirectory outside;
    const auto inside = outside.path() / "exports";
    std::filesystem::create_directory(inside);
    ::setenv("HOME", outside.path().c_str(), 1); // where extensions would go
    std::ofstream(outside.path() / "secret.csv") << "a,b\n1,2\n";
    Opened opened({.exports = inside});
    for (const std::string& sql : reaching(inside, outside.path()))
        EXPECT_FALSE(opened.connection->run(sql, {}, soon())) << sql;
    EXPECT_EQ(opened.refused("select * from read_text('/etc/passwd')").code, Code::forbidden);
    EXPECT_FALSE(std::filesystem::exists(outside.path() / "made.csv"));
    opened.ask("copy (select 42 as a) to '" + (inside / "made.csv").string() + "'");
    EXPECT_EQ(opened.ask("select a from '" + (inside / "made.csv").string() + "'").rows()[0][0],
              Value(std::int64_t{42}));
    EXPECT_FALSE(std::filesystem::exists(outside.path() / ".duckdb")) << "nothing was fetched";
}

TEST(Store, WhoDoesNotShutItReadsAnything) { // the negative control of the test above
    bw::test::TemporaryDirectory outside;
    std::ofstream(outside.path() / "secret.csv") << "a,b\n1,2\n";
    duckdb_database database = nullptr;
    duckdb_connection connection = nullptr;
    ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
    ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
    for (const std::string& sql :
         {"select * from read_csv('" + outside.path().string() + "/secret.csv')",
          std::string("select * from read_text('/etc/passwd')"),
          "copy (select 1) to '" + outside.path().string() + "/made.csv'",
          std::string("set threads = 3")})
        EXPECT_EQ(duckdb_query(connection, sql.c_str(), nullptr), DuckDBSuccess) << sql;
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

const char* const heavy_on_memory =
    "select count(*) from (select range as a, md5(range::varchar) as b from range(20000000) "
    "order by b)";

TEST(Store, AStatementThatNeedsTooMuchMemoryFailsAlone) {
    Opened opened({.memory_bytes_max = 64U << 20, .spill_bytes_max = 0});
    opened.script("create table t as select 1 as a");
    const Error error = opened.refused("select list(range) from (select range, md5(range::varchar) "
                                       "m from range(8000000)) group by m");
    EXPECT_EQ(error.code, Code::overloaded) << error.text();
    EXPECT_EQ(opened.ask("select a from t").rows()[0][0], Value(std::int64_t{1}));
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss, (64 + 250) * 1024) << "KiB";
}

TEST(Store, WhatDoesNotFitIntoMemoryIsSpilledUpToABound) {
    const std::string sorted = "create or replace temp table s as select range as a, "
                               "repeat(sha256(range::varchar), 5) as b "
                               "from range(500000) order by b";
    for (const auto& [spill_bytes, fits] :
         {std::pair{1ULL << 30, true}, {8ULL << 20, false}, {0ULL, false}}) {
        Opened opened({.memory_bytes_max = 96U << 20, .spill_bytes_max = spill_bytes});
        auto outcome = opened.connection->run(sorted, {}, soon());
        EXPECT_EQ(outcome.has_value(), fits)
            << spill_bytes << (outcome ? "" : outcome.error().text());
        if (!fits && !outcome)
            EXPECT_EQ(outcome.error().code, Code::overloaded) << outcome.error().text();
    }
}

TEST(Connection, GivesUpAtItsDeadline) {
    for (int threads : {1, 2}) {
        Opened opened({.threads = threads});
        const Monotonic began = system_clock.monotonic();
        auto outcome = opened.connection->run(
            "select sum(a.range * b.range)::double from range(1000000) a, range(1000000) b", {},
            Deadline::in(system_clock, 100ms));
        const Duration took = system_clock.monotonic() - began;
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::deadline_exceeded) << outcome.error().text();
        EXPECT_GE(took, 100ms);
        EXPECT_LT(took, 5s);
        EXPECT_EQ(opened.ask("select 1").rows()[0][0], Value(std::int64_t{1}))
            << "it goes on with the next";
    }
}

TEST(Connection, APassedDeadlineDoesNothing) {
    Opened opened;
    opened.script("create table t (a bigint)");
    auto outcome = opened.connection->run("insert into t select range from range(1000000)", {},
                                          Deadline(Monotonic{0}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::deadline_exceeded);
    EXPECT_EQ(opened.ask("select count(*) from t").rows()[0][0], Value(std::int64_t{0}));
}

TEST(Connection, IsInterruptedForGood) {
    Opened opened;
    auto other = opened.store->connect().value();
    std::jthread stopper([&] { other->interrupt(); });
    EXPECT_EQ(other->run(heavy_on_memory, {}, soon()).error().code, Code::deadline_exceeded);
    stopper.join();
    EXPECT_EQ(other->run("select 1", {}, soon()).error().code, Code::deadline_exceeded);
    EXPECT_EQ(opened.ask("select 1").rows()[0][0], Value(std::int64_t{1})) << "the others are not";
}

TEST(Connection, ReadsWhatStoodWhenItsTransactionBegan) {
    Opened opened;
    opened.script("create table t (a bigint); insert into t values (1)");
    auto reader = opened.store->connect().value();
    auto reading = Transaction::begin(*reader).value();
    const auto sum = [&] {
        return reader->run("select sum(a)::bigint from t", {}, soon()).value().rows()[0][0];
    };
    EXPECT_EQ(sum(), Value(std::int64_t{1}));
    opened.script("insert into t values (2)");
    EXPECT_EQ(sum(), Value(std::int64_t{1}));
    ASSERT_TRUE(reading.commit());
    EXPECT_EQ(sum(), Value(std::int64_t{3}));
}

/// A second process, forked before this one has any thread of DuckDB's; tries when it is told to.
class Second {
public:
    explicit Second(std::filesystem::path file) {
        int go[2], said[2];
        if (::pipe(go) != 0 || ::pipe(said) != 0)
            std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            char ignored;
            if (::read(go[0], &ignored, 1) != 1)
                ::_exit(1);
            auto outcome = Store::open(file, {}, system_clock);
            const std::string text = outcome ? "opened" : outcome.error().text();
            ::_exit(::write(said[1], text.data(), text.size()) > 0 ? 0 : 1);
        }
        ::close(said[1]);
        go_ = go[1];
        said_ = said[0];
    }
    std::string tries() {
        char text[1000];
        if (::write(go_, "!", 1) != 1)
            return "";
        const auto length = ::read(said_, text, sizeof text);
        ::waitpid(pid_, nullptr, 0);
        return {text, static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
    }

private:
    pid_t pid_;
    int go_ = -1, said_ = -1;
};

TEST(Store, ASecondProcessIsRefused) {
    bw::test::TemporaryDirectory directory;
    const auto file = directory.path() / "reports.duckdb";
    Second second(file), third(file);
    {
        auto store = Store::open(file, {}, system_clock).value();
        const std::string said = second.tries();
        EXPECT_NE(said.find("another process has the store open"), std::string::npos) << said;
        EXPECT_NE(said.find(std::to_string(::getpid())), std::string::npos)
            << "it says which: " << said;
    }
    EXPECT_EQ(third.tries(), "opened") << "when the first has gone";
}

TEST(Store, SaysThatAFileIsDamaged) {
    bw::test::TemporaryDirectory directory;
    const auto file = directory.path() / "reports.duckdb";
    {
        auto store = Store::open(file, {}, system_clock).value();
        auto connection = store->connect().value();
        ASSERT_TRUE(connection->script("create table t as select range as a, md5(range::varchar) "
                                       "as b from range(200000); checkpoint",
                                       soon()));
    }
    const auto whole = directory.path() / "whole";
    std::filesystem::copy_file(file, whole);
    const auto damaged = [&](auto damage) {
        std::filesystem::copy_file(whole, file, std::filesystem::copy_options::overwrite_existing);
        damage();
        auto store = Store::open(file, {}, system_clock);
        if (!store)
            return store.error();
        auto answer = (*store)->connect().value()->run(
            "select count(*), max(b), sum(a)::bigint from t", {}, soon());
        return answer ? Error{} : answer.error();
    };
    const auto overwrite = [&](std::uintmax_t at) {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(static_cast<std::streamoff>(at));
        out << std::string(64, '\x5a');
    };
    const auto size = std::filesystem::file_size(whole);
    EXPECT_EQ(damaged([] {}).detail, "") << "whole, it opens";
    for (std::uintmax_t at :
         {std::uintmax_t{0}, std::uintmax_t{8}, std::uintmax_t{12288 + 100}, size / 2}) {
        const Error error = damaged([&] { overwrite(at); });
        EXPECT_EQ(error.code, Code::corrupt) << at << ": " << error.text();
        EXPECT_NE(error.detail.find("built anew"), std::string::npos) << error.detail;
    }
    const Error cut = damaged([&] { std::filesystem::resize_file(file, size / 2); });
    EXPECT_EQ(cut.code, Code::corrupt) << cut.text();
    EXPECT_EQ(
        damaged([&] { std::ofstream(file) << "this is no store, whatever its name says"; }).code,
        Code::corrupt);
    EXPECT_EQ(Store::open(directory.path() / "no" / "such", {}, system_clock).error().code,
              Code::unavailable);
}

class SmallDisk {
public:
    SmallDisk()
        : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=8m") == 0) {}
    ~SmallDisk() {
        if (mounted_)
            ::umount2(directory_.path().c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    bool grows() const {
        return ::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0;
    }
    std::filesystem::path file() const { return directory_.path() / "reports.duckdb"; }

private:
    bw::test::TemporaryDirectory directory_;
    const bool mounted_;
};

TEST(Store, AFullDiskLosesNothingThatWasCommitted) {
    SmallDisk disk;
    if (!disk.mounted())
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    std::int64_t committed = 0;
    Result<void> outcome;
    const auto counted = [](Store& store) {
        auto connection = store.connect().value();
        return std::get<std::int64_t>(
            connection->run("select count(*) from t", {}, soon()).value().rows()[0][0]);
    };
    {
        auto store = Store::open(disk.file(), {}, system_clock).value();
        auto connection = store->connect().value();
        ASSERT_TRUE(connection->script("create table t (a bigint, b varchar)", soon()));
        for (int i = 0; i < 200 && outcome; ++i) {
            outcome = connection->script("insert into t select range, sha256(range::varchar || " +
                                             std::to_string(i) + ") from range(2000)",
                                         soon());
            committed += outcome ? 2000 : 0;
        }
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::storage_full) << outcome.error().text();
        EXPECT_GT(committed, 0);
    }
    ASSERT_TRUE(disk.grows());
    auto store = Store::open(disk.file(), {}, system_clock);
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_EQ(counted(**store), committed);
    EXPECT_TRUE((*store)->connect().value()->script("insert into t values (1, '')", soon()))
        << "it goes on";
}

TEST(Errors, HaveACode) {
    const std::pair<const char*, Code> table[] = {
        {"INTERRUPT Error: Interrupted!", Code::deadline_exceeded},
        {"Out of Memory Error: could not allocate block", Code::overloaded},
        {"IO Error: Could not set lock on file \"x\": Conflicting lock is held (PID 7)",
         Code::conflict},
        {"IO Error: Could not write file \"x\": No space left on device", Code::storage_full},
        {"FATAL Error: Failed: database has been invalidated because of a previous fatal error",
         Code::unavailable},
        {"Permission Error: file system operations are disabled", Code::forbidden},
        {"Constraint Error: Duplicate key", Code::conflict},
        {"TransactionContext Error: Catalog write-write conflict", Code::conflict},
        {"Parser Error: syntax error", Code::internal},
        {"", Code::internal},
    };
    for (const auto& [message, code] : table)
        EXPECT_EQ(error_of(message, "testing").code, code) << message;
    EXPECT_EQ(error_of("Binder Error: no column\nLINE 1: select 'a name'", "testing")
                  .detail.find("a name"),
              std::string::npos);
}

} // namespace
} // namespace bw::columnar
