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

constexpr std::string_view readiness_schema = R"({
    "type": "object",
    "required": ["clock", "lanes", "tenants", "ready"],
    "properties": {
        "journal": {
            "type": "object",
            "description": "Where submissions are made durable; only with role intake.",
            "required": ["durability", "sealed", "full", "durable_seq", "bytes_used", "bytes_limit"],
            "properties": {
                "durability": {"const": "local-fsync"},
                "sealed": {"type": "boolean", "description": "After a failed sync; the process ends."},
                "full": {"type": "boolean"},
                "durable_seq": {"type": "integer", "minimum": 0},
                "bytes_used": {"type": "integer", "minimum": 0},
                "bytes_limit": {"type": "integer", "minimum": 0}
            }
        },
        "recorder": {
            "type": "object",
            "description": "Carries the journal into the database; only with role intake.",
            "required": ["recorded_seq", "behind", "set_aside", "database"],
            "properties": {
                "recorded_seq": {"type": "integer", "minimum": 0},
                "behind": {"type": "integer", "minimum": 0, "description": "Durable and not recorded yet."},
                "set_aside": {"type": "integer", "minimum": 0, "description": "Refused by the database; an operator must look."},
                "database": {"enum": ["reached", "failing"]}
            }
        },
        "clock": {"enum": ["synchronised", "unsynchronised"]},
        "clock_error_ms": {"type": "integer", "minimum": 0},
        "lanes": {"type": "array", "items": {
            "type": "object",
            "required": ["name", "threads", "queued", "queue_items_limit", "started", "refused", "expired"],
            "properties": {
                "name": {"type": "string"},
                "threads": {"type": "integer", "minimum": 1},
                "queued": {"type": "integer", "minimum": 0},
                "queue_items_limit": {"type": "integer", "minimum": 1},
                "started": {"type": "integer", "minimum": 0},
                "refused": {"type": "integer", "minimum": 0},
                "expired": {"type": "integer", "minimum": 0}
            }
        }},
        "tenants": {"type": "integer", "minimum": 0},
        "ready": {"type": "boolean"}
    }
})";

} // namespace

void add_health_routes(net::RouteTable& routes, HealthSources sources) {
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
         .summary = "Journal, recorder, clock and lanes; 503 when this process should get no work.",
         .handler = [sources](const net::Request&,
                              net::Responder respond) { respond(readiness(sources)); },
         .tag = "health",
         .answers = {{200, "Send work.", R"({"$ref": "#/components/schemas/Readiness"})"},
                     {503, "Send none.", R"({"$ref": "#/components/schemas/Readiness"})"}}});
}

} // namespace bw::app
