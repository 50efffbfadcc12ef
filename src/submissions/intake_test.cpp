// Intake against a real journal: one record a submission whatever clients do, and the same answer
// to each of them.
#include <gtest/gtest.h>

#include <future>

#include "submissions/intake.hpp"
#include "support/temporary_directory.hpp"

namespace bw::submissions {
namespace {

class IntakeTest : public ::testing::Test {
protected:
    ~IntakeTest() override {
        journal.reset();
        intake.reset();
    }
    void open(IntakeOptions options = {}, std::uint64_t total_bytes_limit = 8ULL << 30) {
        journal.reset(); // its last answers go through the old intake
        auto opened = journal::Journal::open(
            {.directory = directory.path(),
             .segment_bytes = 8 << 20,
             .total_bytes_limit = total_bytes_limit},
            [this](ByteView b) { return key.sign(b); }, clock, rng);
        ASSERT_TRUE(opened) << opened.error().text();
        journal = *std::move(opened);
        intake = std::make_unique<Intake>(
            *journal, key.kid(), ReceiveClock(clock, {0}), [] { return ClockError{}; }, options);
    }
    Offer offer(std::string key_text, std::string content) const {
        return {tenant,           user, assignment, std::move(key_text), std::move(content),
                clock.monotonic()};
    }
    std::future<Result<Received>> accept(Offer offered) {
        auto promise =
            std::make_shared<std::promise<Result<Received>>>(); // shared with the callback, which
                                                                // outlives this call
        auto future = promise->get_future();
        intake->accept(std::move(offered), [promise](Result<Received> outcome) {
            promise->set_value(std::move(outcome));
        });
        return future;
    }

    SystemClock clock;
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    const TenantId tenant = TenantId::make({1}, rng);
    const UserId user = UserId::make({1}, rng);
    const AssignmentId assignment = AssignmentId::make({1}, rng);
    test::TemporaryDirectory directory;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<journal::Journal> journal;
};

TEST_F(IntakeTest, AReceiptVerifiesOffline) {
    open();
    auto received = accept(offer("k", "hello")).get();
    ASSERT_TRUE(received) << received.error().text();
    EXPECT_FALSE(received->replayed);
    auto statement = verify(intake->receipt(*received), {key.public_key()});
    ASSERT_TRUE(statement) << statement.error().text();
    EXPECT_EQ(statement->content_sha256, sha256("hello"));
    EXPECT_EQ(statement->user, user);
}

TEST_F(IntakeTest, ARetryGetsTheSameReceiptAndWritesNothing) {
    open();
    auto first = accept(offer("k", "hello")).get();
    auto again = accept(offer("k", "hello")).get();
    ASSERT_TRUE(first && again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->statement, first->statement);
    EXPECT_EQ(again->commit.position, first->commit.position);
    EXPECT_EQ(journal->status().durable_seq, 1u);
}

TEST_F(IntakeTest, AnotherContentUnderTheSameKeyIsRefused) {
    open();
    ASSERT_TRUE(accept(offer("k", "hello")).get());
    auto other = accept(offer("k", "good bye")).get();
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::idempotency_key_reused);
    EXPECT_EQ(journal->status().durable_seq, 1u);
}

TEST_F(IntakeTest, RetriesInFlightShareOneCommit) {
    open();
    std::vector<std::future<Result<Received>>> answers;
    for (int i = 0; i < 10; ++i)
        answers.push_back(accept(offer("k", "hello")));
    std::set<std::uint64_t> seqs;
    for (auto& answer : answers) {
        auto received = answer.get();
        ASSERT_TRUE(received) << received.error().text();
        seqs.insert(received->commit.position.seq);
    }
    EXPECT_EQ(seqs.size(), 1u);
    EXPECT_EQ(journal->status().durable_seq, 1u);
}

TEST_F(IntakeTest, TheIndexIsRebuiltFromTheJournal) {
    open();
    auto first = accept(offer("k", "hello")).get();
    ASSERT_TRUE(first);
    open(); // as after a crash: nothing but the journal is left
    auto entries = journal->read(0, 10, 1 << 20);
    ASSERT_TRUE(entries);
    for (const journal::Entry& entry : *entries)
        intake->restore(entry);
    auto again = accept(offer("k", "hello")).get();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(encode(intake->receipt(*again)), encode(intake->receipt(*first)))
        << "the same receipt, to the byte";
    EXPECT_FALSE(accept(offer("k", "good bye")).get());
}

TEST_F(IntakeTest, TheIndexIsBoundedAndForgettingOnlyCostsARecord) {
    open({.index_items_limit = 16});
    for (int i = 0; i < 400; ++i)
        ASSERT_TRUE(accept(offer("k" + std::to_string(i), "hello")).get());
    auto again = accept(offer("k0", "hello")).get();
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->replayed) << "forgotten, so written again: the recorder merges the two";
    EXPECT_EQ(journal->status().durable_seq, 401u);
}

