// A person's second factor in the database: a TOTP secret, sealed under the person's key (so that
// it goes when they are erased), and recovery codes. Who must show one, and how often it may be
// tried, is not decided here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/subject_keys.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::auth {

struct FactorStatus {
    std::optional<Instant> confirmed_at; // it counts from then on
    bool begun = false;                  // a secret was handed out, confirmed or not
    std::int64_t recovery_codes = 0;     // left
    // Of the person, as the same look saw them:
    std::int64_t epoch = 0;
    tenancy::Roles roles;
};

/// What is shown once.
struct Enrolment {
    std::string secret; // base32
    std::string uri;    // otpauth://
};

/// What became of a code that was shown.
enum class CodeCheck : std::uint8_t { wrong, code, recovery_code };

/// Thread-safe. The caller owns the transaction: a code is used up if and only if it commits.
class SecondFactors {
public:
    static constexpr int recovery_codes = 10;
    static constexpr std::size_t code_bytes_limit = 32;

    /// `key` is that of recovery codes' hashes.
    SecondFactors(const audit::SubjectKeys& persons, const SecretKey& key, const Clock& clock,
                  Rng& rng)
        : persons_(persons), key_(key), clock_(clock), rng_(rng) {}

    /// not_found: no active user.
    Result<FactorStatus> status(tenancy::TenantTx& tx, UserId user) const;
    /// Hands out a secret, which counts once a code of it was shown. conflict: another counts.
    Result<Enrolment> begin(tenancy::TenantTx& tx, UserId user, std::string_view issuer) const;
    /// By a code of the secret that was handed out: it counts from now on. The recovery codes;
    /// nullopt: the code is wrong. conflict: there is nothing to confirm.
    Result<std::optional<std::vector<std::string>>> confirm(tenancy::TenantTx& tx, UserId user,
                                                            std::string_view code) const;
    /// Six digits, or a recovery code. Right once: the step of the code and those before it, or the
    /// recovery code, are used up. conflict: they have no second factor.
    Result<CodeCheck> use(tenancy::TenantTx& tx, UserId user, std::string_view code) const;
    /// Was there one?
    static Result<bool> remove(tenancy::TenantTx& tx, UserId user);

private:
    struct Row;
    Result<Row> read(tenancy::TenantTx& tx, UserId user) const;
    Result<CodeCheck> use_step(tenancy::TenantTx& tx, UserId user, const Row& row,
                               std::string_view code) const;
    Bytes hash_of(TenantId tenant, UserId user, std::string_view code) const;

    const audit::SubjectKeys persons_;
    const SecretKey key_;
    const Clock& clock_;
    Rng& rng_;
};

} // namespace bw::auth
