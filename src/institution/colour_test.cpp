#include "institution/colour.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bw::institution {
namespace {

TEST(Colours, AreSixHexadecimalDigits) {
    EXPECT_EQ(colour_from("#1a73e8"), (Colour{0x1a, 0x73, 0xe8}));
    EXPECT_EQ(to_text(*colour_from("#1A73E8")), "#1a73e8");
    for (const char* text :
         {"", "#", "1a73e8", "#1a73e", "#1a73e80", "#1a73eg", "#fff", "red", "# a73e8", "#1a73e\n"})
        EXPECT_FALSE(colour_from(text)) << text;
}

/// WCAG's own definition at its ends, and a grey whose ratio is well known.
TEST(Colours, ContrastIsWcags) {
    EXPECT_NEAR(contrast(black, white), 21.0, 1e-9);
    EXPECT_NEAR(contrast(white, white), 1.0, 1e-9);
    EXPECT_NEAR(contrast(*colour_from("#767676"), white), 4.54, 0.005);
    EXPECT_EQ(contrast(black, white), contrast(white, black));
}

TEST(Colours, OnEveryColourSomeTextIsLegible) {
    double least = 21;
    for (int r = 0; r < 256; r += 3)
        for (int g = 0; g < 256; g += 3)
            for (int b = 0; b < 256; b += 3) {
                const Colour colour{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g),
                                    static_cast<std::uint8_t>(b)};
                least = std::min(least, contrast(colour, text_on(colour)));
            }
    EXPECT_GE(least, 4.5);
    EXPECT_EQ(text_on(*colour_from("#ffe000")), black);
    EXPECT_EQ(text_on(*colour_from("#1a1a7a")), white);
}

} // namespace
} // namespace bw::institution
