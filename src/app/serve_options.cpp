#include "app/serve_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "tenancy/quota.hpp"

namespace bw::app {

namespace {

void add_process_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--listen", options.listen, "address and port; port 0 lets the system pick")
        ->capture_default_str();
    command
        .add_option(
            "--roles", options.roles,
            "roles of this process, with commas between (default: all but report, live and rooms)")
        ->delimiter(',')
        ->check(CLI::IsMember(
            {"auth", "api", "intake", "operator", "worker", "report", "live", "rooms"}));
    command
        .add_option("--base-host", options.base_host, "institutions are served at <slug>.<this>")
        ->capture_default_str();
    command.add_option("--app", options.web_app,
                       "directory of the web app's built files (web/app/dist), served at /app "
                       "(default: none; the plain page is at /)");
    command.add_option("--reports", options.reports,
                       "address and port of the process that has role report, which trusts this "
                       "one's address as a proxy (--trusted-proxy): role api passes requests for "
                       "reports on to it (default: there are none)");
    command.add_option("--reports-admin", options.reports_admin,
                       "address and port of that process's admin listener: operators are shown "
                       "here how reports are (default: they are not)");
    command
        .add_option("--http-threads", options.http_threads, "loops that read and answer requests")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command
        .add_option("--api-threads", options.api_threads,
                    "database reads at once; a connection each")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command
        .add_option("--event-streams-limit", options.event_streams_limit,
                    "event streams open at once; more are told to come again")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000));
    command
        .add_option("--bell-packs-mib", options.bell_packs_mib,
                    "memory for first pages that are prepared before a bell or were read; 0: none")
        ->capture_default_str()
        ->check(CLI::Range(0, 1 << 20));
    command
        .add_option("--bell-packs-tenant-mib", options.bell_packs_tenant_mib,
                    "of it, for one institution")
        ->capture_default_str()
        ->check(CLI::Range(0, 1 << 20));
    command
        .add_option("--bell-packs-statements", options.bell_packs_statements,
                    "a second, to prepare them; a page takes about 10. 0: none is prepared")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000));
    command
        .add_option("--bell-packs-lead-seconds", options.bell_packs_lead_seconds,
                    "how long before a bell the first is prepared")
        ->capture_default_str()
        ->check(CLI::Range(1, 14 * 60));
    command
        .add_option("--hints", options.hints,
                    "off: load is forecast as ever, and nobody prepares for it: renewals are not "
                    "steered around bells, first pages not prepared, jobs do not yield. To "
                    "measure what that buys, or to find out whether it is at fault")
        ->transform(
            CLI::CheckedTransformer(std::map<std::string, bool>{{"on", true}, {"off", false}}))
        ->default_str("on");
    command
        .add_option("--worker-threads", options.worker_threads,
                    "jobs at once; a connection each, and one more")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command.add_option("--cores", options.cores,
                       "keep all threads of this process to these processors, such as 1 or 0,2-3 "
                       "(default: all that it may use)");
    command
        .add_option("--nice", options.nice,
                    "how much this process gives way to others, in processor time and on the disk: "
                    "0 to 19")
        ->capture_default_str()
        ->check(CLI::Range(0, 19));
}

void add_network_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--trusted-proxy", options.trusted_proxies,
                       "network whose word about a client's address is taken, such as "
                       "10.0.0.0/8; repeat it");
    command.add_flag("--proxies-send-forwarded", options.proxies_send_forwarded,
                     "those proxies write Forwarded (RFC 7239), not X-Forwarded-For");
    command.add_option("--cors-origin", options.cors_origins,
                       "origin whose pages may call this API, such as https://app.example; "
                       "repeat it (default: none)");
    command.add_option("--tls-certificate", options.tls_certificate,
                       "PEM file, the server's certificate first; with --tls-key: HTTPS. SIGHUP "
                       "reads both again");
    command.add_option("--tls-key", options.tls_key, "PEM file of its private key");
}

