// See own_cluster.hpp.
#include "support/own_cluster.hpp"

#include <cstdio>
#include <cstdlib>

#include "support/installation.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::test {

namespace {

template <class T>
T made(const char* what, Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "own cluster: %s: %s\n", what, result.error().text().c_str());
        std::abort();
    }
    return *std::move(result);
}

pg::PrivateClusterOptions in(const std::filesystem::path& directory,
                             pg::PrivateClusterOptions options) {
    options.directory = directory;
    return options;
}

} // namespace

OwnCluster::OwnCluster(pg::PrivateClusterOptions options)
    : cluster_(made("start", pg::PrivateCluster::start(in(directory_.path(), std::move(options)),
                                                       clock_, soon()))) {
    Session(cluster_.superuser_conninfo("postgres"))
        .run(std::string("create database ") + database);
    const pg::ConnectOptions superuser{.conninfo = cluster_.superuser_conninfo(database)};
    auto connection = made("connect", pg::Connection::open(superuser, clock_, soon()));
    if (auto filled = migrate_and_set_passwords(*connection); !filled) {
        std::fprintf(stderr, "own cluster: %s\n", filled.error().text().c_str());
        std::abort();
    }
}

std::string OwnCluster::conninfo(const std::string& role) const {
    return pg::cluster_conninfo(directory_.path(), database, role, role_password);
}

tenancy::TenantInfo OwnCluster::provision(const std::string& slug) {
    tenancy::Database operators(conninfo("bw_operator"), "test", clock_);
    return made("provision", tenancy::Provisioning::create(operators, slug, "Institution " + slug,
                                                           "Europe/London", clock_, rng_, soon()));
}

} // namespace bw::test
