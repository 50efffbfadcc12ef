// What the S3 store alone does: faults of its server, parts, who knows the
// account.
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "blob/s3_store.hpp"
#include "blob/swift_for_test.hpp"

namespace bw::blob {
namespace {

struct S3Store : testing::Test {
    void SetUp() override {
        if (!swift)
            GTEST_SKIP() << "NOT TESTED against S3: ./bw setup installs Swift";
    }
    void TearDown() override {
        if (swift)
            swift->fail("");
    }
    Deadline in(Duration d) const { return Deadline::in(clock, d); }
    std::unique_ptr<Store> open(S3Options options) {
        auto opened = open_s3_store(std::move(options), clock, rng, in(10s));
        EXPECT_TRUE(opened) << opened.error().text();
        return opened ? *std::move(opened) : nullptr;
    }

    const SystemClock clock;
    SystemRng rng;
    test::Swift* const swift = test::Swift::shared();
};

TEST_F(S3Store, TriesAgainWhileTheServerFails) {
    auto store = open(swift->options());
    auto draft = store->begin("again", in(10s)).value();
    const Bytes content(9 << 20, 'x');
    swift->fail("500 2");
    ASSERT_TRUE(draft->append(content, in(20s)));
    swift->fail("500 3");
    auto finished = draft->finish(in(20s));
    ASSERT_TRUE(finished) << finished.error().text();
    swift->fail("500 2");
    EXPECT_EQ(store->size("again", in(10s)).value(), content.size());
    swift->fail("500 1");
    EXPECT_EQ(store->read("again", content.size() - 2, 10, in(10s)).value(), "xx");
}

TEST_F(S3Store, GivesUpAtItsDeadlineAndSaysSo) {
    auto store = open(swift->options());
    auto draft = store->begin("never", in(10s)).value();
    ASSERT_TRUE(draft->append("abc", in(10s)));
    swift->fail("500 100000");
    const Monotonic begin = clock.monotonic();
    auto outcome = draft->finish(in(500ms));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().code == Code::unavailable ||
                outcome.error().code == Code::deadline_exceeded);
    EXPECT_LT(clock.monotonic() - begin, 3s);
    swift->fail("");
    EXPECT_TRUE(draft->finish(in(10s))) << "the same again, now that it works";
    EXPECT_EQ(store->read("never", 0, 10, in(10s)).value(), "abc");
}

TEST_F(S3Store, WaitsForSlowPartsNoLongerThanAllowed) {
    S3Options options = swift->options();
    auto store = open(options);
    swift->fail("slow 300");
    EXPECT_EQ(store->size("absent", in(5s)).error().code, Code::not_found) << "slow, but in time";
    options.try_limit = 100ms;
    auto hasty = open_s3_store(options, clock, rng, in(1s));
    ASSERT_FALSE(hasty);
    EXPECT_TRUE(hasty.error().code == Code::unavailable ||
                hasty.error().code == Code::deadline_exceeded);
}

TEST_F(S3Store, SaysWhatIsWrongWithAccountAndBucket) {
    S3Options stranger = swift->options();
    stranger.account.secret_key = "WRONG";
    EXPECT_EQ(open_s3_store(stranger, clock, rng, in(5s)).error().code, Code::forbidden);
    S3Options elsewhere = swift->options();
    elsewhere.account.bucket = "no-such-bucket";
    EXPECT_EQ(open_s3_store(elsewhere, clock, rng, in(5s)).error().code, Code::not_found);
    S3Options nowhere = swift->options();
    nowhere.account.endpoint = "http://127.0.0.1:1";
    EXPECT_EQ(open_s3_store(nowhere, clock, rng, in(1s)).error().code, Code::unavailable);
}

TEST_F(S3Store, DiscardsDraftsWhoseTokenNobodyKnows) {
    auto store = open(swift->options());
    auto draft = store->begin("stray", in(10s)).value();
    ASSERT_TRUE(draft->append(Bytes(17 << 20, 'x'), in(20s)));
    ASSERT_TRUE(draft->sync(in(20s)));
    ASSERT_TRUE(store->discard("stray", "", in(10s)));
    EXPECT_FALSE(draft->finish(in(5s))) << "its parts are gone";
}

// ---- parts straight to the store ----

constexpr std::uint64_t mib = 1 << 20;

struct DirectS3 : S3Store {
    void SetUp() override {
        S3Store::SetUp();
        if (swift)
            store = open(options());
    }
    S3Options options() const {
        S3Options out = swift->options();
        out.copy_bytes = 5 * mib;
        return out;
    }
    /// How many steps it took; 0: it failed.
    int joined(const std::string& key, const std::string& token,
               const std::vector<StoredPart>& parts, std::uint64_t bytes) {
        for (int steps = 1;; ++steps) {
            auto done = direct().join_parts(key, token, parts, bytes, in(20s));
            EXPECT_TRUE(done) << done.error().text();
            if (!done || *done)
                return done ? steps : 0;
        }
    }
    DirectParts& direct() { return *store->direct(); }
    std::string begun(const std::string& key) {
        auto token = direct().begin_parts(key, in(10s));
        EXPECT_TRUE(token) << token.error().text();
        return token.value_or("");
    }
    int put(const std::string& key, const std::string& token, int number, ByteView bytes,
            std::optional<std::uint64_t> signed_bytes = {}) {
        return test::Swift::put(
            direct().url_of_part(key, token, number, signed_bytes.value_or(bytes.size()), 60s),
            bytes);
    }
    std::unique_ptr<Store> store;
};

TEST_F(DirectS3, PartsOfWhoeverHasAUrlMakeAnObject) {
    const std::string token = begun("direct");
    const Bytes first(5 * mib, 'a'), second(1000, 'b');
    EXPECT_EQ(put("direct", token, 2, second), 200) << "in any order";
    EXPECT_EQ(put("direct", token, 1, Bytes(5 * mib, 'x')), 200);
    EXPECT_EQ(put("direct", token, 1, first), 200) << "again: the last one counts";
    const auto parts = direct().parts("direct", token, in(10s)).value();
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].number, 1);
    EXPECT_EQ(parts[0].bytes, first.size());
    EXPECT_EQ(parts[1].bytes, second.size());
    swift->fail("500 2");
    const std::uint64_t bytes = first.size() + second.size();
    EXPECT_EQ(joined("direct", token, parts, bytes), 3) << "steps: two copies, and a look";
    EXPECT_EQ(joined("direct", token, {}, bytes), 1) << "the answer was lost";
    EXPECT_EQ(store->size("direct", in(10s)).value(), bytes);
    EXPECT_EQ(store->read("direct", 5 * mib - 1, 3, in(10s)).value(), "abb");
}

