// What a chaos test plays on: a private cluster in this process's hands, two schools in it, and the
// real `bellwether serve` as a child that nobody starts again. For test programs only.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/installation.hpp"
#include "base/rng.hpp"
#include "pg/private_cluster.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::chaos {

struct Pupil {
    std::string username, user_id, assignment_id; // ids as the API writes them
};

struct School {
    std::string slug, tenant_id;
    std::vector<Pupil> pupils;
    std::set<std::string> ids; // the 32 digits of each id that belongs to it, and to nobody else
};

struct StageOptions {
    bool replica = false;
    int max_connections = 40;
};

/// Any failure to set it up ends the program with its reason.
class Stage {
public:
    static constexpr const char* password = "bell-at-nine";
    static constexpr int api_threads = 2, auth_threads = 1;

    explicit Stage(StageOptions options = {});
    ~Stage();

    /// The process that keeps reports, before serve(), which passes them on to it; and again, after
    /// it was killed: at the same addresses.
    void serve_reports();
    void kill_reports();
    /// `environment` is added to the server's.
    void serve(const std::map<std::string, std::string>& environment = {});
    std::uint16_t port() const { return port_; }
    /// Of the listener for operators, whose /readyz says how far the recorder is.
    std::uint16_t admin_port() const { return admin_port_; }
    /// Is it the process that was started?
    bool serving();
    /// The end of its log.
    std::string log() const;

    pg::PrivateCluster& cluster() { return *cluster_; }
    const app::Installation& installation() const { return installation_; }
    const std::vector<School>& schools() const { return schools_; }
    const Clock& clock() const { return clock_; }
    std::filesystem::path directory() const { return directory_.path(); }
    std::filesystem::path cluster_directory() const { return installation_.cluster(); }
    Deadline soon() const { return Deadline::in(clock_, 60s); }

    /// A session of the superuser at the present primary.
    test::Session superuser() const;
    /// `sql` gives one value; true once it is `wanted`, false after a generous while.
    bool becomes(const std::string& sql, const std::string& wanted) const;
    /// Takes the replica as far as that state.
    bool replica_becomes(pg::ReplicaState wanted);

private:
    void load_schools();
    pid_t spawn(const std::vector<std::string>& options,
                const std::map<std::string, std::string>& environment, const std::string& log);
    void must_answer(const app::Installation& of, pid_t& process, const std::string& log,
                     std::uint16_t& port, std::uint16_t& admin_port);
    static bool lives(pid_t& process);

    SystemClock clock_;
    SystemRng rng_;
    test::TemporaryDirectory directory_;
    app::Installation installation_;
    std::optional<pg::PrivateCluster> cluster_;
    std::vector<School> schools_;
    pid_t server_ = -1, reports_ = -1;
    std::uint16_t port_ = 0, admin_port_ = 0, reports_port_ = 0, reports_admin_port_ = 0;
};

} // namespace bw::chaos
