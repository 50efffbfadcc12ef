// A whole installation's database for one test: migrated, with the server's own roles, and
// institutions made on demand. For test programs only.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "support/cluster.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::test {

/// A plain session that takes SQL made at run time: for arranging what a test needs and for looking
/// at what it left. What is under test never goes through it. Not thread-safe.
class Session {
public:
    using Row = std::vector<std::optional<std::string>>;
    struct Answer {
        std::string sqlstate, message; // both empty: it worked
        std::vector<Row> rows;         // in text format

        bool ok() const { return message.empty(); }
    };
    explicit Session(const std::string& conninfo);

    /// Any number of statements; the rows of the last.
    Answer attempt(const std::string& sql);
    /// The same, but a failure ends the test program.
    std::vector<Row> run(const std::string& sql);
    /// The one value of a one-row, one-column answer.
    std::string value(const std::string& sql);
    PGconn* raw() { return connection_.get(); }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// A database of its own, copied from a template that is migrated once a cluster. Ends with this
/// object.
class Installation {
public:
    Installation();

    /// What the server signs in as: bw_app, or bw_operator.
    std::string conninfo(const std::string& role = "bw_app") const;
    const std::string& superuser_conninfo() const { return superuser_conninfo_; }
    std::unique_ptr<tenancy::Database> database(const std::string& role = "bw_app",
                                                const std::string& application_name = "test") const;

    /// A new institution, as the operator makes one.
    tenancy::TenantInfo provision(const std::string& slug,
                                  const std::string& zone = "Europe/London");
    /// All institutions, as the server sees them.
    void refresh(tenancy::TenantDirectory& directory) const;

    /// As the superuser, whom row-level security does not bind: to arrange and to look, never to
    /// assert behaviour with.
    Session& superuser();

    const Clock& clock() const { return clock_; }
    Rng& rng() { return rng_; }
    Deadline soon() const { return Deadline::in(clock_, std::chrono::seconds(20)); }

private:
    SystemClock clock_;
    SystemRng rng_;
    TestDatabase database_;
    std::string superuser_conninfo_;
    std::optional<Session> superuser_;
};

/// migrations/*.sql of the source tree, in order.
std::vector<std::string> migration_files();

/// What makes an empty database an installation's, as its superuser. Both login roles have
/// `role_password`; the cluster listens on a private socket only.
Result<void> migrate_and_set_passwords(pg::Connection& connection);
inline constexpr const char* role_password = "test";

} // namespace bw::test
