#include "tenancy/database.hpp"

#include <algorithm>
#include <iterator>

#include "base/ensure.hpp"
#include "pg/connection.hpp"
#include "tenancy/servers.hpp"
#include "tenancy/tenancy_sql.hpp"
#include "tenancy/tenant.hpp"

namespace bw::tenancy {

namespace {

pg::Params scope_params(const TenantScope& scope) {
    pg::Params params;
    params.id(scope.tenant()).int8(scope.generation()).boolean(scope.recording());
    return params;
}

pg::Params tenant_param(const TenantScope& scope) {
    pg::Params params;
    params.text(to_text(scope.tenant().uuid));
    return params;
}

pg::Params scopes_params(const std::vector<ScopedSteps>& groups) {
    std::vector<Uuid> tenants;
    std::vector<std::int64_t> generations;
    std::vector<bool> recording;
    for (const ScopedSteps& group : groups) {
        tenants.push_back(group.scope.tenant().uuid);
        generations.push_back(group.scope.generation());
        recording.push_back(group.scope.recording());
    }
    pg::Params params;
    params.uuids(tenants).int8s(generations).booleans(recording);
    return params;
}

const pg::Params no_params;

/// What scope_enter raises, as callers hear it.
std::optional<Error> scope_refusal(std::string_view sqlstate) {
    if (sqlstate == "BW001")
        return fail(Code::not_found, "no such institution");
    if (sqlstate == "BW002") {
        Error moved = fail(Code::unavailable, "the institution is being moved; try again");
        moved.retry_after = 1s;
        return moved;
    }
    if (sqlstate == "BW004")
        return suspended_institution();
    return std::nullopt;
}

Error told(Error error, std::string_view sqlstate) {
    return scope_refusal(sqlstate).value_or(std::move(error));
}

CommitPosition position_of(const Link& link, const pg::Rows& row) {
    return {link.timeline, static_cast<std::uint64_t>(row.int8(0, 0))};
}

} // namespace

struct Database::OwnCluster {
    OwnCluster(const std::string& conninfo, const Clock& clock)
        : cluster({.primary = conninfo}, clock, rng) {}
    SystemRng rng;
    Cluster cluster;
};

Database::Database(Cluster& cluster, const std::string& lane)
    : servers_(std::make_unique<Servers>(cluster, lane, "bellwether " + lane)) {}

Database::Database(const std::string& conninfo, std::string application_name, const Clock& clock)
    : own_(std::make_unique<OwnCluster>(conninfo, clock)),
      servers_(std::make_unique<Servers>(own_->cluster, "own", std::move(application_name))) {}

Database::~Database() = default;

const Clock& Database::clock() const {
    return servers_->clock();
}

bool Database::refuses_scope(std::string_view sqlstate) {
    return scope_refusal(sqlstate).has_value();
}

// ---- a transaction of many round trips ----

Result<pg::Rows> TenantTx::run(const pg::Statement& statement, const pg::Params& params) {
    return std::move(TRY(database_.send(*this, {{statement, &params}})).front());
}

Result<std::vector<pg::Rows>> TenantTx::run(const std::vector<Step>& own) {
    std::vector<pg::PipelineStep> steps;
    for (const Step& step : own)
        steps.push_back({step.statement, &step.params});
    return database_.send(*this, steps);
}

Result<void> TenantTx::copy_in(const pg::Statement& copy, std::string_view rows) {
    ENSURE(link_ != nullptr, "copy_in needs the temporary table that an earlier statement made");
    auto done = link_->connection->copy_in(copy, rows, deadline_);
    if (!done)
        database_.last_sqlstate_ = link_->connection->last_error().sqlstate;
    Servers::report(*link_);
    return done;
}

Result<Database::Answers> Database::send(TenantTx& tx, const std::vector<pg::PipelineStep>& own) {
    if (tx.refused_)
        return *tx.refused_;
    if (tx.link_ != nullptr)
        return ask(*tx.link_, own, tx.deadline_, false);
    if (auto answers = ask_replica(tx.options_.read_from, tx.scope_, own, tx.deadline_, &tx.link_))
        return *std::move(answers);
    auto primary = servers_->primary(tx.deadline_);
    if (!primary) {
        last_sqlstate_.clear();
        tx.refused_ = primary.error();
        return std::move(primary).error();
    }
    tx.link_ = *primary; // BEGIN goes out, whatever becomes of the rest
    pg::Params scope = scope_params(tx.scope_);
    std::vector<pg::PipelineStep> steps{{sql::begin, &no_params}, {sql::scope_enter, &scope}};
    steps.insert(steps.end(), own.begin(), own.end());
    Answers answers = TRY(ask(*tx.link_, steps, tx.deadline_, false));
    answers.erase(answers.begin(), answers.begin() + 2);
    return answers;
}

Result<void> Database::commit(TenantTx& tx) {
    if (tx.refused_)
        return *tx.refused_; // whatever `fn` made of it
    if (tx.link_ == nullptr)
        return {}; // nothing was asked of the database
    Link& link = *tx.link_;
    const bool want_position = tx.options_.want_position && !link.standby;
    std::vector<pg::PipelineStep> steps{{sql::commit, &no_params}};
    if (want_position)
        steps.push_back({sql::commit_position, &no_params});
    auto answers = ask(link, steps, tx.deadline_, !link.standby);
    if (!answers) {
        roll_back(link); // COMMIT may never have gone out: the deadline passed just before it
        return std::move(answers).error();
    }
    if (want_position)
        position_ = position_of(link, answers->back());
    return {};
}

void Database::rollback(TenantTx& tx) {
    if (tx.link_ != nullptr)
        roll_back(*tx.link_);
}

void Database::roll_back(Link& link) {
    if (!link.connection->usable())
        return;
    // A deadline of its own: the transaction's has often passed, and an open transaction holds
    // locks.
    const Deadline own = Deadline::in(servers_->clock(), 1s);
    if (!link.connection->run({{sql::rollback, &no_params}}, own, false))
        link.timeline = 0; // whatever is still open there ends with the connection
}

// ---- one round trip ----

Result<pg::Rows> Database::fetch(const TenantScope& scope, Deadline deadline,
                                 const pg::Statement& statement, const pg::Params& params,
                                 const RunOptions& options) {
    if (options.want_position)
        return run(
            scope, deadline, [&](TenantTx& tx) { return tx.run(statement, params); }, options);
    position_.reset();
    if (auto answers =
            ask_replica(options.read_from, scope, {{statement, &params}}, deadline, nullptr))
        return std::move(answers->back());
    Link& link = *TRY(servers_->primary(deadline));
    const Monotonic now = clock().monotonic();
    const Entry entry = entry_for(scope, statement.reads_only(), now);
    // No BEGIN: what runs up to one Sync is one transaction, and the scope ends with it.
    Answers answers = TRY(ask(link, {{entry.statement, &entry.params}, {statement, &params}},
                              deadline, !statement.reads_only()));
    if (!entry.by_lease && !scope.recording())
        leases_.grant(scope, now);
    return std::move(answers.back());
}

Database::Entry Database::entry_for(const TenantScope& scope, bool reads_only,
                                    Monotonic now) const {
    if (!reads_only || scope.recording() || !leases_.holds(scope, now))
        return {sql::scope_enter, scope_params(scope), false};
    return {sql::scope_reenter, tenant_param(scope), true};
}

std::vector<Result<std::vector<pg::Rows>>>
Database::run_each(const std::vector<ScopedSteps>& groups, Deadline deadline) {
    return run_units(groups, deadline, true);
}

/// Reads that enter by lease share a transaction, as far as they follow each other: each statement
/// has a snapshot of its own either way, and a transaction costs as much as a short read. When one
/// of them fails, all of them are asked again, not `sharing`.
std::vector<Result<Database::Answers>> Database::run_units(std::span<const ScopedSteps> groups,
                                                           Deadline deadline, bool sharing) {
    std::vector<Result<Answers>> out;
    out.reserve(groups.size());
    auto primary = servers_->primary(deadline);
    if (!primary) {
        last_sqlstate_.clear();
        for (std::size_t i = 0; i < groups.size(); ++i)
            out.emplace_back(primary.error());
        return out;
    }
    std::vector<Entry> entries;
    entries.reserve(groups.size()); // units hold pointers into it
    std::vector<std::vector<pg::PipelineStep>> units;
    std::vector<std::size_t> shares; // how many groups each unit holds
    bool commits = false;
    const Monotonic now = clock().monotonic();
    for (const ScopedSteps& group : groups) {
        const bool reads_only = std::ranges::all_of(
            group.steps, [](const Step& step) { return step.statement.reads_only(); });
        commits = commits || !reads_only;
        const bool follows_a_lease = !entries.empty() && entries.back().by_lease;
        const Entry& entry = entries.emplace_back(entry_for(group.scope, reads_only, now));
        if (sharing && follows_a_lease && entry.by_lease) {
            ++shares.back();
        } else {
            units.emplace_back();
            shares.push_back(1);
        }
        units.back().push_back({entry.statement, &entry.params});
        for (const Step& step : group.steps)
            units.back().push_back({step.statement, &step.params});
    }
    auto outcomes = (*primary)->connection->run_each(units, deadline, commits);
    Servers::report(**primary);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto shared = groups.subspan(out.size(), shares[i]);
        if (!outcomes[i].answers) {
            last_sqlstate_ = outcomes[i].sqlstate;
            if (shared.size() > 1 && !last_sqlstate_.empty()) {
                std::ranges::move(run_units(shared, deadline, false), std::back_inserter(out));
                continue;
            }
            const Error error = told(std::move(outcomes[i].answers).error(), last_sqlstate_);
            for (std::size_t group = 0; group < shared.size(); ++group)
                out.emplace_back(error);
            continue;
        }
        auto next = std::make_move_iterator(outcomes[i].answers->begin());
        for (const ScopedSteps& group : shared) {
            if (!entries[out.size()].by_lease && !group.scope.recording())
                leases_.grant(group.scope, now);
            const auto end = ++next + static_cast<std::ptrdiff_t>(group.steps.size());
            out.emplace_back(Answers(next, end));
            next = end;
        }
    }
    return out;
}

