#include "app/health.hpp"

#include "base/json.hpp"

namespace bw::app {

namespace {

/// What must hold for work to be sent here. The rest of what is known is for the eye: a database
/// that is away stops reads, not submissions, and takes no process out of service.
bool ready(const HealthSources& sources) {
    return !sources.journal || takes_work(*sources.journal);
}

void write_journal(JsonWriter& json, const HealthSources& sources) {
    const journal::JournalStatus journal = sources.journal->status();
    json.key("journal")
        .object()
        .member("durability", journal::wire_name(journal.durability))
        .member("sealed", journal.sealed)
        .member("full", journal.full)
        .member("durable_seq", journal.durable_seq)
        .member("groups", journal.groups)
        .member("bytes_used", journal.bytes_used)
        .member("bytes_limit", journal.bytes_limit);
    if (const auto left = journal_time_left(sources))
        json.member("minutes_left", std::chrono::floor<std::chrono::minutes>(*left).count());
    if (journal.follower)
        json.key("follower")
            .object()
            .member("name", journal.follower->name)
            .member("in_step", journal.follower->in_step)
            .member("required", journal.follower->required)
            .member("parted", journal.follower->parted)
            .member("groups_behind",
                    journal.groups - std::min(journal.groups, journal.follower->groups))
            .end();
    json.end();
    if (!sources.recorder)
        return;
    const submissions::RecorderStatus recorder = sources.recorder->status();
    json.key("recorder")
        .object()
        .member("recorded_seq", recorder.recorded_seq)
        .member("behind",
                journal.durable_seq - std::min(journal.durable_seq, recorder.recorded_seq))
        .member("set_aside", recorder.set_aside)
        .member("database", recorder.failing ? "failing" : "reached");
    if (recorder.standby_seq)
        json.member("standby_seq", *recorder.standby_seq);
    json.end();
}

void write_heads(JsonWriter& json, const submissions::HeadStatus& heads) {
    json.key("heads").object().member("published_size", heads.published_size);
    if (heads.published_at)
        json.member("published_at", to_rfc3339(*heads.published_at));
    json.member("failing", heads.failing).key("witnesses").array();
    for (const auto& witness : heads.witnesses)
        json.object()
            .member("name", witness.name)
            .member("size", witness.size)
            .member("failing", witness.failing)
            .end();
    json.end().end();
}

void write_database(JsonWriter& json, const HealthSources& sources) {
    const auto replica = sources.replica ? sources.replica() : std::nullopt;
    json.member("replica", !replica ? "none" : replica->streaming ? "streaming" : "not streaming");
    if (replica && replica->lag)
        json.member("replica_lag_ms",
                    std::chrono::ceil<std::chrono::milliseconds>(*replica->lag).count());
    json.key("breakers").array();
    if (sources.breakers)
        for (const BreakerStatus& breaker : sources.breakers())
            json.object().member("name", breaker.name).member("open", breaker.open).end();
    json.end();
}

void write_lanes(JsonWriter& json, const HealthSources& sources) {
    json.key("lanes").array();
    for (const lane::LaneStatus& status : sources.all_lanes())
        json.object()
            .member("name", status.name)
            .member("threads", status.threads)
            .member("running", status.running)
            .member("queued", status.queued)
            .member("oldest_ms",
                    std::chrono::ceil<std::chrono::milliseconds>(status.oldest).count())
            .member("queue_items_limit", status.queue_items_limit)
            .member("started", status.started)
            .member("refused", status.refused)
            .member("expired", status.expired)
            .end();
    json.end();
}

void write_revocations(JsonWriter& json, const SessionSources& sources) {
    const tenancy::FeedStatus feed = sources.feed->status();
    const Duration silent = sources.revocations->silent_for(sources.clock->monotonic());
    json.key("revocations")
        .object()
        .member("seen_epoch", feed.seen_epoch)
        .member("silent_ms", std::chrono::ceil<std::chrono::milliseconds>(silent).count())
        .member("failing", feed.failing)
        .end();
}

net::Response detailed_readiness(const HealthSources& sources) {
    JsonWriter json;
    json.object();
    const bool is_ready = ready(sources);
    if (sources.journal)
        write_journal(json, sources);
    if (sources.heads)
        write_heads(json, sources.heads->status());
    if (sources.archiver) {
        const submissions::ArchiverStatus archiver = sources.archiver->status();
        json.key("archive")
            .object()
            .member("archived_seq", archiver.archived_seq)
            .member("failing", archiver.failing)
            .end();
    }
    const auto clock_error = system_clock_error_ms();
    json.member("clock", clock_error ? "synchronised" : "unsynchronised");
    if (clock_error)
        json.member("clock_error_ms", *clock_error);
    write_database(json, sources);
    write_lanes(json, sources);
    if (sources.sessions.feed)
        write_revocations(json, sources.sessions);
    if (sources.reports) {
        json.key("reports");
        write(json, sources.reports());
    }
    const tenancy::DirectoryStatus directory = sources.directory->status();
    json.member("tenants", directory.tenants).key("directory").object();
    if (directory.as_of)
        json.member("as_of", to_rfc3339(*directory.as_of));
    json.member("source", directory.from_file ? "file" : "database").end();
    json.member("ready", is_ready).end();
    return net::Response::json(is_ready ? 200 : 503, json.take());
}

net::Response readiness(const HealthSources& sources) {
    const bool is_ready = ready(sources);
    JsonWriter json;
    json.object().member("ready", is_ready).end();
    return net::Response::json(is_ready ? 200 : 503, json.take());
}

constexpr std::string_view readiness_schema = R"({
    "type": "object",
    "required": ["ready"],
    "properties": {"ready": {"type": "boolean"}}
})";