void add_sign_in_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--issuer", options.issuer, "names this installation in every access token")
        ->capture_default_str();
    command
        .add_option("--token-signing", options.token_signing,
                    "algorithm of access tokens: eddsa, or es256 for verifiers that lack Ed25519; "
                    "another than the newest key's is a rotation (default: the newest key's)")
        ->check(CLI::IsMember({"eddsa", "es256"}, CLI::ignore_case));
    command
        .add_option("--access-token-seconds", options.access_token_seconds,
                    "how long an access token is good for; whoever is blocked or signed out is "
                    "known at once all the same")
        ->capture_default_str()
        ->check(CLI::Range(60, 3600));
    command
        .add_option("--token-key-days", options.token_key_days,
                    "how long a key signs access tokens before the next one does; 0: until "
                    "`bellwether keys rotate`")
        ->capture_default_str()
        ->check(CLI::Range(0, 366));
    command
        .add_option("--auth-threads", options.auth_threads,
                    "password hashes at once; 20 MiB and a connection each")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command
        .add_option("--session-threads", options.session_threads,
                    "batches of sign-ins and refreshes at once; a connection each")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command.add_option("--breached-passwords", options.breached_passwords,
                       "file of passwords that leaks made known, from `bellwether breached-list "
                       "build`; nobody may choose one of them (default: none)");
    command.add_flag(
        "--federation-private", options.federation_private,
        "identity providers may lie at private addresses, and at http:// on this "
        "machine; otherwise an institution's administrator can name public ones alone");
    command.add_option("--federation-authorities", options.federation_authorities,
                       "PEM file: the authorities that identity providers' certificates are "
                       "from (default: the system's)");
}

void add_mail_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--smtp", options.smtp_url,
                       "mail server, such as smtp://mail.example:587 (default: none; mail waits)");
    command.add_option("--smtp-user", options.smtp_user,
                       "account there; its password is in <data>/secrets/smtp.password");
    command.add_flag("--smtp-in-the-clear", options.smtp_in_the_clear,
                     "send without TLS; for a mail server on this machine");
    command.add_option("--mail-from", options.mail_from, "the address that mail comes from");
    command.add_option("--links", options.link_form,
                       "how links in mails and on cards begin, {host} being the institution's "
                       "(default: https://{host} behind a proxy or with TLS on port 443, else as "
                       "this process listens)");
}

void add_watching_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--admin-listen", options.admin_listen,
                       "address and port of /metrics and the detailed /readyz (default: on "
                       "127.0.0.1, the port after --listen's)");
    command
        .add_option("--report-source", options.report_source,
                    "how role report hears of what changes: slot (replication), or outbox, where "
                    "the database allows none ('bellwether reports outbox on')")
        ->capture_default_str()
        ->check(CLI::IsMember({"slot", "outbox"}));
    command.add_option("--report-standby", options.report_standbys,
                       "slot of a standby that may take over: role report applies only what it has "
                       "flushed, connected or not; repeat it (default: those that are connected)");
    command.add_option("--storm-reports", options.storm_reports,
                       "directory of the storms' reports that operators are shown "
                       "(default: <data>/storm-reports)");
    command.add_option("--otlp-endpoint", options.otlp_endpoint,
                       "send traces there by OTLP over HTTP, e.g. http://127.0.0.1:4318");
    command
        .add_option("--trace-sample-rate", options.trace_sample_rate,
                    "share of requests that are traced unasked, with --otlp-endpoint")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    command
        .add_option("--log-requests", options.log_requests_rate,
                    "share of ordinary requests to log; failed and slow ones always are")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
}

