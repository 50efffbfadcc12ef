// Results, and the closed set of codes.
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace bw {
namespace {

Result<int> number(bool good) {
    if (good)
        return 7;
    return fail(Code::conflict, "no number", "/n");
}
Result<void> step(bool good) {
    if (good)
        return {};
    return fail(Code::unavailable, "no step");
}

Result<std::string> both(bool first, bool second, int& reached) {
    const int n = TRY(number(first));
    reached = 1;
    CHECK_OK(step(second));
    reached = 2;
    return std::to_string(n);
}

TEST(Result, TryReturnsTheFirstErrorAndStopsThere) {
    int reached = 0;
    EXPECT_EQ(*both(true, true, reached), "7");
    EXPECT_EQ(reached, 2);
    reached = 0;
    EXPECT_EQ(both(false, true, reached).error().text(), "conflict: no number (/n)");
    EXPECT_EQ(reached, 0);
    EXPECT_EQ(both(true, false, reached).error().text(), "unavailable: no step");
    EXPECT_EQ(reached, 1);
}

TEST(Result, TryMovesValuesThatCannotBeCopied) {
    auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(3); };
    auto use = [&]() -> Result<int> { return *TRY(make()); };
    EXPECT_EQ(*use(), 3);
}

TEST(Code, WireNamesAreDistinct) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Code::internal); ++i) // internal is the last
        EXPECT_TRUE(names.insert(wire_name(static_cast<Code>(i))).second) << i;
}

TEST(Code, OnlyWhatIsSaidToBeSafeIsRepeated) {
    EXPECT_EQ(fault(Code::overloaded), Fault::retryable);
    EXPECT_EQ(fault(Code::deadline_exceeded), Fault::retryable);
    EXPECT_EQ(fault(Code::outcome_unknown), Fault::outcome_unknown);
    EXPECT_EQ(fault(Code::conflict), Fault::permanent);
    EXPECT_EQ(fault(Code::internal), Fault::permanent);
}

} // namespace
} // namespace bw
