// `bellwether serve`: one process of any set of roles. Wiring alone: the rules live in the modules.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/installation.hpp"
#include "base/time.hpp"

namespace bw::app {

struct ServeOptions {
    std::string listen = "127.0.0.1:8480"; // port 0: the system picks one; <data>/run/address tells
    std::set<std::string> roles = {
        "auth", "api", "intake", "operator",
        "worker"}; // any of these, report, live and rooms; the command line refuses others
    std::string base_host = "localhost";     // institutions are served at <slug>.<base_host>
    std::string issuer = "bellwether:local"; // names installation and cell in every token
    std::string token_signing = {}; // eddsa or es256; empty: as the newest key, at first eddsa
    int access_token_seconds = 3'600;
    int token_key_days = 30; // until the next key signs; 0: on demand alone
    int http_threads = 2;
    int auth_threads = 2;    // of role auth, each: one database connection, 20 MiB while it hashes
    int session_threads = 2; // the same role; each: one database connection
    int api_threads = 4;     // each: one database connection
    int worker_threads = 2;  // of role worker: jobs at once; each: one database connection
    std::string cores = {};  // see lane::parse_cores; empty: all
    int nice = 0;            // how much it gives way to other processes, up to 19
    int file_threads = 4;    // of role api, each: one database connection
    std::size_t auth_queue_limit = 2'000;
    std::size_t api_queue_limit = 2'000;
    std::size_t event_streams_limit = 15'000; // of role api, open at once
    std::size_t bell_packs_mib = 128;         // of role api, of first pages; 0: none is kept
    std::size_t bell_packs_tenant_mib = 64;   // of an institution
    int bell_packs_statements = 500;          // a second, to prepare them; 0: none is
    int bell_packs_lead_seconds = 300;        // before a bell
    bool hints = true;                        // false: load is forecast, and nobody prepares for it
    std::string reports = {};                 // address of the process that has them; with role api
    std::string reports_admin = {};           // of its admin listener, for who looks after it
    std::vector<std::string> trusted_proxies = {}; // networks; see net::TrustedProxies
    bool proxies_send_forwarded = false;           // they write Forwarded, not X-Forwarded-For
    std::vector<std::string> cors_origins = {};    // whose pages' scripts may call
    std::string files = {};                        // directory; empty: <data>/files
    /// "https://s3.example": uploaded files go there instead, into `s3_bucket`. The secret key:
    /// <data>/secrets/s3.secret.
    std::string s3_endpoint = {};
    std::string s3_bucket = {}, s3_access_key = {}, s3_region = "us-east-1";
    std::string s3_public_endpoint = {};    // as clients reach it; empty: they send nothing there
    std::uint64_t upload_mib_limit = 2'048; // of one upload
    std::uint64_t person_files_mib_limit = 10'240;     // of all of a person's
    std::uint64_t tenant_files_mib_limit = 1'048'576;  // of all of an institution's
    std::uint64_t files_mib_kept_free = 1'024;         // of the disk, for others
    std::string live_origin = "http://127.0.0.1:8090"; // what edges ask for live video
    std::string live_ingest = "rtmp://127.0.0.1/live"; // where teachers' encoders send to
    std::string live_control = {};            // of nginx-rtmp; empty: publishers are not cut off
    std::vector<std::string> live_edges = {}; // see video::EdgeSpec; none: this very host
    int live_threads = 8;                     // of role live: steps of plans at once
    int live_address_seconds = 120;           // how long an address of video is good
    std::size_t live_streams_limit = 0;       // at once; 0: nobody counts
    std::string rooms_janus = {};             // 127.0.0.1:8188; empty: rooms have no picture
    std::vector<std::string> rooms_turn = {}; // turn: and turns: URLs, as browsers have them
    std::string rooms_livekit = {};           // instead of Janus: "wss://...", as browsers have it
    std::string rooms_livekit_api = {}, rooms_livekit_key = {};
    std::size_t rooms_viewers_limit = 50; // of a room, who see each other there
    std::string recordings_from = {};     // where the ingest leaves classes; empty: not here
    int recordings_keep_days = 0;         // 0: for ever
    std::string clamd = {}; // HOST:PORT or a socket's path; empty: nobody looks for viruses
    std::uint64_t journal_bytes_limit = 8ull << 30;
    std::uint32_t journal_keep_hours = 24;
    std::string archive = {}; // directory; empty: none
    std::int32_t archive_seconds = 60;
    std::vector<std::string> journal_servers = {}; // of a NATS cluster; empty: the local disk
    std::string journal_stream = "bellwether-journal";
    int journal_replicas = 3;
    std::string journal_credentials = {}; // file
    std::string follower = {};            // URL of a `bellwether follow`; empty: none
    std::string follower_secret = {};     // file; empty: secrets/follower.password
    bool follower_required = false;
    std::int32_t submissions_per_minute = 1'200; // of one person, at once or spread out
    std::int32_t submission_kib_per_minute = 64 * 1024;
    std::int32_t activities_per_minute = 1'200; // of one person, at once or spread out
    std::uint32_t activity_journal_mib = 256;   // on the disk, until they are recorded
    std::uint32_t activity_keep_days = 400;
    std::vector<std::string> witnesses = {}; // URLs that are shown the journal's heads
    /// Metrics and states, for operators alone; <data>/run/admin-address tells where. Empty: on
    /// 127.0.0.1, the port after `listen`'s; port 0 picks one.
    std::string admin_listen = {};
    std::string otlp_endpoint = {}; // of a trace collector, "http://127.0.0.1:4318"; empty: none
    std::string report_source = "slot";            // or "outbox": how role report hears of changes
    std::vector<std::string> report_standbys = {}; // slots; see pg::LogProbe
    std::string storm_reports = {};                // directory; empty: <data>/storm-reports
    double trace_sample_rate = 0.01;               // of requests that bring no trace of their own
    double log_requests_rate = 0;     // share of ordinary requests with a line in the log
    std::string tls_certificate = {}; // PEM file; with tls_key: HTTPS. SIGHUP reads both again
    std::string tls_key = {};
    std::string smtp_url = {};       // "smtp://mail.example:587"; empty: mail waits in the outbox
    std::string smtp_user = {};      // its password: <data>/secrets/smtp.password
    bool smtp_in_the_clear = false;  // without TLS; for a mail server on this machine
    std::string mail_from = {};      // the address that mail comes from
    bool federation_private = false; // identity providers may lie in private networks
    std::string federation_authorities = {}; // PEM file: whom their certificates are from
    /// How links to institutions begin, "https://{host}"; empty: as this process listens.
    std::string link_form = {};
    std::string web_app = {};            // directory; empty: none
    std::string breached_passwords = {}; // file; empty: none

    /// Such a process runs beside another one of the installation (Installation::beside).
    bool has_reports_alone() const { return roles == std::set<std::string>{"report"}; }
    bool operator==(const ServeOptions&) const = default;
};

/// "127.0.0.1:8480" taken apart; `option` is named in the error.
Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& text,
                                                            const char* option);

/// Serves until SIGTERM or SIGINT, then drains. Called before the process has other threads.
Result<void> serve(const Installation& installation, const ServeOptions& options);

} // namespace bw::app