Result<std::vector<pg::Rows>> Database::run_batch(const std::vector<ScopedSteps>& groups,
                                                  const std::vector<Step>& last, Deadline deadline,
                                                  Plans plans) {
    last_sqlstate_.clear();
    Link& link = *TRY(servers_->primary(deadline));
    const pg::Params scopes = scopes_params(groups);
    std::vector<pg::Params> entries;
    entries.reserve(groups.size()); // steps hold pointers into it
    std::vector<pg::PipelineStep> steps{{sql::begin, &no_params}, {sql::scopes_check, &scopes}};
    std::vector<bool> wanted{false, false};
    auto add = [&](const pg::Statement& statement, const pg::Params& params, bool keep) {
        steps.push_back({statement, &params});
        wanted.push_back(keep);
    };
    if (plans == Plans::kept)
        add(sql::keep_plans, no_params, false);
    for (const ScopedSteps& group : groups) {
        add(sql::scope_reenter, entries.emplace_back(tenant_param(group.scope)), false);
        for (const Step& step : group.steps)
            add(step.statement, step.params, true);
    }
    for (const Step& step : last)
        add(step.statement, step.params, true);
    add(sql::commit, no_params, false);
    auto answers = ask(link, steps, deadline, true);
    if (!answers) {
        roll_back(link);
        return answers;
    }
    std::vector<pg::Rows> kept;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (wanted[i])
            kept.push_back(std::move((*answers)[i]));
    return kept;
}

