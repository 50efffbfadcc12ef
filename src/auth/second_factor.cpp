#include "auth/second_factor.hpp"

#include <algorithm>

#include "auth/second_factor_sql.hpp"
#include "auth/totp.hpp"
#include "base/keyed_hash.hpp"
#include "base/secret_text.hpp"
#include "roster/users.hpp"

namespace bw::auth {

namespace {

constexpr std::size_t recovery_bytes = 10; // 80 bits: 16 characters of base32

/// What a sealed secret is bound to: it opens nowhere but at its own person.
Bytes context_of(TenantId tenant, UserId user) {
    return "bellwether totp secret v1\n" + Bytes(view(tenant.uuid)) + Bytes(view(user.uuid));
}

/// "ABCD-EFGH-IJKL-MNOP"
std::string grouped(std::string_view code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); i += 4)
        out += (i ? "-" : "") + std::string(code.substr(i, 4));
    return out;
}

/// As people type it: in any case, with hyphens and blanks or without.
std::string normal(std::string_view code) {
    std::string out;
    for (char c : code)
        if (c != '-' && c != ' ')
            out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

} // namespace

struct SecondFactors::Row {
    FactorStatus status;
    Bytes sealed;
    std::string username;
    Instant now; // the database's
};

Result<SecondFactors::Row> SecondFactors::read(tenancy::TenantTx& tx, UserId user) const {
    pg::Params params;
    params.id(user);
    const pg::Rows rows = TRY(tx.run(sql::read_factor, params));
    if (rows.empty())
        return fail(Code::not_found, "there is no such active user");
    Row row{.status = {.recovery_codes = rows.int8(0, 2),
                       .epoch = rows.int8(0, 3),
                       .roles = roster::roles_from_names(rows.text(0, 4))},
            .sealed = {},
            .username = std::string(rows.optional_text(0, 5).value_or("")),
            .now = rows.instant(0, 6)};
    if (!rows.is_null(0, 0)) {
        row.status.begun = true;
        row.sealed = rows.bytes(0, 0);
    }
    if (!rows.is_null(0, 1))
        row.status.confirmed_at = rows.instant(0, 1);
    return row;
}

Result<FactorStatus> SecondFactors::status(tenancy::TenantTx& tx, UserId user) const {
    return TRY(read(tx, user)).status;
}

Result<Enrolment> SecondFactors::begin(tenancy::TenantTx& tx, UserId user,
                                       std::string_view issuer) const {
    const Row row = TRY(read(tx, user));
    const Instant now = clock_.now();
    const auto key = TRY(persons_.of(tx, user, now, rng_));
    if (!key)
        return fail(Code::not_found, "this person was erased");
    const auto secret = rng_.bytes<totp_secret_bytes>();
    pg::Params params;
    params.id(user)
        .bytes(seal(*key, view(secret), context_of(tx.tenant(), user), rng_))
        .instant(now);
    if (TRY(tx.run(sql::begin_factor, params)).empty())
        return fail(Code::conflict, "a second factor is there already; remove it first");
    return Enrolment{.secret = to_base32(view(secret)),
                     .uri = otpauth_uri(issuer, row.username, view(secret))};
}

Result<std::optional<std::vector<std::string>>>
SecondFactors::confirm(tenancy::TenantTx& tx, UserId user, std::string_view code) const {
    const Row row = TRY(read(tx, user));
    if (!row.status.begun || row.status.confirmed_at)
        return fail(Code::conflict, "there is no second factor that waits to be confirmed");
    if (TRY(use_step(tx, user, row, code)) == CodeCheck::wrong)
        return std::optional<std::vector<std::string>>();
    std::vector<std::string> codes;
    std::vector<Bytes> hashes;
    for (int i = 0; i < recovery_codes; ++i) {
        const std::string made = to_base32(view(rng_.bytes<recovery_bytes>()));
        codes.push_back(grouped(made));
        hashes.push_back(hash_of(tx.tenant(), user, made));
    }
    pg::Params params;
    params.id(user).bytes_array(hashes);
    TRY(tx.run(sql::put_recovery_codes, params));
    return std::optional(std::move(codes));
}

Result<CodeCheck> SecondFactors::use(tenancy::TenantTx& tx, UserId user,
                                     std::string_view code) const {
    const Row row = TRY(read(tx, user));
    if (!row.status.confirmed_at)
        return fail(Code::conflict, "there is no second factor");
    const std::string typed = normal(code);
    if (typed.size() == totp_digits)
        return use_step(tx, user, row, typed);
    pg::Params params;
    params.id(user).bytes(hash_of(tx.tenant(), user, typed));
    return TRY(tx.run(sql::use_recovery_code, params)).empty() ? CodeCheck::wrong
                                                               : CodeCheck::recovery_code;
}

Result<CodeCheck> SecondFactors::use_step(tenancy::TenantTx& tx, UserId user, const Row& row,
                                          std::string_view code) const {
    const tenancy::Step read_key = audit::SubjectKeys::read_step(user);
    const pg::Rows found = TRY(tx.run(read_key.statement, read_key.params));
    const auto key = TRY(persons_.unwrap(
        tx.tenant(), user,
        found.empty() || found.is_null(0, 0) ? std::nullopt : std::optional(found.bytes(0, 0))));
    if (!key)
        return fail(Code::conflict, "this person was erased");
    auto opened = unseal(*key, row.sealed, context_of(tx.tenant(), user));
    if (!opened)
        return fail(Code::corrupt, "a TOTP secret does not open under its person's key");
    const SecretText secret(*std::move(opened));
    const auto step = totp_match(secret.text(), code, row.now);
    if (!step)
        return CodeCheck::wrong;
    pg::Params params;
    params.id(user).int8(*step).instant(row.now).bytes(row.sealed);
    return TRY(tx.run(sql::use_step, params)).empty() ? CodeCheck::wrong : CodeCheck::code;
}

Bytes SecondFactors::hash_of(TenantId tenant, UserId user, std::string_view code) const {
    return Bytes(view(keyed_hash<32>(
        key_, {"bellwether recovery code v1\n", view(tenant.uuid), view(user.uuid), code})));
}

Result<bool> SecondFactors::remove(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    return !TRY(tx.run(sql::forget_factor, params)).empty();
}

} // namespace bw::auth
