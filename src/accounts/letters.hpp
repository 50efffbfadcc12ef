// Mails about passwords, and where their links lead: a page at the institution's own host, with the
// secret behind '#', which browsers send to nobody and no log ever holds.
#pragma once

#include <string>

#include "accounts/people.hpp"
#include "accounts/vouchers.hpp"
#include "audit/subject_keys.hpp"
#include "tenancy/tenant.hpp"

namespace bw::accounts {

/// As its people see it.
struct Institution {
    tenancy::TenantScope scope;
    std::string name, language;
    std::string origin; // "https://north-hill.school.example"
};

/// How addresses of institutions are made. Never from a request: whoever sends one could name any
/// port, and mail would carry it to others.
struct Origins {
    std::string form; // "https://{host}"
    std::string base_host;

    Institution of(const tenancy::TenantInfo& tenant) const;
};

std::string link_with_token(const Institution& place, std::string_view token);
std::string link_with_code(const Institution& place, std::string_view username,
                           std::string_view code);

/// Writes them into the outbox, in the caller's transaction. Nothing to whoever has no address.
class Letters {
public:
    Letters(const audit::SubjectKeys& keys, const Clock& clock, Rng& rng)
        : keys_(keys), clock_(clock), rng_(rng) {}

    Result<void> reset(tenancy::TenantTx& tx, const Institution& place, const Person& person,
                       const Voucher& voucher) const;
    Result<void> invitation(tenancy::TenantTx& tx, const Institution& place, const Person& person,
                            const Voucher& voucher) const;
    /// That a password was changed: for whoever did not do it.
    Result<void> changed(tenancy::TenantTx& tx, const Institution& place,
                         const Person& person) const;

private:
    Result<void> send(tenancy::TenantTx& tx, std::string_view name, const Institution& place,
                      const Person& person, std::optional<Voucher> voucher,
                      Duration lifetime) const;
    const audit::SubjectKeys keys_;
    const Clock& clock_;
    Rng& rng_;
};

} // namespace bw::accounts
