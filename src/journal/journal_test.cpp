// The journal as its callers see it: threads, acknowledgements, limits, failures, a killed process.
#include "journal/journal.hpp"

#include <future>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include <csignal>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/open.hpp"
#include "journal/testing.hpp"
#include "support/temporary_directory.hpp"

namespace bw::journal {
namespace {

class JournalTest : public testing::Test {
protected:
    std::unique_ptr<Journal> open(const JournalOptions& options = small_options()) {
        auto journal = open_in(disk_->mount(), options, test_sign(), clock_, rng_);
        EXPECT_TRUE(journal) << journal.error().text();
        return *std::move(journal);
    }
    /// Until every segment ahead is whole, or a failure meant for the writer meets the preparer:
    /// the manifest, the segment in use and two ahead, none of them a draft any more.
    void let_the_preparer_rest() {
        auto draft = [](const std::string& name) { return name.ends_with(".tmp"); };
        for (;;) {
            auto names = disk_->names();
            if (names.size() == 4 && std::ranges::none_of(names, draft))
                return;
            std::this_thread::yield();
        }
    }
    std::shared_ptr<SimulatedDisk> disk_ = SimulatedDisk::make();
    SystemClock clock_;
    SeededRng rng_{11};
};

TEST_F(JournalTest, ConcurrentAppendsAreEachAnsweredOnceVerifyAndAreReadBackInOrder) {
    constexpr int threads = 4, each = 1000;
    JournalOptions options = small_options();
    options.segment_bytes = 256 * 1024;
    options.total_bytes_limit = 64 * options.segment_bytes;
    std::map<std::uint64_t, Bytes> by_seq;
    std::uint64_t groups = 0;
    {
        auto journal = open(options);
        std::mutex mutex;
        std::map<Bytes, int> answers;
        std::jthread reader([&] { // at the same time as the writer
            for (std::uint64_t at = 0; at < threads * each;) {
                journal->wait(at, Deadline::in(clock_, 10s));
                auto entries = journal->read(at, 100, 1 << 20);
                ASSERT_TRUE(entries) << entries.error().text();
                for (const Entry& entry : *entries)
                    ASSERT_EQ(entry.position.seq, ++at);
            }
        });
        {
            std::vector<std::jthread> writers;
            for (int t = 0; t < threads; ++t)
                writers.emplace_back([&, t] {
                    for (int i = 0; i < each; ++i) {
                        Bytes record = std::to_string(t) + ":" + std::to_string(i) +
                                       Bytes(static_cast<std::size_t>(i % 50), '.');
                        std::atomic<bool> retry = true;
                        while (retry.exchange(false)) {
                            std::latch* wait_for = nullptr;
                            std::latch answered(1);
                            if (i % 16 == 0)
                                wait_for = &answered; // some wait for their answer, most do not
                            journal->append(record, [&, record, wait_for](Result<Committed> r) {
                                if (!r && r.error().code == Code::overloaded) {
                                    retry = true; // on this thread: before append returned
                                } else {
                                    std::lock_guard lock(mutex);
                                    ++answers[record];
                                    ASSERT_TRUE(r) << r.error().text();
                                    by_seq[r->position.seq] = record;
                                    if (r->index == 0 || record.starts_with("0:"))
                                        ASSERT_TRUE(
                                            verifies(record, r->nonce, r->index, *r->group));
                                }
                                if (wait_for)
                                    wait_for->count_down();
                            });
                            if (wait_for)
                                answered.wait();
                            if (retry)
                                std::this_thread::yield();
                        }
                    }
                });
        }
        reader.join();
        groups = journal->status().groups;
        journal.reset(); // the last callbacks have run
        ASSERT_EQ(answers.size(), threads * each);
        for (const auto& [record, count] : answers)
            ASSERT_EQ(count, 1) << record;
    }
    ASSERT_EQ(by_seq.size(), threads * each);
    ASSERT_EQ(by_seq.rbegin()->first, threads * each);
    EXPECT_LT(groups, threads * each) << "nothing was ever grouped";
    auto journal = open(options);
    EXPECT_EQ(journal->recovery().records, by_seq.size());
    auto entries = journal->read(0, 1 << 20, 1 << 30);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), by_seq.size());
    for (const Entry& entry : *entries)
        ASSERT_EQ(entry.record, by_seq[entry.position.seq]);
}

