// Thousands of power cuts at random operations, against a model: what was acknowledged is there, in
// order; what was not is there as a whole group or not at all.
#include <gtest/gtest.h>

#include "journal/testing.hpp"

namespace bw::journal {
namespace {

/// Whether the dice met what they are thrown for.
struct Seen {
    int acknowledged = 0, torn = 0, doubtful_kept = 0, doubtful_lost = 0, interrupted_openings = 0,
        forgotten = 0;
};

/// Runs power cuts on one disk until something is wrong: what, or empty.
std::string run_life(std::uint64_t seed, int power_cuts, bool ignore_syncs, Seen& seen) {
    SeededRng rng(seed);
    auto disk = SimulatedDisk::make();
    disk->ignore_syncs = ignore_syncs;
    JournalOptions options = small_options();
    options.record_bytes_limit = 3000;
    options.segment_bytes = 4096 * (3 + rng.u64() % 4);
    options.total_bytes_limit = options.segment_bytes * 40;
    std::uint64_t needless = 0;                // what the journal was told to forget
    std::vector<Bytes> acknowledged, doubtful; // doubtful: the group that the power failed in
    Driver driver;
    driver.sign = [](ByteView) {
        return Signature{};
    }; // not what is tested here, and most of the time otherwise
    driver.verify = false;
    for (int cut = 0; cut < power_cuts; ++cut) {
        disk->power_off_at = 1 + rng.u64() % 60;
        if (Result<void> opened = driver.open(disk, options); opened) {
            auto left = driver.read_everything(1 + rng.u64() % 20);
            if (!left)
                return "reading: " + left.error().text();
            const std::uint64_t gone = driver.segments->first_seq() - 1;
            if (gone > needless)
                return "forgot " + std::to_string(gone) + " of " + std::to_string(needless);
            seen.forgotten += gone > 0;
            std::vector<Bytes> read(acknowledged.begin(),
                                    acknowledged.begin() + static_cast<std::ptrdiff_t>(gone));
            read.insert(read.end(), left->begin(), left->end());
            std::vector<Bytes> with_doubtful = acknowledged;
            with_doubtful.insert(with_doubtful.end(), doubtful.begin(), doubtful.end());
            if (read != acknowledged && read != with_doubtful)
                return "cut " + std::to_string(cut) + ": " + std::to_string(read.size()) +
                       " records, acknowledged " + std::to_string(acknowledged.size());
            seen.torn += driver.segments->recovery().torn_bytes > 0;
            if (!doubtful.empty())
                ++(read.size() > acknowledged.size() ? seen.doubtful_kept : seen.doubtful_lost);
            acknowledged = std::move(read);
            doubtful.clear();
            while (!disk->is_off()) {
                if (rng.u64() % 16 == 0) {
                    const std::uint64_t up_to = rng.u64() % (acknowledged.size() + 1);
                    needless = std::max(needless, up_to);
                    if (auto forgot = driver.segments->forget(up_to, Instant{INT64_MAX});
                        !forgot && !disk->is_off())
                        return "forgetting: " + forgot.error().text();
                    continue;
                }
                if (rng.u64() % 8 == 0) {
                    if (auto prepared = driver.segments->prepare(driver.stop);
                        !prepared && prepared.error().code == Code::storage_full)
                        return ""; // the disk has seen enough
                    continue;
                }
                std::vector<Bytes> records;
                for (std::uint64_t i = 0, n = 1 + rng.u64() % 6; i < n; ++i)
                    records.push_back(Bytes(rng.u64() % (rng.u64() % 4 == 0 ? 3000 : 200),
                                            static_cast<char>(rng.u64())));
                if (rng.u64() % 64 == 0)
                    disk->fail_next_sync = true;
                std::uint64_t cost = 0;
                for (const Bytes& record : records)
                    cost += commit_cost(record.size());
                if (cost > options.segment_bytes)
                    continue;
                auto commit = driver.commit(records);
                std::vector<Bytes> taken(
                    records.begin(), records.begin() + static_cast<std::ptrdiff_t>(commit.taken));
                if (commit.group) {
                    ++seen.acknowledged;
                    acknowledged.insert(acknowledged.end(), taken.begin(), taken.end());
                    continue;
                }
                if (commit.group.error().code == Code::storage_full)
                    return "";
                doubtful = taken;
                disk->fail_next_sync = false;
                break; // sealed, or no power
            }
        } else if (!disk->is_off()) {
            return "opening: " + opened.error().text();
        } else {
            ++seen.interrupted_openings;
        }
        if (rng.u64() % 4 == 0 && !ignore_syncs)
            disk->power_off_at = 0; // only the process died: memory stays
        else
            disk->lose_power(rng);
        disk->operations = 0;
    }
    return "";
}

TEST(Crash, NothingAcknowledgedIsLostAndNothingTornIsRead) {
    Seen seen;
    for (std::uint64_t seed = 1; seed <= 300; ++seed)
        ASSERT_EQ(run_life(seed, 20, false, seen), "") << "seed " << seed;
    EXPECT_GT(seen.acknowledged, 20'000);
    EXPECT_GT(seen.torn, 300);
    EXPECT_GT(seen.doubtful_kept, 300);
    EXPECT_GT(seen.doubtful_lost, 300);
    EXPECT_GT(seen.interrupted_openings, 300);
    EXPECT_GT(seen.forgotten, 300);
}

TEST(Crash, TheSimulatorFindsTheLossWhenSyncsDoNothing) {
    Seen seen;
    int losses = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
        losses += run_life(seed, 20, true, seen) != "";
    EXPECT_GT(losses, 15);
}

} // namespace
} // namespace bw::journal