void add_submission_options(CLI::App& command, ServeOptions& options) {
    command
        .add_option("--submissions-per-minute", options.submissions_per_minute,
                    "what one person may hand in, at once or spread out; beyond it 429")
        ->capture_default_str()
        ->check(CLI::Range(1, tenancy::rate_max));
    command
        .add_option("--submission-kib-per-minute", options.submission_kib_per_minute,
                    "the same in KiB of contents")
        ->capture_default_str()
        ->check(CLI::Range(256, tenancy::rate_max));
    command.add_option("--archive", options.archive,
                       "directory that keeps what was recorded, each person's under a key of their "
                       "own: a database restored from any backup is brought up to date, and the "
                       "journal forgets sooner");
    command
        .add_option("--archive-seconds", options.archive_seconds,
                    "with --archive: how long a record waits for others to share its file")
        ->capture_default_str()
        ->check(CLI::Range(1, 86'400));
}

void add_activity_options(CLI::App& command, ServeOptions& options) {
    command
        .add_option("--activities-per-minute", options.activities_per_minute,
                    "page views and openings that one person may send; beyond it 429")
        ->capture_default_str()
        ->check(CLI::Range(200, tenancy::rate_max));
    command
        .add_option("--activity-keep-days", options.activity_keep_days,
                    "how long they, and attendance at live classes, are kept")
        ->capture_default_str()
        ->check(CLI::Range(8, 3'660));
    command
        .add_option("--activity-journal-mib", options.activity_journal_mib,
                    "of those not recorded yet, on the disk; beyond it new ones are refused")
        ->capture_default_str()
        ->check(CLI::Range(16, 1 << 20));
}

void add_file_options(CLI::App& command, ServeOptions& options) {
    command.add_option("--files", options.files,
                       "directory of uploaded files (default: <data>/files)");
    auto* s3 = command.add_option("--s3-endpoint", options.s3_endpoint,
                                  "keep uploaded files in an S3 server, e.g. https://s3.example; "
                                  "its secret key: <data>/secrets/s3.secret");
    command.add_option("--s3-bucket", options.s3_bucket, "where they go")->needs(s3);
    command.add_option("--s3-access-key", options.s3_access_key, "the account there")->needs(s3);
    command
        .add_option("--s3-public-endpoint", options.s3_public_endpoint,
                    "the S3 server as clients reach it: they may send large files straight there")
        ->needs(s3);
    command.add_option("--s3-region", options.s3_region, "as its requests are signed for")
        ->capture_default_str();
    command
        .add_option("--file-threads", options.file_threads,
                    "writes and reads of uploaded files at once; a connection each")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command.add_option("--upload-mib-limit", options.upload_mib_limit, "of one upload")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    command
        .add_option("--person-files-mib-limit", options.person_files_mib_limit,
                    "of all uploads of a person")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 30));
    command
        .add_option("--tenant-files-mib-limit", options.tenant_files_mib_limit,
                    "of all uploads of an institution")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 30));
    command
        .add_option("--files-mib-kept-free", options.files_mib_kept_free,
                    "of the disk of uploaded files; with less an upload is refused")
        ->capture_default_str()
        ->check(CLI::Range(0, 1 << 30));
    command.add_option("--clamd", options.clamd,
                       "ClamAV's clamd, HOST:PORT or the path of its socket, looks at files that "
                       "are handed in (default: none; they are told to be not_scanned)");
}