TEST_F(JournalTest, WhatIsReadCarriesTheSameProofAsTheAnswer) {
    auto journal = open();
    Result<Committed> answer = append(*journal, "record");
    ASSERT_TRUE(answer);
    auto entries = journal->read(0, 10, 1000);
    ASSERT_TRUE(entries && entries->size() == 1);
    const Entry& entry = entries->front();
    EXPECT_EQ(entry.position, answer->position);
    EXPECT_EQ(entry.nonce, answer->nonce);
    EXPECT_EQ(entry.group->signature, answer->group->signature);
    EXPECT_EQ(entry.group->head.signed_bytes(), answer->group->head.signed_bytes());
    EXPECT_TRUE(journal->read(1, 10, 1000)->empty());
    EXPECT_TRUE(journal->read(99, 10, 1000)->empty());
}

TEST_F(JournalTest, ALeafMayProveOnlyTheFrontOfARecord) {
    const Bytes record = "statement|content";
    constexpr std::size_t proven = 9;
    std::promise<Result<Committed>> promise;
    {
        auto journal = open();
        journal->append(record, proven,
                        [&](Result<Committed> outcome) { promise.set_value(std::move(outcome)); });
        Result<Committed> answer = promise.get_future().get();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(verifies(record.substr(0, proven), answer->nonce, 0, *answer->group));
        EXPECT_FALSE(verifies(record, answer->nonce, 0, *answer->group));
    }
    auto entries = open()->read(0, 10, 1000); // after a restart too, from what was stored
    ASSERT_TRUE(entries && entries->size() == 1);
    EXPECT_EQ(entries->front().record, record);
    EXPECT_TRUE(
        verifies(record.substr(0, proven), entries->front().nonce, 0, *entries->front().group));
}

TEST_F(JournalTest, ReadsAnywhereForwardsAndBackwards) {
    JournalOptions options = small_options();
    options.segment_bytes = 512 * 1024; // several index steps each
    options.total_bytes_limit = 16 * options.segment_bytes;
    auto journal = open(options);
    constexpr std::uint64_t count = 600;
    for (std::uint64_t i = 1; i <= count; ++i)
        ASSERT_TRUE(append_patiently(*journal, std::to_string(i) + Bytes(2000, ' ')));
    for (std::uint64_t i = 0; i < 300; ++i) {
        std::uint64_t after = rng_.u64() % count;
        auto entries = journal->read(after, 3, 4500); // two records' worth
        ASSERT_TRUE(entries) << entries.error().text();
        ASSERT_EQ(entries->size(), std::min<std::uint64_t>(2, count - after));
        ASSERT_TRUE(entries->front().record.starts_with(std::to_string(after + 1) + " "));
    }
    EXPECT_EQ(journal->read(5, 10, 1)->size(), 1u)
        << "one record larger than the limit still comes";
}

TEST_F(JournalTest, EachHeadsTreeIsTheBeginningOfTheNextOnesAcrossRestarts) {
    std::vector<std::shared_ptr<const CommittedGroup>> groups;
    for (int opening = 0; opening < 5; ++opening) {
        auto journal = open();
        for (int i = 0; i < 5; ++i) {
            auto answer = append_patiently(*journal, Bytes(1500, 'x'));
            ASSERT_TRUE(answer) << answer.error().text();
            groups.push_back(answer->group);
        }
        auto entries = journal->read(0, 100, 1 << 20); // and the reader proves the same
        ASSERT_TRUE(entries) << entries.error().text();
        ASSERT_EQ(entries->size(), groups.size());
        for (std::size_t i = 0; i < groups.size(); ++i) {
            EXPECT_EQ((*entries)[i].group->head, groups[i]->head);
            EXPECT_EQ((*entries)[i].group->head_path, groups[i]->head_path);
        }
    }
    std::vector<Sha256> leaves;
    for (const auto& group : groups) {
        leaves.push_back(group->group.leaf());
        ASSERT_EQ(group->head.size, leaves.size());
        for (std::size_t old = 1; old <= leaves.size(); ++old)
            ASSERT_TRUE(verify_consistency(old, groups[old - 1]->head.root, leaves.size(),
                                           group->head.root,
                                           MerkleTree(leaves).consistency_path(old)))
                << old << " of " << leaves.size();
    }
}

