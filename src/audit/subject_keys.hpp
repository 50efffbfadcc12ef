// Keys of persons: what is personal in a permanent log is encrypted under the key of the person it
// is about, so that erasing the person is dropping one key. Kept per tenant, wrapped under the
// installation's key.
#pragma once

#include <optional>

#include "base/ids.hpp"
#include "base/merkle.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "tenancy/database.hpp"

namespace bw::audit {

/// The nonce of an event's leaf follows from the key, so it goes with it.
Nonce nonce_under(const SecretKey& key, AuditEventId event);

/// Thread-safe.
class SubjectKeys {
public:
    explicit SubjectKeys(const SecretKey& installation_key) : installation_key_(installation_key) {}

    /// The two statements that give a person's key, made if there is none yet: pass the row of the
    /// second to `unwrap`.
    std::array<tenancy::Step, 2> steps(TenantId tenant, UserId person, Instant now, Rng& rng) const;
    /// The first of them alone, with a key that was wrapped before: for a database that has lost
    /// it.
    static tenancy::Step restore_step(UserId person, ByteView wrapped, Instant now);
    /// The second alone: no row where no key was ever made.
    static tenancy::Step read_step(UserId person);
    /// nullopt: erased. `corrupt`: it was wrapped under another installation's key.
    Result<std::optional<SecretKey>> unwrap(TenantId tenant, UserId person,
                                            std::optional<ByteView> wrapped) const;
    /// The same as one call in the caller's transaction.
    Result<std::optional<SecretKey>> of(tenancy::TenantTx& tx, UserId person, Instant now,
                                        Rng& rng) const;

private:
    SecretKey installation_key_;
};

/// Drops the key for good: what was encrypted under it is noise from then on, and the person gets
/// no other, whether there was one or not. False if it was done before.
Result<bool> erase_subject_key(tenancy::TenantTx& tx, UserId person, Instant now);

/// The person and the instant of each erasure.
tenancy::Step erased_subjects_step();

} // namespace bw::audit
