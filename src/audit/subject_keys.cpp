#include "audit/subject_keys.hpp"

#include "audit/audit_sql.hpp"

namespace bw::audit {

namespace {

/// What a wrapped key is bound to: it opens nowhere but at its own person.
Bytes context_of(TenantId tenant, UserId person) {
    return Bytes(view(tenant.uuid)) + Bytes(view(person.uuid));
}

} // namespace

Nonce nonce_under(const SecretKey& key, AuditEventId event) {
    const Sha256 hash = sha256({"bellwether audit nonce v1\n", view(key), view(event.uuid)});
    return *to_array<sizeof(Nonce)>(view(hash).substr(0, sizeof(Nonce)));
}

std::array<tenancy::Step, 2> SubjectKeys::steps(TenantId tenant, UserId person, Instant now,
                                                Rng& rng) const {
    const auto fresh = rng.bytes<sizeof(SecretKey)>();
    return {restore_step(
                person, seal(installation_key_, view(fresh), context_of(tenant, person), rng), now),
            read_step(person)};
}

tenancy::Step SubjectKeys::restore_step(UserId person, ByteView wrapped, Instant now) {
    pg::Params params;
    params.id(person).bytes(wrapped).instant(now);
    return {sql::make_subject_key, std::move(params)};
}

tenancy::Step SubjectKeys::read_step(UserId person) {
    pg::Params params;
    params.id(person);
    return {sql::read_subject_key, std::move(params)};
}

Result<std::optional<SecretKey>> SubjectKeys::unwrap(TenantId tenant, UserId person,
                                                     std::optional<ByteView> wrapped) const {
    if (!wrapped)
        return std::optional<SecretKey>();
    const auto key = unseal(installation_key_, *wrapped, context_of(tenant, person));
    if (!key || key->size() != sizeof(SecretKey))
        return fail(Code::corrupt,
                    "a person's key does not open under this installation's subject key");
    return to_array<sizeof(SecretKey)>(*key);
}

Result<std::optional<SecretKey>> SubjectKeys::of(tenancy::TenantTx& tx, UserId person, Instant now,
                                                 Rng& rng) const {
    auto [make, read] = steps(tx.tenant(), person, now, rng);
    const auto answers = TRY(tx.run(std::vector<tenancy::Step>{std::move(make), std::move(read)}));
    const pg::Rows& row = answers[1];
    return unwrap(tx.tenant(), person,
                  row.is_null(0, 0) ? std::nullopt : std::optional(row.bytes(0, 0)));
}

Result<bool> erase_subject_key(tenancy::TenantTx& tx, UserId person, Instant now) {
    pg::Params params;
    params.id(person).instant(now);
    return TRY(tx.run(sql::erase_subject_key, params)).affected() > 0;
}

tenancy::Step erased_subjects_step() {
    return {sql::erased_subjects, {}};
}

} // namespace bw::audit
