// Password hashes: right, wrong, foreign, broken.
#include "auth/passwords.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace bw::auth {
namespace {

constexpr PasswordCost cheap{.passes = 1, .memory_bytes = 8192};

TEST(Passwords, RightAndWrong) {
    const std::string hash = *hash_password("correct horse", cheap);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
    EXPECT_TRUE(verify_password(hash, "correct horse"));
    for (const std::string& wrong :
         {std::string(), std::string("correct hors"), std::string("Correct horse"),
          std::string("correct horse "), std::string("correct horse\0", 14)})
        EXPECT_FALSE(verify_password(hash, wrong)) << wrong;
    EXPECT_NE(hash, *hash_password("correct horse", cheap)) << "the same salt twice";
}

TEST(Passwords, BytesAreNotCutAtANul) {
    const std::string hash = *hash_password(std::string_view("a\0b", 3), cheap);
    EXPECT_TRUE(verify_password(hash, std::string_view("a\0b", 3)));
    EXPECT_FALSE(verify_password(hash, "a"));
    EXPECT_FALSE(verify_password(hash, std::string_view("a\0c", 3)));
}

TEST(Passwords, NewHashesCostWhatTheCostSays) {
    EXPECT_TRUE(hash_password("x")->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_TRUE(is_password_hash(nobody_hash()));
    EXPECT_TRUE(nobody_hash().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"))
        << "an unknown user must cost what a known one does";
}

TEST(Passwords, WhatIsAHash) {
    const std::string good = *hash_password("x", cheap);
    struct Case {
        const char* what;
        std::string text;
        bool is_hash;
    };
    const Case cases[] = {
        {"ours", good, true},
        {"of another cost",
         "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
         "KhnO04yu9h7QLCxTmFxNJ1wdwx8gGYX5dYbAH4b2lTo",
         true},
        {"empty", "", false},
        {"a password", "correct horse", false},
        {"the prefix alone", "$argon2id$", false},
        {"argon2i", "$argon2i$" + good.substr(10), false},
        {"bcrypt", "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", false},
        {"cut short", good.substr(0, 20), false},
        {"too long", good + std::string(200, 'A'), false},
        {"something behind a NUL", good + std::string("\0x", 2), false},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(is_password_hash(c.text), c.is_hash) << c.what;
        if (!c.is_hash) {
            EXPECT_FALSE(verify_password(c.text, "x")) << c.what;
        }
    }
}

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST(Passwords, AThreadTakesItsMemoryOnce) {
    const std::string hash = *hash_password("bell-at-nine");
    ASSERT_TRUE(verify_password(hash, "bell-at-nine")) << "after which the thread has its memory";
    auto faults = [] {
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_minflt;
    };
    const long before = faults();
    ASSERT_TRUE(verify_password(hash, "bell-at-nine"));
    EXPECT_LT(faults() - before, 64) << "of 4,864 pages that a hash fills";
}
#endif

} // namespace
} // namespace bw::auth
