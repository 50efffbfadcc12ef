#include "roster/import.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "roster/granted_roles.hpp"
#include "roster/import_apply_sql.hpp"
#include "roster/import_check.hpp"
#include "roster/import_check_sql.hpp"
#include "roster/import_plan_sql.hpp"
#include "roster/import_runs.hpp"
#include "roster/import_stage_sql.hpp"
#include "roster/newcomers.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::roster {

namespace {

/// The statements of one entity; null where it has none of the kind.
struct Statements {
    const pg::Statement *stage, *copy, *planned, *target, *ignore, *resolve, *plan, *plan_gone,
        *apply;
};

#define BW_STATEMENTS(name, target, ignore, resolve)                                               \
    {&sql::stage_##name,                                                                           \
     &sql::copy_##name,                                                                            \
     &sql::stage_planned_##name,                                                                   \
     target,                                                                                       \
     ignore,                                                                                       \
     resolve,                                                                                      \
     &sql::plan_##name,                                                                            \
     &sql::plan_gone_##name,                                                                       \
     &sql::apply_##name}
#define BW_TARGET(name)                                                                            \
    BW_STATEMENTS(name, &sql::stage_target_##name, &sql::ignore_##name, &sql::resolve_##name)
#define BW_ENTITY(name) BW_STATEMENTS(name, nullptr, &sql::ignore_##name, nullptr)
#define BW_LINK(name) BW_STATEMENTS(name, nullptr, nullptr, nullptr)

// As Entity counts them.
const std::array<Statements, entity_count> statements{
    {BW_TARGET(orgs), BW_TARGET(academic_sessions), BW_TARGET(courses), BW_TARGET(sections),
     BW_LINK(section_terms), BW_TARGET(users), BW_LINK(user_agents), BW_ENTITY(user_roles),
     BW_ENTITY(demographics), BW_ENTITY(enrollments), BW_TARGET(categories),
     BW_ENTITY(line_items)}};

#undef BW_STATEMENTS
#undef BW_TARGET
#undef BW_ENTITY
#undef BW_LINK

const Statements& statements_of(std::size_t i) {
    return statements[i];
}

/// One import, from its temporary tables to the last write.
class Import {
public:
    Import(tenancy::TenantTx& tx, const Package& package, const ImportOptions& options)
        : tx_(tx), package_(package), options_(options), findings_(options.errors_limit),
          rows_([this](Entity entity, std::string_view text) {
              return tx_.copy_in(*statements_of(static_cast<std::size_t>(entity)).copy, text);
          }),
          reader_(package, rows_, findings_, options.clock.now(), options.rng, options.shift,
                  options.progress, options.stop),
          staged_{tx, package, options.source, reader_} {}

    Result<void> lock();
    Result<void> stage();
    /// After a Result that is good, the findings say whether the package is.
    Result<void> check();
    Result<ImportReport> plan();
    /// What trips the guard.
    Result<std::vector<ImportReport::Loss>> losses(const ImportReport& report);
    Result<std::string> fingerprint();
    /// Those whom it takes a role or their account from.
    Result<std::vector<UserId>> apply(const ImportReport& report);
    Result<void> unstage() { return done(tx_.run(sql::unstage)); }
    Findings& findings() { return findings_; }

private:
    static Result<void> done(Result<pg::Rows> rows) {
        return rows ? Result<void>() : std::move(rows).error();
    }
    Result<void> begin_step(std::string_view step, std::string_view what) const {
        if (options_.progress)
            options_.progress({step, what, 0, package_.bytes(), package_.bytes()});
        if (options_.stop.stop_requested())
            return stopped();
        return {};
    }
    Result<void> ignore_stale();
    Result<void> resolve();
    Result<std::vector<ImportReport::Example>> examples();
    void tally(const pg::Rows& rows, ImportReport& report) const;
    /// A delta of 1.1 says all roles of the users in it.
    bool roles_of_users_delta() const { return package_.v11() && staged_.delta(Entity::users); }

    tenancy::TenantTx& tx_;
    const Package& package_;
    const ImportOptions& options_;
    Findings findings_;
    StagedRows rows_;
    FilesReader reader_;
    Staged staged_;
    std::array<std::int64_t, entity_count> ignored_{};
};

Result<void> Import::lock() {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(tx_.deadline().remaining(options_.clock));
    pg::Params timeout;
    timeout.text(std::to_string(std::max<std::int64_t>(left.count(), 1)));
    TRY(tx_.run({{sql::tune_transaction, timeout}, {sql::lock_roster, {}}}));
    return {};
}

Result<void> Import::stage() {
    std::vector<tenancy::Step> steps;
    for (const Statements& s : statements)
        for (const pg::Statement* make : {s.stage, s.target})
            if (make)
                steps.push_back({*make, {}});
    TRY(tx_.run(steps));
    CHECK_OK(reader_.read_all());
    return done(tx_.run(sql::analyze_staged));
}

Result<void> Import::check() {
    if (findings_.full())
        return {};
    CHECK_OK(begin_step("checking", ""));
    CHECK_OK(check_keys(staged_, findings_));
    CHECK_OK(ignore_stale());
    CHECK_OK(resolve());
    return check_references(staged_, findings_);
}

Result<void> Import::ignore_stale() {
    for (std::size_t i = 0; i < entity_count; ++i) {
        if (!statements[i].ignore || !staged_.delta(static_cast<Entity>(i)))
            continue;
        const pg::Rows rows = TRY(tx_.run(*statements[i].ignore, staged_.by_source()));
        ignored_[i] = rows.int8(0, 0);
    }
    if (roles_of_users_delta()) {
        const pg::Rows rows = TRY(tx_.run(sql::ignore_roles_of_ignored_users));
        ignored_[static_cast<std::size_t>(Entity::user_roles)] += rows.affected();
    }
    return {};
}

Result<void> Import::resolve() {
    std::vector<tenancy::Step> steps;
    for (std::size_t i = 0; i < entity_count; ++i) {
        if (!statements[i].resolve)
            continue;
        pg::Params params = staged_.by_source();
        params.boolean(staged_.mode(static_cast<Entity>(i)) != FileMode::bulk);
        steps.push_back({*statements[i].resolve, params});
    }
    steps.push_back({sql::analyze_targets, {}});
    TRY(tx_.run(steps));
    return {};
}

Result<ImportReport> Import::plan() {
    std::vector<tenancy::Step> tables;
    for (const Statements& s : statements)
        tables.push_back({*s.planned, {}});
    TRY(tx_.run(tables));
    for (std::size_t i = 0; i < entity_count; ++i) {
        const auto entity = static_cast<Entity>(i);
        if (!staged_.present(entity))
            continue;
        CHECK_OK(begin_step("planning", name_of(entity)));
        const bool link = !statements[i].ignore;
        pg::Params by_source = staged_.by_source(), gone = staged_.by_source();
        gone.boolean(staged_.delta(entity));
        std::vector<tenancy::Step> steps{{*statements[i].plan, link ? pg::Params() : by_source}};
        if (entity == Entity::user_roles && roles_of_users_delta())
            steps.push_back({sql::plan_gone_roles_of_users, by_source});
        else
            steps.push_back({*statements[i].plan_gone, link ? pg::Params() : gone});
        TRY(tx_.run(steps));
    }
    ImportReport report;
    tally(TRY(tx_.run(sql::tally)), report);
    if (options_.examples > 0)
        report.examples = TRY(examples());
    return report;
}

void Import::tally(const pg::Rows& rows, ImportReport& report) const {
    for (int row = 0; row < rows.count(); ++row) {
        auto entity = entity_of(rows.text(row, 0));
        ENSURE(entity, "statements name entities");
        EntityCounts& c = report[*entity];
        const std::string_view op = rows.text(row, 1);
        (op == "added"         ? c.added
         : op == "changed"     ? c.changed
         : op == "reactivated" ? c.reactivated
         : op == "disabled"    ? c.disabled
                               : c.removed) = rows.int8(row, 2);
    }
    for (std::size_t i = 0; i < entity_count; ++i) {
        const auto entity = static_cast<Entity>(i);
        EntityCounts& c = report.counts[i];
        c.ignored = ignored_[i];
        // What a delta takes back stands in it; what a whole file leaves out does not.
        const bool removed_is_staged = staged_.delta(entity) && statements[i].ignore &&
                                       !(entity == Entity::user_roles && roles_of_users_delta());
        c.unchanged =
            rows_.count(entity) - c.ignored - c.written() + (removed_is_staged ? 0 : c.removed);
    }
}

Result<std::vector<ImportReport::Example>> Import::examples() {
    pg::Params limit;
    limit.int8(static_cast<std::int64_t>(options_.examples));
    const pg::Rows rows = TRY(tx_.run(sql::examples, limit));
    std::vector<ImportReport::Example> out;
    for (int row = 0; row < rows.count(); ++row) {
        auto entity = entity_of(rows.text(row, 0));
        ENSURE(entity, "statements name entities");
        const std::string change(rows.text(row, 1));
        if (out.empty() || out.back().entity != *entity || out.back().change != change)
            out.push_back({*entity, change, {}, {}});
        out.back().sourced_ids.emplace_back(rows.text(row, 2));
        out.back().labels.emplace_back(rows.text(row, 3));
    }
    return out;
}

Result<std::vector<ImportReport::Loss>> Import::losses(const ImportReport& report) {
    std::vector<ImportReport::Loss> out;
    auto losing = [](const EntityCounts& c) { return c.removed + c.disabled; };
    if (std::ranges::all_of(report.counts,
                            [&](auto& c) { return losing(c) < options_.guard.rows; }))
        return out;
    const pg::Rows active = TRY(tx_.run(sql::active_rows, staged_.by_source()));
    for (int row = 0; row < active.count(); ++row) {
        auto entity = entity_of(active.text(row, 0));
        ENSURE(entity, "statements name entities");
        const std::int64_t lost = losing(report[*entity]), all = active.int8(row, 2);
        if (lost >= options_.guard.rows && lost * 100 > options_.guard.percent * all)
            out.push_back({*entity, lost, all});
    }
    return out;
}

Result<std::string> Import::fingerprint() {
    return std::string(TRY(tx_.run(sql::fingerprint)).text(0, 0));
}

Result<std::vector<UserId>> Import::apply(const ImportReport& report) {
    const pg::Rows held = TRY(tx_.run(sql::apply_roles_held));
    std::vector<Uuid> users;
    std::vector<std::string> roles;
    for (int row = 0; row < held.count(); ++row) {
        users.push_back(held.uuid(row, 0));
        roles.emplace_back(held.text(row, 1));
    }
    for (std::size_t i = 0; i < entity_count; ++i) {
        if (report.counts[i].written() == 0)
            continue;
        CHECK_OK(begin_step("applying", name_of(static_cast<Entity>(i))));
        TRY(tx_.run(*statements[i].apply));
    }
    pg::Params params;
    params.uuids(users).texts(roles);
    const pg::Rows rows = TRY(tx_.run(sql::apply_shut_out, params));
    std::vector<UserId> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(rows.id<UserId>(row, 0));
    return out;
}

/// What is left out is named with the figures, and how it is allowed.
Error too_many_lost(const std::vector<ImportReport::Loss>& losses, const RemovalGuard& guard) {
    std::string said;
    std::int64_t most = 0;
    for (const ImportReport::Loss& loss : losses) {
        most = std::max(most, loss.percent());
        said += fmt::format("{}{} of {} {} ({} %)", said.empty() ? "" : ", ", loss.lost, loss.of,
                            name_of(loss.entity), loss.percent());
    }
    return fail(Code::conflict,
                fmt::format("the import would remove or disable {}, and more than {} % is refused; "
                            "if that is meant, import with --allow-removal {}",
                            said, guard.percent, most),
                "--allow-removal");
}

} // namespace

Result<ImportReport> import(tenancy::TenantTx& tx, const Package& package,
                            const ImportOptions& options, ImportErrors* errors) {
    if (options.source == granted_source || options.source == newcomers_source)
        return fail(Code::invalid_field,
                    "this source is the institution's own, and no import's: take another name",
                    "source");
    Import import(tx, package, options);
    CHECK_OK(import.lock());
    if (options.run && !options.recheck && TRY(is_last_applied(tx, package, options))) {
        ImportReport report;
        report.identical = true;
        CHECK_OK(end_run(tx, *options.run, report, options.clock));
        return report;
    }
    CHECK_OK(import.stage());
    CHECK_OK(import.check());
    if (Findings& findings = import.findings(); !findings.none()) {
        findings.sort();
        if (errors)
            *errors = findings.errors();
        return first_of(findings.errors());
    }
    ImportReport report = TRY(import.plan());
    report.losses = TRY(import.losses(report));
    if (!report.losses.empty() && !options.tell_losses)
        return too_many_lost(report.losses, options.guard);
    if (options.dry_run || !options.planned.empty())
        report.fingerprint = TRY(import.fingerprint());
    if (!options.planned.empty() && report.fingerprint != options.planned)
        return fail(Code::precondition_failed,
                    "the roster has changed since the plan was made; make another one");
    std::vector<UserId> shut_out;
    if (!options.dry_run)
        shut_out = TRY(import.apply(report));
    CHECK_OK(import.unstage());
    if (options.run)
        CHECK_OK(end_run(tx, *options.run, report, options.clock));
    if (!shut_out.empty()) // tokens say roles; the last step, see there
        TRY(tenancy::revoke_users(tx, shut_out, options.clock.now()));
    return report;
}

Error import_error(Error error, std::string_view sqlstate) {
    // Disk full; temp_file_limit.
    if (error.code == Code::overloaded && (sqlstate == "53100" || sqlstate == "53400"))
        return fail(Code::storage_full,
                    "the database has no room for the import's temporary tables or for the roster; "
                    "nothing was changed: make room and import again");
    if (error.code == Code::deadline_exceeded)
        return fail(Code::deadline_exceeded,
                    "the import took longer than it may; nothing was "
                    "changed",
                    std::move(error.field));
    return error;
}

bool ImportReport::nothing_written() const {
    return std::ranges::all_of(counts, [](const EntityCounts& c) { return c.written() == 0; });
}

std::string ImportReport::json() const {
    JsonWriter json;
    json.object();
    for (std::size_t i = 0; i < entity_count; ++i) {
        const EntityCounts& c = counts[i];
        json.key(name_of(static_cast<Entity>(i)))
            .object()
            .member("added", c.added)
            .member("changed", c.changed)
            .member("reactivated", c.reactivated)
            .member("disabled", c.disabled)
            .member("unchanged", c.unchanged)
            .member("removed", c.removed)
            .member("ignored", c.ignored)
            .end();
    }
    if (!examples.empty()) {
        json.key("examples").array();
        for (const Example& e : examples) {
            json.object().member("entity", name_of(e.entity)).member("change", e.change);
            json.key("sourced_ids").array();
            for (const auto& id : e.sourced_ids)
                json.value(id);
            json.end().end();
        }
        json.end();
    }
    return json.end().take();
}

} // namespace bw::roster
