// What was ended, in memory and in its file.
#include "tenancy/revocations.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bw::tenancy {
namespace {

struct RevocationsTest : testing::Test {
    SeededRng rng{1};
    const Instant now{1795424340000};
    const TenantId tenant = TenantId::make(now, rng), other = TenantId::make(now, rng);
    const UserId user = UserId::make(now, rng);
    const AuthSessionId session = AuthSessionId::make(now, rng);

    std::vector<Revocation> three() const {
        return {{tenant, user, {}, 5, now}, {tenant, {}, session, 6, now}, {other, {}, {}, 7, now}};
    }
};

TEST_F(RevocationsTest, KeepsTheNewestOfEachSubject) {
    Revocations known;
    known.add({{{tenant, user, {}, 5, now}}});
    known.add({{{tenant, user, {}, 3, now}}}); // they may come in any order
    EXPECT_EQ(known.epoch_of(tenant, user), 5);
    EXPECT_EQ(known.size(), 1U);
    known.add({{{tenant, {}, {}, 9, now}}});
    EXPECT_EQ(known.epoch_of(tenant, user), 9);
    EXPECT_EQ(known.epoch_of(other, user), 0);
}

TEST_F(RevocationsTest, TheVersionMovesWithWhatIsKnown) {
    Revocations known;
    const std::uint64_t before = known.version();
    known.add({});
    EXPECT_EQ(known.version(), before);
    known.add(three());
    EXPECT_NE(known.version(), before);
}

TEST_F(RevocationsTest, ForgetsWhatHasEndedAllItCould) {
    Revocations known;
    known.add(three());
    known.forget_before(now, now);
    EXPECT_EQ(known.size(), 3U);
    known.forget_before(now + 1ms, now);
    EXPECT_EQ(known.size(), 2U) << "a session's, sooner";
    EXPECT_EQ(known.epoch_of(tenant, user), 5);
    known.forget_before(now + 1ms, now + 1ms);
    EXPECT_EQ(known.size(), 0U);
}

TEST_F(RevocationsTest, PastItsLimitLetsNobodyBackIn) {
    Revocations known(10);
    std::vector<UserId> ended;
    for (int i = 1; i <= 50; ++i) {
        ended.push_back(UserId::make(now, rng));
        known.add({{{tenant, ended.back(), {}, i, now}}});
        EXPECT_LE(known.size(), 10U);
    }
    known.add({{{other, user, {}, 51, now}}});
    for (int i = 1; i <= 50; ++i)
        EXPECT_TRUE(known.revoked(tenant, ended[static_cast<std::size_t>(i - 1)], session, i - 1));
    EXPECT_FALSE(known.revoked(tenant, user, session, 50)); // who signs in afterwards is in
    EXPECT_FALSE(known.revoked(other, ended[0], session, 0));
    // Nobody ended the institution, so nobody is told so; but the file keeps what is not known.
    for (const Revocation& one : known.all())
        EXPECT_TRUE(one.user) << one.tenant.text();
    Revocations again(10);
    ASSERT_TRUE(again.from_file(known.to_file()));
    EXPECT_TRUE(again.revoked(tenant, ended[0], session, 0));
    again.unfold(); // what stands is read anew
    EXPECT_FALSE(again.revoked(tenant, ended[0], session, 0));
}

TEST_F(RevocationsTest, WhatEndedAnInstitutionIsNoFoldAndStays) {
    Revocations known(4);
    known.add({{{tenant, {}, {}, 3, now}}});
    for (int i = 4; i <= 10; ++i)
        known.add({{{tenant, UserId::make(now, rng), {}, i, now}}});
    EXPECT_EQ(known.epoch_of(tenant, user), 7) << "folded once";
    known.unfold();
    EXPECT_EQ(known.epoch_of(tenant, user), 3);
}

TEST_F(RevocationsTest, SilenceCountsFromTheLastAnswer) {
    Revocations known;
    EXPECT_EQ(known.silent_for(Monotonic{5}), Duration::max());
    known.heard(Monotonic{0});
    EXPECT_EQ(known.silent_for(Monotonic{5}), Duration(5));
}

TEST_F(RevocationsTest, TheFileBringsBackAllOfIt) {
    Revocations known, again;
    known.add(three());
    ASSERT_TRUE(again.from_file(known.to_file()));
    auto sorted = [](std::vector<Revocation> all) {
        std::ranges::sort(all, {}, &Revocation::epoch);
        return all;
    };
    EXPECT_EQ(sorted(again.all()), three());
    Revocations none;
    ASSERT_TRUE(none.from_file(Revocations().to_file()));
    EXPECT_EQ(none.size(), 0U);
}

TEST_F(RevocationsTest, ADamagedFileIsTakenInNoPart) {
    Revocations known;
    known.add(three());
    const std::string good = known.to_file();
    for (std::size_t i = 0; i < good.size(); ++i) {
        Revocations again;
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        EXPECT_FALSE(again.from_file(bad)) << i;
        EXPECT_FALSE(again.from_file(good.substr(0, i))) << i;
        EXPECT_EQ(again.size(), 0U);
    }
}

} // namespace
} // namespace bw::tenancy
