#include "storm/api.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/json.hpp"
#include "submissions/receipt.hpp"

namespace bw::storm {

namespace {

/// One submission and its true receipt: the second of a commit group of two.
struct Issued {
    SeededRng rng{21};
    SigningKey key = SigningKey::make(rng);
    Submitted submitted;
    submissions::Receipt receipt;

    Issued() {
        submissions::Statement s;
        s.tenant = TenantId::make({1}, rng);
        s.user = UserId::make({1}, rng);
        s.assignment = AssignmentId::make({1}, rng);
        s.idempotency_key = "storm-aa-1";
        s.received_at = Instant{1'700'000'000'123};
        s.clock_error.ms = 7;
        s.content_bytes = 5;
        s.content_sha256 = sha256("hello");
        submitted.id = s.submission_id();
        submitted.user = s.user;
        submitted.content_sha256 = s.content_sha256;
        receipt.statement = encode(s);
        receipt.nonce = rng.bytes<16>();
        receipt.index = 1;
        MerkleTree tree({sha256("another leaf"), leaf_hash(receipt.nonce, receipt.statement)});
        receipt.path = tree.path(1);
        receipt.group = {
            .number = 1, .first_seq = 1, .size = 2, .root = tree.root(), .time = s.received_at};
        receipt.head = {.cell = "test",
                        .epoch = 9,
                        .size = 1,
                        .root = receipt.group.leaf(),
                        .time = s.received_at};
        receipt.signature = key.sign(receipt.head.signed_bytes());
        receipt.kid = key.kid();
    }
    /// As POST /v1/submissions gives it.
    std::string answer() const {
        JsonWriter json;
        json.object().member("state", "received").key("receipt");
        write_json(json, receipt);
        json.end();
        return json.take();
    }
};

TEST(Prove, TakesATrueReceiptFromTheAnswer) {
    Issued issued;
    auto receipt = receipt_in_answer(issued.answer());
    ASSERT_TRUE(receipt) << receipt.error().text();
    auto proven = prove(*receipt, {issued.key.public_key()}, issued.submitted);
    ASSERT_TRUE(proven) << proven.error().text();
    EXPECT_EQ(proven->received_at.ms, 1'700'000'000'123);
    EXPECT_EQ(proven->clock_error.ms, 7U);
}

TEST(Prove, RefusesWhatDoesNotHold) {
    struct Case {
        const char* name;
        std::function<void(Issued&)> spoil;
    };
    const Case cases[] = {
        {"another key signed", [](Issued& i) { i.key = SigningKey::make(i.rng); }},
        {"the head was changed", [](Issued& i) { i.receipt.head.time.ms += 1; }},
        {"the path was changed", [](Issued& i) { i.receipt.path[0][0] ^= 1; }},
        {"the other leaf's place", [](Issued& i) { i.receipt.index = 0; }},
        {"the statement was changed", [](Issued& i) { i.receipt.statement.back() ^= 1; }},
        {"another submission's",
         [](Issued& i) { i.submitted.id = SubmissionId::make({1}, i.rng); }},
        {"another content's", [](Issued& i) { i.submitted.content_sha256[0] ^= 1; }},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Issued issued;
        c.spoil(issued);
        EXPECT_FALSE(prove(encode(issued.receipt), {issued.key.public_key()}, issued.submitted));
    }
    EXPECT_FALSE(receipt_in_answer("{}"));
    EXPECT_FALSE(receipt_in_answer(R"({"receipt":{"version":1}})"));
    EXPECT_FALSE(receipt_in_answer("<html>"));
}

TEST(Api, ReadsPagesOfRowsAndNothingHalf) {
    const std::string row =
        R"({"submission_id":"sub_11111111111111111111111111111111",)"
        R"("assignment_id":"asg_22222222222222222222222222222222",)"
        R"("user_id":"usr_33333333333333333333333333333333","state":"recorded",)"
        R"("received_at":"2026-11-23T08:59:00.123Z","late":true,"recorded_at":"2026-11-23T09:00:00Z",)"
        R"("content_sha256":")" +
        std::string(64, 'a') + "\"}";
    auto page = read_row_page(R"({"data":[)" + row + R"(],"next":"abc"})");
    ASSERT_TRUE(page) << page.error().text();
    ASSERT_EQ(page->rows.size(), 1U);
    EXPECT_EQ(page->next, "abc");
    EXPECT_TRUE(page->rows[0].late);
    EXPECT_EQ(page->rows[0].state, "recorded");
    EXPECT_EQ(to_rfc3339(page->rows[0].received_at), "2026-11-23T08:59:00.123Z");
    EXPECT_EQ(read_row_page(R"({"data":[],"next":null})")->next, "");

    EXPECT_FALSE(read_row_page(R"({"data":[]})"))
        << "an answer cut short must not look like the last page";
    EXPECT_FALSE(read_row_page(R"({"data":[{}],"next":null})"));
    std::string no_lateness = row;
    no_lateness.replace(no_lateness.find("\"late\""), 6, "\"lite\"");
    EXPECT_FALSE(read_row_page(R"({"data":[)" + no_lateness + R"(],"next":null})"));
}

TEST(Api, AsksWhatTheServerExpects) {
    auto request =
        submit_request({{}, 0, "ireland.localhost", "t.o.k"}, {}, "storm-aa-1", "a text");
    EXPECT_EQ(request.host, "ireland.localhost");
    EXPECT_EQ(request.body,
              R"({"assignment_id":"asg_00000000000000000000000000000000","text":"a text"})");
    using Header = std::pair<std::string, std::string>;
    EXPECT_EQ(request.headers, (std::vector<Header>{{"Authorization", "Bearer t.o.k"},
                                                    {"Content-Type", "application/json"},
                                                    {"Idempotency-Key", "\"storm-aa-1\""}}));
}

TEST(Api, DescribesAProblemByItsDetailSoThatItCanBeCounted) {
    net::ClientResponse response;
    response.status = 403;
    response.body =
        R"({"type":"x","detail":"only students\nhand in","request_id":"0011223344556677"})";
    EXPECT_EQ(describe(response), "HTTP 403: only students hand in");
    response.body = "";
    EXPECT_EQ(describe(response), "HTTP 403");
    response.body = std::string(1000, 'x');
    EXPECT_LT(describe(response).size(), 300U);
}

TEST(Api, ReadsRetryAfter) {
    for (auto [text, expected] :
         std::initializer_list<std::pair<const char*, std::optional<Duration>>>{{"0", 0s},
                                                                                {"2", 2s},
                                                                                {"99999999", 1h},
                                                                                {"-1", {}},
                                                                                {"soon", {}},
                                                                                {"1.5", {}},
                                                                                {"", {}}}) {
        net::ClientResponse response;
        response.headers.emplace_back("Retry-After", text);
        EXPECT_EQ(retry_after(response), expected) << text;
    }
    EXPECT_EQ(retry_after({}), std::nullopt);
}

} // namespace

} // namespace bw::storm
