// The file is made anew without what was deleted, whole or not at all, and reports do not notice.
#include "reporting/store_files.hpp"

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "reporting/made_school_for_test.hpp"
#include "reporting/mirror.hpp"

namespace bw::reporting {
namespace {

namespace fs = std::filesystem;
using columnar::Value;
using test::monday_us;
using test::soon;
using test::system_clock;

constexpr const char* step_variable = "BW_TEST_REWRITE_STEP";

/// A store's directory with some people's activities in it, through the mirror's own tables.
class Filled {
public:
    explicit Filled(const fs::path& directory, const columnar::StoreOptions& bounds = {})
        : directory_(directory), bounds_(bounds) {
        open();
    }

    void open() {
        files_.reset();
        auto opened = StoreFiles::open(directory_, bounds_, system_clock, rng_);
        ASSERT_TRUE(opened) << opened.error().text();
        files_ = *std::move(opened);
        connection_ = files_->connect().value();
    }
    void close() {
        connection_.reset();
        files_.reset();
    }
    void fill() {
        auto mirror = Mirror::open(*connection_, {}, system_clock);
        ASSERT_TRUE(mirror) << mirror.error().text();
        ASSERT_TRUE(prepare_rollups(*connection_, soon()));
        script("insert into base.activities select uuid(), uuid(), uuid(), 'section_opened', 'p', "
               "uuid(), uuid(), make_timestamptz(1760000000000000 + range * 60000000), "
               "make_timestamptz(1760000000000000 + range * 60000000) from range(100000)");
        script("insert into stream.set_aside values ('users', 'old', 'f', 1, '2000-01-01 "
               "00:00:00+00'), "
               "('users', 'new', 'f', 1, '2100-01-01 00:00:00+00')");
        script("insert into stream.outdated values ('2026-01-01 00:00:00+00')");
        script("checkpoint");
    }
    void script(const std::string& sql) {
        auto done = connection_->script(sql, soon());
        ASSERT_TRUE(done) << done.error().text() << "\n" << sql;
    }
    Value one(const std::string& sql) {
        auto answer = connection_->run(sql, {}, soon());
        EXPECT_TRUE(answer) << answer.error().text();
        return answer ? answer->rows().at(0).at(0) : Value();
    }
    /// Of all rows, whatever their order.
    Value sum() {
        return one("select sum(hash(a)::hugeint)::varchar || ' ' || count(*) from base.activities "
                   "a");
    }
    Result<void> rewrite(const StoreFiles::AtStep& at_step = {}) {
        return files_->rewrite(*connection_, soon(), at_step);
    }
    /// What the directory holds of some bytes, wherever they lie.
    bool holds(ByteView bytes) const {
        for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
            if (!entry.is_regular_file())
                continue;
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string all{std::istreambuf_iterator<char>(in), {}};
            if (all.find(bytes) != std::string::npos)
                return true;
        }
        return false;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(directory_))
            out.push_back(entry.path().filename());
        std::ranges::sort(out);
        return out;
    }
    StoreFiles& files() { return *files_; }
    columnar::Connection& connection() { return *connection_; }

private:
    const fs::path directory_;
    const columnar::StoreOptions bounds_;
    SystemRng rng_;
    std::unique_ptr<StoreFiles> files_;
    std::unique_ptr<columnar::Connection> connection_;
};

/// As DuckDB writes it: a number whose highest bit is flipped, its lowest byte first.
Bytes as_stored(const Uuid& uuid) {
    Bytes out(view(uuid));
    out[0] = static_cast<char>(out[0] ^ 0x80);
    std::ranges::reverse(out);
    return out;
}