TEST_F(IntakeTest, OnePersonsQuotaIsKeptBeforeAcceptance) {
    open({.quota = IntakeQuota{.submissions_a_minute = 3, .kib_a_minute = 256}});
    const Monotonic start = clock.monotonic();
    auto hand_in = [&](const std::string& key_text, Duration after, std::size_t bytes = 1) {
        Offer o = offer(key_text, std::string(bytes, 'x'));
        o.received = start + after;
        return accept(std::move(o)).get();
    };
    for (const char* k : {"1", "2", "3"})
        ASSERT_TRUE(hand_in(k, 0s)) << k;
    auto fourth = hand_in("4", 0s);
    ASSERT_FALSE(fourth);
    EXPECT_EQ(fourth.error().code, Code::quota_exceeded);
    EXPECT_EQ(fourth.error().retry_after, 20'000ms) << "three a minute";
    EXPECT_EQ(journal->status().durable_seq, 3u) << "nothing was taken";
    auto again = hand_in("3", 0s);
    ASSERT_TRUE(again) << "a retry is no submission of its own";
    EXPECT_TRUE(again->replayed);
    Offer others = offer("1", "x");
    others.user = UserId::make({2}, rng);
    EXPECT_TRUE(accept(std::move(others)).get()) << "who is over it takes nothing from others";
    EXPECT_FALSE(hand_in("4", 19'900ms));
    EXPECT_TRUE(hand_in("4", 20'001ms)) << "as Retry-After said";
}

TEST_F(IntakeTest, BytesCountToo) {
    open({.quota = IntakeQuota{.submissions_a_minute = 1000, .kib_a_minute = 256}});
    const Monotonic start = clock.monotonic();
    auto hand_in = [&](const std::string& key_text, Duration after, std::size_t bytes) {
        Offer o = offer(key_text, std::string(bytes, 'x'));
        o.received = start + after;
        return accept(std::move(o)).get();
    };
    ASSERT_TRUE(hand_in("1", 0s, content_bytes_limit)) << "the largest there is";
    auto second = hand_in("2", 0s, 64 * 1024);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::quota_exceeded);
    EXPECT_GE(second.error().retry_after, 14'999ms);
    EXPECT_LE(second.error().retry_after, 15'001ms) << "a quarter of a minute's";
    EXPECT_TRUE(hand_in("2", 15'001ms, 64 * 1024));
}

TEST_F(IntakeTest, WhatFailedIsNotCounted) {
    open({.quota = IntakeQuota{.submissions_a_minute = 1, .kib_a_minute = 256}}, 16 << 20);
    auto hand_in = [&](UserId who) {
        Offer o = offer("k", Bytes(250'000, 'x'));
        o.user = who;
        return accept(std::move(o)).get();
    };
    bool full = false;
    for (int i = 0; i < 200 && !full; ++i)
        full = !hand_in(UserId::make({2}, rng));
    ASSERT_TRUE(full);
    for (int i = 0; i < 3; ++i) {
        auto failed = hand_in(user);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code, Code::storage_full) << "the journal's refusal, not ours";
    }
}

TEST_F(IntakeTest, AWallClockThatWasSteppedIsDoubtInTheReceipt) {
    open();
    ManualClock stepped(clock.now());
    intake = std::make_unique<Intake>(
        *journal, key.kid(), ReceiveClock(stepped, {0}), [] { return ClockError{3}; },
        IntakeOptions{});
    auto doubt = [&](const std::string& key_text) {
        Offer o = offer(key_text, "hello");
        o.received = stepped.monotonic();
        return decode_statement(accept(std::move(o)).get()->statement)->clock_error.ms;
    };
    EXPECT_EQ(doubt("before"), 3u);
    stepped.step_wall(-5min); // the first synchronisation after a start with a wrong clock
    EXPECT_EQ(doubt("after"), 300'003u) << "the receipt is five minutes off and claims 3 ms";
    stepped.step_wall(-24h * 365);
    EXPECT_EQ(doubt("long after"), UINT32_MAX - 1);
}

TEST(ReceiveClock, NeverGoesBackBehindWhatTheJournalHolds) {
    ManualClock clock({1'000'000});
    ReceiveClock after_crash(clock, {1'500'000}); // the wall clock was set back in between
    EXPECT_EQ(after_crash.at(clock.monotonic()).ms, 1'500'000);
    clock.advance(250ms);
    clock.step_wall(-10min);
    EXPECT_EQ(after_crash.at(clock.monotonic()).ms, 1'500'250);
}

} // namespace
} // namespace bw::submissions
