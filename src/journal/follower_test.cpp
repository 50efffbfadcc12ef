// The follower's acknowledgement under faults: away, slow to answer, restarted, behind, ahead.
#include <gtest/gtest.h>

#include "journal/follower_for_test.hpp"
#include "journal/open.hpp"
#include "journal/testing.hpp"

namespace bw::journal {
namespace {

class FollowerTest : public testing::Test {
protected:
    Result<std::unique_ptr<Journal>> try_open(bool required, Duration patience = 5s) {
        JournalOptions options = small_options();
        options.follower = FollowerOptions{
            .node = node_, .required = required, .patience = patience, .retry = 1ms};
        return open_in(disk_->mount(), options, test_sign(), clock_, rng_);
    }
    std::unique_ptr<Journal> open(bool required = false) {
        auto journal = try_open(required);
        EXPECT_TRUE(journal) << journal.error().text();
        return *std::move(journal);
    }
    static Result<Committed> append(Journal& journal, const Bytes& record) {
        return append_patiently(journal, record);
    }
    void until(const std::function<bool()>& holds) {
        const Deadline deadline = Deadline::in(clock_, 20s);
        while (!holds()) {
            ASSERT_FALSE(deadline.expired(clock_)) << "it never came to hold";
            std::this_thread::yield();
        }
    }
    static bool in_step(const Journal& journal) { return journal.status().follower->in_step; }
    /// What the other node would have if this one were gone, read by what reads any journal.
    std::vector<Bytes> copy() {
        node_->restart(); // its disk alone counts
        Driver driver;
        EXPECT_TRUE(driver.open(node_->disk));
        auto records = driver.read_everything();
        EXPECT_TRUE(records) << records.error().text();
        return records.value_or(std::vector<Bytes>());
    }

    std::shared_ptr<SimulatedDisk> disk_ = SimulatedDisk::make();
    std::shared_ptr<FollowerForTest> node_ = std::make_shared<FollowerForTest>();
    SystemClock clock_;
    SeededRng rng_{5};
};

TEST_F(FollowerTest, EveryRecordAnsweredWithItsClassIsOnTheOtherDisk) {
    std::vector<Bytes> answered;
    {
        auto journal = open(true);
        for (int i = 0; i < 200; ++i) { // over several segments
            answered.push_back(std::to_string(i) + Bytes(500, 'r'));
            auto answer = append(*journal, answered.back());
            ASSERT_TRUE(answer) << answer.error().text();
            ASSERT_EQ(answer->group->head.durability, Durability::local_fsync_follower);
            ASSERT_EQ(answer->group->group.durability, Durability::local_fsync);
        }
    }
    EXPECT_EQ(copy(), answered);
}

TEST_F(FollowerTest, WhileItIsAwayReceiptsSaySoAndAfterwardsItHasEverything) {
    std::vector<Bytes> sent;
    {
        auto journal = open();
        auto send = [&](Durability expected) {
            sent.push_back("record " + std::to_string(sent.size()));
            auto answer = append(*journal, sent.back());
            ASSERT_TRUE(answer) << answer.error().text();
            EXPECT_EQ(answer->group->head.durability, expected);
        };
        until([&] { return in_step(*journal); });
        send(Durability::local_fsync_follower);
        node_->away = true;
        for (int i = 0; i < 50; ++i)
            send(Durability::local_fsync);
        EXPECT_FALSE(in_step(*journal));
        EXPECT_EQ(journal->status().durability, Durability::local_fsync);
        node_->away = false;
        until([&] { return journal->status().follower->groups == journal->status().groups; });
        send(Durability::local_fsync_follower);
        // What was promised less then holds by now.
        auto entries = journal->read(10, 1, 1 << 20);
        ASSERT_TRUE(entries);
        EXPECT_EQ(entries->front().group->head.durability, Durability::local_fsync_follower);
    }
    EXPECT_EQ(copy(), sent);
}

TEST_F(FollowerTest, WhereItIsRequiredNothingIsAcceptedWhileItIsAway) {
    auto journal = *try_open(true, 100ms);
    until([&] { return in_step(*journal); });
    ASSERT_TRUE(append(*journal, "before"));
    node_->away = true;
    // The first one was accepted before anybody knew: durable here, promised to nobody.
    auto first = append(*journal, "meanwhile");
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, Code::outcome_unknown);
    until([&] { return !in_step(*journal); });
    auto refused = append(*journal, "refused");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_TRUE(refused.error().retry_after);
    EXPECT_FALSE(journal->status().sealed);
    node_->away = false;
    until([&] { return in_step(*journal); });
    ASSERT_TRUE(append(*journal, "after"));
    journal.reset();
    EXPECT_EQ(copy(), (std::vector<Bytes>{"before", "meanwhile", "after"}));
}

TEST_F(FollowerTest, ALostAnswerOrARestartOfTheOtherNodeDoublesNothing) {
    std::vector<Bytes> sent;
    {
        auto journal = open();
        until([&] { return in_step(*journal); });
        for (int i = 0; i < 60; ++i) {
            if (i % 10 == 3)
                node_->lose_answers = 1;
            sent.push_back(std::to_string(i));
            ASSERT_TRUE(append(*journal, sent.back()));
        }
        until([&] { return journal->status().follower->groups == journal->status().groups; });
    }
    EXPECT_EQ(copy(), sent);
}

TEST_F(FollowerTest, OneThatHasMoreThanTheJournalFindsThatItLostItsEnd) {
    {
        auto journal = open(true);
        for (int i = 0; i < 5; ++i)
            ASSERT_TRUE(append(*journal, std::to_string(i)));
    }
    // The last group rots: alone, the disk cannot tell it from a torn write.
    Driver driver;
    ASSERT_TRUE(driver.open(disk_));
    const SegmentView segment = driver.segments->views().front();
    const std::string name = segment_name(driver.segments->manifest().epoch, segment.number);
    driver.segments.reset();
    auto file = *disk_->mount()->open(name);
    ASSERT_TRUE(file->write_at(segment.used_bytes - 1, "!"));
    ASSERT_TRUE(file->sync());
    auto journal = try_open(true);
    ASSERT_FALSE(journal);
    EXPECT_EQ(journal.error().code, Code::corrupt);
    // The negative control: without the follower nobody knows.
    EXPECT_TRUE(open_in(disk_->mount(), small_options(), test_sign(), clock_, rng_));
}

TEST_F(FollowerTest, OneThatHasOtherGroupsOfTheSameNumberIsFoundWheneverItAnswers) {
    // Two histories of one epoch: the first goes on at the follower, the second here.
    {
        auto journal = open(true);
        ASSERT_TRUE(append(*journal, "both"));
    }
    auto kept = disk_->mount();
    std::map<std::string, Bytes> before;
    for (const std::string& name : *kept->names())
        ASSERT_TRUE(read_all(**kept->open(name), before[name]));
    {
        auto journal = open(true);
        ASSERT_TRUE(append(*journal, "there alone"));
    }
    auto restored = disk_->mount(); // as a machine from a snapshot
    for (const auto& [name, bytes] : before) {
        auto file = *restored->create(name);
        ASSERT_TRUE(file->write_at(0, bytes));
        ASSERT_TRUE(file->sync());
    }
    ASSERT_TRUE(restored->sync());
    node_->away = true; // at the opening nobody can tell
    auto journal = open();
    ASSERT_TRUE(append(*journal, "here alone"));
    node_->away = false;
    until([&] { return journal->status().follower->parted; });
    auto refused = append(*journal, "refused");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    auto entries = journal->read(1, 1, 1 << 20);
    ASSERT_TRUE(entries);
    EXPECT_EQ(entries->front().group->head.durability, Durability::local_fsync);
    journal.reset();
    auto again = try_open(false);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::corrupt);
}