/// Swift takes a part for an upload that was joined: the object under that key cannot be read then.
TEST_F(DirectS3, AUrlThatIsStillGoodChangesNothingThatWasJoined) {
    const std::string token = begun("late");
    ASSERT_EQ(put("late", token, 1, "good"), 200);
    const auto parts = direct().parts("late", token, in(10s)).value();
    EXPECT_FALSE(direct().join_parts("late", token, parts, 4, in(20s)).value()) << "joined, copied";
    put("late", token, 1, "evil"); // whatever it is answered
    EXPECT_GT(joined("late", token, parts, 4), 0);
    put("late", token, 1, "evil");
    EXPECT_EQ(store->read("late", 0, 10, in(10s)).value(), "good");
    EXPECT_EQ(store->size("late.parts", in(10s)).error().code, Code::not_found);
}

/// A process that was begun anew may copy in pieces of another length.
TEST_F(DirectS3, ACopyThatWasBegunInOtherPiecesGoesOn) {
    const std::string token = begun("pieces");
    const Bytes first(5 * mib, 'a'), second(5 * mib, 'b');
    ASSERT_EQ(put("pieces", token, 1, first), 200);
    ASSERT_EQ(put("pieces", token, 2, second), 200);
    const auto parts = direct().parts("pieces", token, in(10s)).value();
    ASSERT_FALSE(direct().join_parts("pieces", token, parts, 10 * mib, in(20s)).value());
    S3Options other = options();
    other.copy_bytes = 7 * mib;
    store = open(other);
    EXPECT_GT(joined("pieces", token, parts, 10 * mib), 0);
    EXPECT_TRUE(store->read("pieces", 0, 11 * mib, in(20s)).value() == first + second);
}

