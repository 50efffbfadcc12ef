// What a process knows of its walls, from real lanes and a real journal's disk.
#include "app/wall_readings.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/crypto.hpp"
#include "support/temporary_directory.hpp"

namespace bw::app {
namespace {

constexpr Instant start{1'795'000'000'000};

class WallReadingsTest : public testing::Test {
protected:
    std::unique_ptr<tenancy::DatabaseLane> lane(const char* name) {
        return std::make_unique<tenancy::DatabaseLane>(
            lane::Budget{.name = name, .threads = 0}, clock_, [this] {
                return std::make_unique<tenancy::Database>("host=/nowhere", "test", clock_);
            });
    }
    /// So many turns of so long.
    void work(tenancy::DatabaseLane& lane, int turns, Duration each) {
        for (int i = 0; i < turns; ++i) {
            lane.submit(TenantId{}, Deadline::in(clock_, 1min),
                        [this, each](const Result<tenancy::Database*>&) { clock_.advance(each); });
            EXPECT_TRUE(lane.run_one());
        }
    }
    static const walls::Verdict& verdict(const walls::Diagnosis& of, std::string_view wall) {
        return *std::ranges::find(of.walls, wall, &walls::Verdict::wall);
    }
    static std::optional<double> evidence(const walls::Reading& reading, std::string_view what) {
        const auto found = std::ranges::find(reading.evidence, what, &walls::Evidence::what);
        return found == reading.evidence.end() ? std::nullopt : found->value;
    }

    ManualClock clock_{start};
    SystemClock real_;
    SystemRng rng_;
    const SigningKey key_ = SigningKey::make(rng_);
    test::TemporaryDirectory directory_;
};

TEST_F(WallReadingsTest, CapacityIsKnownOnceALaneHasHadTurnsEnough) {
    auto api = lane("api");
    WallReadings readings({.api_lane = api.get()}, clock_);
    work(*api, 99, 20ms);
    EXPECT_FALSE(verdict(readings.look(), "tenancy").reading.capacity) << "too few tell nothing";
    work(*api, 1, 20ms);
    const walls::Reading seen = verdict(readings.look(), "tenancy").reading;
    EXPECT_EQ(evidence(seen, "a turn of lane api took, on average"), 20);
    ASSERT_TRUE(seen.capacity);
    EXPECT_EQ(*seen.capacity, 0) << "a lane without threads of its own does nothing by itself";
    EXPECT_FALSE(seen.peak) << "there is no forecast";
    EXPECT_EQ(verdict(readings.look(), "tenancy").standing, walls::Standing::unknown);
}

TEST_F(WallReadingsTest, AHashIsProbedUntilTheLaneWasSeenAtWork) {
    auto auth = lane("auth");
    WallReadings readings({.auth_lane = auth.get()}, real_);
    const walls::Reading probed = verdict(readings.look(), "sign-in").reading;
    const auto alone = evidence(probed, "a password's hash takes, alone");
    ASSERT_TRUE(alone);
    EXPECT_GT(*alone, 0.1) << "argon2id takes milliseconds";
    EXPECT_FALSE(evidence(probed, "a turn of lane auth took, on average"));
    work(*auth, 100, 70ms);
    const walls::Reading seen = verdict(readings.look(), "sign-in").reading;
    EXPECT_EQ(evidence(seen, "a turn of lane auth took, on average"), 70);
    EXPECT_EQ(evidence(seen, "a password's hash takes, alone"), alone) << "measured once an hour";
}

TEST_F(WallReadingsTest, TheJournalsDiskIsMeasuredAndNothingStaysThere) {
    const auto journal = *journal::Journal::open(
        {.directory = directory_.path()}, [this](ByteView bytes) { return key_.sign(bytes); },
        real_, rng_);
    WallReadings readings({.journal = journal.get(), .journal_directory = directory_.path()},
                          real_);
    const walls::Verdict found = verdict(readings.look(), "deadline");
    std::map<std::string, walls::Reading> limits{{found.reading.limit, found.reading}};
    for (const walls::Reading& other : found.others)
        limits.emplace(other.limit, other);
    ASSERT_EQ(limits.size(), 3u);
    const auto sync = evidence(limits.at("journal syncs"), "a sync of the journal's disk takes");
    ASSERT_TRUE(sync);
    EXPECT_NEAR(*limits.at("journal syncs").capacity, 1'024 * 60'000 / *sync, 1);
    EXPECT_GT(limits.at("processors").capacity, 0);
    EXPECT_FALSE(limits.at("recorder").capacity) << "no recorder was seen at work";
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / ".wall-probe"));

    WallReadings elsewhere({.journal = journal.get()}, real_);
    for (const walls::Reading& other : verdict(elsewhere.look(), "deadline").others)
        if (other.limit == "journal syncs")
            EXPECT_FALSE(other.capacity) << "it lies on no disk here";
}

TEST_F(WallReadingsTest, ReportsAreCountedByTheMinuteAndTheBusiestIsExpectedAgain) {
    ReportState state{.state = "streaming", .reason = {}, .lag_seconds = 0.5};
    bool away = false;
    WallReadings readings({.reports = [&]() -> Result<ReportState> {
                              if (away)
                                  return fail(Code::unavailable, "away");
                              return state;
                          }},
                          clock_);
    const auto look = [&] { return verdict(readings.look(), "reports"); };
    EXPECT_FALSE(look().reading.peak) << "nothing was counted yet";
    const auto minute = [&](std::uint64_t run, double running_seconds) {
        clock_.advance(1min);
        state.run += run, state.running_seconds += running_seconds;
        return look();
    };
    EXPECT_FALSE(minute(29, 2.9).reading.capacity) << "too few tell nothing";
    const walls::Verdict seen = minute(171, 17.1);
    ASSERT_TRUE(seen.reading.capacity && seen.reading.peak);
    EXPECT_EQ(seen.reading.limit, "report thread");
    EXPECT_NEAR(*seen.reading.capacity, 600, 1e-6);
    EXPECT_NEAR(*seen.reading.peak, 171, 1e-6);
    EXPECT_EQ(evidence(seen.reading, "a report took, on average"), 100);
    EXPECT_EQ(evidence(seen.reading, "what they tell is so old now"), 0.5);
    EXPECT_EQ(seen.standing, walls::Standing::far);
    EXPECT_NEAR(*minute(1, 0.1).reading.peak, 171, 1e-6) << "the busiest minute counts";
    EXPECT_EQ(minute(400, 40).standing, walls::Standing::near);
    state.run = 5; // its process began anew
    EXPECT_NEAR(*minute(0, 0).reading.peak, 400, 1e-6);
    away = true;
    EXPECT_EQ(minute(0, 0).standing, walls::Standing::unknown) << "nobody says what it can do";
}

TEST_F(WallReadingsTest, WithoutRolesNothingIsKnownAndThatIsSaid) {
    WallReadings readings({}, clock_);
    const walls::Diagnosis found = readings.look();
    EXPECT_FALSE(found.nearest);
    EXPECT_TRUE(found.said.starts_with("Nothing can be said yet")) << found.said;
    EXPECT_EQ(std::ranges::count(found.walls, walls::Standing::unknown, &walls::Verdict::standing),
              4);
    EXPECT_TRUE(readings.json().contains(R"("nearest":null)"));
}

} // namespace
} // namespace bw::app
