// Refresh tokens: what is written is read, and no other text is.
#include "auth/refresh_token.hpp"

#include <gtest/gtest.h>

namespace bw::auth {
namespace {

struct RefreshTokenTest : testing::Test {
    SeededRng rng{1};
    const Instant now{1795424340000};
    RefreshToken token{
        .tenant = TenantId::make(now, rng),
        .user = UserId::make(now, rng),
        .session = AuthSessionId::make(now, rng),
        .generation = 7,
        .issued_at = now,
        .expires_at = now + 30 * 24h,
        .epoch = 1234567890123,
        .roles = tenancy::Roles(tenancy::Role::student).with(tenancy::Role::administrator)};
    const SecretKey first = rng.bytes<32>(), second = rng.bytes<32>();
};

TEST_F(RefreshTokenTest, IsReadAsItWasWritten) {
    const RefreshTokens tokens({first});
    auto read = tokens.read(tokens.write(token));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, token);
    EXPECT_EQ(tokens.write(token), tokens.write(token)) << "derived: the same each time";
    EXPECT_EQ(tokens.write(token).size(), 4U + 152U);
    token.shared_device = true;
    token.unanswered = {now + 1h, now + 2h};
    read = tokens.read(tokens.write(token));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, token);
    EXPECT_EQ(tokens.write(token).size(), 4U + 174U);
}

TEST_F(RefreshTokenTest, NoAlteredOneIs) {
    const RefreshTokens tokens({first});
    for (const bool answered : {true, false}) {
        if (!answered)
            token.unanswered = {now, now};
        const std::string good = tokens.write(token);
        for (std::size_t i = 0; i < good.size(); ++i) {
            std::string bad = good;
            bad[i] = bad[i] == 'A' ? 'B' : 'A';
            auto read = tokens.read(bad);
            EXPECT_FALSE(read) << i;
            EXPECT_FALSE(tokens.read(good.substr(0, i))) << i;
            if (!read)
                EXPECT_EQ(read.error().code, Code::unauthenticated);
        }
        EXPECT_FALSE(tokens.read(good + "A"));
        EXPECT_FALSE(tokens.read(good + good));
    }
    EXPECT_FALSE(tokens.read(""));
}

TEST_F(RefreshTokenTest, KeysOverlapDuringTheirRotation) {
    const RefreshTokens before({first}), during({second, first}), after({second});
    EXPECT_TRUE(during.read(before.write(token)));
    EXPECT_TRUE(after.read(during.write(token)));
    EXPECT_FALSE(after.read(before.write(token)));
}

} // namespace
} // namespace bw::auth
