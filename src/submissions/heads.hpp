// Signed heads outside of receipts: published, witnessed, and held against each other. With a
// consistency proof from a receipt's head to a head that somebody else has seen, a receipt needs no
// faith in the installation's key. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "journal/head.hpp"

namespace bw::submissions {

/// A key that receipts and heads verify under. Those of the past are kept: what they signed while
/// they were in use stays valid.
struct ReceiptKey {
    ReceiptKey(PublicKey of, std::optional<Instant> retired = {}) : key(of), retired_at(retired) {}
    PublicKey key;
    std::optional<Instant> retired_at; // no head after it is signed with this key
};

/// A JWK set (RFC 7517); a retired key has the member `retired_at`.
std::string receipt_key_set(const std::vector<ReceiptKey>& keys);
/// Keys of other kinds are passed over; bad_request if it is no key set.
Result<std::vector<ReceiptKey>> read_receipt_key_set(std::string_view text);

struct SignedHead {
    journal::Head head;
    Signature signature{};
    std::string kid;
};

/// ok, or `corrupt` with what does not hold; the field names the member.
Result<void> verify(const SignedHead& head, const std::vector<ReceiptKey>& keys);

/// That the journal's first `from_size` groups are the beginning of `head`'s.
struct ConsistencyProof {
    std::uint64_t from_size = 0;
    std::vector<Sha256> path;
    SignedHead head;
};
/// Does it lead from `earlier`, whose signature was verified, to its head? ok, or `corrupt`.
Result<void> verify(const ConsistencyProof& proof, const journal::Head& earlier,
                    const std::vector<ReceiptKey>& keys);

using journal::epoch_text, journal::read_epoch; // part of every head that is shown

/// The head's members, then signature and kid. Writes one JSON object.
void write_json(JsonWriter& json, const SignedHead& head);
void write_json(JsonWriter& json, const ConsistencyProof& proof);
/// bad_request if it is not one.
Result<SignedHead> head_from_json(std::string_view text);
Result<ConsistencyProof> consistency_from_json(std::string_view text);

} // namespace bw::submissions
