#include "journal/tree_log.hpp"

#include <gtest/gtest.h>

#include "journal/testing.hpp"

namespace bw::journal {
namespace {

constexpr std::uint64_t epoch = 42;

std::vector<LoggedGroup> make_groups(std::uint64_t count, std::uint8_t salt = 0) {
    std::vector<LoggedGroup> out;
    MerkleFrontier tree;
    for (std::uint64_t number = 1; number <= count; ++number) {
        Group group{.number = number,
                    .first_seq = number * 3 - 2,
                    .size = 3,
                    .root = {salt, static_cast<std::uint8_t>(number)},
                    .time = Instant{static_cast<std::int64_t>(1000 + number)}};
        tree.append(group.leaf());
        out.push_back({group, tree.root()});
    }
    return out;
}

MerkleFrontier tree_of(std::span<const LoggedGroup> groups) {
    MerkleFrontier tree;
    for (const LoggedGroup& logged : groups)
        tree.append(logged.group.leaf());
    return tree;
}

std::unique_ptr<TreeLog> open_log(const std::shared_ptr<SimulatedDisk>& disk,
                                  const MerkleFrontier& known = {}, std::uint64_t groups = 1000) {
    auto log = TreeLog::open(disk->mount(), epoch, known, groups);
    EXPECT_TRUE(log) << log.error().text();
    return log ? *std::move(log) : nullptr;
}

void expect_holds(const TreeLog& log, std::span<const LoggedGroup> groups) {
    ASSERT_EQ(log.size(), groups.size());
    for (std::uint64_t size = 1; size <= groups.size(); ++size) {
        ASSERT_EQ(*log.group(size), groups[size - 1].group);
        ASSERT_EQ(*log.root(size), groups[size - 1].head_root);
        for (std::uint64_t old = 1; old <= size; ++old) {
            ASSERT_TRUE(verify_consistency(old, groups[old - 1].head_root, size,
                                           groups[size - 1].head_root,
                                           *log.consistency_path(old, size)))
                << old << " to " << size;
            ASSERT_TRUE(verify_inclusion(groups[old - 1].group.leaf(), old - 1, size,
                                         *log.inclusion_path(old, size),
                                         groups[size - 1].head_root));
        }
    }
    EXPECT_TRUE(log.verify());
}

TEST(TreeLog, EveryHeadIsTheBeginningOfEveryLaterOneAcrossOpenings) {
    const auto groups = make_groups(41);
    auto disk = SimulatedDisk::make();
    std::uint64_t done = 0;
    for (std::uint64_t step : {1u, 2u, 5u, 13u, 20u}) {
        auto log = open_log(disk);
        ASSERT_EQ(log->size(), done);
        ASSERT_TRUE(log->append(std::span(groups).subspan(done, step)));
        done += step;
        expect_holds(*log, std::span(groups).first(done));
    }
    expect_holds(*open_log(disk, tree_of(std::span(groups).first(29))), groups);
}

TEST(TreeLog, GroupsThatDoNotContinueItAreRefusedAndChangeNothing) {
    auto disk = SimulatedDisk::make();
    auto log = open_log(disk);
    const auto groups = make_groups(9);
    ASSERT_TRUE(log->append(std::span(groups).first(4)));
    const auto others = make_groups(9, 1);
    auto refused = log->append(std::span(others).subspan(4));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::corrupt);
    ASSERT_TRUE(log->append(std::span(groups).subspan(4)));
    expect_holds(*log, groups);
}

TEST(TreeLog, WhatTheJournalHasForgottenMustBeThere) {
    const auto groups = make_groups(11);
    auto disk = SimulatedDisk::make();
    ASSERT_TRUE(open_log(disk)->append(std::span(groups).first(7)));
    struct Case {
        const char* what;
        std::span<const LoggedGroup> forgotten;
        bool opens;
    };
    const auto others = make_groups(7, 1);
    for (const Case& c : {Case{"less than it has", std::span(groups).first(5), true},
                          Case{"all it has", std::span(groups).first(7), true},
                          Case{"more than it has", std::span(groups).first(8), false},
                          Case{"other groups", std::span(others), false}}) {
        auto opened = TreeLog::open(disk->copy()->mount(), epoch, tree_of(c.forgotten), 11);
        EXPECT_EQ(opened.has_value(), c.opens) << c.what;
        if (!opened)
            EXPECT_EQ(opened.error().code, Code::corrupt) << c.what;
    }
}

TEST(TreeLog, AJournalThatHasLostItsEndIsFoundOut) {
    const auto groups = make_groups(11);
    auto disk = SimulatedDisk::make();
    ASSERT_TRUE(open_log(disk)->append(groups));
    EXPECT_TRUE(TreeLog::open(disk->mount(), epoch, {}, 11));
    EXPECT_EQ(TreeLog::open(disk->mount(), epoch, {}, 10).error().code, Code::corrupt);
}

TEST(TreeLog, DamageIsFoundByVerifyAndByWhoeverReadsIt) {
    const auto groups = make_groups(20);
    auto disk = SimulatedDisk::make();
    ASSERT_TRUE(open_log(disk)->append(groups));
    for (const std::string& name : disk->names())
        for (std::size_t at = 0; at < disk->bytes_of(name).size(); at += 31) {
            auto damaged = disk->copy();
            damaged->bytes_of(name)[at] ^= 1;
            auto log = TreeLog::open(damaged->mount(), epoch, tree_of(groups), 20);
            if (log)
                EXPECT_FALSE((*log)->verify()) << name << " " << at;
            // What the segments still hold mends it.
            auto mended = open_log(damaged);
            ASSERT_TRUE(mended->append(std::span(groups).subspan(mended->size())));
            expect_holds(*mended, groups);
        }
}

TEST(TreeLog, AFailedSyncStopsItUntilItIsOpenedAgain) {
    const auto groups = make_groups(6);
    auto disk = SimulatedDisk::make();
    auto log = open_log(disk);
    ASSERT_TRUE(log->append(std::span(groups).first(2)));
    disk->fail_next_sync = true;
    EXPECT_FALSE(log->append(std::span(groups).subspan(2)));
    EXPECT_EQ(log->size(), 2u);
    EXPECT_FALSE(log->append(std::span(groups).subspan(2)));
    log = open_log(disk);
    ASSERT_TRUE(log->append(std::span(groups).subspan(log->size())));
    expect_holds(*log, groups);
}

TEST(TreeLog, AFailedWriteIsTriedAgain) {
    const auto groups = make_groups(9);
    for (bool full : {false, true}) {
        auto disk = SimulatedDisk::make();
        auto log = open_log(disk);
        ASSERT_TRUE(log->append(std::span(groups).first(2)));
        if (full) // the entries fit, the nodes do not
            disk->capacity = disk->bytes_of(disk->names()[0]).size() +
                             disk->bytes_of(disk->names()[1]).size() + 4 * 64;
        else
            disk->fail_next_write = true;
        EXPECT_FALSE(log->append(std::span(groups).subspan(2, 4)));
        if (full)
            EXPECT_FALSE(log->append(std::span(groups).subspan(2, 4)));
        EXPECT_EQ(log->size(), 2u);
        disk->capacity = UINT64_MAX;
        auto again = log->append(std::span(groups).subspan(2)); // more have come meanwhile
        ASSERT_TRUE(again) << again.error().text();
        expect_holds(*log, groups);
        expect_holds(*open_log(disk->copy()), groups);
    }
}

TEST(TreeLog, WhatItSaysIsDurableSurvivesPowerCuts) {
    const auto groups = make_groups(30);
    int cuts_inside = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        SeededRng rng(seed);
        auto disk = SimulatedDisk::make();
        std::uint64_t durable = 0; // and forgotten by the journal as soon as it is
        while (durable < groups.size()) {
            disk->power_off_at = 1 + rng.u64() % 12;
            auto log =
                TreeLog::open(disk->mount(), epoch, tree_of(std::span(groups).first(durable)), 30);
            ASSERT_TRUE(log || disk->is_off()) << seed << ": " << log.error().text();
            if (log)
                durable = std::max(durable, (*log)->size());
            while (log && (*log)->size() < groups.size() && !disk->is_off()) {
                const std::uint64_t next =
                    std::min<std::uint64_t>(1 + rng.u64() % 5, groups.size() - (*log)->size());
                (void)(*log)->append(std::span(groups).subspan((*log)->size(), next));
                durable = std::max(durable, (*log)->size());
            }
            cuts_inside += disk->is_off();
            disk->lose_power(rng);
        }
        expect_holds(*open_log(disk, tree_of(groups)), groups);
    }
    EXPECT_GT(cuts_inside, 1000);
}