void add_live_options(CLI::App& command, ServeOptions& options) {
    command
        .add_option("--live-origin", options.live_origin,
                    "the origin of live video: what edges ask, and role live")
        ->capture_default_str();
    command
        .add_option(
            "--live-ingest", options.live_ingest,
            "where teachers' encoders send to, with keys that <data>/secrets/live-publish.key "
            "signs")
        ->capture_default_str();
    command.add_option("--live-control", options.live_control,
                       "nginx-rtmp's control address, to cut publishers off (default: they are "
                       "not)");
    command.add_option("--live-edge", options.live_edges,
                       "an edge: NAME,REGION,WEIGHT,URL; repeat it (default: video is at this very "
                       "host). Addresses are signed with <data>/secrets/live-edge.key");
    command
        .add_option("--live-threads", options.live_threads,
                    "of role live: steps of classes' plans at once")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command
        .add_option("--live-address-seconds", options.live_address_seconds,
                    "how long an address of video is good: so long sees a class who was put out")
        ->capture_default_str()
        ->check(CLI::Range(10, 120));
    command
        .add_option("--live-streams-limit", options.live_streams_limit,
                    "classes at once that video is made for; 0: nobody counts")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000));
    command.add_option("--rooms-janus", options.rooms_janus,
                       "of role rooms: ADDRESS:PORT of a Janus on this machine (deploy/janus), for "
                       "sound and picture in rooms (default: none); the secret: "
                       "<data>/secrets/janus.key");
    command.add_option("--rooms-turn", options.rooms_turn,
                       "with --rooms-janus: turn:HOST:PORT of a coturn (deploy/coturn); repeat it. "
                       "The secret: <data>/secrets/turn.key");
    command.add_option("--rooms-livekit", options.rooms_livekit,
                       "of role rooms, instead of a Janus: wss://HOST of a LiveKit server; its "
                       "API's secret: <data>/secrets/livekit.secret");
    command.add_option("--rooms-livekit-api", options.rooms_livekit_api,
                       "with --rooms-livekit: https://HOST of its API");
    command.add_option("--rooms-livekit-key", options.rooms_livekit_key,
                       "with --rooms-livekit: the name of the API's key");
    command
        .add_option("--rooms-viewers-limit", options.rooms_viewers_limit,
                    "people of one room who see its speakers there; the others watch the class")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000));
    command.add_option("--recordings-from", options.recordings_from,
                       "the directory in which the ingest of this machine leaves classes "
                       "(render-ingest --archive); role worker takes them into the store of files "
                       "and removes them there (default: another machine's worker does)");
    command
        .add_option("--recordings-keep-days", options.recordings_keep_days,
                    "recordings that are older are removed; 0: they stay")
        ->capture_default_str()
        ->check(CLI::Range(0, 36'500));
}

void add_journal_options(CLI::App& command, ServeOptions& options) {
    command
        .add_option("--journal-bytes-limit", options.journal_bytes_limit,
                    "of submissions kept in the journal; beyond it new ones are refused")
        ->capture_default_str();
    command
        .add_option("--journal-keep-hours", options.journal_keep_hours,
                    "how long recorded submissions stay in the journal: a database restored from "
                    "a backup of that age loses none")
        ->capture_default_str()
        ->check(CLI::Range(0, 24 * 366));
    command
        .add_option("--journal-servers", options.journal_servers,
                    "keep the journal in NATS JetStream instead of on this disk: nats://HOST:PORT "
                    "of each server, with commas between")
        ->delimiter(',');
    command
        .add_option("--journal-stream", options.journal_stream,
                    "with --journal-servers: the stream, one for each process")
        ->capture_default_str();
    command
        .add_option("--journal-replicas", options.journal_replicas,
                    "with --journal-servers: 3 or 5, so that a quorum is more than one server")
        ->capture_default_str()
        ->check(CLI::IsMember({3, 5}));
    command.add_option("--journal-credentials", options.journal_credentials,
                       "with --journal-servers: file with the user's JWT and seed");
    command.add_option("--follower", options.follower,
                       "URL of a `bellwether follow` on another node, which has each submission "
                       "on its disk before the answer");
    command.add_option("--follower-secret", options.follower_secret,
                       "file with the follower's secret (default: "
                       "<data>/secrets/follower.password, copied from there)");
    command.add_flag("--follower-required", options.follower_required,
                     "take nothing in while the follower is away; otherwise receipts say "
                     "local-fsync meanwhile");
    command.add_option("--witness", options.witnesses,
                       "URL outside this installation that is sent the journal's signed head every "
                       "minute, so that no rewriting goes unseen; repeat it");
}

} // namespace

void add_serve_options(CLI::App& command, ServeOptions& options) {
    const std::pair<const char*, void (*)(CLI::App&, ServeOptions&)> groups[] = {
        {"Process", add_process_options},    {"Network", add_network_options},
        {"Signing in", add_sign_in_options}, {"Mail", add_mail_options},
        {"Watching", add_watching_options},  {"Submissions", add_submission_options},
        {"Activity", add_activity_options},  {"Files", add_file_options},
        {"Journal", add_journal_options},    {"Live classes", add_live_options},
    };
    for (const auto& [name, add] : groups) {
        command.option_defaults()->group(name);
        add(command, options);
    }
    command.option_defaults()->group("Options");
}

