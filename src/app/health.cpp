#include "app/health.hpp"

#include "base/json.hpp"

namespace bw::app {

namespace {

net::Response readiness(const HealthSources& sources) {
    JsonWriter json;
    json.object();
    bool ready = true;
    if (sources.journal) {
        const journal::JournalStatus journal = sources.journal->status();
        ready = !journal.sealed && !journal.full;
        json.key("journal")
            .object()
            .member("durability", journal::wire_name(journal::Durability::local_fsync))
            .member("sealed", journal.sealed)
            .member("full", journal.full)
            .member("durable_seq", journal.durable_seq)
            .member("bytes_used", journal.bytes_used)
            .member("bytes_limit", journal.bytes_limit)
            .end();
    }
    if (sources.journal && sources.recorder) {
        const submissions::RecorderStatus recorder = sources.recorder->status();
        const std::uint64_t durable = sources.journal->status().durable_seq;
        json.key("recorder")
            .object()
            .member("recorded_seq", recorder.recorded_seq)
            .member("behind", durable - std::min(durable, recorder.recorded_seq))
            .member("set_aside", recorder.set_aside)
            .member("database", recorder.failing ? "failing" : "reached")
            .end();
    }
    const auto clock_error = system_clock_error_ms();
    json.member("clock", clock_error ? "synchronised" : "unsynchronised");
    if (clock_error)
        json.member("clock_error_ms", *clock_error);
    json.key("lanes").array();
    for (const tenancy::DatabaseLane* lane : sources.lanes) {
        const lane::LaneStatus status = lane->status();
        json.object()
            .member("name", status.name)
            .member("threads", status.threads)
            .member("queued", status.queued)
            .member("queue_items_limit", status.queue_items_limit)
            .member("started", status.started)
            .member("refused", status.refused)
            .member("expired", status.expired)
            .end();
    }
    const tenancy::DirectoryStatus directory = sources.directory->status();
    json.end().member("tenants", directory.tenants).key("directory").object();
    if (directory.as_of)
        json.member("as_of", to_rfc3339(*directory.as_of));
    json.member("source", directory.from_file ? "file" : "database").end();
    json.member("ready", ready).end();
    return net::Response::json(ready ? 200 : 503, json.take());
}

} // namespace

void add_health_routes(net::RouteTable& routes, HealthSources sources) {
    routes.add({.method = net::Method::get,
                .path = "/livez",
                .operation = "livez",
                .summary = "The process is alive; nothing else is asked.",
                .handler = [](const net::Request&, net::Responder respond) {
                    respond(net::Response{200, "text/plain; charset=utf-8", "alive\n", {}});
                }});
    routes.add(
        {.method = net::Method::get,
         .path = "/readyz",
         .operation = "readyz",
         .summary = "Journal, recorder, clock and lanes; 503 when this process should get no work.",
         .handler = [sources](const net::Request&, net::Responder respond) {
             respond(readiness(sources));
         }});
}

} // namespace bw::app