TEST_F(JournalTest, WhatIsForgottenMakesRoomAndTheTreeGoesOn) {
    JournalOptions options = small_options();
    options.total_bytes_limit = 4 * options.segment_bytes;
    std::vector<Sha256> leaves;
    Head first_head, last_head;
    std::uint64_t seq = 0;
    for (int opening = 0; opening < 3; ++opening) {
        auto journal = open(options);
        EXPECT_EQ(journal->status().durable_seq, seq);
        for (int i = 0; i < 40; ++i) { // 40 of them take three times what the limit allows
            auto answer = append_patiently(*journal, Bytes(4000, 'x'));
            ASSERT_TRUE(answer) << answer.error().text();
            leaves.push_back(answer->group->group.leaf());
            last_head = answer->group->head;
            if (seq == 0)
                first_head = last_head;
            ASSERT_EQ(answer->position.seq, ++seq);
            const std::uint64_t first_before = journal->first_seq();
            ASSERT_TRUE(journal->forget(seq, Instant{0}));
            ASSERT_EQ(journal->first_seq(), first_before) << "too young";
            ASSERT_TRUE(journal->forget(seq, Instant{INT64_MAX}));
        }
        const std::uint64_t first = journal->first_seq();
        EXPECT_GT(first, seq - 4);
        EXPECT_LE(first, seq) << "the segment in use stays";
        EXPECT_EQ(journal->read(first - 2, 10, 1 << 20).error().code, Code::not_found);
        auto left = journal->read(first - 1, 10, 1 << 20);
        ASSERT_TRUE(left) << left.error().text();
        EXPECT_EQ(left->size(), seq - first + 1);
        EXPECT_EQ(left->back().group->head, last_head);
    }
    EXPECT_TRUE(verify_consistency(1, first_head.root, leaves.size(), last_head.root,
                                   MerkleTree(leaves).consistency_path(1)));
    EXPECT_LE(disk_->names().size(), 1 + 4U) << "files are used again";
}

TEST_F(JournalTest, ABitThatRotsAfterOpeningIsFoundByTheReader) {
    auto journal = open();
    ASSERT_TRUE(append(*journal, "record one"));
    for (const std::string& name : disk_->names())
        if (name.ends_with("1.seg"))
            disk_->bytes_of(name)[segment_header_bytes + frame_header_bytes + 18] ^= 1;
    auto entries = journal->read(0, 1, 1000);
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code, Code::corrupt);
    EXPECT_NE(entries.error().field.find(".seg:" + std::to_string(segment_header_bytes)),
              std::string::npos)
        << entries.error().text();
}

TEST_F(JournalTest, AReadThatFailsOnceIsForgotten) {
    auto journal = open();
    ASSERT_TRUE(append(*journal, "first"));
    ASSERT_TRUE(journal->read(0, 10, 1000));
    ASSERT_TRUE(append(*journal, "second"));
    disk_->fail_next_read = true;
    auto failed = journal->read(0, 10, 1000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::unavailable);
    auto again = journal->read(0, 10, 1000);
    ASSERT_TRUE(again) << again.error().text();
    ASSERT_EQ(again->size(), 2u);
    EXPECT_EQ((*again)[0].record, "first");
    EXPECT_EQ((*again)[1].record, "second");
}

