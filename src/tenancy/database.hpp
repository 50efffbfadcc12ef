// The one door to SQL for everything above this row: a statement runs in a transaction that entered
// a tenant's scope in the same round trip, or it does not run. Row-level security then shows that
// tenant's rows alone.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "lane/lane.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"
#include "tenancy/cluster.hpp"
#include "tenancy/position.hpp"
#include "tenancy/read_leases.hpp"
#include "tenancy/scope.hpp"

namespace bw::tenancy {

struct Link; // a raw connection: named nowhere above this row
class Servers;

struct Step {
    pg::Statement statement;
    pg::Params params;
};

/// Where a read may be answered.
struct ReadFrom {
    bool from_replica = false;
    std::optional<CommitPosition> after = {};

    static ReadFrom primary() { return {}; }
    /// By a replica that has replayed what was committed at `after`, if given, and lags no more
    /// than the cluster's bound; else by the primary. For statements that only read.
    static ReadFrom replica(std::optional<CommitPosition> after = {}) { return {true, after}; }
};

struct RunOptions {
    bool want_position = false; // position() then tells the commit's; costs a statement, no trip
    ReadFrom read_from = {};
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
    TenantTx(class Database& database, const TenantScope& scope, Deadline deadline,
             const RunOptions& options)
        : database_(database), scope_(scope), deadline_(deadline), options_(options) {}
    Database& database_;
    const TenantScope& scope_;
    Deadline deadline_;
    const RunOptions options_;
    Link* link_ = nullptr;         // where BEGIN went
    std::optional<Error> refused_; // BEGIN went nowhere
};

/// How the statements of a batch are planned. PostgreSQL may plan a prepared statement anew for its
/// parameters each time, which costs more than to run it for a few rows.
enum class Plans : std::uint8_t { by_parameters, kept };

/// A tenant's share of a batch: its statements run under its scope.
struct ScopedSteps {
    TenantScope scope;
    std::vector<Step> steps;
};

/// A lane thread's way to a cluster, and back to it after a failure. Not thread-safe: a lane thread
/// owns it (Lane<Database>).
class Database {
public:
    /// Threads of one lane share its breakers. `cluster` outlives this.
    Database(Cluster& cluster, const std::string& lane);
    /// With a cluster of its own, known to nobody else: for tools and tests.
    Database(const std::string& conninfo, std::string application_name, const Clock& clock);
    ~Database();

    /// BEGIN, scope_enter, fn(tx), COMMIT. `fn` returns a Result; an error rolls back. When the
    /// connection breaks at COMMIT the error is outcome_unknown. `fn` runs even if the database
    /// cannot be reached: its first statement then says so.
    template <class Fn>
    auto run(const TenantScope& scope, Deadline deadline, Fn&& fn, const RunOptions& options = {})
        -> std::invoke_result_t<Fn, TenantTx&> {
        position_.reset();
        TenantTx tx(*this, scope, deadline, options);
        auto outcome = fn(tx);
        if (!outcome) {
            rollback(tx);
            return outcome;
        }
        CHECK_OK(commit(tx));
        return outcome;
    }

    /// One statement under a scope in one round trip (an implicit transaction). A plain SELECT may
    /// enter by lease (read_leases.hpp).
    Result<pg::Rows> fetch(const TenantScope& scope, Deadline deadline,
                           const pg::Statement& statement, const pg::Params& params,
                           const RunOptions& options = {});

    /// Each group as if in a transaction of its own, all in one round trip: one outcome a group,
    /// and a failing one harms no other. (After a failing read there may be a second round trip.)
    /// For many short reads, and writes that need no common commit.
    std::vector<Result<std::vector<pg::Rows>>> run_each(const std::vector<ScopedSteps>& groups,
                                                        Deadline deadline);

    /// Many tenants in one transaction and one round trip: a check of all scopes, for each group
    /// its tenant and its steps, then `last` (outside any tenant's scope: dispatch tables and
    /// cursors only), then COMMIT. Answers come group by group, then those of `last`. (BatchTx
    /// finds out which record made one fail.)
    Result<std::vector<pg::Rows>> run_batch(const std::vector<ScopedSteps>& groups,
                                            const std::vector<Step>& last, Deadline deadline,
                                            Plans plans = Plans::by_parameters);

    /// Waits on the primary's connection, if it is open, for a NOTIFY that it LISTENs to, at most
    /// until the deadline: what came. nullopt, at once: there is nothing to wait on.
    std::optional<std::vector<pg::Notification>> wait_for_notifications(Deadline deadline);

    const Clock& clock() const;
    /// After a run() or fetch() that wanted it and committed at the primary.
    std::optional<CommitPosition> position() const { return position_; }
    /// SQLSTATE of the last failure, for callers that take a batch apart.
    const std::string& last_sqlstate() const { return last_sqlstate_; }
    /// Is this what scope_enter raises: a tenant's state, and no record's fault?
    static bool refuses_scope(std::string_view sqlstate);

private:
    friend class TenantTx;
    friend class TenantDirectory; // reads the control plane, which has no tenant
    friend class Provisioning;
    friend class OperatorTokens;
    friend class RevocationFeed;
    friend class SigningKeys;
    friend class SigningKeyFeed;
    using Answers = std::vector<pg::Rows>;
    Result<Answers> send(TenantTx& tx, const std::vector<pg::PipelineStep>& own);
    Result<Answers> ask(Link& link, const std::vector<pg::PipelineStep>& steps, Deadline deadline,
                        bool commits);
    std::optional<Answers> ask_replica(const ReadFrom& from, const TenantScope& scope,
                                       std::vector<pg::PipelineStep> own, Deadline deadline,
                                       Link** stays_open);
    bool reached(Link& link, const pg::Rows& state, const ReadFrom& from) const;
    /// How to enter a scope for statements that read alone, or not.
    struct Entry {
        pg::Statement statement;
        pg::Params params;
        bool by_lease;
    };
    std::vector<Result<Answers>> run_units(std::span<const ScopedSteps> groups, Deadline deadline,
                                           bool sharing);
    Entry entry_for(const TenantScope& scope, bool reads_only, Monotonic now) const;
    Result<void> commit(TenantTx& tx);
    void rollback(TenantTx& tx);
    void roll_back(Link& link);
    Result<Answers> run_plain(const std::vector<Step>& steps, Deadline deadline);

    struct OwnCluster;
    std::unique_ptr<OwnCluster> own_;
    std::unique_ptr<Servers> servers_;
    ReadLeases leases_;
    std::optional<CommitPosition> position_;
    std::string last_sqlstate_;
};

using DatabaseLane = lane::Lane<Database>;

} // namespace bw::tenancy
