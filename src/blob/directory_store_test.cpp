// What the directory alone does: a full disk, two processes, what lies on the disk.
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/rng.hpp"
#include "blob/directory_store.hpp"
#include "support/temporary_directory.hpp"

namespace bw::blob {
namespace {

const SystemClock system_clock;
Deadline soon() {
    return Deadline::in(system_clock, 10s);
}

/// A disk of 4 MiB; not mounted where that takes rights that we lack.
class SmallDisk {
public:
    SmallDisk()
        : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=4m") == 0) {}
    ~SmallDisk() {
        if (mounted_)
            ::umount2(directory_.path().c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return directory_.path(); }

private:
    test::TemporaryDirectory directory_;
    const bool mounted_;
};

TEST(DirectoryStore, AFullDiskRefusesAndKeepsWhatItHas) {
    SmallDisk disk;
    if (!disk.mounted())
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    auto store = open_directory_store(disk.path(), {.bytes_kept_free = 0}).value();
    auto draft = store->begin("big", soon()).value();
    const Bytes piece(1 << 20, 'x');
    Result<void> outcome;
    std::uint64_t taken = 0;
    for (int i = 0; i < 8 && outcome; ++i) {
        outcome = draft->append(piece, soon());
        taken += outcome ? piece.size() : 0;
    }
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::storage_full);
    EXPECT_GT(taken, 0U);
    EXPECT_EQ(draft->sync(soon()).value(), taken) << "what was taken before is there";
    ASSERT_TRUE(store->adopt("big", draft->token(), taken, soon()));
    EXPECT_EQ(store->read("big", taken - 1, 10, soon()).value(), "x");
    ASSERT_TRUE(store->remove("big", soon()));
    draft.reset(); // its descriptor held the space
    auto next = store->begin("next", soon());
    ASSERT_TRUE(next) << next.error().text();
    EXPECT_TRUE((*next)->append(piece, soon())) << "there is room again";
}

TEST(DirectoryStore, LeavesRoomForOthersOnTheDisk) {
    test::TemporaryDirectory directory;
    struct statvfs info;
    ASSERT_EQ(::statvfs(directory.path().c_str(), &info), 0);
    const std::uint64_t all = std::uint64_t{info.f_blocks} * info.f_frsize;
    auto store = open_directory_store(directory.path(), {.bytes_kept_free = all}).value();
    EXPECT_EQ(store->room().value(), 0U);
    EXPECT_EQ(store->begin("any", soon()).error().code, Code::storage_full);
}

TEST(DirectoryStore, AKeyIsBegunOnceByAllProcesses) {
    test::TemporaryDirectory directory;
    auto one = open_directory_store(directory.path(), {.bytes_kept_free = 0}).value();
    auto two = open_directory_store(directory.path(), {.bytes_kept_free = 0}).value();
    auto draft = one->begin("key", soon()).value();
    EXPECT_EQ(two->begin("key", soon()).error().code, Code::conflict);
    ASSERT_TRUE(draft->append("abc", soon()));
    ASSERT_TRUE(draft->sync(soon()));
    ASSERT_TRUE(two->adopt("key", draft->token(), 3, soon()));
    EXPECT_EQ(one->read("key", 0, 10, soon()).value(), "abc");
}

TEST(DirectoryStore, ADraftThatLostItsBytesIsNotAdopted) {
    test::TemporaryDirectory directory;
    auto store = open_directory_store(directory.path(), {.bytes_kept_free = 0}).value();
    auto draft = store->begin("key", soon()).value();
    ASSERT_TRUE(draft->append("abc", soon()));
    EXPECT_EQ(store->adopt("key", draft->token(), 4, soon()).error().code, Code::corrupt);
}

} // namespace
} // namespace bw::blob
