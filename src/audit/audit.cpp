#include "audit/audit.hpp"

#include "audit/audit_sql.hpp"
#include "base/ensure.hpp"

namespace bw::audit {

namespace {

void put_text(Bytes& out, std::string_view text) {
    put_le(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

} // namespace

Bytes StoredEvent::leaf_data(TenantId tenant) const {
    Bytes out = "bellwether audit event v1\n";
    out += view(tenant.uuid);
    out += view(id.uuid);
    put_le(out, at.ms);
    for (const std::string* text : {&actor, &action, &subject, &details})
        put_text(out, *text);
    out.push_back(personal ? '\1' : '\0');
    if (personal) {
        out += view(personal->about.uuid);
        put_text(out, personal->json);
    }
    return out;
}

tenancy::Step insert_step(TenantId tenant, const StoredEvent& event,
                          const std::optional<SecretKey>& key, Rng& rng) {
    ENSURE(event.personal.has_value() == key.has_value(),
           "a personal part and its key come together");
    const Nonce nonce = key ? nonce_under(*key, event.id) : rng.bytes<sizeof(Nonce)>();
    pg::Params params;
    params.id(event.id)
        .instant(event.at)
        .text(event.actor)
        .text(event.action)
        .text(event.subject)
        .text(event.details);
    if (key)
        params.id(event.personal->about)
            .bytes(seal(*key, event.personal->json, view(event.id.uuid), rng));
    else
        params.bytes(view(nonce));
    params.bytes(view(leaf_hash(nonce, event.leaf_data(tenant))));
    return {key ? sql::insert_personal_event : sql::insert_event, std::move(params)};
}

Result<void> record(tenancy::TenantTx& tx, const Event& event, const Clock& clock, Rng& rng) {
    const Instant now = clock.now();
    const StoredEvent stored{AuditEventId::make(now, rng),
                             now,
                             std::string(event.actor),
                             std::string(event.action),
                             std::string(event.subject),
                             std::string(event.details),
                             std::nullopt};
    const tenancy::Step step = insert_step(tx.tenant(), stored, std::nullopt, rng);
    TRY(tx.run(step.statement, step.params));
    return {};
}

} // namespace bw::audit
