// Access tokens: EdDSA JWTs (RFC 7519, RFC 8037, the "at+jwt" profile of RFC 9068). Written here
// and verified here, so that the two cannot drift; who gets one is the auth module's business.
// Verification reads memory only.
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
std::string sign_token(const Claims& claims, const SigningKey& key);

/// Public keys as a JWK set (RFC 7517), for /.well-known/*.json.
std::string jwk_set(const std::vector<PublicKey>& keys);

/// Thread-safe. Remembers verified tokens (a signature costs 40 us, a look-up under 1 us); what can
/// change while a token lives (expiry, key, tenant, revocation) is checked at every use.
class TokenVerifier {
public:
    TokenVerifier(std::string issuer, std::vector<PublicKey> keys, const TenantDirectory& directory,
                  const Revocations& revocations, const Clock& clock, Rng& rng,
                  std::size_t cache_items_limit = 100'000);
    ~TokenVerifier();

    /// unauthenticated (malformed, other algorithm, unknown key, bad signature, other issuer,
    /// unknown tenant, issued further ahead of our clock than it lives, revoked), token_expired, or
    /// forbidden (the institution is suspended). The detail says which, never the token.
    Result<Principal> verify(std::string_view token) const;

private:
    struct Verified;
    struct Shard;
    Result<Verified> verify_signature(std::string_view token) const;

    const std::string issuer_;
    const std::vector<std::pair<std::string, PublicKey>> keys_; // by kid
    const TenantDirectory& directory_;
    const Revocations& revocations_;
    const Clock& clock_;
    const std::uint64_t hash_seed_; // so that nobody can aim at one shard
    const std::size_t shard_items_limit_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

} // namespace bw::tenancy
