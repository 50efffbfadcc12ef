// What every store must do. The directory is always here; an S3 server where
// one can run.
#include <gtest/gtest.h>

#include "blob/store_for_test.hpp"

namespace bw::blob {
namespace {

using test::StoreUnderTest;

class Conformance : public testing::TestWithParam<test::StoreFactory> {
protected:
    void SetUp() override {
        under_test_ = GetParam().make();
        if (!under_test_)
            GTEST_SKIP() << GetParam().name << ": NOT TESTED, its server cannot run here";
    }
    Store& store() { return under_test_->store(); }
    Deadline soon() const { return Deadline::in(clock_, 30s); }

    std::unique_ptr<Draft> begin(const std::string& key) {
        auto draft = store().begin(key, soon());
        EXPECT_TRUE(draft) << draft.error().text();
        return draft ? *std::move(draft) : nullptr;
    }
    void put(const std::string& key, ByteView bytes) {
        auto draft = begin(key);
        ASSERT_TRUE(draft);
        ASSERT_TRUE(draft->append(bytes, soon()));
        auto finished = draft->finish(soon());
        ASSERT_TRUE(finished) << finished.error().text();
    }
    Bytes get(const std::string& key, std::uint64_t offset = 0, std::size_t bytes = 64 << 20) {
        auto out = store().read(key, offset, bytes, soon());
        EXPECT_TRUE(out) << out.error().text();
        return out ? *std::move(out) : Bytes();
    }