TEST_F(FollowerTest, AFullDiskThereIsAnErrorAndEndsByItself) {
    auto journal = *try_open(false, 100ms);
    until([&] { return in_step(*journal); });
    node_->disk->capacity = 0;
    const Bytes large(3000, 'l');
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(append(*journal, large));
    EXPECT_FALSE(in_step(*journal));
    node_->disk->capacity = UINT64_MAX;
    until([&] { return journal->status().follower->groups == journal->status().groups; });
}

TEST_F(FollowerTest, OneThatWasAwayUntilTheJournalForgotBeginsAnewBehindTheGap) {
    auto journal = open();
    until([&] { return in_step(*journal); });
    const Bytes large(3000, 'l');
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(append(*journal, large + std::to_string(i)));
    node_->away = true;
    for (int i = 10; i < 100; ++i)
        ASSERT_TRUE(append(*journal, large + std::to_string(i)));
    ASSERT_TRUE(journal->forget(80, Instant{INT64_MAX}));
    const std::uint64_t first = journal->first_seq();
    ASSERT_GT(first, 20u);
    node_->away = false;
    until([&] { return journal->status().follower->groups == journal->status().groups; });
    ASSERT_TRUE(append(*journal, "last"));
    journal.reset();
    const std::vector<Bytes> records = copy();
    EXPECT_EQ(records.size(), 101 - (first - 1));
    EXPECT_EQ(records.front(), large + std::to_string(first - 1));
    EXPECT_EQ(records.back(), "last");
}

