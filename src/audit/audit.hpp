// The audit log: who did what to whom, written in the transaction that does it. Not for debugging
// (telemetry) and not for what students hand in (submissions). How events become provable is in
// tree.hpp; events of deeds without a transaction of their own go through writer.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/subject_keys.hpp"
#include "base/ids.hpp"
#include "base/merkle.hpp"
#include "base/result.hpp"
#include "tenancy/database.hpp"

namespace bw::audit {

struct Event {
    std::string_view actor;   // "operator", or a UserId's text
    std::string_view action;  // stable: "roster.imported", "storm_tokens.issued"
    std::string_view subject; // the id or name that it was done to; may be empty
    std::string_view details; // a JSON object, ids and counts only
};

/// The caller owns the transaction: the event stands if and only if the deed does.
Result<void> record(tenancy::TenantTx& tx, const Event& event, const Clock& clock, Rng& rng);

/// An event as it is stored, and what its leaf in the tenant's tree proves.
struct StoredEvent {
    AuditEventId id;
    Instant at;
    std::string actor, action, subject, details;
    /// Whom the event says something personal about, and what: a JSON object.
    struct Personal {
        UserId about;
        std::string json;
    };
    std::optional<Personal> personal;

    /// The bytes behind the leaf: "bellwether audit event v1\n", tenant, id, time (64 bits of
    /// milliseconds), the four texts behind their lengths (32 bits), then 0, or 1 and the person
    /// and the personal JSON behind its length. Integers are little-endian.
    Bytes leaf_data(TenantId tenant) const;
};

/// The statement that writes `event` with its leaf; writing the same id again does nothing. A
/// personal part is encrypted under `key`, which must be there exactly if the part is.
tenancy::Step insert_step(TenantId tenant, const StoredEvent& event,
                          const std::optional<SecretKey>& key, Rng& rng);

} // namespace bw::audit
