#include "app/overview.hpp"

#include <algorithm>

#include <sys/statvfs.h>

#include "app/overview_figures.hpp"

namespace bw::app {

namespace {

std::string without_role(const char* role) {
    return std::string("this process has no role ") + role;
}

std::uint64_t behind(std::uint64_t seq, std::uint64_t reached) {
    return seq - std::min(seq, reached);
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::optional<std::string> why_not_ready(const HealthSources& sources) {
    if (!sources.journal)
        return std::nullopt;
    const journal::JournalStatus journal = sources.journal->status();
    if (journal.sealed)
        return "the journal is sealed: a write or sync failed";
    if (journal.full)
        return "the journal is full";
    if (takes_work(*sources.journal))
        return std::nullopt;
    return journal.follower->parted ? "the journal's follower has other groups"
                                    : "the journal's follower, which is required, is not in step";
}

void write_process(JsonWriter& json, const OverviewSources& sources) {
    json.key("process")
        .object()
        .member("version", BW_VERSION)
        .member("instance", sources.instance)
        .member("started_at", to_rfc3339(sources.started_at))
        .key("roles")
        .array();
    for (const std::string& role : sources.roles)
        json.value(role);
    json.end().end();
    const auto why = why_not_ready(sources.health);
    json.member("ready", !why).key("not_ready_because");
    why ? json.value(*why) : json.null();
}

void write_lanes(JsonWriter& json, const HealthSources& sources) {
    json.key("lanes").array();
    for (const lane::LaneStatus& lane : sources.all_lanes()) {
        Figures(json, lane_figures, "")
            .set("threads", std::int64_t{lane.threads})
            .set("running", lane.running)
            .set("queued", lane.queued)
            .set("queue_limit", lane.queue_items_limit)
            .set("oldest_seconds", seconds(lane.oldest))
            .set("started", lane.started)
            .set("refused", lane.refused)
            .set("expired", lane.expired)
            .write();
        json.member("name", lane.name).end();
    }
    json.end();
}

void write_follower(Figures& figures, const journal::JournalStatus& journal) {
    if (!journal.follower) {
        for (const char* name : {"follower_in_step", "follower_groups_behind"})
            figures.missing(name, "no follower is configured");
        return;
    }
    figures.set("follower_in_step", journal.follower->in_step)
        .set("follower_groups_behind", behind(journal.groups, journal.follower->groups));
}

void write_journal(JsonWriter& json, const OverviewSources& sources) {
    json.key("journal");
    Figures figures(json, journal_figures, without_role("intake"));
    if (sources.health.journal) {
        const journal::JournalStatus journal = sources.health.journal->status();
        figures
            .set("epoch", std::to_string(journal.epoch)) // no JSON number has so many digits
            .set("durability", std::string(journal::wire_name(journal.durability)))
            .set("durable_seq", journal.durable_seq)
            .set("groups", journal.groups)
            .set("queued", journal.queued)
            .set("bytes_used", journal.bytes_used)
            .set("bytes_limit", journal.bytes_limit)
            .set("sealed", journal.sealed)
            .set("full", journal.full)
            .missing("left_seconds", "it does not grow, or was not watched for long enough")
            .missing("disk_free_bytes", "it lies on no disk of this machine");
        if (const auto left = journal_time_left(sources.health))
            figures.set("left_seconds", seconds(*left));
        struct statvfs disk{};
        if (!sources.journal_directory.empty()) {
            if (statvfs(sources.journal_directory.c_str(), &disk) == 0)
                figures.set("disk_free_bytes", std::uint64_t{disk.f_bavail} * disk.f_frsize);
            else
                figures.missing("disk_free_bytes", "the disk does not say");
        }
        write_follower(figures, journal);
    }
    figures.write();
    json.end();
}

void write_recorder(JsonWriter& json, const HealthSources& sources, Instant now) {
    json.key("recorder");
    Figures figures(json, recorder_figures, without_role("intake"));
    if (sources.journal && sources.recorder) {
        const submissions::RecorderStatus recorder = sources.recorder->status();
        const std::uint64_t durable = sources.journal->status().durable_seq;
        figures.set("recorded_seq", recorder.recorded_seq)
            .set("behind", behind(durable, recorder.recorded_seq))
            .set("set_aside", recorder.set_aside)
            .set("failing", recorder.failing)
            .set("oldest_unrecorded_seconds", 0.0);
        if (durable > recorder.recorded_seq) {
            const auto oldest = sources.journal->read(recorder.recorded_seq, 1, 1);
            if (!oldest)
                figures.missing("oldest_unrecorded_seconds",
                                "the journal cannot be read: " + oldest.error().text());
            else if (!oldest->empty())
                figures.set("oldest_unrecorded_seconds",
                            seconds(now - oldest->front().group->group.time));
        }
    }
    figures.write();
    json.end();
}

void write_database(JsonWriter& json, const OverviewSources& sources,
                    const DatabaseAnswer& answer) {
    json.key("database");
    Figures figures(json, database_figures, "this process does not tell");
    figures.set("reachable", answer.jobs.has_value());
    if (answer.jobs)
        figures.set("answered_in_ms", seconds(answer.took) * 1000);
    else
        figures.missing("answered_in_ms", answer.jobs.error().text());
    if (sources.cluster) {
        const std::uint32_t timeline = sources.cluster->status().timeline;
        if (timeline > 0)
            figures.set("timeline", std::uint64_t{timeline});
        else
            figures.missing("timeline", "no server has been met yet");
    }
    if (sources.health.breakers)
        figures.set("breakers_open", static_cast<std::int64_t>(std::ranges::count_if(
                                         sources.health.breakers(), &BreakerStatus::open)));
    figures.write();
    json.end();
}

/// The least that a lane saw when it last asked the replica: what readers know of one that nobody
/// here keeps.
std::optional<Duration> lag_seen(const tenancy::ClusterStatus& cluster, std::size_t replica) {
    std::optional<Duration> least;
    for (const tenancy::LaneBreakers& lane : cluster.lanes)
        if (replica < lane.lags.size() && lane.lags[replica])
            least = std::min(least.value_or(*lane.lags[replica]), *lane.lags[replica]);
    return least;
}

void write_replicas(JsonWriter& json, const OverviewSources& sources) {
    const auto told = sources.replica ? sources.replica() : pg::ReplicaStatus{};
    const bool kept = told.state != pg::ReplicaState::absent;
    const auto cluster = sources.cluster ? sources.cluster->status() : tenancy::ClusterStatus{};
    std::size_t count = kept ? 1 : 0;
    for (const tenancy::LaneBreakers& lane : cluster.lanes)
        count = std::max(count, lane.replicas.size());
    json.key("replicas").array();
    for (std::size_t i = 0; i < count; ++i) {
        Figures figures(json, replica_figures, "nobody who keeps it tells this process");
        auto lag = lag_seen(cluster, i);
        if (i == 0 && kept) {
            figures.set("state", std::string(wire_name(told.state)))
                .missing("lag_seconds", "it is not streaming")
                .missing("lag_bytes", "it is not streaming");
            if (told.lag_bytes)
                figures.set("lag_bytes", *told.lag_bytes);
            lag = told.lag;
        }
        if (lag)
            figures.set("lag_seconds", seconds(*lag));
        figures.write();
        json.member("name", "replica " + std::to_string(i + 1)).key("reason");
        i == 0 && !told.reason.empty() ? json.value(told.reason) : json.null();
        json.end();
    }
    json.end();
}

void write_kind(JsonWriter& json, const jobs::KindOverview& kind) {
    const jobs::Backlog& of = kind.backlog;
    Figures figures(json, job_kind_figures, "");
    figures.set("waiting", of.waiting)
        .set("oldest_seconds", seconds(of.oldest.value_or(Duration{})))
        .set("running", of.running)
        .set("per_second", of.per_second)
        .set("dead", kind.dead)
        .set("paused", of.paused)
        .missing("at_once", "no limit was decided")
        .missing("left_seconds", "none of it is being completed");
    if (of.concurrency)
        figures.set("at_once", std::int64_t{*of.concurrency});
    if (const auto left = of.estimate())
        figures.set("left_seconds", seconds(*left));
    figures.write();
    json.member("kind", of.kind).end();
}

void write_jobs(JsonWriter& json, const Result<jobs::Overview>& jobs) {
    json.key("jobs");
    Figures figures(json, jobs_figures,
                    jobs ? "" : "the database does not answer: " + jobs.error().text());
    if (jobs) {
        std::int64_t waiting = 0, running = 0, dead = 0;
        Duration oldest{};
        for (const jobs::KindOverview& kind : jobs->kinds) {
            waiting += kind.backlog.waiting;
            running += kind.backlog.running;
            dead += kind.dead;
            oldest = std::max(oldest, kind.backlog.oldest.value_or(Duration{}));
        }
        figures.set("waiting", waiting)
            .set("oldest_seconds", seconds(oldest))
            .set("running", running)
            .set("dead", dead)
            .set("workers", jobs->workers.size());
    }
    figures.write();
    json.key("kinds").array();
    if (jobs)
        for (const jobs::KindOverview& kind : jobs->kinds)
            write_kind(json, kind);
    json.end().key("workers_alive").array();
    if (jobs)
        for (const jobs::LiveWorker& worker : jobs->workers)
            json.object().member("name", worker.name).member("running", worker.running).end();
    json.end().end();
}

void write_heads(JsonWriter& json, const HealthSources& sources) {
    json.key("heads");
    Figures heads(json, head_figures, without_role("intake"));
    if (sources.heads) {
        const submissions::HeadStatus status = sources.heads->status();
        heads.set("published_size", status.published_size)
            .set("failing", status.failing)
            .set("witnesses_failing",
                 static_cast<std::int64_t>(std::ranges::count_if(
                     status.witnesses, &submissions::HeadStatus::Shown::failing)))
            .missing("published_at", "none was published since the process began");
        if (status.published_at)
            heads.set("published_at", to_rfc3339(*status.published_at));
    }
    heads.write();
    json.end().key("archive");
    Figures archive(json, archive_figures, "this process writes no archive");
    if (sources.archiver) {
        const submissions::ArchiverStatus status = sources.archiver->status();
        archive.set("archived_seq", status.archived_seq).set("failing", status.failing);
    }
    archive.write();
    json.end();
}

void write_what_is_known(JsonWriter& json, const HealthSources& sources) {
    json.key("clock");
    Figures clock(json, clock_figures, "the kernel does not say");
    const auto error = system_clock_error_ms();
    clock.set("synchronised", error.has_value());
    if (error)
        clock.set("error_seconds", static_cast<double>(*error) / 1000);
    clock.write();
    json.end().key("revocations");
    Figures revocations(json, revocation_figures, "this process does not tell");
    if (const SessionSources& of = sources.sessions; of.feed) {
        const tenancy::FeedStatus status = of.feed->status();
        revocations.set("seen_epoch", status.seen_epoch)
            .set("failing", status.failing)
            .set("silent_seconds", seconds(of.revocations->silent_for(of.clock->monotonic())));
    }
    revocations.write();
    json.end().key("directory");
    Figures directory(json, directory_figures, "");
    const tenancy::DirectoryStatus status = sources.directory->status();
    directory.set("tenants", status.tenants)
        .set("source", std::string(status.from_file ? "file" : "database"))
        .missing("as_of", "no database has confirmed them since the process began");
    if (status.as_of)
        directory.set("as_of", to_rfc3339(*status.as_of));
    directory.write();
    json.end();
}

void write_outgoing(JsonWriter& json, const HealthSources& sources) {
    json.key("audit");
    Figures audit(json, audit_figures, without_role("auth"));
    if (sources.audit) {
        const audit::WriterStatus status = sources.audit->status();
        audit.set("queued", status.queued).set("lost", status.lost).set("failing", status.failing);
    }
    audit.write();
    json.end().key("mail");
    Figures mail(json, mail_figures, "this process sends no mail");
    if (sources.mail) {
        const mail::RelayStatus status = sources.mail->status();
        mail.set("server_reached", status.server_reached).set("failing", status.failing);
    }
    mail.write();
    json.end().key("events");
    Figures events(json, event_figures, without_role("api"));
    if (sources.events) {
        const notices::HubStatus status = sources.events->status();
        events.set("streams", status.listeners).set("questions_failed", status.failed);
    }
    events.write();
    json.end().key("first_pages");
    Figures pages(json, first_page_figures, without_role("api"));
    if (sources.first_pages) {
        const auto [packs, preparer] = sources.first_pages->status();
        pages.set("packs", packs.packs)
            .set("bytes", packs.bytes)
            .set("bytes_limit", packs.bytes_limit)
            .set("from_memory", packs.hits)
            .set("from_database", packs.misses)
            .set("prepared", preparer.prepared)
            .set("over_budget", packs.over_budget)
            .set("heard", packs.heard);
    }
    pages.write();
    json.end();
}

void write_reports(JsonWriter& json, const OverviewSources& sources) {
    const Result<ReportState> told =
        sources.reports ? sources.reports()
                        : Result<ReportState>(
                              fail(Code::unavailable, "this process is not told who has reports"));
    json.key("reports");
    Figures figures(json, report_figures,
                    told ? "their process does not say" : told.error().detail);
    if (told) {
        figures.set("state", told->state)
            .missing("lag_seconds", "the first copy is not done")
            .set("set_aside", told->set_aside)
            .set("snapshots", told->snapshots)
            .set("run", told->run)
            .set("kept", told->kept)
            .set("failed", told->failed)
            .set("turned_away", told->turned_away);
        const auto set = [&](const char* name, const auto& value) {
            if (value)
                figures.set(name, *value);
        };
        set("lag_seconds", told->lag_seconds);
        set("slot_behind_bytes", told->slot_bytes_behind);
        set("slot_left_bytes", told->slot_bytes_left);
        set("memory_bytes", told->memory_bytes);
        set("file_bytes", told->file_bytes);
    }
    figures.write();
    json.key("reason");
    told && !told->reason.empty() ? json.value(told->reason) : json.null();
    json.end();
}

std::string array_of(const char* schema, const char* meaning) {
    return std::string(R"({"type": "array", "description": ")") + meaning +
           R"(", "items": {"$ref": "#/components/schemas/)" + schema + R"("}})";
}

constexpr const char* name_schema = R"({"type": "string"})";

std::string overview_schema() {
    auto ref = [](const char* name) {
        return std::string(R"({"$ref": "#/components/schemas/)") + name + "\"}";
    };
    return figures_schema(
        {},
        {{"at",
          R"({"type": "string", "format": "date-time", "description": "As of then; a document is shown for a second."})"},
         {"process", ref("OverviewProcess")},
         {"ready",
          R"({"type": "boolean", "description": "May this process be sent work, as /readyz says."})"},
         {"not_ready_because", R"({"type": ["string", "null"]})"},
         {"lanes", array_of("OverviewLane", "Threads with a queue: a part's budget.")},
         {"journal", ref("OverviewJournal")},
         {"recorder", ref("OverviewRecorder")},
         {"database", ref("OverviewDatabase")},
         {"replicas", array_of("OverviewReplica", "Of the database; empty: none is configured.")},
         {"jobs", ref("OverviewJobs")},
         {"heads", ref("OverviewHeads")},
         {"archive", ref("OverviewArchive")},
         {"clock", ref("OverviewClock")},
         {"revocations", ref("OverviewRevocations")},
         {"directory", ref("OverviewDirectory")},
         {"audit", ref("OverviewAudit")},
         {"mail", ref("OverviewMail")},
         {"events", ref("OverviewEvents")},
         {"first_pages", ref("OverviewFirstPages")},
         {"reports", ref("OverviewReports")}});
}

constexpr const char* process_schema = R"({
    "type": "object",
    "properties": {
        "version": {"type": "string"},
        "instance": {"type": "string", "description": "Host and process."},
        "started_at": {"type": "string", "format": "date-time"},
        "roles": {"type": "array", "items": {"type": "string"}}
    },
    "required": ["version", "instance", "started_at", "roles"]
})";

