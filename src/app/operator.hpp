// What operators do from the command line: institutions, rosters, passwords, storm tokens. Each
// change is one transaction with its audit event in it; a new institution alone is two, since its
// own audit log begins only once it exists.
#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "app/installation.hpp"
#include "auth/routing_hint.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "roster/import.hpp"
#include "roster/import_runs.hpp"
#include "roster/oneroster.hpp"
#include "submissions/assignment_export.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

/// What the modules keep about somebody who is erased: password, sessions, ways to get in, grades.
/// Beside submissions::erase_person.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now);

/// The operator's side of an installation: its two database roles and the directory, opened once a
/// command.
class OperatorDesk {
public:
    static Result<std::unique_ptr<OperatorDesk>> open(const Installation& installation,
                                                      const Clock& clock, Rng& rng);

    Result<tenancy::TenantInfo> create_tenant(const std::string& slug, const std::string& name,
                                              const std::string& zone);
    std::vector<tenancy::TenantInfo> tenants() const { return directory_.all(); }
    /// not_found with the slugs that exist.
    Result<tenancy::TenantInfo> tenant(const std::string& slug) const;

    struct ImportRequest {
        std::string source = "oneroster";
        std::chrono::days shift = {};
        roster::RemovalGuard guard = {};
        bool dry_run = false, recheck = false;
        std::size_t examples = 0;
        roster::ProgressFn progress = {};
    };
    struct Imported {
        roster::ImportReport report;
        std::int64_t assignments_changed = 0;
    };
    /// All or nothing: roster, assignments, audit event and the book's line. A failed import stands
    /// in the book too; a dry run leaves no trace. `errors` receives what is wrong in the package.
    Result<Imported> import_roster(const tenancy::TenantInfo& tenant,
                                   const roster::Package& package, const ImportRequest& request,
                                   roster::ImportErrors* errors = nullptr);
    /// The newest first.
    Result<std::vector<roster::ImportRun>> import_runs(const tenancy::TenantInfo& tenant,
                                                       std::int32_t limit);

    Result<void> set_password(const tenancy::TenantInfo& tenant, const std::string& username,
                              const std::string& password);
    /// One hash for every user without a password; for demos, tests and storms.
    Result<std::int64_t> set_password_for_all(const tenancy::TenantInfo& tenant,
                                              const std::string& hash);
    /// A plausible timetable for its roster's sections, in place of the one before.
    Result<void> make_timetable(const tenancy::TenantInfo& tenant, std::uint64_t seed);
    Result<std::int64_t> set_due(const tenancy::TenantInfo& tenant, const std::string& title,
                                 Instant due_at, const std::string& instructions = "");

    /// Everything a person handed in and the key of all that is encrypted about them; written into
    /// the installation's list of erasures first. How many submissions went. `person`: a username,
    /// or the id of one who is inactive already.
    Result<std::uint64_t> erase_person(const Installation& installation,
                                       const tenancy::TenantInfo& tenant,
                                       const std::string& person);

    Result<submissions::ExportSummary>
    export_assignment(const tenancy::TenantInfo& tenant, AssignmentId assignment,
                      const std::filesystem::path& out, const ReceiptKeys& keys,
                      decltype(submissions::ExportSource::prove) prove,
                      std::function<void(std::uint64_t)> progress, bool contents);

    struct StormTokens {
        std::size_t students = 0, staff = 0;
    };
    /// Writes a storm's plan (JSON lines with access tokens of 2 h) for about `students` enrolled
    /// students, evenly over all institutions. Every institution's audit log says so. not_found: no
    /// server has made a signing key yet.
    Result<StormTokens> issue_storm_tokens(std::size_t students, const std::string& issuer,
                                           const std::string& base_host, const SecretKey& master,
                                           const auth::RoutingHints& hints, std::FILE* out);

    struct StormPeople {
        std::size_t people = 0, with_refresh = 0, with_sso = 0;
    };
    struct StormShares {
        double refresh = 0.9, sso = 0; // the others come by password
    };
    /// Writes a sign-in storm's plan (JSON lines) for as many people who have a password, evenly
    /// over all institutions; so large a share of them has signed in already, and gets a refresh
    /// token, and another is to come by single sign-on (but no administrators, whom a claim does
    /// not link). Every institution's audit log says so.
    Result<StormPeople> write_storm_people(std::size_t people, StormShares shares,
                                           const std::string& base_host,
                                           const SigningKey& refresh_key, std::FILE* out);

private:
    OperatorDesk(const Clock& clock, Rng& rng, const std::string& app_conninfo,
                 const std::string& operator_conninfo);
    Deadline soon() const { return Deadline::in(clock_, 120s); }

    const Clock& clock_;
    Rng& rng_;
    tenancy::Database app_, operator_;
    tenancy::TenantDirectory directory_;
};

} // namespace bw::app
