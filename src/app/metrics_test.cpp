// The metrics page, read by a strict parser, and what it says of real requests; request lines.
#include "app/metrics.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "net/client.hpp"
#include "support/temporary_directory.hpp"

namespace bw::app {
namespace {

/// A page in Prometheus' text format 0.0.4, held to its rules and to the naming conventions.
struct ParsedPage {
    std::map<std::string, std::string> types;
    std::map<std::string, double> samples; // "name{labels}"
    std::vector<std::string> faults;
};

std::string family_of(const std::string& name, const ParsedPage& page) {
    for (const char* suffix : {"_bucket", "_sum", "_count"})
        if (name.ends_with(suffix)) {
            const std::string base = name.substr(0, name.size() - std::string_view(suffix).size());
            auto at = page.types.find(base);
            if (at != page.types.end() && at->second == "histogram")
                return base;
        }
    return name;
}

void read_line(const std::string& line, std::string& current, ParsedPage& page) {
    static const std::regex help(R"(# HELP ([a-z][a-z0-9_]*) \S.*)");
    static const std::regex type(R"(# TYPE ([a-z][a-z0-9_]*) (counter|gauge|histogram))");
    static const std::regex sample(
        R"re(([a-z][a-z0-9_]*)(\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*\})? ([-+0-9.eE]+|\+Inf|NaN))re");
    std::smatch match;
    auto fault = [&](const std::string& what) { page.faults.push_back(what + ": " + line); };
    if (std::regex_match(line, match, help)) {
        if (page.types.contains(match[1]))
            fault("help twice");
        current = match[1];
    } else if (std::regex_match(line, match, type)) {
        if (match[1] != current || !page.types.emplace(match[1], match[2]).second)
            fault("a type without its help, or twice");
        if ((match[2] == "counter") != current.ends_with("_total"))
            fault("counters end in _total, others do not");
    } else if (std::regex_match(line, match, sample)) {
        if (family_of(match[1], page) != current)
            fault("a sample outside its family");
        const double value = match[3] == "+Inf" ? HUGE_VAL : std::stod(match[3]);
        if (!page.samples.emplace(match[1].str() + match[2].str(), value).second)
            fault("a sample twice");
    } else {
        fault("not in the format");
    }
}

void check_histograms(ParsedPage& page) {
    static const std::regex bucket(R"re((\w+)_bucket\{(.*?),?le="([^"]+)"\})re");
    std::map<std::string, std::map<double, double>> buckets; // series, bound, count
    std::smatch match;
    for (const auto& [name, value] : page.samples)
        if (std::regex_match(name, match, bucket)) {
            const double bound = match[3] == "+Inf" ? HUGE_VAL : std::stod(match[3]);
            buckets[match[1].str() + "_count{" + match[2].str() + "}"][bound] = value;
        }
    for (const auto& [series, counts] : buckets) {
        double before = 0;
        for (const auto& [bound, count] : counts) {
            if (count < before)
                page.faults.push_back("buckets that shrink: " + series);
            before = count;
        }
        if (counts.rbegin()->first != HUGE_VAL || !page.samples.contains(series) ||
            page.samples.at(series) != before)
            page.faults.push_back("+Inf is not the count: " + series);
    }
}

ParsedPage parse(const std::string& text) {
    ParsedPage page;
    std::istringstream lines(text);
    std::string current;
    for (std::string line; std::getline(lines, line);)
        read_line(line, current, page);
    if (!text.ends_with('\n'))
        page.faults.push_back("the last line has no end");
    check_histograms(page);
    return page;
}

TEST(MetricsParser, SeesFaults) {
    const std::string good = "# HELP a_total x\n# TYPE a_total counter\na_total 1\n";
    EXPECT_TRUE(parse(good).faults.empty());
    for (const std::string& bad :
         {std::string("a_total 1\n"), good + "a_total 2\n", good + good,
          std::string("# HELP a x\n# TYPE a counter\na 1\n"),
          std::string("# HELP a x\n# TYPE a gauge\na{b=c} 1\n"),
          std::string("# HELP a x\n# TYPE a gauge\na 1"),
          std::string("# HELP h x\n# TYPE h histogram\nh_count{} 2\nh_sum 1\nh_bucket{le=\"1\"} 3\n"
                      "h_bucket{le=\"+Inf\"} 2\n")})
        EXPECT_FALSE(parse(bad).faults.empty()) << bad;
}

struct MetricsTest : testing::Test {
    SystemClock clock;
    SystemRng rng;
    test::TemporaryDirectory directory;
    std::unique_ptr<journal::Journal> journal =
        journal::Journal::open(
            {.directory = directory.path(), .segment_bytes = 1 << 20, .record_bytes_limit = 1024},
            [](ByteView) { return Signature{}; }, clock, rng)
            .value();
    tenancy::TenantDirectory tenants;
    tenancy::DatabaseLane lane{lane::Budget{.name = "api", .threads = 0}, clock,
                               [] { return std::unique_ptr<tenancy::Database>(); }};
    RateEstimator growth{1min};
    HealthSources health{.journal = journal.get(),
                         .recorder = nullptr,
                         .lanes = {&lane},
                         .directory = &tenants,
                         .journal_growth = &growth};
};

TEST_F(MetricsTest, ThePageIsWellFormedAndCountsRequestsByRouteAndClass) {
    net::RouteTable routes;
    add_health_routes(routes, health);
    HttpMetrics http(routes);
    auto server = *net::Server::start(
        {.on_served = [&](const net::Served& served) { http.add(served); }}, routes, clock, rng);
    auto client = net::Client::make({.port = server->port()}, clock);
    for (const char* path : {"/livez", "/livez", "/readyz", "/nothing?token=x"})
        ASSERT_TRUE(client->fetch({.target = path}, Deadline::in(clock, 30s)));
    lane.submit({}, Deadline::in(clock, 1h), [](Result<tenancy::Database*>) {});
    lane.run_one();
    health.replica = [] { return ReplicaStatus{true, 250ms}; };
    health.breakers = [] { return std::vector<BreakerStatus>{{"api \"main\"\\\n", true}}; };
    health.reports = [] {
        return ReportState{.state = "streaming", .reason = {}, .lag_seconds = 0.5, .run = 3};
    };
    telemetry::SpanQueue spans(10, clock, rng);
    SpanExporter exporter({.address = "127.0.0.1", .port = 9}, {}, spans, clock);
    const std::string text = metrics_page({.health = health,
                                           .http = &http,
                                           .server = server.get(),
                                           .spans = &spans,
                                           .exporter = &exporter});
    ParsedPage page = parse(text);
    for (const std::string& fault : page.faults)
        ADD_FAILURE() << fault;
    auto count = [&](const std::string& labels) {
        return page.samples["bellwether_http_request_duration_seconds_count{" + labels + "}"];
    };
    EXPECT_EQ(count(R"(method="GET",route="/livez",status="2xx")"), 2);
    EXPECT_EQ(count(R"(method="GET",route="/readyz",status="2xx")"), 1);
    EXPECT_EQ(count(R"(method="",route="unmatched",status="4xx")"), 1);
    EXPECT_EQ(text.find("/nothing"), std::string::npos) << "a path is no label";
    EXPECT_EQ(page.samples[R"(bellwether_lane_started_items_total{lane="api"})"], 1);
    EXPECT_EQ(page.samples["bellwether_replica_lag_seconds"], 0.25);
    EXPECT_EQ(page.samples["bellwether_journal_left_seconds"], HUGE_VAL);
    for (const char* name :
         {"bellwether_build_info", "bellwether_journal_bytes_limit", "process_cpu_seconds_total",
          "process_resident_memory_bytes", "process_open_fds", "bellwether_clock_synchronised",
          "bellwether_spans_dropped_total", "bellwether_breaker_open"})
        EXPECT_TRUE(page.types.contains(name)) << name;
    EXPECT_GT(page.samples["process_resident_memory_bytes"], 1e6);
    EXPECT_GT(page.samples["process_threads"], 1);
    EXPECT_EQ(page.samples["bellwether_reports_lag_seconds"], 0.5);
    EXPECT_EQ(page.samples[R"(bellwether_reports_state{state="streaming"})"], 1);
    EXPECT_EQ(page.samples[R"(bellwether_reports_state{state="stopped"})"], 0);
    EXPECT_EQ(page.samples[R"(bellwether_reports_asked_total{outcome="run"})"], 3);
    EXPECT_FALSE(page.types.contains("bellwether_reports_slot_left_bytes")) << "it is not known";
}

TEST_F(MetricsTest, SessionsAreCountedByWhatBecameOfThem) {
    auto nowhere = [&] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none", "test", clock);
    };
    ManualClock manual{Instant{0}};
    tenancy::Revocations revocations;
    tenancy::RevocationFeed feed(nowhere(), revocations, tenants, manual, rng);
    const tenancy::KeyRing keys{SigningKey::make(rng)};
    const auth::RoutingHints hints{SecretKey{}};
    const auth::TokenIssuer issuer({.issuer = "test"}, keys, hints, manual, rng);
    const auth::RefreshTokens tokens({rng.bytes<32>()});
    auth::RotationLane rotations({.budget = {.name = "sessions", .threads = 0}}, clock, nowhere);
    tenancy::DatabaseLane hashing(lane::Budget{.name = "auth", .threads = 0}, clock, nowhere);
    auth::SignInGuards guards(rng.bytes<32>());
    auth::PasswordSignIn sign_in({.lane = hashing,
                                  .sessions = rotations,
                                  .tokens = tokens,
                                  .issuer = issuer,
                                  .guards = guards,
                                  .revocations = revocations,
                                  .clock = manual,
                                  .key = {}},
                                 rng);
    auth::SessionRefresh refresh(rotations, tokens, issuer, revocations, manual);
    const auth::Guess guess{.account = {1}};
    while (guards.guesses.admit(guess, manual.monotonic())) {
    }
    health.sessions = {&sign_in, &guards, &refresh, &rotations, &feed, &revocations, &manual};
    health.breakers = [] {
        return std::vector<BreakerStatus>{{"auth primary", false, 0, 0, {}},
                                          {"auth replica 1", true, 2, 7, 12s}};
    };
    ParsedPage page = parse(metrics_page({.health = health}));
    for (const std::string& fault : page.faults)
        ADD_FAILURE() << fault;
    EXPECT_EQ(page.samples[R"(bellwether_sign_ins_total{outcome="signed_in"})"], 0);
    EXPECT_EQ(page.samples["bellwether_guesses_delayed_total"], 1);
    EXPECT_EQ(page.samples["bellwether_guesses_counted"], 1);
    EXPECT_EQ(page.samples["bellwether_second_factors_asked_total"], 0);
    EXPECT_EQ(page.samples[R"(bellwether_refreshes_total{outcome="reused"})"], 0);
    EXPECT_GT(page.samples["bellwether_revocations_silent_seconds"], 1e9) << "never heard of";
    EXPECT_EQ(page.samples[R"(bellwether_lane_queued_items{lane="sessions"})"], 0);
    EXPECT_EQ(page.samples[R"(bellwether_breaker_opened_total{breaker="auth replica 1"})"], 2);
    EXPECT_EQ(page.samples[R"(bellwether_breaker_refused_total{breaker="auth replica 1"})"], 7);
    EXPECT_EQ(page.samples[R"(bellwether_replica_read_lag_seconds{breaker="auth replica 1"})"], 12);
    EXPECT_FALSE(
        page.samples.contains(R"(bellwether_replica_read_lag_seconds{breaker="auth primary"})"));

    EXPECT_FALSE(feed.step());
    page = parse(metrics_page({.health = health}));
    EXPECT_EQ(page.samples["bellwether_revocations_failing"], 1);
    revocations.heard(manual.monotonic());
    manual.advance(5s);
    page = parse(metrics_page({.health = health}));
    EXPECT_EQ(page.samples["bellwether_revocations_silent_seconds"], 5);
    net::RouteTable admin;
    add_detailed_health_routes(admin, health);
    auto server = *net::Server::start({}, admin, clock, rng);
    auto client = net::Client::make({.port = server->port()}, clock);
    const std::string body = client->fetch({.target = "/readyz"}, Deadline::in(clock, 30s))->body;
    for (const char* part : {R"("silent_ms":5000)", R"("failing":true)", R"("oldest_ms":0)"})
        EXPECT_NE(body.find(part), std::string::npos) << part << " in " << body;
}

TEST_F(MetricsTest, OperatorsSeeWhetherMailGoesOut) {
    EXPECT_EQ(metrics_page({.health = health}).find("bellwether_mail"), std::string::npos)
        << "without a mail server there is nothing to say";
    auto smtp = mail::Smtp::make({.url = "smtp://127.0.0.1:1", .require_tls = false});
    ASSERT_TRUE(smtp) << smtp.error().text();
    mail::Relay relay(
        std::make_unique<tenancy::Database>("host=/nonexistent dbname=none", "test", clock),
        *std::move(smtp), tenants, audit::SubjectKeys(SecretKey{}), clock, rng, {});
    health.mail = &relay;
    ParsedPage page = parse(metrics_page({.health = health}));
    for (const std::string& fault : page.faults)
        ADD_FAILURE() << fault;
    for (const char* outcome : {"sent", "refused", "postponed", "expired"}) {
        const std::string sample =
            std::string("bellwether_mails_total{outcome=\"") + outcome + "\"}";
        EXPECT_TRUE(page.samples.contains(sample)) << sample;
    }
    EXPECT_EQ(page.samples["bellwether_mail_server_reached"], 1);
    EXPECT_EQ(page.samples["bellwether_mail_failing"], 0);
    relay.start(); // and finds no database
    while (parse(metrics_page({.health = health})).samples["bellwether_mail_failing"] == 0)
        std::this_thread::yield();
    relay.stop();
}

TEST_F(MetricsTest, AnybodyHearsYesOrNoAndOperatorsWhy) {
    net::RouteTable open, admin;
    add_health_routes(open, health);
    add_detailed_health_routes(admin, health);
    auto body = [&](const net::RouteTable& routes) {
        auto server = *net::Server::start({}, routes, clock, rng);
        auto client = net::Client::make({.port = server->port()}, clock);
        return client->fetch({.target = "/readyz"}, Deadline::in(clock, 30s))->body;
    };
    EXPECT_EQ(body(open), R"({"ready":true})");
    const journal::JournalStatus status = journal->status();
    ManualClock manual{Instant{0}};
    growth.add(manual.monotonic(), 0);
    growth.add(manual.monotonic() + 60s, (status.bytes_limit - status.bytes_used) / 10);
    const std::string detailed = body(admin);
    for (const char* part :
         {R"("durability":"local-fsync")", R"("minutes_left":10)", R"("replica":"none")",
          R"("breakers":[])", R"("name":"api")", R"("clock":)", R"("ready":true)"})
        EXPECT_NE(detailed.find(part), std::string::npos) << part << " in " << detailed;
}

TEST(RequestLog, FailuresAndSlowOnesAlwaysAShareOfTheRestAndNeverTooMany) {
    ManualClock clock{Instant{0}};
    const net::Route route{net::Method::get, "/v1/me", "get_me", "", {}, 0};
    auto lines = [&](RequestLog& log, int status, Duration took, int times) {
        testing::internal::CaptureStderr();
        for (int i = 0; i < times; ++i)
            log.add({.route = &route,
                     .method = net::Method::get,
                     .status = status,
                     .began = clock.now(),
                     .took = took,
                     .body_in = 1,
                     .body_out = 2,
                     .request_id = "00112233445566ff",
                     .trace = nullptr,
                     .caller = nullptr});
        return testing::internal::GetCapturedStderr();
    };
    auto count = [](const std::string& text) { return std::ranges::count(text, '\n'); };
    RequestLog quiet({}, clock);
    EXPECT_EQ(count(lines(quiet, 200, 1ms, 100)), 0);
    EXPECT_EQ(count(lines(quiet, 503, 1ms, 3)), 3);
    EXPECT_EQ(count(lines(quiet, 200, 2s, 2)), 2);
    RequestLog sampled({.sample_rate = 0.1}, clock);
    EXPECT_EQ(count(lines(sampled, 200, 1ms, 100)), 10);
    RequestLog limited({.lines_per_second_limit = 5}, clock);
    EXPECT_EQ(count(lines(limited, 500, 1ms, 50)), 5);
    clock.advance(1s);
    const std::string next = lines(limited, 500, 1500ms, 1);
    for (const char* part :
         {R"("level":"warning")", R"("event":"request")", R"("request_id":"00112233445566ff")",
          R"("route":"/v1/me")", R"("status":500)", R"("took_ms":1500)", R"("skipped":45)"})
        EXPECT_NE(next.find(part), std::string::npos) << part << " in " << next;
}

} // namespace
} // namespace bw::app