TEST(StoreFiles, WhoeverWasDeletedIsInNoFileAnyMore) {
    const bw::test::TemporaryDirectory directory;
    Filled store(directory.path() / "reports");
    store.fill();
    // Whoever is somewhere in the middle, and whose bytes are found as they are.
    const Uuid person = std::get<Uuid>(store.one("select user_id from base.activities where "
                                                 "occurred_at = make_timestamptz("
                                                 "1760000000000000 + 40000 * 60000000::bigint)"));
    EXPECT_TRUE(store.holds(as_stored(person))) << "else the search below shows nothing";
    store.script("delete from base.activities where user_id = '" + to_text(person) +
                 "'; checkpoint");
    EXPECT_TRUE(store.holds(as_stored(person))) << "the engine only marks it: the negative control";
    const Value before = store.sum();
    ASSERT_TRUE(store.rewrite());
    EXPECT_FALSE(store.holds(as_stored(person)));
    EXPECT_EQ(store.sum(), before) << "a connection reads on in the old file";
    store.open();
    EXPECT_EQ(store.sum(), before);
    EXPECT_FALSE(store.holds(as_stored(person)));
    EXPECT_EQ(store.one("select count(*) from stream.outdated"), Value(std::int64_t{0}));
    EXPECT_EQ(store.one("select string_agg(key, ',' order by key) from stream.set_aside"),
              Value(std::string(",new")));
    EXPECT_EQ(store.names(),
              (std::vector<std::string>{"current", "reports-2.duckdb", "slot", "slot.lock"}));
    EXPECT_TRUE(prepare_rollups(store.connection(), soon()).value() == false)
        << "the rollups came along";
}

TEST(StoreFiles, RowsLieByMonthInstitutionAndClassAfterwards) {
    const bw::test::TemporaryDirectory directory;
    Filled store(directory.path() / "reports");
    store.fill();
    constexpr const char* disorder =
        "select count(*) from (select (epoch_us(occurred_at) // 2592000000000, tenant_id, "
        "section_id, occurred_at) as k, lag(k) over (order by rowid) as b from base.activities) "
        "where b > k";
    EXPECT_GT(std::get<std::int64_t>(store.one(disorder)), 1000);
    ASSERT_TRUE(store.rewrite());
    store.open();
    EXPECT_EQ(store.one(disorder), Value(std::int64_t{0}));
}

// ---- beside whoever reads ----

const columnar::StoreOptions little_memory{.memory_bytes_max = 64U << 20,
                                           .spill_bytes_max = 128U << 20};

/// Some ten megabytes that do not get smaller.
Result<void> take_room(columnar::Connection& connection, int number) {
    return connection.script(
        "create temp table room_" + std::to_string(number) +
            " as select range, md5(range::varchar) as a, sha256(range::varchar) as b, "
            "sha256(range::varchar || 'x') as c from range(60000)",
        soon());
}

TEST(StoreFiles, WhatReadersSpillLeavesRoomForWhoeverWrites) {
    const bw::test::TemporaryDirectory directory;
    Filled store(directory.path() / "reports", little_memory);
    const auto reader = store.files().connect_reader().value();
    Result<void> taken;
    int tables = 0;
    while (taken && tables < 40)
        taken = take_room(*reader, ++tables);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::overloaded) << taken.error().text();
    for (int i = 0; i < 4; ++i) {
        const auto written = take_room(store.connection(), i);
        EXPECT_TRUE(written) << i << ": " << written.error().text();
    }
}

TEST(StoreFiles, WhoReadsOnInTheOldFileGoesOnSpilling) {
    const bw::test::TemporaryDirectory directory;
    const fs::path in = directory.path() / "reports";
    Filled store(in, little_memory);
    store.fill();
    auto reader = store.files().connect().value();
    int tables = 0;
    while (!fs::exists(in / "reports-1.duckdb.spill") && tables < 40)
        ASSERT_TRUE(take_room(*reader, ++tables));
    ASSERT_TRUE(store.rewrite());
    for (int i = 0; i < 4; ++i) {
        const auto taken = take_room(*reader, ++tables);
        EXPECT_TRUE(taken) << (taken ? "" : taken.error().text());
    }
    auto rows = reader->run("select sum(range)::bigint from room_1", {}, soon());
    ASSERT_TRUE(rows) << rows.error().text();
    EXPECT_EQ(rows->rows().at(0).at(0), Value(std::int64_t{60'000LL * 59'999 / 2}));
    reader.reset();
    store.open();
    EXPECT_FALSE(fs::exists(in / "reports-1.duckdb.spill")) << "it goes with the old file";
}

TEST(StoreFiles, TheSlotIsTheStoresOwnAndStays) {
    const bw::test::TemporaryDirectory directory;
    Filled one(directory.path() / "one"), other(directory.path() / "other");
    EXPECT_TRUE(one.files().slot().starts_with("bw_reporting_"));
    EXPECT_NE(one.files().slot(), other.files().slot());
    const std::string slot = one.files().slot();
    one.close();
    fs::remove(directory.path() / "one" / "reports-1.duckdb"); // begun anew
    one.open();
    EXPECT_EQ(one.files().slot(), slot) << "else the old one would keep the primary's log";
}