void add_routes(net::RouteTable& routes, HealthSources sources,
                net::Response (*answer)(const HealthSources&)) {
    routes.add({.method = net::Method::get,
                .path = "/livez",
                .operation = "livez",
                .summary = "The process is alive; nothing else is asked.",
                .handler =
                    [](const net::Request&, net::Responder respond) {
                        respond(net::Response{200, "text/plain; charset=utf-8", "alive\n", {}});
                    },
                .tag = "health",
                .answers = {{200, "Alive.", "", "text/plain; charset=utf-8"}}});
    routes.add_schema("Readiness", readiness_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/readyz",
         .operation = "readyz",
         .summary = "May this process be sent work: 503 when its journal takes none.",
         .handler = [sources = std::move(sources), answer](
                        const net::Request&, net::Responder respond) { respond(answer(sources)); },
         .tag = "health",
         .answers = {{200, "Send work.", R"({"$ref": "#/components/schemas/Readiness"})"},
                     {503, "Send none.", R"({"$ref": "#/components/schemas/Readiness"})"}}});
}

} // namespace

bool takes_work(const journal::Journal& journal) {
    const journal::JournalStatus status = journal.status();
    const bool promised =
        !status.follower ||
        (!status.follower->parted && (!status.follower->required || status.follower->in_step));
    return !status.sealed && !status.full && promised;
}

std::vector<lane::LaneStatus> HealthSources::all_lanes() const {
    std::vector<lane::LaneStatus> out;
    for (const tenancy::DatabaseLane* lane : lanes)
        out.push_back(lane->status());
    if (sessions.rotations)
        out.push_back(sessions.rotations->status());
    return out;
}

std::optional<Duration> journal_time_left(const HealthSources& sources) {
    if (!sources.journal || !sources.journal_growth)
        return std::nullopt;
    const journal::JournalStatus journal = sources.journal->status();
    return sources.journal_growth->until_used(journal.bytes_limit -
                                              std::min(journal.bytes_limit, journal.bytes_used));
}

void add_health_routes(net::RouteTable& routes, HealthSources sources) {
    add_routes(routes, std::move(sources), readiness);
}

void add_detailed_health_routes(net::RouteTable& routes, HealthSources sources) {
    add_routes(routes, std::move(sources), detailed_readiness);
}

std::vector<BreakerStatus> breakers_of(const tenancy::Cluster& cluster) {
    std::vector<BreakerStatus> out;
    for (const tenancy::LaneBreakers& lane : cluster.status().lanes) {
        auto add = [&](const std::string& name, const tenancy::BreakerStatus& breaker,
                       std::optional<Duration> lag) {
            out.push_back({name, breaker.state != tenancy::BreakerState::closed, breaker.opened,
                           breaker.refused, lag});
        };
        add(lane.name + " primary", lane.primary, {});
        for (std::size_t i = 0; i < lane.replicas.size(); ++i)
            add(lane.name + " replica " + std::to_string(i + 1), lane.replicas[i], lane.lags[i]);
    }
    return out;
}

} // namespace bw::app
