// Vouchers: a person's right to choose their password once, for a while, whatever its secret is
// written on. Whoever may give one is decided above.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/people.hpp"
#include "accounts/secrets.hpp"
#include "tenancy/database.hpp"

namespace bw::accounts {

struct VoucherKind {
    static constexpr const char* prefix = "vou";
};
using VoucherId = Id<VoucherKind>;

enum class Purpose : std::uint8_t { reset, invitation, card };
std::string_view wire_name(Purpose purpose);
/// How long each counts unless somebody says otherwise.
Duration lifetime_of(Purpose purpose);

struct Voucher {
    VoucherId id;
    std::string secret; // shown once: a link's token, or a code
    Instant expires_at;
};
/// One for each of `persons`, who are different ones, in their order; their older ones of this kind
/// end. not_found: one of them is nobody active.
Result<std::vector<Voucher>> make_vouchers(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           const std::vector<UserId>& persons, Purpose purpose,
                                           std::optional<UserId> made_by, Duration lifetime,
                                           const Clock& clock, Rng& rng);
Result<Voucher> make_voucher(tenancy::TenantTx& tx, const SecretMacs& macs, UserId person,
                             Purpose purpose, std::optional<UserId> made_by, const Clock& clock,
                             Rng& rng);

struct ClassCodeKind {
    static constexpr const char* prefix = "cco";
};
using ClassCodeId = Id<ClassCodeKind>;

/// What a secret opens: exactly one of the two is set.
struct Opened {
    UserId person;
    std::optional<VoucherId> voucher;
    std::optional<ClassCodeId> class_code;
};
/// nullopt: it is none, or does not count any more. Uses nothing up.
Result<std::optional<Opened>> find_by_link(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           std::string_view token, Instant now);
/// `person`: whoever was named, or nobody. The same work for nobody, and a class code that is shown
/// for a person for whom it is not open is counted there.
Result<std::optional<Opened>> find_by_code(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           std::optional<UserId> person, std::string_view code,
                                           Instant now);
/// In the transaction that changes the password, before it does. False: somebody else was faster.
Result<bool> use_up(tenancy::TenantTx& tx, const Opened& opened, Instant now);
/// All of a person's: whatever set their password.
Result<void> end_vouchers(tenancy::TenantTx& tx, UserId person, Instant now);

struct Invitation {
    VoucherId id;
    UserId person;
    std::string username, given_name, family_name;
    std::optional<UserId> made_by;
    Instant made_at, expires_at;
    std::string state; // see the README's table
};
struct InvitationPage {
    std::vector<Invitation> items; // the newest first
    std::optional<std::pair<Instant, VoucherId>> next;
};
Result<InvitationPage> list_invitations(tenancy::TenantTx& tx, Instant now,
                                        const std::optional<std::pair<Instant, VoucherId>>& after,
                                        int limit);
/// not_found: there is no such invitation. conflict: it has ended.
Result<UserId> revoke_invitation(tenancy::TenantTx& tx, VoucherId id, Instant now);
Result<UserId> invited_person(tenancy::TenantTx& tx, VoucherId id);

/// Whom an invitation is for: one person, a section's people, an org's, or (none is set) everybody.
struct Invited {
    std::optional<UserId> person = {};
    std::optional<SectionId> section = {};
    std::optional<Uuid> org = {};
};
/// By id, `limit` at most: no password, an address, no invitation that is open.
Result<std::vector<UserId>> uninvited(tenancy::TenantTx& tx, const Invited& whom, Instant now,
                                      int limit);
struct NotInvitable {
    std::int64_t with_password = 0, without_address = 0, all = 0;
};
Result<NotInvitable> not_invitable(tenancy::TenantTx& tx, const Invited& whom);

/// What is kept here about somebody who is erased.
Result<void> forget_person(tenancy::TenantTx& tx, UserId person);

} // namespace bw::accounts