TEST(TreeLog, FollowsAJournalThatForgets) {
    auto disk = SimulatedDisk::make(), log_disk = SimulatedDisk::make();
    Driver driver;
    std::unique_ptr<TreeLog> log;
    std::uint64_t groups = 0;
    for (int life = 0; life < 6; ++life) {
        ASSERT_TRUE(driver.open(disk));
        log = open_log(log_disk, driver.segments->forgotten_tree(), driver.segments->groups());
        Reader reader(*driver.segments, driver.sign);
        for (int i = 0; i < 30; ++i) {
            ASSERT_TRUE(driver.commit({Bytes(700, 'a'), Bytes(300, 'b')}).group);
            ++groups;
            if (i % 7 != 0)
                continue;
            for (;;) {
                auto more = reader.groups(log->size(), 3);
                ASSERT_TRUE(more) << more.error().text();
                if (more->empty())
                    break;
                ASSERT_TRUE(log->append(*more));
            }
            ASSERT_EQ(log->size(), groups);
            ASSERT_TRUE(driver.segments->forget(2 * groups - 5, Instant{INT64_MAX}));
        }
    }
    EXPECT_GT(driver.segments->forgotten_tree().size(), groups / 2);
    Reader reader(*driver.segments, driver.sign);
    EXPECT_EQ(reader.groups(0, 1).error().code, Code::not_found);
    EXPECT_TRUE(log->verify());
}

} // namespace
} // namespace bw::journal
