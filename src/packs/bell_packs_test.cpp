// What is in memory, without a database: for how long, how much, and by which clock.
#include "packs/bell_packs.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace bw::packs {
namespace {

UserId user(unsigned char n) {
    UserId out;
    out.uuid.fill(n);
    return out;
}

struct Store : testing::Test {
    ManualClock clock{Instant{1795424340000}}; // 08:59 UTC
    PackLimits limits;
    std::unique_ptr<BellPacks> packs = std::make_unique<BellPacks>(clock, limits);
    TenantId north{}, south{};

    Store() {
        north.uuid.fill(1);
        south.uuid.fill(2);
        hear();
    }
    Reader reader(unsigned char n) const { return {north, user(n), tenancy::Role::student}; }
    SharedPack pack(std::size_t bytes = 1'000) const {
        return std::make_shared<Pack>(Pack{
            .json = std::string(bytes, 'x'), .gzip = {}, .etag = {}, .prepared_at = clock.now()});
    }
    BellPacks::Kept keep(unsigned char n, std::size_t bytes = 1'000) {
        return packs->keep(reader(n), pack(bytes), packs->begin());
    }
    void hear(std::vector<Change> changes = {}) {
        packs->hear(clock.monotonic(), clock.now(), changes);
    }
    bool served(unsigned char n) { return packs->find(reader(n)) != nullptr; }
};

TEST_F(Store, ClocksThatJumpServeNothingStale) {
    struct Case {
        const char* name;
        std::function<void(ManualClock&)> moves;
        bool heard_after; // the feed goes on
        bool served;
    };
    const Case cases[] = {
        {"nothing moves", [](auto&) {}, false, true},
        {"the feed is silent for two seconds", [](auto& c) { c.advance(2s); }, false, true},
        {"for longer", [](auto& c) { c.advance(2001ms); }, false, false},
        {"and is heard again", [](auto& c) { c.advance(2001ms); }, true, true},
        {"the wall clock goes back", [](auto& c) { c.step_wall(-1s); }, false, false},
        {"back, and the feed is heard", [](auto& c) { c.step_wall(-1s); }, true, false},
        {"the wall clock goes ahead", [](auto& c) { c.step_wall(3s); }, false, false},
        {"ahead, and the feed is heard", [](auto& c) { c.step_wall(3s); }, true, true},
        {"its life is over", [](auto& c) { c.advance(15min); }, true, false},
        {"its life is over by the wall clock alone", [](auto& c) { c.step_wall(15min); }, true,
         false},
        {"the wall clock stands still",
         [](auto& c) {
             c.advance(15min);
             c.step_wall(-14min);
         },
         true, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        hear();
        keep(1);
        ASSERT_TRUE(served(1));
        c.moves(clock);
        if (c.heard_after)
            hear();
        EXPECT_EQ(served(1), c.served);
        clock.advance(20min);
    }
}

TEST_F(Store, NoPackOutlivesItsDay) {
    clock.advance(std::chrono::hours(15) + 50s); // 23:59:50
    hear();
    keep(1);
    clock.advance(9s);
    hear();
    EXPECT_TRUE(served(1));
    clock.advance(1s);
    hear();
    EXPECT_FALSE(served(1));
}

TEST_F(Store, BeforeTheFeedIsHeardNothingIsServed) {
    BellPacks fresh(clock);
    fresh.keep(reader(1), pack(), fresh.begin());
    EXPECT_EQ(fresh.find(reader(1)), nullptr);
    EXPECT_EQ(fresh.status().silent, 1u);
    EXPECT_FALSE(fresh.status().heard);
}

TEST_F(Store, NobodyIsServedAnothers) {
    keep(1);
    EXPECT_EQ(packs->find({south, user(1), tenancy::Role::student}), nullptr);
    EXPECT_EQ(packs->find({north, user(2), tenancy::Role::student}), nullptr);
    EXPECT_EQ(packs->find({north, user(1), tenancy::Role::teacher}), nullptr);
    EXPECT_EQ(packs->find({north, user(1),
                           tenancy::Roles(tenancy::Role::student).with(tenancy::Role::teacher)}),
              nullptr);
    EXPECT_TRUE(served(1));
}

TEST_F(Store, BudgetsAreOfAnInstitutionAndOfAll) {
    const std::size_t one = pack()->bytes();
    limits.tenant_bytes = 3 * one;
    limits.bytes = 4 * one;
    packs = std::make_unique<BellPacks>(clock, limits);
    hear();
    for (unsigned char n = 1; n <= 3; ++n)
        EXPECT_EQ(keep(n), BellPacks::Kept::yes);
    EXPECT_EQ(keep(4), BellPacks::Kept::no_room);
    EXPECT_EQ(keep(3), BellPacks::Kept::yes) << "in its own place";
    auto keep_souths = [&](unsigned char n) {
        return packs->keep({south, user(n), tenancy::Role::student}, pack(), packs->begin());
    };
    EXPECT_EQ(keep_souths(1), BellPacks::Kept::yes);
    EXPECT_EQ(keep_souths(2), BellPacks::Kept::no_room);
    EXPECT_EQ(packs->status().packs, 4u);
    EXPECT_EQ(packs->status().bytes, 4 * one);
    EXPECT_EQ(packs->status().over_budget, 2u);
    clock.advance(16min);
    hear();
    EXPECT_EQ(packs->status().bytes, 0u) << "what is over makes room";
    EXPECT_EQ(keep(4), BellPacks::Kept::yes);
    EXPECT_EQ(keep(5, limits.pack_bytes), BellPacks::Kept::no_room) << "one that is too large";
}

TEST_F(Store, PagesThatWereBegunBeforeAChangeAreNotKept) {
    SectionId section{};
    section.uuid.fill(7);
    auto in_section = std::make_shared<Pack>(Pack{
        .json = "{}", .gzip = {}, .etag = {}, .prepared_at = clock.now(), .sections = {section}});
    struct Case {
        const char* name;
        Change change;
        BellPacks::Kept kept;
    };
    const Case cases[] = {
        {"the person", {.tenant = north, .users = {user(1)}}, BellPacks::Kept::changed},
        {"the section", {.tenant = north, .sections = {section}}, BellPacks::Kept::changed},
        {"everybody", {.tenant = north, .everybody = true}, BellPacks::Kept::changed},
        {"another person", {.tenant = north, .users = {user(2)}}, BellPacks::Kept::yes},
        {"another institution",
         {.tenant = south, .users = {user(1)}, .everybody = true},
         BellPacks::Kept::yes},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto ticket = packs->begin();
        hear({c.change});
        EXPECT_EQ(packs->keep(reader(1), in_section, ticket), c.kept);
        EXPECT_EQ(packs->keep(reader(1), in_section, packs->begin()), BellPacks::Kept::yes);
        hear();
        EXPECT_TRUE(served(1));
        hear({c.change});
        EXPECT_EQ(served(1), c.kept == BellPacks::Kept::yes);
    }
    const auto before = packs->begin();
    clock.advance(16s);
    hear(); // forgets who had changed
    EXPECT_EQ(packs->keep(reader(1), pack(), before), BellPacks::Kept::changed);
    const auto old = packs->begin();
    packs->forget_all();
    EXPECT_EQ(packs->keep(reader(1), pack(), old), BellPacks::Kept::changed);
    EXPECT_FALSE(served(1));
    keep(1);
    hear();
    EXPECT_TRUE(served(1));
}

TEST_F(Store, ADeedKeepsItsPersonsPackBackForAsLongAsItMayLast) {
    keep(1);
    keep(2);
    packs->note_deed(north, user(1), Deadline::in(clock, 10s));
    auto after = [&](Duration d) {
        clock.advance(d);
        hear();
        return served(1);
    };
    EXPECT_FALSE(served(1));
    EXPECT_TRUE(served(2));
    EXPECT_FALSE(after(12s));
    EXPECT_TRUE(after(1s));
    packs->note_deed(north, user(1), Deadline::in(clock, 1h)); // an upload
    EXPECT_FALSE(after(62s));
    EXPECT_TRUE(after(1s));
}

TEST_F(Store, TooManyDeedsKeepEverybodysBack) {
    limits.deeds_limit = 2;
    packs = std::make_unique<BellPacks>(clock, limits);
    hear();
    keep(1);
    for (unsigned char n = 2; n <= 4; ++n)
        packs->note_deed(north, user(n), Deadline::in(clock, 10s));
    EXPECT_FALSE(served(1));
    clock.advance(13s);
    hear();
    EXPECT_TRUE(served(1));
}

} // namespace
} // namespace bw::packs