constexpr const char* workers_schema = R"({
    "type": "array", "description": "At most 200; empty too while the database does not answer.",
    "items": {"type": "object", "required": ["name", "running"], "properties": {
        "name": {"type": "string"}, "running": {"type": "integer"}}}
})";

} // namespace

std::string overview_json(const OverviewSources& sources, const DatabaseAnswer& answer,
                          Instant now) {
    JsonWriter json;
    json.object().member("at", to_rfc3339(now));
    write_process(json, sources);
    write_lanes(json, sources.health);
    write_journal(json, sources);
    write_recorder(json, sources.health, now);
    write_database(json, sources, answer);
    write_replicas(json, sources);
    write_jobs(json, answer.jobs);
    write_heads(json, sources.health);
    write_what_is_known(json, sources.health);
    write_outgoing(json, sources.health);
    write_reports(json, sources);
    json.end();
    return json.take();
}

const std::vector<std::pair<std::string, std::string>>& overview_schemas() {
    static const std::vector<std::pair<std::string, std::string>> schemas{
        {"Figure", figure_schema.data()},
        {"Overview", overview_schema()},
        {"OverviewProcess", process_schema},
        {"OverviewLane", figures_schema(lane_figures, {{"name", name_schema}})},
        {"OverviewJournal", figures_schema(journal_figures)},
        {"OverviewRecorder", figures_schema(recorder_figures)},
        {"OverviewDatabase", figures_schema(database_figures)},
        {"OverviewReplica",
         figures_schema(
             replica_figures,
             {{"name", name_schema},
              {"reason", R"({"type": ["string", "null"], "description": "Why it is broken."})"}})},
        {"OverviewJobs",
         figures_schema(jobs_figures,
                        {{"kinds", array_of("OverviewJobKind",
                                            "Empty too while the database does not answer.")},
                         {"workers_alive", workers_schema}})},
        {"OverviewJobKind", figures_schema(job_kind_figures, {{"kind", name_schema}})},
        {"OverviewHeads", figures_schema(head_figures)},
        {"OverviewArchive", figures_schema(archive_figures)},
        {"OverviewClock", figures_schema(clock_figures)},
        {"OverviewRevocations", figures_schema(revocation_figures)},
        {"OverviewDirectory", figures_schema(directory_figures)},
        {"OverviewAudit", figures_schema(audit_figures)},
        {"OverviewMail", figures_schema(mail_figures)},
        {"OverviewEvents", figures_schema(event_figures)},
        {"OverviewFirstPages", figures_schema(first_page_figures)},
        {"OverviewReports",
         figures_schema(
             report_figures,
             {{"reason",
               R"({"type": ["string", "null"], "description": "Why they do not follow the database."})"}})},
    };
    return schemas;
}

} // namespace bw::app
