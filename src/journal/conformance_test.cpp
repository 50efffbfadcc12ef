// What every journal owes its callers, wherever its groups become durable: the same tests over
// segments on a disk, segments with a follower, a stream in memory and a JetStream cluster.
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "journal/follower_for_test.hpp"
#include "journal/nats_stream.hpp"
#include "journal/open.hpp"
#include "journal/simulated_stream.hpp"
#include "journal/testing.hpp"
#include "support/nats_cluster.hpp"

namespace bw::journal {
namespace {

/// Where a journal is kept, and how the test reaches it again.
class Place {
public:
    virtual ~Place() = default;
    virtual Result<std::unique_ptr<Journal>> open() = 0;
    virtual Durability durability() const = 0;

    SystemClock clock;
    SeededRng rng{11};
};

class OnDisk : public Place {
public:
    Result<std::unique_ptr<Journal>> open() override {
        return open_in(disk_->mount(), options(), test_sign(), clock, rng);
    }
    Durability durability() const override { return Durability::local_fsync; }

protected:
    virtual JournalOptions options() { return small_options(); }

private:
    std::shared_ptr<SimulatedDisk> disk_ = SimulatedDisk::make();
};

class WithFollower final : public OnDisk {
public:
    Durability durability() const override { return Durability::local_fsync_follower; }

private:
    JournalOptions options() override {
        JournalOptions out = small_options();
        out.follower = FollowerOptions{.node = node_, .required = true, .patience = 10s};
        return out;
    }
    std::shared_ptr<FollowerForTest> node_ = std::make_shared<FollowerForTest>();
};

class InMemoryStream final : public Place {
public:
    Result<std::unique_ptr<Journal>> open() override {
        return Journal::open(stream_->open(), small_options(), test_sign(), clock, rng);
    }
    Durability durability() const override { return Durability::replicated; }

private:
    std::shared_ptr<SimulatedStream> stream_ = SimulatedStream::make();
};

/// One cluster for all tests, a stream for each.
class InJetStream final : public Place {
public:
    Result<std::unique_ptr<Journal>> open() override {
        static test::NatsCluster cluster;
        static int streams = 0;
        if (name_.empty())
            name_ = "conformance-" + std::to_string(++streams);
        return Journal::open(TRY(open_nats_stream({.servers = cluster.servers(),
                                                   .stream = name_,
                                                   .cell = "test",
                                                   .bytes_limit = 8 << 20},
                                                  clock, system_rng_)),
                             small_options(), test_sign(), clock, rng);
    }
    Durability durability() const override { return Durability::replicated; }

private:
    SystemRng system_rng_;
    std::string name_;
};

using MakePlace = std::unique_ptr<Place> (*)();
template <class P>
std::unique_ptr<Place> make() {
    return std::make_unique<P>();
}

struct Kind {
    const char* name;
    MakePlace make;
    friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

class Conformance : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        if (std::string_view(GetParam().name) == "jetstream" && !test::NatsCluster::installed())
            GTEST_SKIP() << "nats-server is not installed: ./bw setup --for test";
        place_ = GetParam().make();
    }
    std::unique_ptr<Journal> open() {
        auto journal = place_->open();
        EXPECT_TRUE(journal) << journal.error().text();
        return journal ? *std::move(journal) : nullptr;
    }
    static std::future<Result<Committed>> send(Journal& journal, Bytes record) {
        auto answer = std::make_shared<std::promise<Result<Committed>>>();
        auto future = answer->get_future();
        journal.append(std::move(record),
                       [answer](Result<Committed> r) { answer->set_value(std::move(r)); });
        return future;
    }
    static Result<Committed> append(Journal& journal, const Bytes& record) {
        return append_patiently(journal, record);
    }
    static std::vector<Bytes> everything(const Journal& journal, std::size_t piece = 3) {
        std::vector<Bytes> out;
        for (std::uint64_t at = journal.first_seq() - 1;;) {
            auto entries = journal.read(at, piece, 1 << 20);
            EXPECT_TRUE(entries) << entries.error().text();
            if (!entries || entries->empty())
                return out;
            for (Entry& entry : *entries) {
                EXPECT_EQ(entry.position.seq, ++at);
                EXPECT_TRUE(verifies(entry.record, entry.nonce, entry.index, *entry.group));
                out.push_back(std::move(entry.record));
            }
        }
    }
    std::unique_ptr<Place> place_;
};

TEST_P(Conformance, WhatIsAnsweredIsProvenReadAndThereAgainAfterAReopening) {
    std::vector<Bytes> sent;
    std::optional<Head> last;
    for (int opening = 0; opening < 3; ++opening) {
        auto journal = open();
        ASSERT_TRUE(journal);
        EXPECT_EQ(everything(*journal), sent);
        for (int i = 0; i < 20; ++i) {
            sent.push_back("record " + std::to_string(sent.size()) + Bytes(sent.size() * 7, 'x'));
            auto answer = append(*journal, sent.back());
            ASSERT_TRUE(answer) << answer.error().text();
            EXPECT_EQ(answer->position, (Position{journal->status().epoch, sent.size()}));
            EXPECT_TRUE(verifies(sent.back(), answer->nonce, answer->index, *answer->group));
            EXPECT_EQ(answer->group->head.durability, place_->durability());
            if (last) {
                EXPECT_EQ(answer->group->head.epoch, last->epoch);
                EXPECT_EQ(answer->group->head.size, last->size + 1);
                EXPECT_GE(answer->group->head.time, last->time);
            }
            last = answer->group->head;
        }
        EXPECT_EQ(everything(*journal, 100), sent);
        EXPECT_EQ(journal->status().durability, place_->durability());
    }
}

TEST_P(Conformance, ManyAtOnceAreEachAnsweredOnceInGroups) {
    auto journal = open();
    ASSERT_TRUE(journal);
    constexpr int writers = 4, each = 150;
    std::atomic<int> answered = 0;
    {
        std::vector<std::jthread> threads;
        for (int w = 0; w < writers; ++w)
            threads.emplace_back([&, w] {
                for (int i = 0; i < each; ++i) {
                    auto answer = append(*journal, std::to_string(w) + ":" + std::to_string(i));
                    ASSERT_TRUE(answer) << answer.error().text();
                    ++answered;
                }
            });
    }
    EXPECT_EQ(answered, writers * each);
    EXPECT_EQ(journal->status().durable_seq, static_cast<std::uint64_t>(writers * each));
    std::vector<Bytes> there = everything(*journal, 64);
    std::ranges::sort(there);
    EXPECT_EQ(std::ranges::adjacent_find(there), there.end());
    EXPECT_EQ(there.size(), static_cast<std::size_t>(writers * each));
}

TEST_P(Conformance, GroupsWithoutTheirRecordsLeadToEachHead) {
    auto journal = open();
    ASSERT_TRUE(journal);
    std::vector<Sha256> roots;
    for (int i = 0; i < 30; ++i)
        roots.push_back(append(*journal, "r" + std::to_string(i))->group->head.root);
    auto groups = journal->groups(0, 1000);
    ASSERT_TRUE(groups) << groups.error().text();
    ASSERT_EQ(groups->size(), roots.size());
    MerkleFrontier tree;
    for (std::size_t i = 0; i < roots.size(); ++i) {
        tree.append((*groups)[i].group.leaf());
        EXPECT_EQ(tree.root(), roots[i]);
        EXPECT_EQ((*groups)[i].head_root, roots[i]);
    }
}

TEST_P(Conformance, WhatIsForgottenIsGoneAndTheTreeGoesOn) {
    auto journal = open();
    ASSERT_TRUE(journal);
    const Bytes large(3000, 'l');
    for (int i = 0; i < 60; ++i)
        ASSERT_TRUE(append(*journal, large + std::to_string(i)));
    const std::uint64_t used = journal->status().bytes_used;
    ASSERT_TRUE(journal->forget(40, Instant{INT64_MAX}));
    const std::uint64_t first = journal->first_seq();
    EXPECT_GT(first, 1u);
    EXPECT_LE(first, 41u);
    EXPECT_EQ(journal->read(first - 2, 10, 1 << 20).error().code, Code::not_found);
    EXPECT_EQ(journal->groups(journal->forgotten_tree().size() - 1, 10).error().code,
              Code::not_found);
    EXPECT_EQ(everything(*journal).size(), 60 - (first - 1));
    const MerkleFrontier forgotten = journal->forgotten_tree();
    journal.reset();
    journal = open();
    ASSERT_TRUE(journal);
    EXPECT_EQ(journal->first_seq(), first);
    EXPECT_EQ(journal->forgotten_tree(), forgotten);
    EXPECT_LT(journal->status().bytes_used, used);
    auto answer = append(*journal, "and on");
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->position.seq, 61u);
    EXPECT_TRUE(verifies("and on", answer->nonce, answer->index, *answer->group));
}

