// A primary and its streaming replica of a test's own, for tests of which server answers, and of
// what happens when one lags, dies or is promoted. For test programs only.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "support/installation.hpp"
#include "support/own_cluster.hpp"

namespace bw::test {

/// A primary and its replica with one institution on them.
class ServerPair {
public:
    ServerPair() {
        until([&] {
            own_.cluster().tend();
            return own_.cluster().replica_status().state == pg::ReplicaState::streaming;
        });
        // The private cluster's fast settings would leave commits unsent for a while.
        on_primary("alter role bw_app set synchronous_commit = on");
        // A standby knows how old its data are once it has replayed a commit.
        own_.provision("bravo");
        until([&] {
            return on_standby("select count(*) from control.tenants where slug = 'bravo'") == "1";
        });
    }

    enum Which : std::uint8_t { primary, standby };
    /// Of the server that began as one or the other.
    std::string conninfo(Which which, const std::string& role = "bw_app") const {
        return pg::cluster_conninfo(path(which), own_.database, role,
                                    role == "bw" ? "" : role_password);
    }
    Session session(Which which) const { return Session(conninfo(which, "bw")); }
    /// The first value of the answer, as the superuser.
    std::string on_primary(const std::string& sql) { return ask(primary, sql); }
    std::string on_standby(const std::string& sql) { return ask(standby, sql); }

    template <class Condition>
    void until(Condition&& reached) const {
        for (Deadline end = Deadline::in(clock, 60s); !reached();) {
            if (end.expired(clock)) {
                ADD_FAILURE() << "a condition was not reached within a minute";
                return;
            }
            std::this_thread::sleep_for(5ms);
        }
    }
    Deadline soon() const { return own_.soon(); }

private:
    std::filesystem::path path(Which which) const {
        return which == primary ? own_.directory() : own_.directory() / "replica";
    }
    std::string ask(Which which, const std::string& sql) const {
        auto rows = session(which).run(sql);
        return rows.empty() || rows[0].empty() ? "" : rows[0][0].value_or("");
    }

    OwnCluster own_{{.durable = false, .replica = true}};

public:
    const Clock& clock = own_.clock();
    Rng& rng = own_.rng();
    const tenancy::TenantInfo school = own_.provision("alpha");
    const tenancy::TenantScope alpha = school.scope;

    /// Replays nothing while it lives.
    struct Paused {
        explicit Paused(ServerPair& of) : pair(of) {
            pair.on_standby("select pg_wal_replay_pause()");
            pair.until([&] {
                return pair.on_standby("select pg_get_wal_replay_pause_state()") == "paused";
            });
        }
        ~Paused() { pair.on_standby("select pg_wal_replay_resume()"); }
        ServerPair& pair;
    };

    /// What is committed from now on does not reach the standby.
    void part() {
        on_primary("alter role bw_replication nologin");
        on_primary("select pg_terminate_backend(pid, 5000) from pg_stat_replication");
    }
    pg::PrivateCluster& cluster() { return own_.cluster(); }
};

} // namespace bw::test
