// Whatever a secret was moved through holds nothing of it: short ones lie within the string object,
// long ones outside.
#include "base/secret_text.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace bw {
namespace {

bool holds(const std::string& text, std::string_view secret) {
    // Up to the capacity: a moved-from short string keeps its bytes behind its end.
    return std::string_view(text.data(), text.capacity()).find(secret) != std::string_view::npos;
}

TEST(SecretText, LeavesNothingWhereItWas) {
    for (const std::string secret : {"kettle", "three blue kettles and a spoon"}) {
        std::string given = secret;
        given.reserve(40);
        SecretText first(std::move(given));
        EXPECT_FALSE(holds(given, secret)); // NOLINT(bugprone-use-after-move): that is the question
        SecretText second(std::move(first));
        EXPECT_EQ(second.text(), secret);
        EXPECT_FALSE(holds(first.text(), secret)); // NOLINT(bugprone-use-after-move)
        SecretText third("something that was there before");
        third = std::move(second);
        EXPECT_EQ(third.text(), secret);
        EXPECT_FALSE(holds(second.text(), secret)); // NOLINT(bugprone-use-after-move)
        const std::string kept = secret;
        EXPECT_EQ(SecretText(kept).text(), kept) << "who keeps a copy wipes it";
    }
}

TEST(SecretText, NegativeControlAPlainShortStringStaysWhereItWas) {
    std::string given = "kettle";
    const std::string moved = std::move(given);
    EXPECT_TRUE(holds(given, "ettle")); // NOLINT(bugprone-use-after-move): that is the question
}

} // namespace
} // namespace bw
