// Signed tokens of others (JWS, RFC 7515, compact form) and the keys that they verify under (JWK
// sets, RFC 7517). What a token says is id_token.hpp's. Every byte here is a stranger's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct evp_pkey_st;

namespace bw::federation {

/// What a provider may sign with. Nothing symmetric, and not "none": a public key is no secret to
/// verify an HMAC under.
enum class Algorithm : std::uint8_t { rs256, es256, eddsa };
std::string_view wire_name(Algorithm algorithm); // "RS256", "ES256", "EdDSA"
std::optional<Algorithm> algorithm_from(std::string_view name);

/// A token taken apart, not yet believed.
struct Jws {
    Algorithm algorithm;
    std::optional<std::string> kid;
    std::string signed_bytes; // header and payload as they stood
    Bytes payload, signature;

    /// unauthenticated: too long (16 KiB), not three canonical parts, a header with a member twice,
    /// with `crit`, or with another algorithm.
    static Result<Jws> parse(std::string_view text);
};

/// Thread-safe once made.
class KeySet {
public:
    /// At most 100 keys; those that are for something else, too weak (RSA below 2048 bits) or of a
    /// form that is not known are left out. bad_request: no JWK set at all.
    static Result<KeySet> parse(std::string_view json);

    enum class Verdict : std::uint8_t {
        good,
        bad,
        unknown_key // none of these keys is meant: perhaps there are newer ones
    };
    /// A key counts if its type is the algorithm's, its `alg`, if given, is that algorithm, and its
    /// `kid` is the token's; a token without one may be any key's.
    Verdict verify(const Jws& jws) const;
    std::size_t size() const { return keys_.size(); }

private:
    struct Key {
        Algorithm algorithm;
        std::optional<std::string> kid;
        /// Shared by the copies of the set; never changed.
        std::shared_ptr<evp_pkey_st> key;
    };
    std::vector<Key> keys_;
};

} // namespace bw::federation