Result<std::vector<pg::Rows>> Database::run_plain(const std::vector<Step>& own, Deadline deadline) {
    last_sqlstate_.clear();
    Link& link = *TRY(servers_->primary(deadline));
    std::vector<pg::PipelineStep> steps;
    for (const Step& step : own)
        steps.push_back({step.statement, &step.params});
    return ask(link, steps, deadline, true);
}

std::optional<std::vector<pg::Notification>> Database::wait_for_notifications(Deadline deadline) {
    Link* link = servers_->open_primary();
    if (!link)
        return std::nullopt;
    auto heard = link->connection->wait_for_notifications(deadline);
    if (heard)
        return *std::move(heard);
    Servers::report(*link);
    return std::nullopt;
}

Result<Database::Answers> Database::ask(Link& link, const std::vector<pg::PipelineStep>& steps,
                                        Deadline deadline, bool commits) {
    auto answers = link.connection->run(steps, deadline, commits);
    Servers::report(link);
    if (answers)
        return answers;
    last_sqlstate_ = link.connection->last_error().sqlstate;
    return told(std::move(answers).error(), last_sqlstate_);
}

/// A replica's answers to `own`, or nothing: then the primary is to be asked, which also gives any
/// error in its own words. The read carries its own proof: what the replica had replayed before it,
/// in the same pipeline; what is replayed never goes back. With `stays_open` a transaction is left
/// open there for further statements.
std::optional<Database::Answers> Database::ask_replica(const ReadFrom& from,
                                                       const TenantScope& scope,
                                                       std::vector<pg::PipelineStep> own,
                                                       Deadline deadline, Link** stays_open) {
    if (!from.from_replica)
        return std::nullopt;
    // Half of the time is the primary's, should this come to nothing.
    const Deadline half =
        Deadline::in(servers_->clock(), deadline.remaining(servers_->clock()) / 2);
    Link* link = servers_->replica(half);
    if (link == nullptr)
        return std::nullopt;
    pg::Params entry = scope_params(scope);
    std::vector<pg::PipelineStep> steps;
    if (stays_open != nullptr)
        steps.push_back({sql::begin, &no_params});
    const std::size_t state = steps.size();
    steps.insert(steps.end(), {{sql::replica_state, &no_params}, {sql::scope_enter, &entry}});
    const auto opening = static_cast<std::ptrdiff_t>(steps.size());
    steps.insert(steps.end(), own.begin(), own.end());
    auto answers = link->connection->run(steps, half, false);
    if (answers && reached(*link, (*answers)[state], from)) {
        answers->erase(answers->begin(), answers->begin() + opening);
        if (stays_open != nullptr)
            *stays_open = link;
        return *std::move(answers);
    }
    if (!answers)
        Servers::report(*link);
    if (stays_open != nullptr)
        roll_back(*link);
    return std::nullopt;
}

/// Tells the breaker too: a replica that lags is left alone, one that is merely behind `after` is
/// not.
bool Database::reached(Link& link, const pg::Rows& state, const ReadFrom& from) const {
    const bool standby = !state.is_null(0, 0); // else promoted since it was connected to
    if (!standby || state.is_null(0, 1) ||
        servers_->lags(link, std::chrono::milliseconds(state.int8(0, 1)))) {
        link.breaker->stand_back();
        if (!standby)
            link.timeline = 0;
        return false;
    }
    link.breaker->succeeded();
    return !from.after || (from.after->timeline <= link.timeline &&
                           from.after->lsn <= static_cast<std::uint64_t>(state.int8(0, 0)));
}

} // namespace bw::tenancy
