// Whatever comes as a receipt, a head, a proof, a set of keys, questions or answers: nothing
// crashes, what is read is written back the same, and no edit of a good receipt verifies as
// anything else.
#include <cstdlib>

#include "base/merkle.hpp"
#include "submissions/questions.hpp"
#include "submissions/receipt.hpp"

using namespace bw;
using namespace bw::submissions;

namespace {

const SigningKey& key() {
    static const SigningKey made = SigningKey::from_seed({7});
    return made;
}

Receipt make_good() {
    Statement statement{.idempotency_key = "key", .received_at = Instant{1'700'000'000'123}};
    statement.content_sha256 = sha256("content");
    statement.content_bytes = 7;
    Receipt receipt{
        .statement = encode(statement), .nonce = {1, 2, 3}, .index = 1, .kid = key().kid()};
    const MerkleTree records(
        {sha256("a"), leaf_hash(receipt.nonce, receipt.statement), sha256("c")});
    receipt.path = records.path(1);
    receipt.group = {
        .number = 2, .first_seq = 4, .size = 3, .root = records.root(), .time = Instant{5}};
    const MerkleTree groups({sha256("1"), receipt.group.leaf()});
    receipt.head_path = groups.path(1);
    receipt.head = {
        .cell = "local", .epoch = 9, .size = 2, .root = groups.root(), .time = Instant{6}};
    receipt.signature = key().sign(receipt.head.signed_bytes());
    return receipt;
}

std::string json_of(const Receipt& receipt) {
    JsonWriter json;
    write_json(json, receipt);
    return json.take();
}

void must(bool holds) {
    if (!holds)
        std::abort();
}

/// A receipt that verifies proves what the good one proves.
void check_receipt(const Receipt& receipt) {
    static const Receipt good = make_good();
    if (auto proven = verify(receipt, {key().public_key()}))
        must(receipt.statement == good.statement && receipt.nonce == good.nonce &&
             receipt.group == good.group && receipt.head == good.head);
}

Bytes edited(Bytes bytes, ByteView edits) {
    for (; edits.size() >= 3; edits.remove_prefix(3)) // offset, value
        bytes[get_le<std::uint16_t>(edits) % bytes.size()] = edits[2];
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView input(reinterpret_cast<const char*>(data), size);
    if (input.empty())
        return 0;
    const int what = input.front() % 8;
    input.remove_prefix(1);
    static const Bytes good_bytes = encode(make_good());
    static const std::string good_json = json_of(make_good());
    if (what < 2) {
        const Bytes bytes = what == 0 ? Bytes(input) : edited(good_bytes, input);
        if (auto receipt = decode_receipt(bytes)) {
            must(encode(*receipt) == bytes);
            check_receipt(*receipt);
        }
    } else if (what < 4) {
        const std::string text = what == 2 ? std::string(input) : edited(good_json, input);
        if (auto receipt = receipt_from_json(text)) {
            auto again = receipt_from_json(json_of(*receipt));
            must(again && encode(*again) == encode(*receipt));
            check_receipt(*receipt);
        }
    } else if (what == 4) {
        if (auto head = head_from_json(input))
            (void)verify(*head, {key().public_key()});
        if (auto keys = read_receipt_key_set(input); keys && !keys->empty())
            must(read_receipt_key_set(receipt_key_set(*keys)).has_value());
    } else if (what == 5) {
        if (auto proof = consistency_from_json(input))
            (void)verify(*proof, make_good().head, {key().public_key()});
    } else if (what == 6) {
        (void)check_questions(input, "/questions");
        (void)check_answers(input, "/answers");
    } else if (const std::size_t half = input.find('\n'); half != ByteView::npos) {
        const ByteView questions = input.substr(0, half), answers = input.substr(half + 1);
        if (answers_fit(questions, answers))
            must(check_questions(questions, "").has_value());
    }
    return 0;
}
