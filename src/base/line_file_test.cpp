// Lines that were acknowledged are there, whatever a crash left behind them.
#include "base/line_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

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

TEST_F(LineFileTest, WhatCannotBeReadIsNotTakenForEmpty) {
    const LineFile directory(directory_.path()); // root reads every file, but no directory
    EXPECT_EQ(directory.lines().error().code, Code::unavailable);
}

} // namespace
} // namespace bw
