// A PostgreSQL cluster for tests and databases of their own in it. For test programs only.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pg/connection.hpp"
#include "pg/private_cluster.hpp"

namespace bw::test {

/// A database that is dropped when this ends, whoever is still connected.
class TestDatabase {
public:
    TestDatabase(TestDatabase&& other) noexcept;
    TestDatabase& operator=(TestDatabase&&) = delete;
    ~TestDatabase();

    const std::string& name() const { return name_; }
    /// For the superuser `bw`.
    std::string superuser_conninfo() const;
    /// For a login role that the test or a migration made.
    std::string conninfo(const std::string& role, const std::string& password) const;

private:
    friend class TestCluster;
    explicit TestDatabase(std::string name) : name_(std::move(name)) {}
    std::string name_;
};

/// Roles belong to the cluster, not to a database: tests that make roles make them so that others
/// may have made them before. Any failure here aborts the test program with its reason: without a
/// database there is nothing to test.
class TestCluster {
public:
    /// The cluster in $BW_TEST_CLUSTER (a directory, or a file that names one) if one runs there,
    /// else one that this process starts under /tmp and removes at its end. First called from the
    /// main thread.
    static TestCluster& get();

    TestDatabase make_database();
    /// A copy of the template `name`, which `fill` makes first if this cluster has none of that
    /// name: put a hash of what fills it (the migrations) into the name. Safe between processes.
    TestDatabase make_database(const std::string& name,
                               const std::function<Result<void>(pg::Connection&)>& fill);

    const std::filesystem::path& directory() const { return directory_; }
    const Clock& clock() const { return clock_; }

private:
    TestCluster();
    friend class TestDatabase;
    std::string conninfo(const std::string& database) const;
    std::unique_ptr<pg::Connection> connect(const std::string& database);
    void execute(const std::string& sql);

    SystemClock clock_;
    std::filesystem::path directory_;
    std::optional<pg::PrivateCluster> own_; // none: shared
};

} // namespace bw::test
