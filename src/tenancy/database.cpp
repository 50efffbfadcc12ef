#include "tenancy/database.hpp"

#include "base/ensure.hpp"
#include "pg/connection.hpp"
#include "tenancy/tenancy_sql.hpp"
#include "tenancy/tenant.hpp"

namespace bw::tenancy {

namespace {

constexpr Duration reconnect_pause =
    200ms; // between attempts, so that a dead server costs each lane thread little

pg::Params scope_params(const TenantScope& scope) {
    pg::Params params;
    params.id(scope.tenant()).int8(scope.generation()).boolean(scope.recording());
    return params;
}

const pg::Params no_params;

} // namespace

Result<pg::Rows> TenantTx::run(const pg::Statement& statement, const pg::Params& params) {
    pg::Params scope = scope_params(scope_);
    std::vector<pg::PipelineStep> steps;
    if (!begun_)
        steps = {{sql::begin, &no_params}, {sql::scope_enter, &scope}};
    steps.push_back({statement, &params});
    return std::move(TRY(database_.send(*this, steps)).back());
}

Result<std::vector<pg::Rows>> TenantTx::run(const std::vector<Step>& own) {
    pg::Params scope = scope_params(scope_);
    std::vector<pg::PipelineStep> steps;
    std::ptrdiff_t mine = 0;
    if (!begun_) {
        steps = {{sql::begin, &no_params}, {sql::scope_enter, &scope}};
        mine = 2;
    }
    for (const Step& step : own)
        steps.push_back({step.statement, &step.params});
    std::vector<pg::Rows> all = TRY(database_.send(*this, steps));
    all.erase(all.begin(), all.begin() + mine);
    return all;
}

Result<void> TenantTx::copy_in(const pg::Statement& copy, std::string_view rows) {
    ENSURE(begun_, "copy_in needs the temporary table that an earlier statement made");
    auto done = database_.connection_->copy_in(copy, rows, deadline_);
    if (!done)
        database_.last_sqlstate_ = database_.connection_->last_error().sqlstate;
    return done;
}

Database::Database(std::string conninfo, std::string application_name, const Clock& clock)
    : conninfo_(std::move(conninfo)), application_name_(std::move(application_name)),
      clock_(clock) {}

Database::~Database() = default;

Result<pg::Rows> Database::fetch(const TenantScope& scope, Deadline deadline,
                                 const pg::Statement& statement, const pg::Params& params) {
    CHECK_OK(connect(deadline));
    pg::Params entry = scope_params(scope);
    // No BEGIN: what runs up to one Sync is one transaction, and the scope ends with it.
    auto answers = connection_->run({{sql::scope_enter, &entry}, {statement, &params}}, deadline,
                                    !statement.reads_only());
    if (!answers)
        return failed(std::move(answers).error());
    return std::move(answers->back());
}

Result<std::vector<pg::Rows>> Database::run_batch(const std::vector<ScopedSteps>& groups,
                                                  const std::vector<Step>& last,
                                                  Deadline deadline) {
    CHECK_OK(connect(deadline));
    std::vector<pg::Params> entries;
    entries.reserve(groups.size()); // steps hold pointers into it
    std::vector<pg::PipelineStep> steps{{sql::begin, &no_params}};
    std::vector<bool> wanted{false};
    auto add = [&](const pg::Statement& statement, const pg::Params& params, bool keep) {
        steps.push_back({statement, &params});
        wanted.push_back(keep);
    };
    for (const ScopedSteps& group : groups) {
        add(sql::scope_enter, entries.emplace_back(scope_params(group.scope)), false);
        for (const Step& step : group.steps)
            add(step.statement, step.params, true);
    }
    for (const Step& step : last)
        add(step.statement, step.params, true);
    add(sql::commit, no_params, false);
    auto answers = connection_->run(steps, deadline, true);
    if (!answers) {
        Error error = failed(std::move(answers).error());
        roll_back();
        return error;
    }
    std::vector<pg::Rows> kept;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (wanted[i])
            kept.push_back(std::move((*answers)[i]));
    return kept;
}

Result<std::vector<pg::Rows>> Database::run_plain(const std::vector<Step>& own, Deadline deadline) {
    CHECK_OK(connect(deadline));
    std::vector<pg::PipelineStep> steps;
    for (const Step& step : own)
        steps.push_back({step.statement, &step.params});
    auto answers = connection_->run(steps, deadline, true);
    if (!answers)
        return failed(std::move(answers).error());
    return answers;
}

Result<void> Database::connect(Deadline deadline) {
    if (connection_ && connection_->usable())
        return {};
    connection_.reset();
    if (clock_.monotonic() < retry_at_)
        return fail(Code::unavailable, "the database cannot be reached");
    pg::ConnectOptions options{.conninfo = conninfo_, .application_name = application_name_};
    auto opened = pg::Connection::open(options, clock_, deadline);
    if (!opened) {
        retry_at_ = clock_.monotonic() + reconnect_pause;
        return std::move(opened).error();
    }
    connection_ = *std::move(opened);
    return {};
}

Result<std::vector<pg::Rows>> Database::send(TenantTx& tx,
                                             const std::vector<pg::PipelineStep>& steps) {
    auto answers = connection_->run(steps, tx.deadline_, false);
    tx.begun_ = true; // BEGIN went out, whatever became of the rest
    if (!answers)
        return failed(std::move(answers).error());
    return answers;
}

Result<void> Database::commit(TenantTx& tx) {
    if (!tx.begun_)
        return {}; // nothing was asked of the database
    auto answers = connection_->run({{sql::commit, &no_params}}, tx.deadline_, true);
    if (!answers) {
        Error error = failed(std::move(answers).error());
        roll_back(); // COMMIT may never have gone out: the deadline passed just before it
        return error;
    }
    return {};
}

void Database::rollback(TenantTx& tx) {
    if (tx.begun_)
        roll_back();
}

void Database::roll_back() {
    if (!connection_ || !connection_->usable())
        return;
    // A deadline of its own: the transaction's has often passed, and an open transaction holds
    // locks.
    if (!connection_->run({{sql::rollback, &no_params}}, Deadline::in(clock_, 1s), false))
        connection_.reset();
}

Error Database::failed(Error error) {
    last_sqlstate_ = connection_ ? connection_->last_error().sqlstate : std::string();
    // The states that scope_enter raises.
    if (last_sqlstate_ == "BW001")
        return fail(Code::not_found, "no such institution");
    if (last_sqlstate_ == "BW002") {
        Error moved = fail(Code::unavailable, "the institution is being moved; try again");
        moved.retry_after = 1s;
        return moved;
    }
    if (last_sqlstate_ == "BW004")
        return suspended_institution();
    return error;
}

const std::string& Database::last_sqlstate() const {
    return last_sqlstate_;
}

} // namespace bw::tenancy
