// Records and receipts: the pure part, on tables and on every single byte.
#include <gtest/gtest.h>
#include <sodium.h>

#include "journal/head.hpp"
#include "submissions/receipt.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

Statement sample_statement(std::string_view content) {
    SeededRng rng(7);
    return {TenantId::make({1}, rng),
            UserId::make({2}, rng),
            AssignmentId::make({3}, rng),
            "essay-1",
            {1'700'000'000'123},
            {std::uint32_t{12}},
            static_cast<std::uint32_t>(content.size()),
            sha256(content)};
}

TEST(Record, RoundTrips) {
    for (std::string content :
         {std::string("x"), std::string(content_bytes_limit, 'y'), std::string("\0\n\xff", 3)}) {
        Statement s = sample_statement(content);
        const Bytes bytes = encode(s) + content;
        auto record = decode_record(bytes);
        ASSERT_TRUE(record) << record.error().text();
        EXPECT_EQ(record->statement, s);
        EXPECT_EQ(record->content, content);
        EXPECT_EQ(record->statement_bytes, bytes.size() - content.size());
    }
}

TEST(Record, EveryFlippedBitAndEveryCutIsNoticedOrChangesTheStatement) {
    const std::string content = "the answer is 42";
    const Statement s = sample_statement(content);
    const Bytes good = encode(s) + content;
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(decode_record(ByteView(good).substr(0, length))) << length;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        auto record = decode_record(bad);
        EXPECT_TRUE(!record || record->statement != s) << "bit " << bit;
    }
}

TEST(Record, OneFromBeforeThereWereKindsIsAText) {
    Statement s = sample_statement("x");
    Bytes bytes = encode(s);
    bytes[3] = '1';
    bytes.pop_back();
    auto record = decode_record(bytes + "x");
    ASSERT_TRUE(record) << record.error().text();
    EXPECT_EQ(record->statement, s);
    s.kind = ContentKind::structured;
    EXPECT_EQ(decode_record(encode(s) + "x")->statement.kind, ContentKind::structured);
    bytes = encode(s);
    s.kind = ContentKind::file;
    EXPECT_EQ(decode_record(encode(s) + "x")->statement.kind, ContentKind::file);
    bytes.back() = 3;
    EXPECT_FALSE(decode_record(bytes + "x"));
}

TEST(SubmissionId, DependsOnAllFourPartsAndOnNothingElse) {
    Statement s = sample_statement("x");
    const SubmissionId id = s.submission_id();
    Statement later = s;
    later.received_at.ms += 1;
    later.content_sha256[0] ^= 1;
    EXPECT_EQ(later.submission_id(), id);
    std::vector<Statement> others(4, s);
    others[0].tenant.uuid[15] ^= 1;
    others[1].user.uuid[15] ^= 1;
    others[2].assignment.uuid[15] ^= 1;
    others[3].idempotency_key += "x";
    for (const Statement& other : others)
        EXPECT_NE(other.submission_id(), id);
    EXPECT_EQ(id.uuid[6] >> 4, 8) << "UUID version";
}

class Receipts : public ::testing::Test {
protected:
    Receipts() : key(SigningKey::from_seed({})) {
        SeededRng rng(3);
        std::vector<Sha256> leaves;
        for (std::size_t i = 0; i < 5; ++i) {
            Statement s = sample_statement("content " + std::to_string(i));
            s.idempotency_key = "key " + std::to_string(i);
            receipts.push_back({.statement = encode(s),
                                .nonce = rng.bytes<16>(),
                                .index = static_cast<std::uint32_t>(i),
                                .kid = key.kid()});
            leaves.push_back(leaf_hash(receipts[i].nonce, receipts[i].statement));
        }
        MerkleTree tree(leaves);
        const journal::Group group{.number = 3,
                                   .first_seq = 11,
                                   .size = 5,
                                   .root = tree.root(),
                                   .time = {1'700'000'000'456}};
        const MerkleTree groups({sha256("one"), sha256("two"), group.leaf(), sha256("four")});
        const journal::Head head{.cell = "local",
                                 .epoch = 77,
                                 .size = 4,
                                 .root = groups.root(),
                                 .time = {1'700'000'000'789}};
        for (Receipt& receipt : receipts) {
            receipt.path = tree.path(receipt.index);
            receipt.group = group;
            receipt.head_path = groups.path(2);
            receipt.head = head;
            receipt.signature = key.sign(head.signed_bytes());
        }
    }
    static std::string json(const Receipt& receipt) {
        JsonWriter out;
        write_json(out, receipt);
        return out.take();
    }
    SigningKey key;
    std::vector<Receipt> receipts;
};

TEST_F(Receipts, VerifyAfterEachWayOfStoringThem) {
    for (const Receipt& receipt : receipts) {
        auto stored = decode_receipt(encode(receipt));
        ASSERT_TRUE(stored);
        auto read = receipt_from_json(json(*stored));
        ASSERT_TRUE(read) << read.error().text();
        auto statement = verify(*read, {key.public_key()});
        ASSERT_TRUE(statement) << statement.error().text();
        EXPECT_EQ(encode(*statement), receipt.statement);
    }
}

TEST_F(Receipts, AnyOtherStatementIndexHeadOrKeyDoesNotVerify) {
    const Receipt& good = receipts[2];
    auto broken = [&](auto&& change) {
        Receipt bad = good;
        change(bad);
        return !verify(bad, {key.public_key()}).has_value();
    };
    EXPECT_FALSE(broken([](Receipt&) {})) << "the control: unchanged it verifies";
    EXPECT_TRUE(broken([&](Receipt& r) { r.statement = receipts[1].statement; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.nonce[0] ^= 1; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.index = 3; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.path.pop_back(); }));
    EXPECT_TRUE(broken([](Receipt& r) { r.path[0][31] ^= 0x80; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.head.time.ms += 1; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.head.size = 6; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.head_path.pop_back(); }));
    EXPECT_TRUE(broken([](Receipt& r) { r.head_path[1][0] ^= 1; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.group.number = 0; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.group.number = 4; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.group.first_seq += 1; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.group.size = 6; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.group.time.ms += 1; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.head.cell = "elsewhere"; }));
    EXPECT_TRUE(broken([](Receipt& r) { r.signature[10] ^= 4; }));
    SeededRng rng(1);
    EXPECT_FALSE(verify(good, {SigningKey::make(rng).public_key()}));
}

TEST_F(Receipts, PlainMembersMustSayWhatTheStatementSays) {
    const std::string good = json(receipts[0]);
    for (auto [from, to] : {std::pair{"\"received_at\":\"2023", "\"received_at\":\"2022"},
                            {"\"content_bytes\":9", "\"content_bytes\":8"},
                            {"\"idempotency_key\":\"key 0", "\"idempotency_key\":\"key 1"},
                            {"\"clock_error_ms\":12", "\"clock_error_ms\":11"},
                            {"\"version\":2", "\"version\":1"}}) {
        std::string bad = good;
        ASSERT_NE(bad.find(from), std::string::npos) << from;
        bad.replace(bad.find(from), std::string_view(from).size(), to);
        EXPECT_FALSE(receipt_from_json(bad)) << to;
    }
}

TEST_F(Receipts, StoredBytesCutAnywhereAreRefused) {
    const Bytes good = encode(receipts[4]);
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(decode_receipt(ByteView(good).substr(0, length))) << length;
    EXPECT_FALSE(decode_receipt(good + "x"));
}

} // namespace
} // namespace bw::submissions
