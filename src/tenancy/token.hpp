// Access tokens: JWTs (RFC 7519, the "at+jwt" profile of RFC 9068), signed as their key says
// (EdDSA, RFC 8037, or ES256). Written here and verified here, so that the two cannot drift; who
// gets one is the auth module's business. Verification reads memory only.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/key_ring.hpp"
#include "tenancy/principal.hpp"
#include "tenancy/revocations.hpp"

namespace bw::tenancy {

struct Claims {
    std::string issuer; // names installation and cell
    TenantId tenant;
    UserId user;
    AuthSessionId session;
    Roles roles;
    Instant issued_at, expires_at;
    Instant renew_at;       // when a well-behaved client asks for the next one
    std::int64_t epoch = 0; // the person's when they proved who they are; see Revocation
};

/// The compact JWS. Times are cut to whole seconds.
std::string sign_token(const Claims& claims, const TokenKey& key);

/// Thread-safe. Remembers verified tokens (a signature costs 40 us, a look-up under 1 us); what can
/// change while a token lives (expiry, key, tenant, revocation) is checked at every use.
class TokenVerifier {
public:
    /// All outlive it.
    TokenVerifier(std::string issuer, const KeyRing& keys, const TenantDirectory& directory,
                  const Revocations& revocations, const Clock& clock, Rng& rng,
                  std::size_t cache_items_limit = 100'000);
    ~TokenVerifier();

    /// unauthenticated (malformed, another algorithm than its key's, unknown or revoked key, bad
    /// signature, other issuer, unknown tenant, issued further ahead of our clock than it lives,
    /// revoked), token_expired, forbidden (the institution is suspended), or unavailable (its key
    /// is being looked for; see KeyRing::find). The detail says which, never the token.
    Result<Principal> verify(std::string_view token) const;

    /// Would the token that `principal` came from still be taken? The same errors. For what goes on
    /// after its request was admitted.
    Result<void> still_good(const Principal& principal) const;
    /// Moves when keys or revocations change: who was still good at the same version, and has not
    /// expired, is so now, suspended institutions aside.
    std::uint64_t version() const { return revocations_.version() + keys_.version(); }

private:
    struct Verified;
    struct Shard;
    Result<Verified> verify_signature(std::string_view token) const;
    Result<KeyRing::Holding> key_of(std::string_view kid) const;
    bool may_be_ours(const std::string& payload) const;
    Result<std::shared_ptr<const TenantInfo>> tenant_of(TenantId id, Instant expires_at,
                                                        Instant now) const;

    const std::string issuer_;
    const KeyRing& keys_;
    const TenantDirectory& directory_;
    const Revocations& revocations_;
    const Clock& clock_;
    const std::uint64_t hash_seed_; // so that nobody can aim at one shard
    const std::size_t shard_items_limit_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

} // namespace bw::tenancy
