// A journal looked at beside the process that has it, and after it was damaged.
#include "journal/view.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "journal/testing.hpp"

namespace bw::journal {
namespace {

namespace fs = std::filesystem;

class ViewTest : public testing::Test {
protected:
    ViewTest() {
        char name[] = "/tmp/bw_view.XXXXXX";
        directory = mkdtemp(name);
    }
    ~ViewTest() override { fs::remove_all(directory); }

    std::unique_ptr<Segments> open() {
        auto opened = open_directory(directory / "journal");
        EXPECT_TRUE(opened) << opened.error().text();
        auto segments = Segments::open(*std::move(opened), small_options(), driver.sign,
                                       driver.clock, driver.rng);
        EXPECT_TRUE(segments) << segments.error().text();
        return *std::move(segments);
    }
    Result<View> view() { return View::open(directory / "journal", test_sign(), driver.clock); }
    std::string contents() const { // of every file, with its name
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator(directory / "journal")) {
            std::ifstream in(entry.path(), std::ios::binary);
            files[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(in), {});
        }
        std::string out;
        for (const auto& [file, bytes] : files)
            out += file + bytes;
        return out;
    }

    Driver driver;
    fs::path directory;
};

TEST_F(ViewTest, SeesWhatIsThereBesideTheProcessAndChangesNothing) {
    driver.segments = open();
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(driver.commit({Bytes(500, 'a'), Bytes(90, 'b')}).group);
    const std::string before = contents();
    auto looked = view();
    ASSERT_TRUE(looked) << looked.error().text();
    EXPECT_EQ(looked->manifest().epoch, driver.segments->manifest().epoch);
    EXPECT_EQ(looked->first_seq(), 1u);
    EXPECT_EQ(looked->last_seq(), 80u);
    EXPECT_EQ(looked->found().torn_bytes, 0u);
    EXPECT_EQ(looked->segments().size(), driver.segments->views().size());
    std::uint64_t seen = 0;
    for (;;) {
        auto entries = looked->read(seen, 7, 1 << 20);
        ASSERT_TRUE(entries) << entries.error().text();
        if (entries->empty())
            break;
        for (const Entry& entry : *entries) {
            ASSERT_TRUE(verifies(entry.record, entry.nonce, entry.index, *entry.group));
            EXPECT_EQ(entry.position.seq, ++seen);
        }
    }
    EXPECT_EQ(seen, 80u);
    EXPECT_EQ(contents(), before);
    EXPECT_TRUE(driver.commit({Bytes(500, 'c')}).group) << "who has it open goes on";
}

TEST_F(ViewTest, SaysWhereItIsDamagedAndLeavesItSo) {
    driver.segments = open();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(driver.commit({Bytes(500, 'a')}).group);
    const std::string file = driver.segments->path_of(1);
    driver.segments.reset();
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(segment_header_bytes + 700);
    damage.put('!');
    damage.close();
    const std::string before = contents();
    auto looked = view();
    ASSERT_FALSE(looked);
    EXPECT_EQ(looked.error().code, Code::corrupt);
    EXPECT_NE(looked.error().field.find(file), std::string::npos) << looked.error().text();
    std::vector<std::uint64_t> salvaged;
    auto found = salvage(directory / "journal", [&](const Salvaged& record) -> Result<void> {
        EXPECT_EQ(record.record, Bytes(500, 'a'));
        salvaged.push_back(record.position.seq);
        return {};
    });
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_EQ(salvaged, std::vector<std::uint64_t>({1, 3, 4, 5, 6, 7, 8, 9, 10})) << "all but one";
    EXPECT_EQ(contents(), before);
}

TEST_F(ViewTest, WhereThereIsNoJournalNoneIsMade) {
    EXPECT_EQ(view().error().code, Code::not_found);
    fs::create_directory(directory / "journal");
    EXPECT_EQ(view().error().code, Code::not_found);
    EXPECT_TRUE(fs::is_empty(directory / "journal"));
}

TEST_F(ViewTest, HoldsThePermanentLogAgainstTheSegments) {
    driver.segments = open();
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(driver.commit({Bytes(700, 'a')}).group);
    auto fill = [&](const fs::path& at, bool forged) {
        auto log = TreeLog::open(*open_directory(at), driver.segments->manifest().epoch, {},
                                 driver.segments->groups());
        ASSERT_TRUE(log);
        Reader reader(*driver.segments, test_sign());
        auto groups = *reader.groups(0, 30);
        if (forged) { // a log that is whole in itself, of another past
            MerkleFrontier tree;
            groups[3].group.root[0] ^= 1;
            for (LoggedGroup& logged : groups) {
                tree.append(logged.group.leaf());
                logged.head_root = tree.root();
            }
        }
        ASSERT_TRUE((*log)->append(groups));
    };
    fill(directory / "tree", false);
    fill(directory / "forged", true);
    auto looked = view();
    ASSERT_TRUE(looked);
    auto size = looked->verify_log(directory / "tree");
    ASSERT_TRUE(size) << size.error().text();
    EXPECT_EQ(*size, 30u);
    EXPECT_EQ(looked->verify_log(directory / "forged").error().code, Code::corrupt);
    EXPECT_EQ(looked->verify_log(directory / "nowhere").error().code, Code::not_found);
}

} // namespace
} // namespace bw::journal
