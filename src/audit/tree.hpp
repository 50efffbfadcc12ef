// A tenant's audit tree: what makes the log provable. Events wait in no tree until `grow` takes
// them, off the path of the deed; every growth is signed. Rewriting the log is then detectable by
// whoever holds an earlier head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/audit.hpp"
#include "base/crypto.hpp"

namespace bw::audit {

struct Head {
    std::uint64_t size = 0; // leaves
    Sha256 root{};
    Instant at;
    std::string kid;
    Signature signature{};

    /// "bellwether audit head v1\n", tenant, size (64 bits), root, time (64 bits of milliseconds);
    /// little-endian.
    Bytes signed_bytes(TenantId tenant) const;
};

/// Takes up to `events_limit` waiting events of the transaction's tenant into its tree and signs
/// the new head. Returns how many; growths of one tenant wait for each other.
Result<std::size_t> grow(tenancy::TenantTx& tx, std::int32_t events_limit, const SigningKey& key,
                         const Clock& clock);

Result<std::optional<Head>> latest_head(tenancy::TenantTx& tx);

struct Verification {
    std::uint64_t events = 0;     // in the tree
    std::uint64_t erased = 0;     // of them: proven to exist, no longer readable
    std::optional<Head> head;     // none: an empty log
    std::optional<Error> problem; // `corrupt`; field: the leaf's index, or "head"
};

/// Computes every leaf and the root again and holds them against the latest head and `key`. Reads a
/// page at a time.
Result<Verification> verify(tenancy::TenantTx& tx, const PublicKey& key, const SubjectKeys& keys);

} // namespace bw::audit