    const SystemClock clock_;
    std::unique_ptr<StoreUnderTest> under_test_;
};

Bytes noise(std::size_t bytes, std::uint64_t seed = 1) {
    SeededRng rng(seed);
    Bytes out(bytes, '\0');
    rng.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

TEST_P(Conformance, WhatIsFinishedIsThereWholeAndNotBefore) {
    const Bytes content = noise(100'000);
    auto draft = begin("a/b/1");
    ASSERT_TRUE(draft);
    ASSERT_TRUE(draft->append(ByteView(content).substr(0, 60'000), soon()));
    EXPECT_EQ(store().size("a/b/1", soon()).error().code, Code::not_found);
    ASSERT_TRUE(draft->append(ByteView(content).substr(60'000), soon()));
    ASSERT_TRUE(draft->finish(soon()));
    EXPECT_EQ(*store().size("a/b/1", soon()), content.size());
    EXPECT_EQ(get("a/b/1"), content);
}

TEST_P(Conformance, AnEmptyObjectIsOne) {
    auto draft = begin("empty");
    ASSERT_TRUE(draft->finish(soon()));
    EXPECT_EQ(*store().size("empty", soon()), 0U);
    EXPECT_EQ(get("empty"), "");
}

TEST_P(Conformance, RangesAreReadAsTheyLie) {
    const Bytes content = noise(10'000);
    put("ranges", content);
    EXPECT_EQ(get("ranges", 0, 1), content.substr(0, 1));
    EXPECT_EQ(get("ranges", 9'999, 1), content.substr(9'999));
    EXPECT_EQ(get("ranges", 5'000, 1'000), content.substr(5'000, 1'000));
    EXPECT_EQ(get("ranges", 9'000, 5'000), content.substr(9'000))
        << "it ends where the object does";
    EXPECT_EQ(get("ranges", 10'000, 10), "") << "behind the end is nothing";
}

TEST_P(Conformance, WhatSyncToldSurvivesItsWriter) {
    const Bytes content = noise(20 << 20);
    std::string token;
    std::uint64_t durable = 0;
    {
        auto draft = begin("survives");
        ASSERT_TRUE(draft);
        for (std::size_t at = 0; at < content.size(); at += 300'000)
            ASSERT_TRUE(draft->append(ByteView(content).substr(at, 300'000), soon()));
        durable = draft->sync(soon()).value();
        token = draft->token();
    } // the process died
    EXPECT_GT(durable, 0U);
    EXPECT_LE(durable, content.size());
    EXPECT_FALSE(token.empty());
    EXPECT_EQ(store().size("survives", soon()).error().code, Code::not_found);
    ASSERT_TRUE(store().adopt("survives", token, durable, soon()));
    ASSERT_TRUE(store().adopt("survives", token, durable, soon())) << "it may be asked again";
    EXPECT_GE(*store().size("survives", soon()), durable);
    EXPECT_EQ(get("survives", 0, durable), content.substr(0, durable));
}

TEST_P(Conformance, AWriterThatIsTakenForDeadChangesNothingThatCounts) {
    const Bytes content = noise(20 << 20);
    auto old = begin("fenced");
    ASSERT_TRUE(old);
    ASSERT_TRUE(old->append(content, soon()));
    const std::uint64_t durable = old->sync(soon()).value();
    ASSERT_TRUE(store().adopt("fenced", old->token(), durable, soon()));
    // It was alive after all. Whatever it hears, and some servers let it go on,
    // these bytes stand.
    if (old->append(noise(9 << 20, 2), soon()))
        (void)old->finish(soon());
    EXPECT_EQ(get("fenced", 0, durable), content.substr(0, durable));
}

TEST_P(Conformance, WhatIsDiscardedOrRemovedIsGoneAndMayBeSoTwice) {
    auto draft = begin("discarded");
    ASSERT_TRUE(draft->append("something", soon()));
    ASSERT_TRUE(draft->sync(soon()));
    ASSERT_TRUE(store().discard("discarded", draft->token(), soon()));
    ASSERT_TRUE(store().discard("discarded", draft->token(), soon()));
    EXPECT_EQ(store().size("discarded", soon()).error().code, Code::not_found);
    put("removed", "something");
    ASSERT_TRUE(store().remove("removed", soon()));
    ASSERT_TRUE(store().remove("removed", soon()));
    EXPECT_EQ(store().size("removed", soon()).error().code, Code::not_found);
    EXPECT_EQ(store().read("removed", 0, 1, soon()).error().code, Code::not_found);
}

TEST_P(Conformance, ASeriesIsRemovedAndNothingElse) {
    for (const char* key : {"s/u/1", "s/u/3", "s/u/4", "s/u/6", "s/u/12", "s/u2/1", "s/u"})
        put(key, key);
    auto drafts = {begin("s/u/2"), begin("s/u/5"), begin("s/u2/2")};
    for (const auto& draft : drafts)
        ASSERT_TRUE(draft->append(Bytes(9 << 20, 'x'), soon()) && draft->sync(soon()));
    for (int again = 0; again < 2; ++again) {
        auto removed = store().remove_series("s/u", 5, {"s/u/3"}, soon());
        ASSERT_TRUE(removed) << removed.error().text();
    }
    for (const char* gone : {"s/u/1", "s/u/2", "s/u/4", "s/u/5"})
        EXPECT_EQ(store().size(gone, soon()).error().code, Code::not_found) << gone;
    for (const char* there : {"s/u/3", "s/u/6", "s/u/12", "s/u2/1", "s/u"})
        EXPECT_EQ(get(there), there);
    EXPECT_TRUE((*std::prev(drafts.end()))->finish(soon())) << "of another series";
}

TEST_P(Conformance, KeysThatLookAlikeAreDifferent) {
    put("k/1", "one");
    put("k/1.5", "two");
    put("K/1", "three");
    EXPECT_EQ(get("k/1"), "one");
    EXPECT_EQ(get("k/1.5"), "two");
    EXPECT_EQ(get("K/1"), "three");
}

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, testing::ValuesIn(test::stores()),
                         [](const auto& info) { return info.param.name; });

TEST(Keys, AreNamesAndNoPaths) {
    for (const char* good : {"a", "a/b", "ten_0af/upl_1/2", "a.b/c-d_e", "..a"})
        EXPECT_TRUE(is_key(good)) << good;
    for (const char* bad : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/./b", "a b",
                            "a~b", "a\\b", "\xc3\xa4", "a%2f"})
        EXPECT_FALSE(is_key(bad)) << bad;
    EXPECT_FALSE(is_key(std::string(201, 'a')));
    EXPECT_FALSE(is_key(std::string_view("a\0b", 3)));
}

} // namespace
} // namespace bw::blob