TEST_F(JournalTest, AFailedSyncOrWriteSealsUntilTheNextOpening) {
    for (bool write : {false, true}) {
        disk_ = SimulatedDisk::make();
        auto journal = open();
        ASSERT_TRUE(append(*journal, "first"));
        let_the_preparer_rest();
        (write ? disk_->fail_next_write : disk_->fail_next_sync) = true;
        auto unknown = append(*journal, "second");
        ASSERT_FALSE(unknown);
        EXPECT_EQ(unknown.error().code, Code::outcome_unknown);
        auto refused = append(*journal, "third");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::unavailable);
        EXPECT_TRUE(journal->status().sealed);
        EXPECT_EQ(journal->read(0, 10, 1000)->size(), 1u);
        journal = open();
        EXPECT_FALSE(journal->status().sealed);
        // Half a write never becomes a group; a whole one whose sync failed may, and here does.
        EXPECT_EQ(journal->status().durable_seq, write ? 1u : 2u);
        EXPECT_TRUE(append(*journal, "fourth"));
    }
}

/// Calls `hook` at its next look at the wall clock, which the writer takes in the middle of a
/// commit.
class HookedClock final : public Clock {
public:
    Instant now() const override {
        if (auto run = std::exchange(hook, nullptr))
            run();
        return system_.now();
    }
    Monotonic monotonic() const override { return system_.monotonic(); }
    mutable std::function<void()> hook;

private:
    SystemClock system_;
};

TEST_F(JournalTest, WhatComesWhileASyncFailsIsNotWrittenBehindIt) {
    HookedClock clock;
    auto opened = open_in(disk_->mount(), small_options(), test_sign(), clock, rng_);
    ASSERT_TRUE(opened);
    std::unique_ptr<Journal> journal = *std::move(opened);
    ASSERT_TRUE(append(*journal, "first"));
    let_the_preparer_rest();
    std::promise<Result<Committed>> late;
    clock.hook = [&] {
        disk_->fail_next_sync = true;
        journal->append("late", [&](Result<Committed> r) { late.set_value(std::move(r)); });
    };
    EXPECT_EQ(append(*journal, "unknown").error().code, Code::outcome_unknown);
    auto refused = late.get_future().get();
    ASSERT_FALSE(refused) << "acknowledged from a file whose sync had failed";
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_EQ(journal->status().durable_seq, 1u);
}

TEST_F(JournalTest, LimitsRefuseBeforeAcceptance) {
    JournalOptions options = small_options();
    options.queue_items_limit = 2;
    auto journal = open(options);
    EXPECT_EQ(append(*journal, Bytes(options.record_bytes_limit + 1, 'x')).error().code,
              Code::payload_too_large);
    EXPECT_TRUE(append(*journal, Bytes(options.record_bytes_limit, 'x')));
    EXPECT_TRUE(append(*journal, ""));

    // Hold the writer in a callback; two more fill the queue.
    std::latch held(1), release(1), answered(3);
    journal->append("holds", [&](Result<Committed>) {
        held.count_down();
        release.wait();
        answered.count_down();
    });
    held.wait();
    for (int i = 0; i < 2; ++i)
        journal->append("waits", [&](Result<Committed> r) {
            EXPECT_TRUE(r);
            answered.count_down();
        });
    Result<Committed> refused = append(*journal, "too many");
    release.count_down();
    answered.wait();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::overloaded);
    EXPECT_GE(refused.error().retry_after, 1ms);
    EXPECT_TRUE(append(*journal, "again"));
}