TEST_P(Conformance, NothingYoungerThanTheInstantIsForgotten) {
    auto journal = open();
    ASSERT_TRUE(journal);
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(append(*journal, Bytes(3000, 'y')));
    ASSERT_TRUE(journal->forget(40, Instant{0}));
    EXPECT_EQ(journal->first_seq(), 1u);
}

TEST_P(Conformance, TheLimitOfBytesRefusesBeforeAcceptanceAndWhatWasAcceptedIsThere) {
    auto journal = open();
    ASSERT_TRUE(journal);
    std::uint64_t accepted = 0;
    for (;;) {
        auto answer = append(*journal, Bytes(4 * 1024, 'f'));
        if (!answer) {
            EXPECT_EQ(answer.error().code, Code::storage_full) << answer.error().text();
            EXPECT_TRUE(answer.error().retry_after);
            break;
        }
        ++accepted;
    }
    EXPECT_GT(accepted, 20u);
    EXPECT_TRUE(journal->status().full);
    EXPECT_FALSE(journal->status().sealed);
    EXPECT_EQ(everything(*journal).size(), accepted);
    ASSERT_TRUE(journal->forget(accepted - 1, Instant{INT64_MAX}));
    const Deadline deadline = Deadline::in(place_->clock, 20s);
    while (!send(*journal, "room again").get()) {
        ASSERT_FALSE(deadline.expired(place_->clock));
        std::this_thread::yield();
    }
}

TEST_P(Conformance, ClosingCommitsWhatIsQueued) {
    std::vector<std::future<Result<Committed>>> answers;
    {
        auto journal = open();
        ASSERT_TRUE(journal);
        for (int i = 0; i < 8; ++i)
            answers.push_back(send(*journal, std::to_string(i)));
    }
    for (auto& answer : answers)
        EXPECT_TRUE(answer.get());
    EXPECT_EQ(everything(*open()).size(), 8u);
}

INSTANTIATE_TEST_SUITE_P(Journals, Conformance,
                         testing::Values(Kind{"disk", MakePlace(make<OnDisk>)},
                                         Kind{"follower", MakePlace(make<WithFollower>)},
                                         Kind{"stream", MakePlace(make<InMemoryStream>)},
                                         Kind{"jetstream", MakePlace(make<InJetStream>)}),
                         [](const auto& instance) { return std::string(instance.param.name); });

} // namespace
} // namespace bw::journal
