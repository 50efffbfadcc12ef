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

} // namespace
} // namespace bw::blob
