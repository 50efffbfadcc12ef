#include "app/database_setup.hpp"

#include "app/migrations.hpp"
#include "pg/connection.hpp"

namespace bw::app {

namespace {

constexpr pg::Statement database_exists{"app_database_exists", 1,
                                        "select from pg_database where datname = $1"};

Result<std::unique_ptr<pg::Connection>> connect(const std::string& conninfo, const Clock& clock,
                                                Deadline deadline) {
    return pg::Connection::open({.conninfo = conninfo, .application_name = "bellwether setup"},
                                clock, deadline);
}

} // namespace

Result<int> set_up_database(const Installation& installation, const pg::PrivateCluster& cluster,
                            const Clock& clock, Rng& rng, Deadline deadline) {
    {
        auto maintenance = TRY(connect(cluster.superuser_conninfo("postgres"), clock, deadline));
        pg::Params name;
        name.text(database_name);
        if (TRY(maintenance->run(database_exists, name, deadline)).empty())
            CHECK_OK(
                maintenance->script(std::string("create database ") + database_name, deadline));
    }
    auto database = TRY(connect(cluster.superuser_conninfo(database_name), clock, deadline));
    const int applied = TRY(pg::migrate(*database, timeline(), deadline));
    for (const char* role : {"bw_app", "bw_operator", "bw_stream"}) {
        // The password is hexadecimal, so it needs no quoting; it goes over the socket of the
        // superuser alone.
        const std::string password = TRY(installation.password(role, rng));
        CHECK_OK(database->script(
            std::string("alter role ") + role + " password '" + password + "'", deadline));
        CHECK_OK(
            installation.set_conninfo(role, cluster.conninfo(database_name, role, password),
                                      cluster.replica_conninfo(database_name, role, password)));
    }
    return applied;
}

} // namespace bw::app
