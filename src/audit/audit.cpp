#include "audit/audit.hpp"

#include "audit/audit_sql.hpp"

namespace bw::audit {

Result<void> record(tenancy::TenantTx& tx, const Event& event, const Clock& clock, Rng& rng) {
    Instant now = clock.now();
    pg::Params params;
    params.id(AuditEventId::make(now, rng))
        .instant(now)
        .text(event.actor)
        .text(event.action)
        .text(event.subject)
        .json(event.details);
    TRY(tx.run(sql::insert_event, params));
    return {};
}

} // namespace bw::audit