TEST_F(JournalTest, TheLimitOfBytesIsStorageFullAndEverythingAcceptedBeforeFits) {
    JournalOptions options = small_options();
    options.total_bytes_limit = 4 * options.segment_bytes;
    std::uint64_t accepted = 0;
    {
        auto journal = open(options);
        for (;;) {
            auto answer = append_patiently(*journal, Bytes(1000, 'x'));
            if (!answer) {
                ASSERT_EQ(answer.error().code, Code::storage_full) << answer.error().text();
                EXPECT_TRUE(answer.error().retry_after);
                break;
            }
            ++accepted;
        }
        EXPECT_TRUE(journal->status().full);
        EXPECT_FALSE(journal->status().sealed);
        EXPECT_GT(accepted, 4 * (options.segment_bytes - 5000) / 1300);
        EXPECT_LE(journal->status().bytes_used, options.total_bytes_limit);
    }
    EXPECT_EQ(open(options)->status().durable_seq, accepted);
}

TEST_F(JournalTest, AFullDiskIsStorageFullAndEndsByItself) {
    disk_->capacity = 40 * 1024; // two segments and a bit
    auto journal = open();
    Result<Committed> answer = append_patiently(*journal, Bytes(1000, 'x'));
    while (answer)
        answer = append_patiently(*journal, Bytes(1000, 'x'));
    ASSERT_EQ(answer.error().code, Code::storage_full) << answer.error().text();
    EXPECT_TRUE(journal->status().full);
    disk_->capacity = 400 * 1024;
    Deadline deadline = Deadline::in(clock_, 20s);
    while (!answer && !deadline.expired(clock_)) {
        ASSERT_TRUE(answer.error().code == Code::storage_full ||
                    answer.error().code == Code::overloaded);
        std::this_thread::yield();
        answer = append(*journal, Bytes(1000, 'x'));
    }
    EXPECT_TRUE(answer) << "still full";
}

TEST_F(JournalTest, WaitEndsWithNewsOrTheDeadlineOrWhenStopped) {
    auto journal = open();
    journal->wait(0, Deadline::in(clock_, 0s)); // returns
    std::jthread writer([&] { EXPECT_TRUE(append(*journal, "news")); });
    journal->wait(0, Deadline::in(clock_, 60s));
    EXPECT_EQ(journal->status().durable_seq, 1u);
    std::jthread stopper([&] { journal->stop_waiting(); });
    journal->wait(1, Deadline::in(clock_, 60s));
    journal->wait(1, Deadline::in(clock_, 60s)); // stopped for good
}

TEST_F(JournalTest, ClosingCommitsWhatIsQueued) {
    std::atomic<int> committed = 0;
    {
        auto journal = open();
        for (int i = 0; i < 50; ++i)
            journal->append("x", [&](Result<Committed> r) { committed += r.has_value(); });
    }
    EXPECT_EQ(committed, 50);
    EXPECT_EQ(open()->status().durable_seq, 50u);
}

TEST_F(JournalTest, ImpossibleOptionsAreNamed) {
    JournalOptions options = small_options();
    options.segment_bytes = 4096;
    auto journal = open_in(disk_->mount(), options, test_sign(), clock_, rng_);
    ASSERT_FALSE(journal);
    EXPECT_EQ(journal.error().field, "journal.segment_bytes");
}

