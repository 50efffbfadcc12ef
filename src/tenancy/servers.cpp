#include "tenancy/servers.hpp"

#include <algorithm>
#include <optional>

#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

namespace {

const pg::Params no_params;

/// An equal share of the time that is left, for the first of `parts`.
Deadline share(const Clock& clock, Deadline deadline, std::size_t parts) {
    return Deadline::in(clock, deadline.remaining(clock) / static_cast<std::int64_t>(parts));
}

} // namespace

Servers::Servers(Cluster& cluster, const std::string& lane, std::string application_name)
    : cluster_(cluster), lane_(cluster.lane(lane)), application_name_(std::move(application_name)),
      replica_at_(cluster.replicas_.empty() ? 0
                                            : cluster.next_replica_++ % cluster.replicas_.size()) {}

Result<Link*> Servers::primary(Deadline deadline) {
    if (deadline.expired(clock()))
        return fail(Code::deadline_exceeded, "no time was left for the database");
    CHECK_OK(lane_.primary.admit());
    if (current(primary_))
        return &primary_;
    primary_ = {};
    auto found = find_primary(deadline);
    if (!found) {
        lane_.primary.connection_failed();
        found.error().retry_after =
            std::chrono::ceil<std::chrono::milliseconds>(cluster_.options_.breaker.pause_min);
        return std::move(found).error();
    }
    primary_ = *std::move(found);
    primary_.breaker = &lane_.primary;
    return &primary_;
}

Link* Servers::open_primary() {
    return current(primary_) ? &primary_ : nullptr;
}

/// A process that has seen no timeline yet looks at every server, because the first that takes
/// writes may be a primary of yesterday. Later the highest timeline tells.
Result<Link> Servers::find_primary(Deadline deadline) {
    const std::vector<std::string>& servers = cluster_.servers_;
    const std::size_t first = cluster_.primary_at_;
    const bool look_at_all = cluster_.timeline_ == 0;
    const Deadline own = Deadline::in(clock(), cluster_.options_.connect_timeout);
    const Deadline until =
        std::min(own, deadline, [](auto& a, auto& b) { return a.at() < b.at(); });
    Error why = fail(Code::unavailable, "the database cannot be reached");
    // Of several reasons the one with a remedy: somebody is there, and full.
    auto because = [&](Error reason) {
        if (why.code != Code::overloaded)
            why = std::move(reason);
    };
    std::optional<Link> best;
    for (std::size_t i = 0; i < servers.size() && (!best || look_at_all); ++i) {
        const std::size_t at = (first + i) % servers.size();
        auto link = open(servers[at], share(clock(), until, servers.size() - i));
        if (!link) {
            because(std::move(link).error());
        } else if (!cluster_.meet(link->timeline, link->writable)) {
            because(fail(Code::unavailable, "the database server is not the primary any more"));
        } else if (!link->writable) {
            because(fail(Code::unavailable, "the database takes no writes at present"));
        } else if (!best || best->timeline < link->timeline) {
            best = *std::move(link);
            cluster_.primary_at_ = at;
        }
    }
    if (!best || !cluster_.meet(best->timeline, true)) // a standby may have told of a newer one
        return why;
    return *std::move(best);
}

Link* Servers::replica(Deadline deadline) {
    const std::size_t count = cluster_.replicas_.size();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (replica_at_ + i) % count;
        Breaker& breaker = *lane_.replicas[at];
        if (!breaker.admit())
            continue;
        if (at == replica_at_ && current(replica_))
            return &replica_;
        auto link = open(cluster_.replicas_[at], deadline);
        if (!link) {
            breaker.connection_failed();
            continue;
        }
        cluster_.meet(link->timeline, false);
        if (!link->standby || link->timeline < cluster_.timeline_) {
            breaker.stand_back(); // promoted, or it may follow an old primary
            continue;
        }
        replica_ = *std::move(link);
        replica_.breaker = &breaker;
        replica_at_ = at;
        return &replica_;
    }
    return nullptr;
}

void Servers::report(Link& link) {
    switch (link.connection->closed()) {
    case pg::Closed::no:
        if (link.connection->last_error().sqlstate == "25006")
            link.timeline = 0; // it was the primary, and takes no writes now
        [[fallthrough]];
    case pg::Closed::stale: // a migration's doing
        link.breaker->succeeded();
        break;
    case pg::Closed::deadline:
        link.breaker->deadline_failed();
        break;
    case pg::Closed::lost:
        link.breaker->connection_failed();
        break;
    }
}

bool Servers::lags(const Link& replica, Duration lag) const {
    lane_.lags[replica_at_] = std::chrono::ceil<std::chrono::milliseconds>(lag).count();
    const bool returning = replica.breaker->status().state != BreakerState::closed;
    return lag >
           (returning ? cluster_.options_.replica_lag_return : cluster_.options_.replica_lag_max);
}

bool Servers::current(const Link& link) const {
    return link.connection && link.connection->usable() && link.timeline != 0 &&
           link.timeline >= cluster_.timeline_;
}

Result<Link> Servers::open(const std::string& conninfo, Deadline deadline) const {
    Link link;
    link.connection =
        TRY(pg::Connection::open({.conninfo = conninfo,
                                  .connect_timeout = cluster_.options_.connect_timeout,
                                  .application_name = application_name_},
                                 clock(), deadline));
    auto answers = TRY(link.connection->run({{sql::whereabouts, &no_params}}, deadline, false));
    link.writable = answers[0].boolean(0, 0);
    link.standby = answers[0].boolean(0, 1);
    link.timeline = static_cast<std::uint32_t>(answers[0].int8(0, 2));
    return link;
}

} // namespace bw::tenancy
