// Credentials at rest: which user has which password hash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"
#include "tenancy/revocations.hpp"

namespace bw::auth {

struct Credential {
    UserId user;
    std::string password_hash;
    tenancy::Roles roles;
    std::int64_t epoch = 0;     // of the user, as the same look saw it; see tenancy::Revocation
    Duration shared_for{};      // how long the institution lets a session on a shared device live
    bool second_factor = false; // they have one
    bool staff_second_factor = false; // their institution asks its staff for one
};

/// What somebody has to show besides the password.
enum class FactorNeed : std::uint8_t { none, code, enrolment };
FactorNeed factor_need(const Credential& credential);

/// Of an active user who has a password, in one round trip. Case does not count in the name.
Result<std::optional<Credential>>
find_credential(tenancy::Database& database, const tenancy::TenantScope& scope,
                std::string_view username, Deadline deadline,
                tenancy::ReadFrom from = tenancy::ReadFrom::primary());

/// The same, from a replica where that does: not while this process is silent (it may have missed a
/// changed password), and a row that is older than what it knows is looked for at the primary, and
/// so is staff without a second factor. So an old password never works after its change was
/// acknowledged, nor a password alone once a second factor was. Who is not there yet may be at
/// the primary: the caller asks again.
Result<std::optional<Credential>> current_credential(tenancy::Database& database,
                                                     const tenancy::TenantScope& scope,
                                                     std::string_view username,
                                                     const tenancy::Revocations& revocations,
                                                     const Clock& clock, Deadline deadline);

constexpr Duration silence_limit = 1s; // of the revocation feed

/// Until the transaction ends nobody else changes what opens this account: before all that does, so
/// that two who do it at once wait for each other in one place.
Result<void> lock_person(tenancy::TenantTx& tx, UserId user);
/// not_found: nobody has this name.
Result<UserId> lock_person(tenancy::TenantTx& tx, std::string_view username);

struct PasswordChange {
    UserId user;
    std::int64_t epoch = 0; // ends all that was issued before; see RevocationFeed::when_confirmed
};
/// Ends all of the user's sessions with it. not_found if there is no such user. The last thing that
/// a transaction does: it holds the revocation epoch, which everybody's sign-out waits for.
Result<PasswordChange> set_password(tenancy::TenantTx& tx, std::string_view username,
                                    std::string_view password_hash, Instant now);
/// The same of an active user known by id.
Result<PasswordChange> set_password(tenancy::TenantTx& tx, UserId user,
                                    std::string_view password_hash, Instant now);

struct OwnCredential {
    std::string password_hash;
    Instant changed_at;
};
/// Of an active user known by id.
Result<std::optional<OwnCredential>> credential_of(tenancy::TenantTx& tx, UserId user);

/// Who can sign in by password, for storms; at most `limit`, in no order that means anything.
struct StormPerson {
    UserId user;
    std::string username;
    tenancy::Roles roles;
};
Result<std::vector<StormPerson>> storm_people(tenancy::TenantTx& tx, std::int32_t limit);

/// What is kept here about somebody who is erased: password and sessions, and with them every
/// token. The last thing that a transaction does, as set_password.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now);

/// Gives every user of the tenant who has no password this hash; for demos, tests and storms.
/// Returns how many.
Result<std::int64_t> set_password_for_all(tenancy::TenantTx& tx, std::string_view password_hash,
                                          Instant now);

} // namespace bw::auth