TEST_F(JournalTest, ASecondOpenerIsRefused) {
    test::TemporaryDirectory temp;
    JournalOptions options = small_options();
    options.directory = temp.path() / "journal";
    auto first = Journal::open(options, test_sign(), clock_, rng_);
    ASSERT_TRUE(first) << first.error().text();
    auto second = Journal::open(options, test_sign(), clock_, rng_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
    first->reset();
    EXPECT_TRUE(Journal::open(options, test_sign(), clock_, rng_));
}

/// The child of the next test: appends numbers, tells the pipe each one acknowledged. Never
/// returns.
[[noreturn]] void append_until_killed(const std::filesystem::path& directory, int pipe) {
    SystemClock clock;
    SystemRng rng;
    JournalOptions options = small_options();
    options.directory = directory;
    options.total_bytes_limit = 64 * 1024 * 1024;
    auto journal = Journal::open(options, test_sign(), clock, rng);
    if (!journal)
        ::_exit(1);
    for (std::uint64_t i = (*journal)->status().durable_seq;; ++i)
        (*journal)->append(Bytes(i % 700, 'x'), [pipe](Result<Committed> r) {
            if (r && ::write(pipe, &r->position.seq, 8) != 8)
                ::_exit(2);
        });
}

TEST_F(JournalTest, EveryRecordAcknowledgedBeforeAKillIsThere) {
    test::TemporaryDirectory temp;
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 6; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            append_until_killed(temp.path(), ends[1]);
        }
        ::close(ends[1]);
        std::uint64_t stop_at = acknowledged + 1 + rng_.u64() % 300, seq = 0;
        bool killed = false;
        while (::read(ends[0], &seq, 8) == 8) {
            acknowledged = std::max(acknowledged, seq);
            if (!killed && acknowledged >= stop_at) {
                ::kill(child, SIGKILL);
                killed = true;
            }
        }
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(killed && WIFSIGNALED(status)) << "the child ended by itself: " << status;
        JournalOptions options = small_options();
        options.directory = temp.path();
        auto journal = Journal::open(options, test_sign(), clock_, rng_);
        ASSERT_TRUE(journal) << journal.error().text();
        ASSERT_GE((*journal)->status().durable_seq, acknowledged);
        auto entries = (*journal)->read(0, 1 << 20, 1 << 30);
        ASSERT_TRUE(entries) << entries.error().text();
        ASSERT_EQ(entries->size(), (*journal)->status().durable_seq);
        acknowledged = entries->size();
    }
}

/// In a mount namespace of its own, so that nothing of it is seen outside. The exit code says what
/// went wrong.
int fill_a_real_disk(const std::filesystem::path& directory) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=200k") != 0)
        return 77;
    SystemClock clock;
    SystemRng rng;
    JournalOptions options = small_options();
    options.directory = directory;
    options.total_bytes_limit = 64 * 1024 * 1024;
    auto journal = Journal::open(options, test_sign(), clock, rng);
    if (!journal)
        return 1;
    std::uint64_t accepted = 0;
    Result<Committed> answer = append_patiently(**journal, Bytes(1000, 'x'));
    for (; answer; answer = append_patiently(**journal, Bytes(1000, 'x')))
        ++accepted;
    if (answer.error().code != Code::storage_full || accepted < 100)
        return 2;
    if (::mount("tmpfs", directory.c_str(), "tmpfs", MS_REMOUNT, "size=2m") != 0)
        return 3;
    Deadline deadline = Deadline::in(clock, 20s);
    while (!answer && !deadline.expired(clock)) {
        std::this_thread::yield();
        answer = append(**journal, "y");
    }
    if (!answer)
        return 4;
    journal->reset();
    journal = Journal::open(options, test_sign(), clock, rng);
    return journal && (*journal)->status().durable_seq == accepted + 1 ? 0 : 5;
}

TEST_F(JournalTest, ARealFullDiskIsStorageFullAndEndsByItself) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "NOT TESTED: a real full disk needs root for a private mount";
    test::TemporaryDirectory temp;
    pid_t child = ::fork();
    if (child == 0)
        ::_exit(fill_a_real_disk(temp.path()));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        GTEST_SKIP() << "NOT TESTED: no private mounts here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Reader, ASegmentThatIsForgottenUnderItIsGoneAndNotCorrupt) {
    auto disk = SimulatedDisk::make();
    Driver driver;
    ASSERT_TRUE(driver.open(disk));
    for (int i = 0; i < 60; ++i)
        ASSERT_TRUE(driver.commit({Bytes(1000, 'r')}).group);
    Reader reader(*driver.segments, driver.sign);
    disk->before_next_read = [&] {
        ASSERT_TRUE(driver.segments->forget(50, Instant{INT64_MAX}));
        for (int i = 0; i < 4; ++i) // over the files that became free
            ASSERT_TRUE(driver.segments->prepare(driver.stop));
    };
    EXPECT_EQ(reader.messages(0, 1, 1 << 20).error().code, Code::not_found);
}

} // namespace
} // namespace bw::journal
