// A journal in a replicated stream under faults: lost answers, no quorum, another writer, damage,
// and a JetStream cluster whose nodes are killed.
#include <gtest/gtest.h>

#include "journal/nats_stream.hpp"
#include "journal/simulated_stream.hpp"
#include "journal/testing.hpp"
#include "support/nats_cluster.hpp"

namespace bw::journal {
namespace {

class StreamTest : public testing::Test {
protected:
    std::unique_ptr<Journal> open() {
        auto journal = Journal::open(stream_->open(), small_options(), test_sign(), clock_, rng_);
        EXPECT_TRUE(journal) << journal.error().text();
        return *std::move(journal);
    }
    std::shared_ptr<SimulatedStream> stream_ = SimulatedStream::make();
    SystemClock clock_;
    SeededRng rng_{3};
};

TEST_F(StreamTest, AfterALostAnswerTheOutcomeIsUnknownAndTheNextOpeningKnowsIt) {
    for (const bool took_effect : {true, false}) {
        auto journal = open();
        const std::uint64_t before = journal->status().durable_seq;
        ASSERT_TRUE(append(*journal, "first"));
        (took_effect ? stream_->lose_answers : stream_->refuse) = 1;
        auto answer = append(*journal, "second");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Code::outcome_unknown);
        EXPECT_TRUE(journal->status().sealed);
        EXPECT_EQ(append(*journal, "third").error().code, Code::unavailable);
        journal.reset();
        journal = open();
        EXPECT_EQ(journal->status().durable_seq, before + 1 + took_effect);
        EXPECT_EQ(append(*journal, "and on")->position.seq, before + 2 + took_effect);
    }
}

TEST_F(StreamTest, OfTwoWritersTheOneThatComesLateIsSealedAndTheOtherGoesOn) {
    auto old = open();
    ASSERT_TRUE(append(*old, "mine"));
    auto fresh = open();
    auto taken = append(*fresh, "taken over");
    ASSERT_TRUE(taken);
    EXPECT_EQ(append(*old, "too late").error().code, Code::outcome_unknown);
    EXPECT_TRUE(old->status().sealed);
    ASSERT_TRUE(append(*fresh, "and on"));
    auto entries = fresh->read(0, 10, 1 << 20);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 3u); // "too late" is nowhere
    EXPECT_EQ((*entries)[1].record, "taken over");
    EXPECT_EQ((*entries)[2].record, "and on");
}

TEST_F(StreamTest, AGroupThatWasNotSeenAtTheOpeningIsTakenAlong) {
    auto old = open();
    ASSERT_TRUE(append(*old, "seen"));
    auto fresh = open();
    ASSERT_TRUE(append(*old, "committed while the leader was new"));
    auto answer = append(*fresh, "and on");
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->position.seq, 3u);
    EXPECT_TRUE(verifies("and on", answer->nonce, answer->index, *answer->group));
    EXPECT_EQ(fresh->read(0, 10, 1 << 20)->size(), 3u);
}

TEST_F(StreamTest, APurgeWhoseAnswerWasLostDoesNotStopTheForgetting) {
    auto journal = open();
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(append(*journal, std::to_string(i)));
    journal.reset();
    journal = open(); // nothing of it is in memory any more
    ASSERT_TRUE(stream_->open()->forget_before(15, Deadline::in(clock_, 1s)));
    ASSERT_TRUE(journal->forget(17, Instant{INT64_MAX}));
    EXPECT_EQ(journal->first_seq(), 18u);
    EXPECT_EQ(journal->forgotten_tree().size(), 17u);
}

