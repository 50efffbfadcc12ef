// An installation that kept its token key in a file goes on with it; of several processes that make
// a secret at once one does.
#include "app/token_keys.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "auth/routing_hint.hpp"
#include "support/temporary_directory.hpp"

namespace bw::app {
namespace {

struct TokenKeysTest : testing::Test {
    test::TemporaryDirectory directory;
    SystemRng rng;
    ManualClock clock{SystemClock().now()};
    ServeOptions options;

    Installation open() { return *Installation::open(directory.path()); }
    std::filesystem::path file(const char* name) {
        return std::filesystem::path(directory.path()) / name;
    }
};

TEST_F(TokenKeysTest, TheKeyInAFileIsTheFirstAndHintsStay) {
    const Installation installation = open();
    const SigningKey former = SigningKey::make(rng);
    ASSERT_TRUE(
        Installation::write_file(file("secrets/token.key"), to_hex(view(former.seed())), true));
    // As hints were made when the key was in a file.
    const SecretKey then = sha256(view(former.sign("bellwether routing hints")));
    EXPECT_EQ(*installation.routing_key(rng), then);
    auto keys = TokenKeys::open(installation, options, clock, rng);
    ASSERT_TRUE(keys) << keys.error().text();
    EXPECT_EQ((*keys)->ring.signer(clock.now())->kid(), former.kid()) << "tokens stay good";
    EXPECT_TRUE((*keys)->check(false)) << "the database may be away";
    EXPECT_TRUE(std::filesystem::exists(file("secrets/token.key"))) << "it does not have it yet";
    EXPECT_TRUE((*keys)->check(true));
    EXPECT_FALSE(std::filesystem::exists(file("secrets/token.key"))) << "nothing in the clear";
    EXPECT_EQ(*installation.routing_key(rng), then);
}

TEST_F(TokenKeysTest, AFreshInstallationHasNoHintsOfAnothers) {
    EXPECT_NE(*open().routing_key(rng), SecretKey{});
    EXPECT_EQ(*open().routing_key(rng), *open().routing_key(rng));
    EXPECT_NE(*open().routing_key(rng), *open().master_key(rng));
}

TEST_F(TokenKeysTest, WithNothingToSignWithAProcessThatSignsDoesNotStart) {
    const Installation installation = open();
    auto keys = TokenKeys::open(installation, options, clock, rng);
    EXPECT_EQ((*keys)->check(false).error().code, Code::unavailable);
    EXPECT_EQ((*keys)->check(true).error().code, Code::forbidden) << "another master key";
    options.roles = {"api"};
    auto reader = TokenKeys::open(installation, options, clock, rng);
    EXPECT_TRUE((*reader)->check(false));
}

TEST_F(TokenKeysTest, OfThoseWhoMakeASecretAtOnceOneDoes) {
    const Installation installation = open();
    std::array<SecretKey, 8> made;
    {
        std::vector<std::jthread> threads;
        for (SecretKey& key : made)
            threads.emplace_back([&] { key = *installation.master_key(rng); });
    }
    for (const SecretKey& key : made)
        EXPECT_EQ(key, made[0]);
}

} // namespace
} // namespace bw::app