TEST_F(FollowerTest, OneThatWasReplacedWhileNothingCameGetsAllThatIsStillThere) {
    struct Case {
        const char* what;
        std::size_t kept; // of what it had, by the one in its place
        std::uint64_t forgotten;
    };
    for (const Case& c : {Case{"an empty one, the journal has everything", 0, 0},
                          Case{"an empty one, the journal has its end", 0, 40},
                          Case{"an older one, the journal has everything", 10, 0},
                          Case{"an older one, the journal has its end", 10, 40}}) {
        disk_ = SimulatedDisk::make();
        node_ = std::make_shared<FollowerForTest>();
        auto journal = open();
        until([&] { return in_step(*journal); });
        std::vector<Bytes> sent;
        auto older = SimulatedDisk::make();
        for (std::size_t i = 0; i < 60; ++i) {
            if (i == c.kept && i > 0)
                older = node_->disk->copy();
            sent.push_back(std::to_string(i) + Bytes(3000, 'l'));
            ASSERT_TRUE(append(*journal, sent.back()));
        }
        until([&] { return journal->status().follower->groups == journal->status().groups; });
        ASSERT_TRUE(journal->forget(c.forgotten, Instant{INT64_MAX}));
        const std::uint64_t first = journal->first_seq();
        node_->replace(older);
        sent.push_back("and one more");
        ASSERT_TRUE(append(*journal, sent.back())) << c.what;
        until([&] { return journal->status().follower->groups == journal->status().groups; });
        journal.reset();
        sent.erase(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(first - 1));
        const std::vector<Bytes> there = copy();
        ASSERT_GE(there.size(), sent.size()) << c.what;
        EXPECT_TRUE(std::ranges::equal(std::span(there).last(sent.size()), sent)) << c.what;
    }
}

TEST_F(FollowerTest, WhatCannotBeReadHereDoesNotPartThem) {
    auto journal = open();
    until([&] { return in_step(*journal); });
    ASSERT_TRUE(append(*journal, "there"));
    node_->away = true;
    ASSERT_TRUE(append(*journal, "this one rots"));
    disk_->rot("this one rots");
    node_->away = false;
    const int before = node_->asked;
    until([&] { return node_->asked > before + 3; }); // each time it could not be sent
    EXPECT_FALSE(journal->status().follower->parted);
    EXPECT_FALSE(in_step(*journal));
    auto answer = append(*journal, "still accepted");
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->group->head.durability, Durability::local_fsync);
}

TEST_F(FollowerTest, AnAnswerThatDoesNotSayItIsThereIsNoAcknowledgement) {
    auto journal = open();
    until([&] { return in_step(*journal); });
    node_->takes_nothing = true;
    auto answer = append(*journal, "taken by nobody");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->group->head.durability, Durability::local_fsync);
    node_->takes_nothing = false;
    until([&] { return in_step(*journal); });
}

TEST_F(FollowerTest, ACopyThatDiesInItsFirstGroupGoesOnFromWhereverItIsSentNext) {
    Driver driver;
    ASSERT_TRUE(driver.open(disk_));
    for (int i = 0; i < 60; ++i)
        ASSERT_TRUE(driver.commit({Bytes(1000, 'r') + std::to_string(i)}).group);
    Reader reader(*driver.segments, {});
    const Bytes first = reader.messages(0, 1, 1 << 20)->front();
    ASSERT_TRUE(driver.segments->forget(40, Instant{INT64_MAX}));
    const std::uint64_t forgotten = driver.segments->forgotten_tree().size();
    ASSERT_GT(forgotten, 1u);
    const std::vector<Bytes> rest = *reader.messages(forgotten, 100, 1 << 20);
    const std::vector<ByteView> views(rest.begin(), rest.end());
    const std::uint64_t epoch = driver.segments->manifest().epoch;
    auto open_copy = [&](const std::shared_ptr<SimulatedDisk>& disk) {
        return FollowerCopy::open(disk->mount(), small_options(), epoch, clock_, rng_);
    };
    int cut = 0;
    for (std::uint64_t at = 1; at < 60; ++at)
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            SeededRng chance(seed);
            auto disk = SimulatedDisk::make();
            disk->power_off_at = at;
            if (auto copy = open_copy(disk))
                (void)(*copy)->append(std::vector<ByteView>{first}, 0);
            cut += disk->is_off();
            disk->lose_power(chance);
            auto copy = open_copy(disk);
            ASSERT_TRUE(copy) << at << ": " << copy.error().text();
            auto taken = (*copy)->append(views, driver.segments->first_seq() - 1);
            ASSERT_TRUE(taken) << at << ": " << taken.error().text();
            ASSERT_EQ((*copy)->has()->root, driver.segments->tree().root());
        }
    EXPECT_GT(cut, 50);
}

TEST_F(FollowerTest, TheCopyForgetsWhatTheJournalForgot) {
    auto journal = open(true);
    const Bytes large(3000, 'l');
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(append(*journal, large));
    ASSERT_TRUE(journal->forget(90, Instant{INT64_MAX}));
    ASSERT_TRUE(append(*journal, large));
    journal.reset();
    EXPECT_LT(copy().size(), 60u);
}

} // namespace
} // namespace bw::journal
