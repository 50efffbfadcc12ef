// What `up` reports is what servers show, until it is too old to be believed.
#include "app/replica_status.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace bw::app {
namespace {

using pg::ReplicaState;
using pg::ReplicaStatus;

class ReplicaStatusTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/bwrsXXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        auto opened = Installation::open(directory_);
        ASSERT_TRUE(opened);
        installation_.emplace(*std::move(opened));
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path directory_;
    std::optional<Installation> installation_;
    const Instant now_{1'795'000'000'000};
};

TEST_F(ReplicaStatusTest, IsReadAsItWasReported) {
    EXPECT_EQ(replica_status(*installation_, now_).state, ReplicaState::absent);
    const std::vector<ReplicaStatus> all = {
        {ReplicaState::building, {}, {}, {}},
        {ReplicaState::catching_up, {}, {}, {}},
        {ReplicaState::streaming, 0, 0ms, {}},
        {ReplicaState::streaming, 4'096, 1'500ms, {}},
        {ReplicaState::broken, {}, {}, "unavailable: the base backup failed; its log"},
        {ReplicaState::absent, {}, {}, {}}};
    for (const ReplicaStatus& reported : all) {
        ASSERT_TRUE(report_replica(*installation_, reported, now_));
        const ReplicaStatus read = replica_status(*installation_, now_ + 1s);
        EXPECT_EQ(read.state, reported.state);
        EXPECT_EQ(read.lag_bytes, reported.lag_bytes);
        EXPECT_EQ(read.lag, reported.lag);
        EXPECT_EQ(read.reason, reported.reason);
    }
}

TEST_F(ReplicaStatusTest, AnOldReportIsNotBelieved) {
    ASSERT_TRUE(report_replica(*installation_, {ReplicaState::streaming, 0, 0ms, {}}, now_));
    EXPECT_EQ(replica_status(*installation_, now_ + 29s).state, ReplicaState::streaming);
    const ReplicaStatus old = replica_status(*installation_, now_ + 31s);
    EXPECT_EQ(old.state, ReplicaState::broken);
    EXPECT_FALSE(old.lag || old.lag_bytes);
    EXPECT_FALSE(old.reason.empty());
}

TEST_F(ReplicaStatusTest, RubbishIsNone) {
    for (const char* text : {"", "x", "1795000000000 flying 0 0\n", "1795000000000 streaming\n"}) {
        std::ofstream(installation_->replica_file()) << text;
        EXPECT_EQ(replica_status(*installation_, now_).state, ReplicaState::absent) << text;
    }
}

} // namespace
} // namespace bw::app
