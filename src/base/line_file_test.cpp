// Lines that were acknowledged are there, whatever a crash left behind them.
#include "base/line_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/own_fsync.hpp"
#include "support/temporary_directory.hpp"

namespace bw {
namespace {

using Lines = std::vector<std::string>;

class LineFileTest : public testing::Test {
protected:
    test::TemporaryDirectory directory_;
    const LineFile file_{directory_.path() / "lines"};
};

TEST_F(LineFileTest, WhatIsAddedIsReadAndWhatIsRemovedIsNot) {
    EXPECT_EQ(*file_.lines(), Lines{});
    ASSERT_TRUE(file_.add(Lines{"one", "two"}));
    ASSERT_TRUE(file_.add(Lines{"three"}));
    EXPECT_EQ(*file_.lines(), (Lines{"one", "two", "three"}));
    EXPECT_EQ(*file_.remove([](std::string_view line) { return line == "two"; }), 1u);
    EXPECT_EQ(*file_.remove([](std::string_view line) { return line == "two"; }), 0u);
    EXPECT_EQ(*file_.lines(), (Lines{"one", "three"}));
}

TEST_F(LineFileTest, ALineThatWasCutOffIsNoneAndSpoilsNotTheNext) {
    ASSERT_TRUE(file_.add(Lines{"whole"}));
    std::ofstream(file_.path(), std::ios::app) << "cut o";
    EXPECT_EQ(*file_.lines(), Lines{"whole"});
    ASSERT_TRUE(file_.add(Lines{"next"}));
    EXPECT_EQ(*file_.lines(), (Lines{"whole", "next"}));
}

TEST_F(LineFileTest, ALineWhoseSyncFailedIsNotThere) {
    ASSERT_TRUE(file_.add(Lines{"stands"}));
    {
        const test::OwnFsync failing(
            [](const std::filesystem::path& path) { return std::filesystem::is_directory(path); });
        EXPECT_EQ(file_.add(Lines{"in memory alone"}).error().code, Code::unavailable);
        EXPECT_FALSE(file_.remove([](std::string_view) { return true; }));
    }
    EXPECT_EQ(*file_.lines(), Lines{"stands"});
    ASSERT_TRUE(file_.add(Lines{"in memory alone"}));
    EXPECT_EQ(*file_.lines(), (Lines{"stands", "in memory alone"}));
}

TEST_F(LineFileTest, AfterAFailedSyncOfTheDirectoryTheNextOneSyncsIt) {
    bool fails = false;
    int synced = 0;
    const test::OwnFsync own([&](const std::filesystem::path& path) {
        if (path != directory_.path())
            return true;
        synced += !fails;
        return !fails;
    });
    auto all = [](std::string_view) { return true; };
    struct Case {
        const char* what;
        std::function<Result<void>()> call;
    };
    auto removes = [&]() -> Result<void> {
        auto done = file_.remove(all);
        return done ? Result<void>() : Result<void>(done.error());
    };
    for (const Case& c : {Case{"add", [&] { return file_.add(Lines{"line"}); }},
                          Case{"add nothing", [&] { return file_.add(Lines{}); }},
                          Case{"remove", removes}, Case{"remove what is gone", removes}}) {
        fails = true;
        EXPECT_FALSE(c.call()) << c.what;
        fails = false;
        synced = 0;
        EXPECT_TRUE(c.call()) << c.what;
        EXPECT_GT(synced, 0) << c.what;
    }
}

TEST_F(LineFileTest, WhatCannotBeReadIsNotTakenForEmpty) {
    const LineFile directory(directory_.path()); // root reads every file, but no directory
    EXPECT_EQ(directory.lines().error().code, Code::unavailable);
}

} // namespace
} // namespace bw
