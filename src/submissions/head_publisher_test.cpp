// Heads as they are published, and what they prove: over the journal's own code on a simulated
// disk.
#include "submissions/head_publisher.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/ensure.hpp"
#include "journal/open.hpp"
#include "journal/testing.hpp"
#include "submissions/receipt.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

class Heads : public testing::Test {
protected:
    Heads() {
        EXPECT_GE(sodium_init(), 0);
        open();
    }

    void open(std::vector<Witness> witnesses = {}) {
        publisher.reset();
        journal.reset();
        auto opened = journal::open_in(disk->mount(), journal::small_options(),
                                       journal::test_sign(), clock, rng);
        ASSERT_TRUE(opened) << opened.error().text();
        journal = *std::move(opened);
        auto log = journal::TreeLog::open(log_disk->mount(), journal->status().epoch,
                                          journal->forgotten_tree(), journal->status().groups);
        ASSERT_TRUE(log) << log.error().text();
        publisher =
            std::make_unique<HeadPublisher>(*journal, *std::move(log), journal::test_key(), clock,
                                            HeadOptions{.cell = "test"}, std::move(witnesses));
    }
    /// One record, one group; its receipt.
    Receipt append(const std::string& content) {
        Statement s{.tenant = TenantId::make({1}, rng),
                    .user = UserId::make({2}, rng),
                    .assignment = AssignmentId::make({3}, rng),
                    .idempotency_key = "k",
                    .received_at = clock.now(),
                    .content_bytes = static_cast<std::uint32_t>(content.size()),
                    .content_sha256 = sha256(content)};
        const Bytes statement = encode(s);
        auto committed = journal::append_patiently(*journal, statement + content, statement.size());
        ENSURE(committed, "an append failed");
        return make_receipt(statement, committed->nonce, committed->index, *committed->group,
                            journal::test_key().kid());
    }

    std::shared_ptr<journal::SimulatedDisk> disk = journal::SimulatedDisk::make(),
                                            log_disk = journal::SimulatedDisk::make();
    ManualClock clock{Instant{1'700'000'000'000}};
    SeededRng rng{7};
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<HeadPublisher> publisher;
    std::vector<ReceiptKey> keys{journal::test_key().public_key()};
};

TEST_F(Heads, EveryReceiptIsPartOfEveryLaterPublishedHead) {
    EXPECT_FALSE(publisher->latest());
    EXPECT_TRUE(publisher->publish());
    EXPECT_FALSE(publisher->latest()) << "nothing was journalled";
    std::vector<Receipt> receipts;
    for (int i = 0; i < 25; ++i) {
        receipts.push_back(append("text " + std::to_string(i)));
        if (i % 4 == 0) {
            clock.advance(10s);
            ASSERT_TRUE(publisher->publish());
            ASSERT_TRUE(verify(*publisher->latest(), keys));
            for (const Receipt& receipt : receipts) {
                auto proof = publisher->prove(receipt.head.size);
                ASSERT_TRUE(proof) << proof.error().text();
                JsonWriter json;
                write_json(json, *proof);
                auto read = consistency_from_json(json.take());
                ASSERT_TRUE(read) << read.error().text();
                ASSERT_TRUE(verify(*read, receipt.head, keys));
                EXPECT_EQ(read->head.head, publisher->latest()->head);
            }
        }
        if (i == 12)
            open(); // another process goes on
    }
    EXPECT_EQ(publisher->prove(0).error().code, Code::invalid_field);
    EXPECT_EQ(publisher->prove(26).error().code, Code::not_found);
}

TEST_F(Heads, AProofOfAnotherPastDoesNotHold) {
    const Receipt first = append("one");
    append("two");
    const Receipt third = append("three");
    ASSERT_TRUE(publisher->publish());
    const ConsistencyProof good = *publisher->prove(first.head.size);
    ASSERT_TRUE(verify(good, first.head, keys));
    struct Case {
        const char* what;
        void (*change)(ConsistencyProof&, journal::Head&, std::vector<ReceiptKey>&);
        const char* field;
    };
    for (const Case& c : std::initializer_list<Case>{
             {"a rewritten beginning", [](auto&, auto& head, auto&) { head.root[0] ^= 1; }, "path"},
             {"a path bent", [](auto& proof, auto&, auto&) { proof.path.at(0)[5] ^= 1; }, "path"},
             {"a path too long", [](auto& proof, auto&, auto&) { proof.path.emplace_back(); },
              "path"},
             {"from another size", [](auto& proof, auto&, auto&) { ++proof.from_size; },
              "from_size"},
             {"another journal", [](auto&, auto& head, auto&) { ++head.epoch; }, "head"},
             {"another cell", [](auto&, auto& head, auto&) { head.cell = "elsewhere"; }, "head"},
             {"a head changed", [](auto& proof, auto&, auto&) { ++proof.head.head.size; },
              "signature"},
             {"an unknown key", [](auto&, auto&, auto& known) { known.clear(); }, "kid"},
             {"a key retired before",
              [](auto& proof, auto&, auto& known) {
                  known[0].retired_at = Instant{proof.head.head.time.ms - 1};
              },
              "kid"}}) {
        ConsistencyProof proof = good;
        journal::Head head = first.head;
        std::vector<ReceiptKey> known = keys;
        c.change(proof, head, known);
        auto held = verify(proof, head, known);
        ASSERT_FALSE(held) << c.what;
        EXPECT_EQ(held.error().code, Code::corrupt) << c.what;
        EXPECT_EQ(held.error().field, c.field) << c.what;
    }
    keys[0].retired_at = good.head.head.time;
    EXPECT_TRUE(verify(good, first.head, keys)) << "retired only afterwards";
    EXPECT_TRUE(verify(third, keys));
}

