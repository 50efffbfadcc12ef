// The keys that access tokens are signed with, as a process starts: from the database, or while
// that is away from the file that the last process left.
#pragma once

#include <memory>

#include "app/installation.hpp"
#include "app/serve.hpp"
#include "tenancy/revocation_feed.hpp"
#include "tenancy/signing_keys.hpp"

namespace bw::app {

class TokenKeys {
public:
    /// Takes in the file, and the key of an installation that kept it in one (it signs on). All
    /// outlive it.
    static Result<std::unique_ptr<TokenKeys>> open(const Installation& installation,
                                                   const ServeOptions& options, const Clock& clock,
                                                   Rng& rng);
    /// Before the revocation feed's thread: its first step. Without a file a process with role auth
    /// waits for the database. unavailable or forbidden: it has nothing to sign with.
    Result<void> begin(tenancy::RevocationFeed& revocations, Deadline deadline) const;
    /// After that step; `reached`: it had an answer.
    Result<void> check(bool reached) const;

    const SecretKey master;
    tenancy::KeyRing ring;
    tenancy::SigningKeyFeed feed;

private:
    TokenKeys(const Installation& installation, const ServeOptions& options, const SecretKey& with,
              const Clock& clock, Rng& rng);
    void take_former(const Installation::FormerTokenKey& former, Rng& rng);

    const Installation& installation_;
    const Clock& clock_;
    const bool signs_;
    bool has_former_ = false;
};

} // namespace bw::app
