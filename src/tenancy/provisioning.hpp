// Provisioning: institutions made, changed, suspended and resumed by operators through the control
// plane's doors, each with its entry in the book of operators' deeds; and the check that the
// server's own database role cannot see across institutions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::tenancy {

constexpr std::size_t tenant_hosts_limit = 20;

/// What an operator decides about an institution.
struct TenantSettings {
    std::string slug;
    std::string name;
    std::string zone; // IANA
    std::string locale = "en";
    /// Beside the slug's: domains of its own, and former slugs that still lead here.
    std::vector<std::string> hosts = {};
    Quotas quotas = {};
    bool operator==(const TenantSettings&) const = default;
};

struct TenantRecord {
    TenantId id;
    TenantState state = TenantState::active;
    TenantSettings settings;
    std::int64_t version = 1; // its ETag
    Instant created_at, changed_at;
};

struct TenantPage {
    std::vector<TenantRecord> items; // in the order of ids
    std::optional<TenantId> next;    // ask for what is after it
};

/// A line of the book of operators' deeds.
struct OperatorEvent {
    std::int64_t seq;
    Instant at;
    std::string actor, action;
    Uuid subject;        // a tenant's or an operator token's
    std::string details; // JSON
};

/// A retry of a creation is told from another one by `key` (an Idempotency-Key) among those of
/// `owner`.
struct CreationKey {
    std::string owner, key;
};

/// `operator_database` signs in as bw_operator; `actor` stands in the book. Fields in errors are
/// JSON pointers into TenantSettings as the operator API writes them.
class Provisioning {
public:
    struct Created {
        TenantRecord tenant;
        bool replayed = false; // the same request made it before
    };
    /// conflict (a slug or host is another's), invalid_field, idempotency_key_reused.
    static Result<Created> create(Database& operator_database, const TenantSettings& settings,
                                  const std::optional<CreationKey>& key, std::string_view actor,
                                  const Clock& clock, Rng& rng, Deadline deadline);
    /// The same, in short.
    static Result<TenantInfo> create(Database& operator_database, const std::string& slug,
                                     const std::string& name, const std::string& zone,
                                     const Clock& clock, Rng& rng, Deadline deadline);

    static Result<TenantRecord> read(Database& operator_database, TenantId tenant,
                                     Deadline deadline); // not_found
    static Result<TenantPage> list(Database& operator_database, std::optional<TenantId> after,
                                   std::optional<TenantState> state, int limit, Deadline deadline);

    /// Replaces all settings if the version is still `seen`. Hosts that are no longer named are
    /// free for others at once. not_found, precondition_failed, conflict, invalid_field.
    static Result<TenantRecord> change(Database& operator_database, TenantId tenant,
                                       std::int64_t seen, const TenantSettings& settings,
                                       std::string_view actor, const Clock& clock,
                                       Deadline deadline);
    /// Changes nothing when it is so already. not_found.
    static Result<TenantRecord> set_state(Database& operator_database, TenantId tenant,
                                          TenantState state, std::string_view actor,
                                          const Clock& clock, Deadline deadline);

    /// The newest first; before an event's number.
    static Result<std::vector<OperatorEvent>> events(Database& operator_database,
                                                     std::optional<std::int64_t> before, int limit,
                                                     Deadline deadline);

    /// Refuses to go on when row-level security would not hold for this role: it is, or is a member
    /// of, a superuser, a role that may bypass it, an owner of tables or the door; or a table with
    /// a tenant_id does not force it. Called before a server listens.
    static Result<void> check_isolation(Database& database, Deadline deadline);

private:
    static Error explain(const Database& operator_database, Error error, const std::string& zone);
};

/// The settings as they are kept (hosts in lower case, each once, without the slug), or
/// invalid_field.
Result<TenantSettings> checked(TenantSettings settings);

/// Another slug; the one before goes on leading here, as one of the hosts.
void change_slug(TenantSettings& settings, std::string slug);

} // namespace bw::tenancy
