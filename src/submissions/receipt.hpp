// The receipt: proof, checkable offline, that a submission was received when it says. Leaf data
// (nonce and statement), the path to the commit group's root, the group, its path to the root of
// the journal's tree, the signed head. Pure: made from a commit, stored as bytes, shown as JSON,
// verified by anybody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"
#include "submissions/heads.hpp"
#include "submissions/record.hpp"

namespace bw::submissions {

struct Receipt {
    Bytes statement; // encoded: the leaf's data are nonce || statement
    Nonce nonce{};
    std::uint32_t index = 0;  // leaf number in the group
    std::vector<Sha256> path; // to the group's root
    journal::Group group;
    std::vector<Sha256> head_path; // from the group to the head's root
    journal::Head head;
    Signature signature{};
    std::string kid; // of the receipt key, see /.well-known/receipt-keys.json
};

/// Of a record that the journal has committed, or has read back.
Receipt make_receipt(Bytes statement, const Nonce& nonce, std::uint32_t index,
                     const journal::CommittedGroup& group, std::string kid);

/// For the database: everything above, compact.
Bytes encode(const Receipt& receipt);
/// corrupt if it is not one; whether it holds is verify()'s to say.
Result<Receipt> decode_receipt(ByteView bytes);

/// Writes the receipt as one JSON object. Hashes are hexadecimal, other bytes base64url; what the
/// statement says is repeated in plain members for people, and verification compares them.
void write_json(JsonWriter& json, const Receipt& receipt);
/// Reads what write_json wrote, or an answer that holds it as `receipt`. bad_request if it is not a
/// receipt or its plain members contradict its statement.
Result<Receipt> receipt_from_json(std::string_view text);

/// Does the receipt prove its statement under one of `keys`? The statement, or `corrupt` with what
/// does not hold.
Result<Statement> verify(const Receipt& receipt, const std::vector<ReceiptKey>& keys);

/// Is `content` what was handed in? A newline at its end may be more than that: a text file has one
/// that was never sent. ok, or `corrupt`.
Result<void> verify_content(const Statement& statement, ByteView content);

} // namespace bw::submissions
