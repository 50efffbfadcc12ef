// The one door to SQL for everything above this row: a statement runs in a transaction that entered
// a tenant's scope in the same round trip, or it does not run. Row-level security then shows that
// tenant's rows alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "lane/lane.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"
#include "tenancy/scope.hpp"

namespace bw::pg {
class Connection; // named nowhere above this row
}

namespace bw::tenancy {

struct Step {
    pg::Statement statement;
    pg::Params params;
};

/// A transaction inside one tenant's scope. Exists only inside Database::run; not copyable, not
/// movable. BEGIN and scope_enter travel with the first statement, so a transaction of n runs costs
/// n + 1 round trips.
class TenantTx {
public:
    TenantTx(const TenantTx&) = delete;
    TenantTx& operator=(const TenantTx&) = delete;

    TenantId tenant() const { return scope_.tenant(); }
    Deadline deadline() const { return deadline_; }
    Result<pg::Rows> run(const pg::Statement& statement, const pg::Params& params = {});
    /// Several statements in one round trip.
    Result<std::vector<pg::Rows>> run(const std::vector<Step>& steps);
    /// Bulk data into a temporary table made in this transaction (COPY's text format).
    Result<void> copy_in(const pg::Statement& copy, std::string_view rows);

private:
    friend class Database;
    TenantTx(class Database& database, const TenantScope& scope, Deadline deadline)
        : database_(database), scope_(scope), deadline_(deadline) {}
    Database& database_;
    const TenantScope& scope_;
    Deadline deadline_;
    bool begun_ = false;
};

/// A tenant's share of a batch: its statements run under its scope.
struct ScopedSteps {
    TenantScope scope;
    std::vector<Step> steps;
};

/// One connection and the way back to it after a failure. Not thread-safe: a lane thread owns it
/// (Lane<Database>).
class Database {
public:
    Database(std::string conninfo, std::string application_name, const Clock& clock);
    ~Database();

    /// BEGIN, scope_enter, fn(tx), COMMIT. `fn` returns a Result; an error rolls back. When the
    /// connection breaks at COMMIT the error is outcome_unknown.
    template <class Fn>
    auto run(const TenantScope& scope, Deadline deadline, Fn&& fn)
        -> std::invoke_result_t<Fn, TenantTx&> {
        CHECK_OK(connect(deadline));
        TenantTx tx(*this, scope, deadline);
        auto outcome = fn(tx);
        if (!outcome) {
            rollback(tx);
            return outcome;
        }
        CHECK_OK(commit(tx));
        return outcome;
    }

    /// One statement under a scope in one round trip (an implicit transaction).
    Result<pg::Rows> fetch(const TenantScope& scope, Deadline deadline,
                           const pg::Statement& statement, const pg::Params& params);

    /// Many tenants in one transaction and one round trip: for each group scope_enter and its
    /// steps, then `last` (outside any tenant's scope: dispatch tables and cursors only), then
    /// COMMIT. Answers come group by group, then those of `last`.
    Result<std::vector<pg::Rows>> run_batch(const std::vector<ScopedSteps>& groups,
                                            const std::vector<Step>& last, Deadline deadline);

    /// SQLSTATE of the last failure, for callers that take a batch apart.
    const std::string& last_sqlstate() const;

private:
    friend class TenantTx;
    friend class TenantDirectory; // reads the control plane, which has no tenant
    friend class Provisioning;
    friend class OperatorTokens;
    Result<void> connect(Deadline deadline);
    Result<std::vector<pg::Rows>> send(TenantTx& tx, const std::vector<pg::PipelineStep>& steps);
    Result<void> commit(TenantTx& tx);
    void rollback(TenantTx& tx);
    void roll_back();
    Error failed(Error error);
    Result<std::vector<pg::Rows>> run_plain(const std::vector<Step>& steps, Deadline deadline);

    std::string conninfo_, application_name_;
    const Clock& clock_;
    std::unique_ptr<pg::Connection> connection_;
    Monotonic retry_at_{};
    std::string last_sqlstate_;
};

using DatabaseLane = lane::Lane<Database>;

} // namespace bw::tenancy