TEST_F(Heads, WhatIsNotInTheLogIsNotForgotten) {
    for (int i = 0; i < 60; ++i)
        append(std::string(900, 'x'));
    ASSERT_TRUE(publisher->forget(59, Instant{INT64_MAX}));
    EXPECT_EQ(journal->first_seq(), 1u);
    ASSERT_TRUE(publisher->publish());
    ASSERT_TRUE(publisher->forget(59, Instant{INT64_MAX}));
    EXPECT_GT(journal->first_seq(), 1u);
    const Receipt receipt = append("after");
    open();
    ASSERT_TRUE(publisher->publish());
    EXPECT_TRUE(verify(*publisher->prove(1), Heads::publisher->latest()->head, keys).has_value() ==
                false)
        << "a head is its own beginning only with its own size";
    EXPECT_TRUE(verify(*publisher->prove(receipt.head.size), receipt.head, keys));
}

TEST_F(Heads, AWitnessIsShownEachHeadUntilItTakesIt) {
    std::vector<std::uint64_t> shown;
    bool takes = true;
    open({{"notary", [&](const SignedHead& head, Deadline) -> Result<void> {
               EXPECT_TRUE(verify(head, keys));
               shown.push_back(head.head.size);
               if (!takes)
                   return fail(Code::unavailable, "away");
               return {};
           }}});
    publisher->show();
    EXPECT_TRUE(shown.empty()) << "nothing to show";
    append("one");
    ASSERT_TRUE(publisher->publish());
    publisher->show();
    publisher->show();
    EXPECT_EQ(shown, std::vector<std::uint64_t>({1}));
    takes = false;
    append("two");
    ASSERT_TRUE(publisher->publish());
    publisher->show();
    EXPECT_TRUE(publisher->status().witnesses.at(0).failing);
    EXPECT_EQ(publisher->status().witnesses.at(0).size, 1u);
    takes = true;
    publisher->show();
    EXPECT_EQ(shown, std::vector<std::uint64_t>({1, 2, 2}));
    EXPECT_FALSE(publisher->status().witnesses.at(0).failing);
    EXPECT_EQ(publisher->status().witnesses.at(0).size, 2u);
}

TEST_F(Heads, ItsThreadPublishesOnceMoreBeforeItEnds) {
    publisher->start();
    append("one");
    publisher->stop();
    ASSERT_TRUE(publisher->latest());
    EXPECT_EQ(publisher->latest()->head.size, 1u);
}

TEST_F(Heads, ALogThatCannotBeWrittenIsToldAndNothingIsForgotten) {
    for (int i = 0; i < 60; ++i)
        append(std::string(900, 'x'));
    log_disk->fail_next_sync = true;
    EXPECT_FALSE(publisher->publish());
    EXPECT_FALSE(publisher->latest());
    ASSERT_TRUE(publisher->forget(59, Instant{INT64_MAX}));
    EXPECT_EQ(journal->first_seq(), 1u);
    open();
    ASSERT_TRUE(publisher->publish());
    EXPECT_EQ(publisher->latest()->head.size, 60u);
}

TEST(ReceiptKeySet, RoundTripsWithWhatIsRetired) {
    const SigningKey now = SigningKey::from_seed({1}), before = SigningKey::from_seed({2});
    const std::string text =
        receipt_key_set({now.public_key(), {before.public_key(), Instant{1'700'000'000'123}}});
    auto keys = read_receipt_key_set(text);
    ASSERT_TRUE(keys) << keys.error().text();
    ASSERT_EQ(keys->size(), 2u);
    EXPECT_EQ(keys->at(0).key, now.public_key());
    EXPECT_FALSE(keys->at(0).retired_at);
    EXPECT_EQ(keys->at(1).key, before.public_key());
    EXPECT_EQ(keys->at(1).retired_at, Instant{1'700'000'000'123});
    EXPECT_EQ(receipt_key_set(*keys), text);
}

TEST(ReceiptKeySet, PassesOverOtherKeysAndRefusesBrokenOnes) {
    const std::string x = to_base64url(view(SigningKey::from_seed({1}).public_key()));
    auto keys = read_receipt_key_set(
        R"({"keys":[{"kty":"RSA","n":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":")" + x + "\"}]}");
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->size(), 1u);
    for (const char* broken : {"nonsense", "{}", "[]", R"({"keys":{}})",
                               R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"short"}]})"})
        EXPECT_EQ(read_receipt_key_set(broken).error().code, Code::bad_request) << broken;
    EXPECT_FALSE(read_receipt_key_set(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":")" + x +
                                      R"(","retired_at":"yesterday"}]})"));
}

TEST(HeadJson, EveryMemberIsNeededAndChecked) {
    SignedHead head{.head = {.cell = "east",
                             .epoch = 0x00ab,
                             .size = 7,
                             .root = {9},
                             .time = Instant{1'700'000'000'123}},
                    .kid = "k"};
    JsonWriter json;
    write_json(json, head);
    const std::string good = json.take();
    auto read = head_from_json(good);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->head, head.head);
    EXPECT_EQ(read->kid, "k");
    for (const char* member : {"epoch", "size", "root", "time", "durability", "signature"}) {
        std::string bad = good;
        bad.replace(bad.find(member), 1, "X");
        EXPECT_EQ(head_from_json(bad).error().code, Code::bad_request) << member;
    }
}

} // namespace
} // namespace bw::submissions