/// The process that is killed in the midst of it: this program once more, with this test alone.
TEST(StoreFilesProcess, EndsAtAStep) {
    const char* step = std::getenv(step_variable);
    if (step == nullptr)
        GTEST_SKIP() << "the process that StoreFiles kills";
    Filled store(std::getenv("BW_TEST_REWRITE_IN"));
    (void)store.rewrite([&](std::string_view now) {
        if (now == step)
            ::kill(::getpid(), SIGKILL);
    });
}

TEST(StoreFiles, KilledAtAnyStepOneWholeFileCounts) {
    const bw::test::TemporaryDirectory directory;
    const fs::path in = directory.path() / "reports";
    Filled store(in);
    store.fill();
    store.script("delete from base.activities where occurred_at < make_timestamptz("
                 "1760000000000000 + 1000 * 60000000::bigint); checkpoint");
    std::vector<std::string> steps;
    ASSERT_TRUE(store.rewrite([&](std::string_view step) { steps.emplace_back(step); }));
    ASSERT_GT(steps.size(), 10U);
    store.open();
    const Value sum = store.sum();
    for (const std::string& step : steps) {
        if (step.find('.') != std::string::npos && step != "base.activities" &&
            step != "rollup.seats")
            continue; // each table as the next
        store.script("insert into stream.outdated values ('2026-01-01 00:00:00+00')");
        store.close();
        const pid_t child = ::fork();
        if (child == 0) {
            ::setenv(step_variable, step.c_str(), 1);
            ::setenv("BW_TEST_REWRITE_IN", in.c_str(), 1);
            ::execl("/proc/self/exe", "reporting_test",
                    "--gtest_filter=StoreFilesProcess.EndsAtAStep", "--gtest_brief=1", nullptr);
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << step;
        store.open();
        EXPECT_EQ(store.sum(), sum) << step;
        const bool done = step == "counts" || step == "cleaned";
        EXPECT_EQ(store.one("select count(*) > 0 from stream.outdated"), Value(!done)) << step;
        EXPECT_EQ(store.names().size(), 4U) << "nothing is left over: " << step;
        store.script("delete from stream.outdated");
    }
}

/// A row that lies in none of the pieces in which rows are copied: here, one from before 1970,
/// whose thirty days are counted the other way round.
TEST(StoreFiles, ARowThatWouldBeLostUndoesIt) {
    const bw::test::TemporaryDirectory directory;
    Filled store(directory.path() / "reports");
    store.fill();
    store.script("insert into base.activities select uuid(), uuid(), uuid(), 'section_opened', "
                 "'p', uuid(), uuid(), '1969-12-15 00:00:00+00', '1969-12-15 00:00:00+00'");
    const Value before = store.sum();
    const auto done = store.rewrite();
    ASSERT_FALSE(done) << "a row is gone, and nobody knows";
    EXPECT_NE(done.error().detail.find("100000 of base.activities's 100001 rows"),
              std::string::npos)
        << done.error().text();
    store.open();
    EXPECT_EQ(store.sum(), before);
}

TEST(StoreFiles, OneThatFailsLeavesTheOldFile) {
    const bw::test::TemporaryDirectory directory;
    Filled store(directory.path() / "reports");
    store.fill();
    const Value before = store.sum();
    EXPECT_FALSE(store.files().rewrite(store.connection(), Deadline::in(system_clock, 1ms)));
    EXPECT_EQ(store.names().size(), 4U);
    store.open();
    EXPECT_EQ(store.sum(), before);
}

TEST(StoreFiles, ADiskThatIsNearlyFullIsLeftAlone) {
    const bw::test::TemporaryDirectory directory;
    if (::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=400m") != 0)
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    {
        Filled store(directory.path() / "reports");
        store.fill();
        const Value before = store.sum();
        bool begun = false;
        const auto done = store.rewrite([&](std::string_view) { begun = true; });
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Code::storage_full);
        EXPECT_FALSE(begun) << "not a byte was written";
        EXPECT_EQ(store.sum(), before);
    }
    ::umount(directory.path().c_str());
}

} // namespace
} // namespace bw::reporting