/// What the first look did not see yet, the last one does.
TEST_F(DirectS3, WhatAnotherOneJoinedMeanwhileIsNotLost) {
    const std::string token = begun("faster");
    ASSERT_EQ(put("faster", token, 1, "good"), 200);
    const auto parts = direct().parts("faster", token, in(10s)).value();
    ASSERT_GT(joined("faster", token, parts, 4), 0);
    swift->fail("404 1");
    auto again = direct().join_parts("faster", token, {}, 4, in(10s));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(*again);
    swift->fail("404 1");
    again = direct().join_parts("faster", token, parts, 4, in(10s));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(*again);
}

TEST_F(DirectS3, WhatIsDroppedIsGoneInWhateverStateItWas) {
    for (int steps = 0; steps < 4; ++steps) {
        const std::string key = "dropped/" + std::to_string(steps + 1), token = begun(key);
        ASSERT_EQ(put(key, token, 1, Bytes(5 * mib, 'x')), 200);
        ASSERT_EQ(put(key, token, 2, "y"), 200);
        const auto parts = direct().parts(key, token, in(10s)).value();
        for (int step = 0; step < steps; ++step)
            ASSERT_TRUE(direct().join_parts(key, token, parts, 5 * mib + 1, in(10s)));
        if (steps % 2 == 0)
            ASSERT_TRUE(direct().drop_parts(key, token, in(10s)));
        else
            ASSERT_TRUE(store->remove_series("dropped", 4, {}, in(10s)));
        EXPECT_EQ(direct().parts(key, token, in(10s)).error().code, Code::not_found) << steps;
        EXPECT_EQ(direct().join_parts(key, token, {}, 5 * mib + 1, in(10s)).error().code,
                  Code::not_found)
            << steps;
        EXPECT_EQ(put(key, token, 1, "late"), 404);
    }
}

TEST_F(DirectS3, AUrlIsForOnePartOfThatLengthAndForMinutes) {
    const std::string token = begun("bounded");
    EXPECT_EQ(put("bounded", token, 1, Bytes(1001, 'a'), 1000), 403) << "longer than was signed";
    EXPECT_EQ(put("bounded", token, 1, Bytes(999, 'a'), 1000), 403);
    std::string url = direct().url_of_part("bounded", token, 1, 4, 60s);
    url.replace(url.find("partNumber=1"), 12, "partNumber=2");
    EXPECT_EQ(test::Swift::put(url, "part"), 403);
    const std::string over =
        presigned_url(swift->options().account, "PUT", "bounded.parts",
                      {{"partNumber", "1"}, {"uploadId", token}},
                      clock.now() - std::chrono::minutes(20), 15min, {{"content-length", "4"}});
    EXPECT_EQ(test::Swift::put(over, "part"), 403) << "it has expired";
    EXPECT_TRUE(direct().parts("bounded", token, in(10s))->empty());
    EXPECT_EQ(put("bounded", token, 1, "part"), 200);
}

TEST_F(DirectS3, APartThatIsReplacedBetweenListAndJoinIsNotTaken) {
    const std::string token = begun("replaced");
    ASSERT_EQ(put("replaced", token, 1, "good"), 200);
    const auto parts = direct().parts("replaced", token, in(10s)).value();
    ASSERT_EQ(put("replaced", token, 1, "evil"), 200);
    EXPECT_EQ(direct().join_parts("replaced", token, parts, 4, in(5s)).error().code,
              Code::unavailable);
    EXPECT_GT(joined("replaced", token, direct().parts("replaced", token, in(10s)).value(), 4), 0);
    EXPECT_EQ(store->read("replaced", 0, 10, in(10s)).value(), "evil");
}

TEST_F(DirectS3, IsOfferedWhereClientsReachTheServer) {
    S3Options inside = swift->options();
    inside.public_endpoint.clear();
    EXPECT_EQ(open(inside)->direct(), nullptr);
    S3Options elsewhere = swift->options();
    elsewhere.public_endpoint = "https://files.example.edu";
    EXPECT_TRUE(open(elsewhere)
                    ->direct()
                    ->url_of_part("k", "t", 1, 1, 60s)
                    .starts_with("https://files.example.edu/bellwether/k.parts?"));
}

} // namespace
} // namespace bw::blob