TEST_F(StreamTest, ABitThatRotsIsFoundWhereverItIs) {
    {
        auto journal = open();
        ASSERT_TRUE(append(*journal, "one"));
        ASSERT_TRUE(append(*journal, "two"));
    }
    const std::size_t bytes = stream_->messages()[0].size();
    for (std::size_t at = 0; at < bytes; at += at < 64 || at >= segment_header_bytes ? 1 : 61) {
        stream_->damage(1, at);
        auto journal = Journal::open(stream_->open(), small_options(), test_sign(), clock_, rng_);
        // The first message is read when the journal is opened, for what is forgotten before it.
        EXPECT_FALSE(journal) << "byte " << at;
        if (!journal) {
            EXPECT_EQ(journal.error().code, Code::corrupt);
        }
        stream_->damage(1, at);
    }
}

class JetStreamTest : public testing::Test {
protected:
    void SetUp() override {
        if (!test::NatsCluster::installed())
            GTEST_SKIP() << "nats-server is not installed: ./bw setup --for test";
        cluster_ = std::make_unique<test::NatsCluster>();
    }
    Result<std::unique_ptr<Journal>> open(Duration append_deadline = 60s) {
        return open_by(cluster_->servers(), append_deadline);
    }
    Result<std::unique_ptr<Journal>> open_by(const std::vector<std::string>& servers,
                                             Duration append_deadline = 60s) {
        JournalOptions options = small_options();
        options.append_deadline = append_deadline;
        return Journal::open(
            TRY(open_nats_stream({.servers = servers, .cell = "test", .bytes_limit = 64 << 20},
                                 clock_, system_rng_)),
            options, test_sign(), clock_, rng_);
    }
    std::unique_ptr<test::NatsCluster> cluster_;
    SystemClock clock_;
    SystemRng system_rng_;
    SeededRng rng_{3};
};

TEST_F(JetStreamTest, WhatWasAcknowledgedSurvivesTheKillOfAnyOneNodeInMidStream) {
    std::vector<Bytes> acknowledged;
    {
        auto journal = open();
        ASSERT_TRUE(journal) << journal.error().text();
        for (int node = 0; node < test::NatsCluster::node_count; ++node) {
            for (int i = 0; i < 60; ++i) {
                if (i == 20)
                    cluster_->kill(node); // one of them leads, one is the server we talk to
                Bytes record = std::to_string(node) + ":" + std::to_string(i);
                auto answer = append(**journal, record);
                ASSERT_TRUE(answer) << answer.error().text();
                ASSERT_TRUE(verifies(record, answer->nonce, answer->index, *answer->group));
                acknowledged.push_back(std::move(record));
            }
            cluster_->start(node);
            cluster_->await_healthy(node); // before the next one goes
            ASSERT_TRUE(append(**journal, "settled"));
            acknowledged.emplace_back("settled");
        }
    }
    auto journal = open();
    ASSERT_TRUE(journal) << journal.error().text();
    auto entries = (*journal)->read(0, 1000, 1 << 20);
    ASSERT_TRUE(entries) << entries.error().text();
    std::vector<Bytes> there;
    for (const Entry& entry : *entries)
        there.push_back(entry.record);
    EXPECT_EQ(there, acknowledged);
}

TEST_F(JetStreamTest, AnOpeningInTheMiddleOfAnElectionSeesAllThatWasAcknowledged) {
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 3; ++round) {
        // By the very node that lacks the latest, and has just been started.
        const int asked =
            (round + test::NatsCluster::node_count - 1) % test::NatsCluster::node_count;
        auto journal = open_by({cluster_->servers()[static_cast<std::size_t>(asked)]});
        ASSERT_TRUE(journal) << journal.error().text();
        ASSERT_EQ((*journal)->status().durable_seq, acknowledged) << "round " << round;
        journal = open();
        ASSERT_TRUE(journal) << journal.error().text();
        for (int node = 0; node < test::NatsCluster::node_count; ++node)
            cluster_->await_healthy(node);
        const int behind = round % test::NatsCluster::node_count;
        cluster_->kill(behind);
        for (int i = 0; i < 3; ++i, ++acknowledged) {
            auto answer = append(**journal, std::to_string(acknowledged));
            ASSERT_TRUE(answer) << answer.error().text();
        }
        cluster_->start(behind); // it lacks them, and may be asked first
        ASSERT_TRUE(append(**journal, "settled"));
        ++acknowledged;
    }
}

