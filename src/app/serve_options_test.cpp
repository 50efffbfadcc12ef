// `up` starts `serve` with all that it was told itself.
#include "app/serve_options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <CLI/CLI.hpp>

namespace bw::app {
namespace {

/// Each differs from its default; the two limits that have no option of their own do not.
const ServeOptions unusual{.listen = "10.0.0.1:1",
                           .roles = {"api", "auth"},
                           .base_host = "school.test",
                           .issuer = "test",
                           .token_signing = "es256",
                           .access_token_seconds = 90,
                           .token_key_days = 3,
                           .http_threads = 5,
                           .auth_threads = 6,
                           .session_threads = 7,
                           .api_threads = 8,
                           .worker_threads = 13,
                           .cores = "0,2-3",
                           .nice = 7,
                           .file_threads = 14,
                           .event_streams_limit = 19,
                           .bell_packs_mib = 20,
                           .bell_packs_tenant_mib = 21,
                           .bell_packs_statements = 22,
                           .bell_packs_lead_seconds = 23,
                           .hints = false,
                           .reports = "10.0.0.2:4",
                           .reports_admin = "10.0.0.2:5",
                           .trusted_proxies = {"10.0.0.0/8", "fd00::/8"},
                           .proxies_send_forwarded = true,
                           .cors_origins = {"https://a.test", "https://b.test"},
                           .files = "/files",
                           .s3_endpoint = "https://s3.test",
                           .s3_bucket = "bucket",
                           .s3_access_key = "access",
                           .s3_region = "eu-west-1",
                           .s3_public_endpoint = "https://files.test",
                           .upload_mib_limit = 15,
                           .person_files_mib_limit = 16,
                           .tenant_files_mib_limit = 17,
                           .files_mib_kept_free = 18,
                           .live_origin = "http://10.0.0.5:8090",
                           .live_ingest = "rtmp://10.0.0.5/live",
                           .live_control = "http://10.0.0.5:8091",
                           .live_edges = {"north-1,eu,2,https://north-1.test"},
                           .live_threads = 23,
                           .live_address_seconds = 25,
                           .live_streams_limit = 24,
                           .rooms_janus = "127.0.0.1:8",
                           .rooms_turn = {"turn:turn.test:3478"},
                           .rooms_livekit = "wss://livekit.test",
                           .rooms_livekit_api = "https://livekit.test",
                           .rooms_livekit_key = "key",
                           .rooms_viewers_limit = 26,
                           .recordings_from = "/left",
                           .recordings_keep_days = 27,
                           .clamd = "localhost:3310",
                           .journal_bytes_limit = 9,
                           .journal_keep_hours = 10,
                           .archive = "/archive",
                           .archive_seconds = 11,
                           .journal_servers = {"nats://a:1", "nats://b:2"},
                           .journal_stream = "stream",
                           .journal_replicas = 5,
                           .journal_credentials = "/credentials",
                           .follower = "https://follower.test",
                           .follower_secret = "/follower",
                           .follower_required = true,
                           .submissions_per_minute = 12,
                           .submission_kib_per_minute = 300,
                           .activities_per_minute = 301,
                           .activity_journal_mib = 24,
                           .activity_keep_days = 25,
                           .witnesses = {"https://w.test", "https://v.test"},
                           .admin_listen = "127.0.0.1:2",
                           .otlp_endpoint = "http://otlp.test",
                           .report_source = "outbox",
                           .report_standbys = {"standby_one", "standby_two"},
                           .storm_reports = "/reports",
                           .trace_sample_rate = 0.125,
                           .log_requests_rate = 0.5,
                           .tls_certificate = "/certificate",
                           .tls_key = "/key",
                           .smtp_url = "smtp://mail.test:25",
                           .smtp_user = "user",
                           .smtp_in_the_clear = true,
                           .mail_from = "noreply@school.test",
                           .federation_private = true,
                           .federation_authorities = "/authorities",
                           .link_form = "https://{host}:3",
                           .web_app = "/app",
                           .breached_passwords = "/breached"};

struct Parsed {
    CLI::App program;
    std::string data;
    ServeOptions options;
    CLI::App* serve = program.add_subcommand("serve");

    explicit Parsed(std::vector<std::string> arguments) {
        serve->add_option("--data", data);
        add_serve_options(*serve, options);
        arguments.erase(arguments.begin()); // the program's name
        std::ranges::reverse(arguments);    // as CLI11 wants a vector
        program.parse(arguments);
    }
};

TEST(ServeOptions, WhatIsWrittenIsRead) {
    EXPECT_EQ(Parsed(serve_arguments("/data", unusual)).options, unusual);
    EXPECT_EQ(Parsed(serve_arguments("/data", unusual)).data, "/data");
    EXPECT_EQ(Parsed(serve_arguments("/data", {})).options, ServeOptions());
}

TEST(ServeOptions, NoneIsLeftOut) {
    const std::vector<std::string> written = serve_arguments("/data", unusual);
    Parsed parsed(written);
    std::size_t options = 0;
    for (const CLI::Option* option : parsed.serve->get_options()) {
        const std::string name = option->get_name();
        if (name == "--help" || name == "--data")
            continue;
        ++options;
        EXPECT_TRUE(std::ranges::find(written, name) != written.end()) << name;
        EXPECT_FALSE(option->get_description().empty()) << name;
    }
    EXPECT_GE(options, 52U);
}

} // namespace
} // namespace bw::app
