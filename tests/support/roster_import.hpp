// What the tests of importing share. For tests alone.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "roster/import.hpp"
#include "roster/import_runs.hpp"
#include "roster/package_for_test.hpp"
#include "roster/users.hpp"
#include "support/installation.hpp"

namespace bw::roster::test {

/// A database with the roster's tables, seen as the server sees it: as bw_app, through the waist.
class ImportFixture : public testing::Test {
protected:
    Deadline soon() const { return Deadline::in(clock_, 100s); }

    tenancy::TenantScope tenant(const std::string& slug) {
        return installation_.provision(slug).scope;
    }
    ImportOptions options(const std::string& source = "oneroster") {
        return {.source = source, .clock = clock_, .rng = rng_};
    }
    Result<ImportReport> import_with(const tenancy::TenantScope& scope, const Package& package,
                                     const ImportOptions& options, ImportErrors* errors = nullptr) {
        return app_.run(scope, soon(), [&](tenancy::TenantTx& tx) {
            return import(tx, package, options, errors);
        });
    }
    Result<ImportReport> import_as(const tenancy::TenantScope& scope, const Package& package,
                                   const std::string& source = "oneroster") {
        return import_with(scope, package, options(source));
    }
    ImportReport must_import(const tenancy::TenantScope& scope, const Package& package,
                             const std::string& source = "oneroster") {
        auto report = import_as(scope, package, source);
        ENSURE(report, report ? "" : report.error().text().c_str());
        return *report;
    }
    template <class Fn>
    auto read(const tenancy::TenantScope& scope, Fn&& fn) {
        auto outcome = app_.run(scope, soon(), std::forward<Fn>(fn));
        ENSURE(outcome, outcome ? "" : outcome.error().text().c_str());
        return *std::move(outcome);
    }
    std::optional<User> user(const tenancy::TenantScope& scope, std::string_view username) {
        return read(scope, [&](tenancy::TenantTx& tx) { return user_by_username(tx, username); });
    }
    /// Every row of every table with the transaction that wrote it: equal only if nothing was
    /// written in between. The superuser looks, because no role of the server's can see across
    /// tenants.
    std::string everything() {
        static constexpr const char* all = R"(
            select string_agg(line, E'\n' order by line) from (
                select format('%s %s %s', 'orgs', t.xmin, t) as line from orgs t
                union all select format('%s %s %s', 'sessions', t.xmin, t) from academic_sessions t
                union all select format('%s %s %s', 'courses', t.xmin, t) from courses t
                union all select format('%s %s %s', 'sections', t.xmin, t) from sections t
                union all select format('%s %s %s', 'terms', t.xmin, t) from section_terms t
                union all select format('%s %s %s', 'users', t.xmin, t) from users t
                union all select format('%s %s %s', 'roles', t.xmin, t) from user_roles t
                union all select format('%s %s %s', 'enrollments', t.xmin, t) from enrollments t
                union all select format('%s %s %s', 'categories', t.xmin, t) from categories t
                union all select format('%s %s %s', 'line_items', t.xmin, t) from line_items t
                union all select format('%s %s %s', 'agents', t.xmin, t) from user_agents t
                union all select format('%s %s %s', 'demographics', t.xmin, t) from demographics t
                union all select format('%s %s %s', 'runs', t.xmin, t) from roster_imports t) as lines)";
        return installation_.superuser().value(all);
    }

    SystemClock clock_;
    SeededRng rng_{1};
    bw::test::Installation installation_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
    tenancy::Database& app_ = *database_;
};

/// What a test says of the entities that something happened to; the others have nothing but
/// unchanged rows.
using Expected = std::map<Entity, EntityCounts>;

inline void expect_written(const ImportReport& report, const Expected& expected) {
    for (std::size_t i = 0; i < entity_count; ++i) {
        const auto entity = static_cast<Entity>(i);
        auto at = expected.find(entity);
        const EntityCounts wanted =
            at == expected.end() ? EntityCounts{.unchanged = report[entity].unchanged} : at->second;
        EXPECT_EQ(report[entity], wanted) << name_of(entity) << " of " << report.json();
    }
}

/// The folder of rosters (OneRoster packages), or an empty path: $BW_ROSTERS, else beside the
/// source tree.
inline std::filesystem::path rosters_folder() {
    const char* given = std::getenv("BW_ROSTERS");
    std::filesystem::path folder =
        given ? std::filesystem::path(given)
              : std::filesystem::path(BW_SOURCE_DIR) / "../shared/data/oneroster";
    return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

} // namespace bw::roster::test
