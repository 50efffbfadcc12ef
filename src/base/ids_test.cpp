// Ids in text, and chance from a seed.
#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace bw {
namespace {

static_assert(!std::is_convertible_v<UserId, SectionId> &&
              !std::is_constructible_v<UserId, SectionId>);

TEST(Ids, TextRoundTrip) {
    SeededRng rng(1);
    const UserId id = UserId::make(Instant{1795424340000}, rng);
    const std::string text = id.text();
    EXPECT_EQ(text.size(), 36U);
    EXPECT_TRUE(text.starts_with("usr_01a207"))
        << text; // the millisecond in front, so that rows of a moment lie together
    EXPECT_EQ(text[16], '7');
    EXPECT_EQ(UserId::parse(text), id);
}

TEST(Ids, OneTextForOneId) {
    const std::string digits = "0192f3c4aabb7ccd8eef001122334455";
    ASSERT_TRUE(UserId::parse("usr_" + digits));
    for (const std::string& bad : std::initializer_list<std::string>{
             "", "usr_", digits, "usr-" + digits, "USR_" + digits, "sec_" + digits,
             "usr_" + digits + "0", "usr_" + digits.substr(1),
             "usr_0192F3C4AABB7CCD8EEF001122334455", "usr_0192f3c4-aabb7ccd8eef001122334455",
             " usr_" + digits, "usr_" + digits.substr(0, 31) + "g",
             "usr_" + digits.substr(0, 31) + '\0'})
        EXPECT_FALSE(UserId::parse(bad)) << bad;
}

TEST(Ids, Uuids) {
    SeededRng rng(2);
    const Uuid seven = make_uuid_v7(Instant{0x0123456789ab}, rng);
    EXPECT_TRUE(to_text(seven).starts_with("01234567-89ab-7")) << to_text(seven);
    EXPECT_EQ(seven[8] & 0xc0, 0x80);
    const Uuid eight = make_uuid_v8(std::string(32, '\xff'));
    EXPECT_EQ(to_text(eight), "ffffffff-ffff-8fff-bfff-ffffffffffff");
    EXPECT_LT(make_uuid_v7(Instant{1}, rng), make_uuid_v7(Instant{2}, rng));
}

TEST(Rng, ASeedIsASequence) {
    SeededRng a(7), b(7), c(8);
    const auto first = a.bytes<13>();
    EXPECT_EQ(first, b.bytes<13>());
    EXPECT_NE(first, c.bytes<13>());
    EXPECT_NE(first, a.bytes<13>());
    for (int i = 0; i < 1000; ++i) {
        const double x = a.unit();
        ASSERT_TRUE(x >= 0 && x < 1);
    }
    SystemRng system;
    EXPECT_NE(system.bytes<16>(), system.bytes<16>());
}

} // namespace
} // namespace bw