std::vector<std::string> serve_arguments(const std::filesystem::path& data,
                                         const ServeOptions& options) {
    std::vector<std::string> out{"bellwether", "serve"};
    auto given = [&](const char* option, const std::string& value) {
        if (!value.empty())
            out.insert(out.end(), {option, value});
    };
    auto number = [&](const char* option, auto value) { given(option, fmt::format("{}", value)); };
    auto each = [&](const char* option, const std::vector<std::string>& values) {
        for (const std::string& value : values)
            given(option, value);
    };
    auto flag = [&](const char* option, bool set) {
        if (set)
            out.emplace_back(option);
    };
    given("--data", data);
    given("--listen", options.listen);
    given("--roles", fmt::format("{}", fmt::join(options.roles, ",")));
    given("--base-host", options.base_host);
    given("--app", options.web_app);
    given("--reports", options.reports);
    given("--reports-admin", options.reports_admin);
    number("--http-threads", options.http_threads);
    number("--api-threads", options.api_threads);
    number("--event-streams-limit", options.event_streams_limit);
    number("--bell-packs-mib", options.bell_packs_mib);
    number("--bell-packs-tenant-mib", options.bell_packs_tenant_mib);
    number("--bell-packs-statements", options.bell_packs_statements);
    number("--bell-packs-lead-seconds", options.bell_packs_lead_seconds);
    given("--hints", options.hints ? "on" : "off");
    number("--worker-threads", options.worker_threads);
    given("--cores", options.cores);
    number("--nice", options.nice);

    each("--trusted-proxy", options.trusted_proxies);
    flag("--proxies-send-forwarded", options.proxies_send_forwarded);
    each("--cors-origin", options.cors_origins);
    given("--tls-certificate", options.tls_certificate);
    given("--tls-key", options.tls_key);

    given("--issuer", options.issuer);
    given("--token-signing", options.token_signing);
    number("--access-token-seconds", options.access_token_seconds);
    number("--token-key-days", options.token_key_days);
    number("--auth-threads", options.auth_threads);
    number("--session-threads", options.session_threads);
    given("--breached-passwords", options.breached_passwords);
    flag("--federation-private", options.federation_private);
    given("--federation-authorities", options.federation_authorities);

    given("--smtp", options.smtp_url);
    given("--smtp-user", options.smtp_user);
    flag("--smtp-in-the-clear", options.smtp_in_the_clear);
    given("--mail-from", options.mail_from);
    given("--links", options.link_form);

    given("--admin-listen", options.admin_listen);
    given("--report-source", options.report_source);
    each("--report-standby", options.report_standbys);
    given("--storm-reports", options.storm_reports);
    given("--otlp-endpoint", options.otlp_endpoint);
    number("--trace-sample-rate", options.trace_sample_rate);
    number("--log-requests", options.log_requests_rate);

    number("--submissions-per-minute", options.submissions_per_minute);
    number("--submission-kib-per-minute", options.submission_kib_per_minute);
    given("--archive", options.archive);
    number("--archive-seconds", options.archive_seconds);

    number("--activities-per-minute", options.activities_per_minute);
    number("--activity-keep-days", options.activity_keep_days);
    number("--activity-journal-mib", options.activity_journal_mib);

    given("--files", options.files);
    given("--s3-endpoint", options.s3_endpoint);
    given("--s3-bucket", options.s3_bucket);
    given("--s3-access-key", options.s3_access_key);
    given("--s3-public-endpoint", options.s3_public_endpoint);
    given("--s3-region", options.s3_region);
    number("--file-threads", options.file_threads);
    number("--upload-mib-limit", options.upload_mib_limit);
    number("--person-files-mib-limit", options.person_files_mib_limit);
    number("--tenant-files-mib-limit", options.tenant_files_mib_limit);
    number("--files-mib-kept-free", options.files_mib_kept_free);
    given("--clamd", options.clamd);

    given("--live-origin", options.live_origin);
    given("--live-ingest", options.live_ingest);
    given("--live-control", options.live_control);
    each("--live-edge", options.live_edges);
    number("--live-threads", options.live_threads);
    number("--live-address-seconds", options.live_address_seconds);
    number("--live-streams-limit", options.live_streams_limit);
    given("--rooms-janus", options.rooms_janus);
    each("--rooms-turn", options.rooms_turn);
    given("--rooms-livekit", options.rooms_livekit);
    given("--rooms-livekit-api", options.rooms_livekit_api);
    given("--rooms-livekit-key", options.rooms_livekit_key);
    number("--rooms-viewers-limit", options.rooms_viewers_limit);
    given("--recordings-from", options.recordings_from);
    number("--recordings-keep-days", options.recordings_keep_days);

    number("--journal-bytes-limit", options.journal_bytes_limit);
    number("--journal-keep-hours", options.journal_keep_hours);
    each("--journal-servers", options.journal_servers);
    given("--journal-stream", options.journal_stream);
    number("--journal-replicas", options.journal_replicas);
    given("--journal-credentials", options.journal_credentials);
    given("--follower", options.follower);
    given("--follower-secret", options.follower_secret);
    flag("--follower-required", options.follower_required);
    each("--witness", options.witnesses);
    return out;
}

} // namespace bw::app