TEST_F(JetStreamTest, WithoutAQuorumNothingIsAcknowledgedAndAfterwardsEverythingIsThere) {
    std::uint64_t acknowledged = 0;
    {
        auto journal = open(3s);
        ASSERT_TRUE(journal) << journal.error().text();
        for (; acknowledged < 20; ++acknowledged)
            ASSERT_TRUE(append(**journal, "before"));
        cluster_->kill(0);
        cluster_->kill(1);
        auto answer = append(**journal, "perhaps");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Code::outcome_unknown);
        EXPECT_TRUE((*journal)->status().sealed);
    }
    cluster_->start(0);
    cluster_->start(1);
    auto journal = open();
    ASSERT_TRUE(journal) << journal.error().text();
    const std::uint64_t there = (*journal)->status().durable_seq;
    EXPECT_GE(there, acknowledged);
    auto answer = append(**journal, "after");
    ASSERT_TRUE(answer) << answer.error().text();
    const std::uint64_t last = answer->position.seq; // "perhaps" is before it, or nowhere
    EXPECT_TRUE(last == acknowledged + 1 || last == acknowledged + 2) << last;
    EXPECT_EQ((*journal)->read(0, 1000, 1 << 20)->size(), last);
}

TEST_F(JetStreamTest, ANodeThatHangsIsLeftForAnother) {
    auto journal = open();
    ASSERT_TRUE(journal) << journal.error().text();
    for (int node = 0; node < test::NatsCluster::node_count; ++node) {
        cluster_->freeze(node);
        auto answer = append(**journal, "hanging " + std::to_string(node));
        EXPECT_TRUE(answer) << answer.error().text();
        cluster_->thaw(node);
        ASSERT_TRUE(append(**journal, "thawed"));
    }
}

TEST_F(JetStreamTest, WhoMayNotMakeAStreamMakesNone) {
    const NatsOptions to_read{.servers = cluster_->servers(),
                              .stream = "mistyped",
                              .cell = "test",
                              .create = false,
                              .bytes_limit = 64 << 20};
    for (int i = 0; i < 2; ++i) { // the first one has left nothing behind
        auto absent = open_nats_stream(to_read, clock_, system_rng_);
        ASSERT_FALSE(absent);
        EXPECT_EQ(absent.error().code, Code::not_found);
    }
    NatsOptions to_write = to_read;
    to_write.create = true;
    auto made = open_nats_stream(to_write, clock_, system_rng_);
    ASSERT_TRUE(made) << made.error().text();
    auto found = open_nats_stream(to_read, clock_, system_rng_);
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_EQ((*found)->manifest().epoch, (*made)->manifest().epoch);
}

TEST_F(JetStreamTest, AStreamThatIsNotThisJournalsIsRefused) {
    ASSERT_TRUE(open());
    auto other =
        open_nats_stream({.servers = cluster_->servers(), .cell = "another"}, clock_, system_rng_);
    ASSERT_FALSE(other);
    // A scheme that asks for TLS gets it or nothing: these servers have none.
    std::vector<std::string> secure = cluster_->servers();
    for (std::string& server : secure)
        server.replace(0, 4, "tls");
    auto in_the_clear = open_nats_stream(
        {.servers = secure, .cell = "test", .connect_deadline = 500ms}, clock_, system_rng_);
    ASSERT_FALSE(in_the_clear);
    EXPECT_EQ(in_the_clear.error().code, Code::unavailable);
    secure[0] = cluster_->servers()[0];
    auto mixed = open_nats_stream({.servers = secure}, clock_, system_rng_);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code, Code::invalid_field);
    EXPECT_EQ(other.error().code, Code::conflict);
    EXPECT_EQ(
        open_nats_stream({.servers = cluster_->servers(), .stream = "a.b"}, clock_, system_rng_)
            .error()
            .code,
        Code::invalid_field);
}

} // namespace
} // namespace bw::journal
