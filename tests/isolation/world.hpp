// The server's parts wired in this process as `serve` wires them, over the data of two
// institutions, with a client. For tests that call routes over real HTTP.
#pragma once

#include <gtest/gtest.h>
#include <map>

#include "accounts/routes.hpp"
#include "activity/recorder.hpp"
#include "activity/routes.hpp"
#include "app/api_document.hpp"
#include "app/health.hpp"
#include "app/overview_routes.hpp"
#include "app/storm_report_routes.hpp"
#include "app/wall_routes.hpp"
#include "app/web_page.hpp"
#include "attendance/routes.hpp"
#include "auth/bells.hpp"
#include "auth/routes.hpp"
#include "base/json.hpp"
#include "blob/directory_store.hpp"
#include "content/materials.hpp"
#include "content/routes.hpp"
#include "exports/report_exports.hpp"
#include "exports/routes.hpp"
#include "fairness/routes.hpp"
#include "federation/routes.hpp"
#include "files/routes.hpp"
#include "forecast/routes.hpp"
#include "institution/pictures_for_test.hpp"
#include "institution/roster_imports.hpp"
#include "institution/routes.hpp"
#include "jobs/operator_routes.hpp"
#include "jobs/routes.hpp"
#include "journal/journal.hpp"
#include "live/routes.hpp"
#include "marking/regrades.hpp"
#include "marking/routes.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "notices/routes.hpp"
#include "packs/change_feed.hpp"
#include "packs/routes.hpp"
#include "pipeline/similarity_routes.hpp"
#include "recordings/routes.hpp"
#include "reporting/made_rows_for_test.hpp"
#include "reporting/routes.hpp"
#include "rooms/routes.hpp"
#include "submissions/assignments.hpp"
#include "submissions/head_routes.hpp"
#include "submissions/recorder.hpp"
#include "submissions/routes.hpp"
#include "submissions/submission_files.hpp"
#include "support/temporary_directory.hpp"
#include "tenancy/key_routes.hpp"
#include "tenancy/provisioning.hpp"
#include "tenancy/routes.hpp"
#include "timetable/feeds.hpp"
#include "timetable/routes.hpp"
#include "two_tenants.hpp"
#include "video/self_hosted.hpp"

namespace bw::test {

constexpr const char* issuer = "https://bellwether.test";

/// The server's parts as `serve` wires them, in this process.
class World {
public:
    TwoTenants sides;
    SystemClock clock;
    SystemRng rng;
    SigningKey key = SigningKey::make(rng), receipt_key = SigningKey::make(rng),
               attackers_key = SigningKey::make(rng);
    const auth::RefreshTokens refresh_tokens{{rng.bytes<32>()}};
    auth::SignInGuards guards{rng.bytes<32>()};
    const auth::SecondFactors factors{audit::SubjectKeys(rng.bytes<32>()), rng.bytes<32>(), clock,
                                      rng};
    net::RouteTable routes;
    TemporaryDirectory storm_reports;

    /// Shows what an operator shows; at the base host, where the operator API is.
    std::string operator_token;
    static constexpr const char* base_host = "school.test";

    explicit World(const submissions::IntakeOptions& intake_options = {}) {
        auto made =
            tenancy::OperatorTokens::create(*sides.installation.database("bw_operator"), "test",
                                            "test", clock, rng, sides.installation.soon());
        if (!made) {
            std::fprintf(stderr, "operator token: %s\n", made.error().text().c_str());
            std::abort();
        }
        operator_token = made->token;
        refresh();
        hear();
        auto opened = journal::Journal::open(
            {.directory = journal_directory_.path(), .segment_bytes = 4 << 20},
            [this](ByteView bytes) { return receipt_key.sign(bytes); }, clock, rng);
        if (!opened) {
            std::fprintf(stderr, "journal: %s\n", opened.error().text().c_str());
            std::abort();
        }
        journal_ = *std::move(opened);
        heads_ = open_heads();
        intake_ = std::make_unique<submissions::Intake>(
            *journal_, receipt_key.kid(), submissions::ReceiveClock(clock, Instant{0}),
            [] { return submissions::ClockError{0}; }, intake_options);
        app::add_health_routes(routes, {journal_.get(), nullptr, {&lane_}, &directory_});
        app::add_page_routes(routes);
        auth::add_routes(routes, {.gate = gate_,
                                  .sign_in = sign_in_,
                                  .refresh = refresh_,
                                  .guards = guards,
                                  .factors = factors,
                                  .second_factor = second_factor_,
                                  .lane = lane_,
                                  .feed = feed_,
                                  .clock = clock,
                                  .rng = rng,
                                  .keys = ring_});
        federation::add_routes(routes, {gate_, federated_, lane_, feed_});
        accounts::add_routes(routes, account_parts_);
        submissions::add_intake_routes(routes, gate_, *intake_);
        submissions::add_head_routes(routes, *heads_, journal_->status().epoch, proofs_,
                                     {receipt_key.public_key()});
        submissions::add_api_routes(routes, gate_, lane_, intake_.get(), clock, rng);
        activity::add_intake_routes(routes, gate_, activity_);
        activity::add_policy_routes(routes, gate_, lane_, clock, rng);
        fairness::add_routes(routes, gate_, lane_);
        forecast::add_routes(routes, {gate_, lane_, directory_, forecast_.keeper, clock});
        jobs::add_routes(routes, {.gate = gate_, .lane = lane_, .clock = clock, .rng = rng});
        files::add_routes(routes, file_parts_);
        institution::add_routes(routes, institution_parts_);
        marking::add_routes(routes, marking_parts_);
        notices::add_routes(routes, notice_parts_);
        content::add_routes(routes, content_parts_);
        packs::add_routes(routes, {gate_, page_reads_});
        gate_.on_deed([this](const tenancy::Principal& who, const net::Request& request) {
            packs_.note_deed(who.scope.tenant(), who.user, request.deadline);
        });
        pack_feed_.start();
        reporting::add_routes(routes, report_parts_);
        exports::add_routes(routes, export_parts_);
        timetable::add_routes(routes, timetable_parts_);
        EXPECT_TRUE(audience_.turn());
        live::add_routes(routes, live_parts_);
        attendance::add_routes(routes, attendance_parts_);
        recordings::add_routes(routes, recording_parts_);
        live::add_operator_routes(routes, gate_, audience_, nullptr, clock);
        rooms::add_routes(routes, gate_, rooms_);
        pipeline::add_routes(
            routes,
            {.gate = gate_, .lane = lane_, .clock = clock, .rng = rng, .files = file_parts_});
        tenancy::add_operator_routes(routes, gate_, operator_lane_, clock, rng);
        fairness::add_operator_routes(routes, {gate_, operator_lane_, clock, rng});
        forecast::add_operator_routes(routes,
                                      {gate_, operator_lane_, directory_, forecast_.keeper, clock});
        jobs::add_operator_routes(routes, {gate_, operator_lane_, directory_});
        app::add_storm_report_routes(routes, {gate_, operator_lane_, storm_reports.path()});
        app::add_overview_routes(
            routes, {.gate = gate_,
                     .lane = operator_lane_,
                     .clock = clock,
                     .sources = {.health = {journal_.get(), nullptr, {&lane_}, &directory_},
                                 .instance = "test",
                                 .roles = {"api", "operator"},
                                 .started_at = clock.now(),
                                 .journal_directory = journal_directory_.path()}});
        app::add_wall_route(routes, gate_, operator_lane_, walls_);
        tenancy::add_key_routes(routes, {.gate = gate_,
                                         .lane = operator_lane_,
                                         .feed = feed_,
                                         .master = master_,
                                         .clock = clock,
                                         .rng = rng});
        routes = app::with_document(std::move(routes));
        auto started = net::Server::start({}, routes, clock, rng);
        if (!started) {
            std::fprintf(stderr, "server: %s\n", started.error().text().c_str());
            std::abort();
        }
        server_ = *std::move(started);
        client_ = net::Client::make({.port = server_->port()}, clock);
    }
    ~World() {
        providers_.stop();
        hub_.stop();
        pack_feed_.stop();
        lane_.stop();
        rotations_.stop();
        operator_lane_.stop();
        file_lane_.stop();
        proofs_.stop();
        client_.reset();
        heads_.reset();
        journal_.reset();
        activity_journal_.reset();
        server_.reset();
    }

    /// What the feed does whenever something was ended.
    void take_revocations() {
        auto taken = feed_.step();
        EXPECT_TRUE(taken) << taken.error().text();
        hear();
    }
    /// From now on this process has not heard the feed for long.
    void fall_silent() { revocations_.heard({clock.monotonic().ns - Duration(1h).count()}); }
    /// What every process does once a second.
    void refresh() { sides.installation.refresh(directory_); }
    void set_state(const Side& side, tenancy::TenantState state) {
        auto set = tenancy::Provisioning::set_state(*sides.installation.database("bw_operator"),
                                                    side.info.scope.tenant(), state, "test", clock,
                                                    sides.installation.soon());
        EXPECT_TRUE(set) << set.error().text();
    }

    tenancy::Claims claims(const Side& side, unsigned char user, tenancy::Roles roles) {
        const Instant now = clock.now();
        return {issuer,
                side.info.scope.tenant(),
                UserId{side.id(user)},
                AuthSessionId::make(now, rng),
                roles,
                now,
                now + 1h,
                now + 40min};
    }
    std::string student() {
        return tenancy::sign_token(claims(sides.alpha, 5, tenancy::Role::student), key);
    }
    std::string teacher() {
        return tenancy::sign_token(claims(sides.alpha, 6, tenancy::Role::teacher), key);
    }
    std::string administrator() {
        return tenancy::sign_token(claims(sides.alpha, 7, tenancy::Role::administrator), key);
    }

    net::ClientResponse send(net::ClientRequest request) {
        auto answer = client_->fetch(std::move(request), Deadline::in(clock, 10s));
        if (!answer) {
            ADD_FAILURE() << answer.error().text();
            return {};
        }
        return *std::move(answer);
    }
    /// The route called with the victim's ids wherever it takes one.
    net::ClientResponse call(const net::Route& route, const std::string& host,
                             const std::optional<std::string>& authorization) {
        net::ClientRequest request{.method = route.method, .target = target(route), .host = host};
        if (route.answers.front().content_type == "text/event-stream")
            request.method = net::Method::head; // an event stream has no end: its head says it all
        if (authorization)
            request.headers.emplace_back("Authorization", *authorization);
        if (route.body_bytes_limit > 0) {
            request.headers.emplace_back("Content-Type", route.body->content_type);
            request.headers.emplace_back("Idempotency-Key", "key-" + std::to_string(++keys_));
            request.body = route.streams_body ? std::string(route.body->example) : body(route);
        }
        for (const net::Parameter& parameter : route.parameters)
            if (parameter.name == "If-Match")
                request.headers.emplace_back("If-Match", victims_etag(route));
            else if (route.tag == "files" && parameter.in == net::Parameter::In::header &&
                     parameter.required)
                request.headers.emplace_back(parameter.name, parameter.example);
        SCOPED_TRACE(route.operation);
        return send(std::move(request));
    }
    /// What the answer holds of the victim's, beyond what the attacker sent.
    bool betrayed(const net::ClientResponse& answer) const {
        std::string text = answer.body;
        for (const auto& [name, value] : answer.headers)
            text += "\n" + name + ": " + value;
        const std::string sent = victims_assignment();
        for (std::size_t at = 0;
             answer.status == 202 && (at = text.find(sent, at)) != std::string::npos;)
            text.erase(at, sent.size()); // a receipt says what was handed in
        if (answer.status == 202) {
            const std::size_t receipt =
                text.find("\"receipt\""); // and holds the statement in base64
            text.resize(std::min(receipt, text.size()));
        }
        return betrays(sides.bravo, text);
    }
    std::string victims_assignment() const { return AssignmentId{sides.bravo.id(9)}.text(); }

    app::LoadForecast& forecast() { return forecast_; }
    /// Of uploaded files.
    blob::Store& store() { return *store_; }
    /// Carries everything from the journal into the database.
    void record_all(const submissions::RecorderOptions& options = {}) {
        submissions::Recorder recorder(*journal_, sides.installation.database(), directory_,
                                       receipt_key.kid(), clock, options);
        for (;;) {
            auto moved = recorder.step(Deadline::in(clock, 10s));
            ASSERT_TRUE(moved) << moved.error().text();
            if (*moved == 0)
                break;
        }
        EXPECT_EQ(recorder.status().set_aside, 0U);
        activity::Recorder activities(*activity_journal_, sides.installation.database(), directory_,
                                      clock);
        while (true) {
            auto moved = activities.step(Deadline::in(clock, 10s));
            ASSERT_TRUE(moved) << moved.error().text();
            if (*moved == 0)
                break;
        }
        EXPECT_EQ(activities.status().set_aside, 0U);
    }

private:
    /// The feed is stepped by hand, so it counts as heard for as long as a test may last.
    void hear() { revocations_.heard(clock.monotonic() + 1h); }
    std::unique_ptr<submissions::HeadPublisher> open_heads() {
        auto directory = journal::open_directory(tree_directory_.path());
        auto log = journal::TreeLog::open(*std::move(directory), journal_->status().epoch, {}, 0);
        return std::make_unique<submissions::HeadPublisher>(*journal_, *std::move(log), receipt_key,
                                                            clock, submissions::HeadOptions{});
    }
    std::string target(const net::Route& route) {
        std::string out = route.path;
        const std::map<std::string, std::string> ids = {
            {"{assignment_id}", victims_assignment()},
            {"{submission_id}", SubmissionId{sides.bravo.id(10)}.text()},
            {"{session_id}", AuthSessionId{sides.bravo.id(10)}.text()},
            {"{kid}", std::string(tenancy::kid_bytes, 'A')},
            {"{provider_id}", federation::ProviderId{sides.bravo.id(10)}.text()},
            {"{identity_id}", federation::IdentityId{sides.bravo.id(26)}.text()},
            {"{bell_id}", auth::BellId{sides.bravo.id(10)}.text()},
            {"{recording_id}", recordings::RecordingId{sides.bravo.id(26)}.text()},
            {"{rung}", "720"},
            {"{object}", "0.m4s"},
            {"{live_class_id}", live::LiveClassId{sides.bravo.id(10)}.text()},
            {"{lesson_id}", timetable::LessonId{sides.bravo.id(10)}.text()},
            {"{date}", "2026-11-30"},
            {"{table}", "stolen"},
            {"{feed_id}", timetable::FeedId{sides.bravo.id(10)}.text()},
            {"{address}", std::string(43, 'A') + ".ics"},
            {"{job_id}", jobs::JobId{sides.bravo.id(26)}.text()},
            {"{import_id}", institution::ImportId{sides.bravo.id(9)}.text()},
            {"{upload_id}", files::UploadId{sides.bravo.id(10)}.text()},
            {"{file_id}", submissions::FileId{sides.bravo.id(26)}.text()},
            {"{tenant_id}", sides.bravo.info.scope.tenant().text()},
            {"{user_id}", UserId{sides.bravo.id(5)}.text()},
            {"{grantee}", UserId{sides.bravo.id(5)}.text()},
            {"{work_id}", pseudonyms_
                              .of(sides.bravo.info.scope.tenant(), AssignmentId{sides.bravo.id(9)},
                                  UserId{sides.bravo.id(5)})
                              .text()},
            {"{regrade_id}", marking::RegradeId{sides.bravo.id(10)}.text()},
            {"{material_id}", content::MaterialId{sides.bravo.id(10)}.text()},
            {"{announcement_id}", notices::AnnouncementId{sides.bravo.id(10)}.text()},
            {"{section_id}", SectionId{sides.bravo.id(4)}.text()},
            {"{report_id}", "deadline-1"}, // no institution has any
            {"{report}", "class_progress"},
            {"{export_id}", exports::ExportId{sides.bravo.id(10)}.text()},
            {"{invitation_id}", accounts::VoucherId{sides.bravo.id(10)}.text()},
            {"{epoch}", submissions::epoch_text(journal_->status().epoch)}};
        for (const auto& [name, value] : ids)
            if (const std::size_t at = out.find(name); at != std::string::npos)
                out.replace(at, name.size(), value);
        if (route.operation == "prove_consistency")
            out += "?from_size=1";
        if (route.operation.starts_with("download_"))
            out += "?expires=4000000000&signature=" + std::string(43, 'A');
        if (route.operation == "get_deadline_load")
            out += "?section_id=" + SectionId{sides.bravo.id(4)}.text() +
                   "&due_at=" + to_rfc3339(clock.now() + 24h);
        if (route.operation == "get_report")
            out += "?section=" + SectionId{sides.bravo.id(4)}.text();
        if (route.operation == "end_section_sessions")
            out += "?which=all";
        EXPECT_EQ(out.find('{'), std::string::npos)
            << "which of the victim's ids goes into " << route.path << "? Add it to the attack.";
        return out;
    }
    /// A good one, but shown at another institution's host.
    std::string victims_refresh_token() const {
        return refresh_tokens.write({.tenant = sides.bravo.info.scope.tenant(),
                                     .user = UserId{sides.bravo.id(5)},
                                     .session = AuthSessionId{sides.bravo.id(10)},
                                     .generation = 1,
                                     .issued_at = clock.now(),
                                     .expires_at = clock.now() + 24h});
    }
    std::string victims_challenge() const {
        return guards.challenges.write({.tenant = sides.bravo.info.scope.tenant(),
                                        .user = UserId{sides.bravo.id(6)},
                                        .epoch = 1,
                                        .enrolment = true,
                                        .expires_at = clock.now() + 1min});
    }
    std::string victims_etag(const net::Route& route) const {
        return route.path.find("{grantee}") == std::string::npos
                   ? "\"1\""
                   : "\"" + submissions::ExtensionId{sides.bravo.id(27)}.text() + "\"";
    }
    std::string body(const net::Route& route) {
        if (route.operation == "ask_to_publish")
            return "call=publish&name=ten_0.liv_0-1&expires=9999999999&signature=AAAA";
        if (route.operation == "put_institution_logo")
            return institution::test::png();
        if (route.operation == "replace_timetable_table" || route.operation == "import_holidays")
            return std::string(route.body->example);
        JsonWriter json;
        json.object();
        if (route.operation == "sign_in")
            json.member("username", sides.bravo.username("student")).member("password", "right");
        else if (route.operation == "refresh_session")
            json.member("refresh_token", victims_refresh_token());
        else if (route.operation == "change_password")
            json.member("current_password", "right").member("new_password", "stolen kettles");
        else if (route.operation == "ask_password_reset")
            json.member("username", sides.bravo.username("student"));
        else if (route.operation == "choose_password")
            json.member("username", sides.bravo.username("student"))
                .member("code", "BCDFGHJKMN")
                .member("new_password", "stolen kettles");
        else if (route.operation == "change_password_policy")
            json.member("staff_chars_min", 8);
        else if (route.operation == "invite")
            json.member("section_id", SectionId{sides.bravo.id(4)}.text());
        else if (route.operation == "make_class_code" || route.operation == "make_cards" ||
                 route.operation == "make_cards_page")
            json.member("students", "all");
        else if (route.operation == "redrive_dead_letters")
            json.member("dry_run", false);
        else if (route.operation == "redrive_tenant_dead_letters")
            json.member("tenant_id", sides.bravo.info.scope.tenant().text())
                .member("dry_run", false);
        else if (route.operation == "set_assignment_similarity")
            json.member("similarity", "on").member("template", "stolen");
        else if (route.operation == "declare_outage")
            json.member("began_at", "2020-01-01T00:00:00Z")
                .member("ended_at", "2020-01-01T00:10:00Z")
                .member("reason", "stolen");
        else if (route.operation == "sign_upload_parts")
            json.member("first", 1).member("count", 1);
        else if (route.operation == "change_timetable")
            json.key("exceptions").array().end();
        else if (route.operation == "generate_timetable")
            json.member("replace", true);
        else if (route.operation == "add_lesson")
            json.member("section_id", SectionId{sides.bravo.id(4)}.text()).member("period", "P1");
        else if (route.operation == "change_lesson" || route.operation == "change_lesson_on_day")
            json.member("room", "stolen");
        else if (route.operation == "add_recording")
            json.member("title", "x")
                .member("upload_id", files::UploadId{sides.bravo.id(10)}.text());
        else if (route.operation == "change_recording")
            json.member("hidden", true);
        else if (route.operation == "put_live_lesson")
            json.key("students_may").array().value("audio").end();
        else if (route.operation == "send_heartbeat")
            json.member("at_ms", 0);
        else if (route.operation == "make_calendar_feed")
            json.member("name", "stolen");
        else if (route.operation == "put_bell")
            json.member("at", to_rfc3339(clock.now() + 1h));
        else if (route.operation == "submit")
            json.member("assignment_id", victims_assignment()).member("text", "stolen");
        else if (route.operation == "change_activity_policy")
            json.member("kept", false);
        else if (route.operation == "send_activity")
            json.member("sent_at", to_rfc3339(clock.now()))
                .key("activities")
                .array()
                .object()
                .member("id", to_text(make_uuid_v7(clock.now(), rng)))
                .member("kind", "section_opened")
                .member("subject_id", SectionId{sides.bravo.id(4)}.text())
                .member("occurred_at", to_rfc3339(clock.now()))
                .end()
                .end();
        else if (route.operation == "change_assignment")
            json.member("due_at", "2040-01-01T00:00:00Z");
        else if (route.operation == "make_assignment")
            json.member("title", "stolen").member("due_at", "2040-01-01T00:00:00Z");
        else if (route.operation == "give_extension")
            json.member("due_at", "2040-01-01T00:00:00Z").member("reason", "stolen");
        else if (route.operation == "set_marking")
            json.member("points_max", 10);
        else if (route.operation == "save_mark" || route.operation == "save_agreed_mark")
            json.member("points", 1).member("feedback", "stolen");
        else if (route.operation == "mark_automatically" || route.operation == "regrade_assignment")
            json.member("dry_run", false);
        else if (route.operation == "release_grades")
            json.member("reason", "stolen");
        else if (route.operation == "ask_regrade")
            json.member("text", "stolen");
        else if (route.operation == "decide_regrade")
            json.member("outcome", "upheld").member("answer", "stolen");
        else if (route.operation == "change_notice_policy")
            json.member("grade_mails", true).member("announcement_mails", true);
        else if (route.operation == "add_material")
            json.member("kind", "link")
                .member("title", "stolen")
                .member("url", "https://evil.example");
        else if (route.operation == "change_material" || route.operation == "announce" ||
                 route.operation == "change_announcement")
            json.member("title", "stolen");
        else if (route.operation == "read_notices")
            json.member("up_to", notices::NoticeId{sides.bravo.id(10)}.text());
        else if (route.operation == "link_identity")
            json.member("provider_id", federation::ProviderId{sides.bravo.id(10)}.text());
        else if (route.operation == "exchange_federation_code")
            json.member("code", "AAAA").member("verifier", "AAAA");
        else if (route.operation.ends_with("_identity_provider"))
            json.member("name", "Stolen")
                .member("issuer", "https://evil.example")
                .member("client_id", "us")
                .member("client_auth", "none");
        else if (route.operation == "confirm_second_factor" ||
                 route.operation == "remove_second_factor")
            json.member("code", "123456");
        else if (route.operation == "finish_sign_in")
            json.member("challenge", victims_challenge()).member("code", "123456");
        else if (route.operation == "enrol_at_sign_in")
            json.member("challenge", victims_challenge());
        else if (route.operation == "change_branding")
            json.member("short_name", "stolen").key("accent_color").null();
        else if (route.operation == "create_report_export")
            json.member("report", "class_progress")
                .member("format", "csv")
                .key("arguments")
                .object()
                .member("section", SectionId{sides.bravo.id(4)}.text())
                .end();
        else if (route.operation == "create_roster_import")
            json.member("upload_id", files::UploadId{sides.bravo.id(4)}.text());
        else if (route.operation == "apply_roster_import")
            json.member("accept_removals", true);
        else if (route.operation == "set_user_roles")
            json.member("administrator", true);
        else if (route.operation == "change_sign_in_policy")
            json.member("staff_second_factor", "optional");
        else if (route.operation == "create_tenant")
            json.member("slug", "attacker").member("name", "Attacker").member("zone", "UTC");
        else if (route.operation == "rotate_signing_keys")
            json.member("algorithm", "ES256").member("announce_seconds", 0);
        else if (route.operation == "change_tenant")
            json.member("name", "stolen").member("slug", "stolen").key("hosts").array().end();
        else
            ADD_FAILURE() << "which body attacks " << route.operation << "? Add it.";
        json.end();
        return json.take();
    }

    tenancy::TenantDirectory directory_;
    timetable::Plans plans_;
    app::LoadForecast forecast_{directory_, plans_, clock};
    tenancy::Revocations revocations_;
    tenancy::KeyRing ring_{key};
    const SecretKey master_ = rng.bytes<32>();
    tenancy::TokenVerifier verifier_{issuer, ring_, directory_, revocations_, clock, rng};
    tenancy::Gate gate_{verifier_, directory_, base_host};
    tenancy::DatabaseLane lane_{lane::Budget{"api", 1, 64}, clock,
                                [this] { return sides.installation.database(); }};
    tenancy::DatabaseLane operator_lane_{lane::Budget{"operator", 1, 64}, clock, [this] {
                                             return sides.installation.database("bw_operator");
                                         }};
    const auth::RoutingHints hints_{rng.bytes<32>()};
    auth::TokenIssuer token_issuer_{
        {.issuer = issuer, .bells = auth::bells_of_institution(directory_)},
        ring_,
        hints_,
        clock,
        rng};
    tenancy::RevocationFeed feed_{sides.installation.database(), revocations_, directory_, clock,
                                  rng};
    auth::RotationLane rotations_{{.on_reuse = auth::audited_reuse(clock, rng)}, clock, [this] {
                                      return sides.installation.database();
                                  }};
    auth::PasswordSignIn sign_in_{{.lane = lane_,
                                   .sessions = rotations_,
                                   .tokens = refresh_tokens,
                                   .issuer = token_issuer_,
                                   .guards = guards,
                                   .revocations = revocations_,
                                   .clock = clock,
                                   .key = rng.bytes<32>()},
                                  rng};
    auth::SecondFactorSignIn second_factor_{{.lane = lane_,
                                             .sign_in = sign_in_,
                                             .guards = guards,
                                             .factors = factors,
                                             .revocations = revocations_,
                                             .issuer = token_issuer_,
                                             .clock = clock,
                                             .rng = rng}};
    auth::SessionRefresh refresh_{rotations_, refresh_tokens, token_issuer_, revocations_, clock};
    federation::Fetcher providers_{{.reach = federation::Reach::private_too}, clock, rng};
    federation::FederatedSignIn federated_{
        {.lane = lane_,
         .sessions = {rotations_, refresh_tokens, token_issuer_, clock},
         .fetcher = providers_,
         .clock = clock,
         .rng = rng,
         .flow_key = rng.bytes<32>(),
         .secret_key = rng.bytes<32>()}};
    const accounts::PasswordDesk desk_{
        {.macs = accounts::SecretMacs(rng.bytes<32>()),
         .letters = accounts::Letters(audit::SubjectKeys(rng.bytes<32>()), clock, rng),
         .clock = clock,
         .rng = rng,
         .cost = {.passes = 1, .memory_bytes = 8192}}};
    const accounts::RouteParts account_parts_{
        .gate = gate_,
        .directory = directory_,
        .desk = desk_,
        .sessions = {rotations_, refresh_tokens, token_issuer_, clock},
        .hashing = lane_,
        .lane = lane_,
        .feed = feed_,
        .origins = {"https://{host}", base_host}};
    TemporaryDirectory journal_directory_, tree_directory_, files_directory_;
    std::unique_ptr<blob::Store> store_ =
        blob::open_directory_store(files_directory_.path(), {.bytes_kept_free = 0}).value();
    tenancy::DatabaseLane file_lane_{lane::Budget{"files", 1, 64}, clock,
                                     [this] { return sides.installation.database(); }};
    const files::RouteParts file_parts_{.gate = gate_,
                                        .lane = file_lane_,
                                        .parts = {*store_, clock, rng, {}},
                                        .links = files::LinkSigner(rng.bytes<32>())};
    const institution::RouteParts institution_parts_{
        .gate = gate_, .lane = lane_, .feed = feed_, .clock = clock, .rng = rng};
    const marking::Pseudonyms pseudonyms_{rng.bytes<32>()};
    const marking::RouteParts marking_parts_{.gate = gate_,
                                             .directory = directory_,
                                             .lane = lane_,
                                             .pseudonyms = pseudonyms_,
                                             .keys = audit::SubjectKeys(rng.bytes<32>()),
                                             .clock = clock,
                                             .rng = rng};
    notices::Hub hub_{lane_, verifier_, directory_, clock, rng};
    const notices::RouteParts notice_parts_{
        .gate = gate_, .lane = lane_, .hub = hub_, .clock = clock, .rng = rng};
    app::WallReadings walls_{{}, clock};
    const timetable::RouteParts timetable_parts_{.gate = gate_,
                                                 .lane = lane_,
                                                 .directory = directory_,
                                                 .plans = plans_,
                                                 .clock = clock,
                                                 .rng = rng};
    const std::unique_ptr<video::Provider> provider_ =
        video::SelfHosted::make({.edge_secret = std::string(32, 'A'),
                                 .ingest_secret = std::string(32, 'B'),
                                 .ingest_url = "rtmp://127.0.0.1/live",
                                 .origin_url = "http://127.0.0.1:1"},
                                clock)
            .value();
    live::Audience audience_{[this] { return sides.installation.database(); }, directory_, clock};
    const live::JoinParts joining_{.audience = audience_,
                                   .provider = *provider_,
                                   .grant_key = rng.bytes<32>(),
                                   .slot_key = rng.bytes<32>(),
                                   .rng = rng};
    rooms::Rooms rooms_{{.make_database = [this] { return sides.installation.database(); },
                         .audience = audience_,
                         .grant_key = joining_.grant_key,
                         .holder = "test",
                         .clock = clock,
                         .rng = rng}};
    const live::RouteParts live_parts_{
        .gate = gate_,
        .lane = lane_,
        .audience = audience_,
        .joining = joining_,
        .ingest_key = rng.bytes<32>(),
        .read_key = [](std::string_view, Instant) -> Result<std::string> {
            return fail(Code::forbidden, "no stream key of ours");
        },
        .clock = clock,
        .rng = rng};
    attendance::Book attendance_;
    const attendance::RouteParts attendance_parts_{.gate = gate_,
                                                   .lane = lane_,
                                                   .audience = audience_,
                                                   .book = attendance_,
                                                   .key = rng.bytes<32>(),
                                                   .clock = clock};
    recordings::Shelf shelf_{*store_, clock};
    const recordings::RouteParts recording_parts_{.gate = gate_,
                                                  .directory = directory_,
                                                  .lane = lane_,
                                                  .bytes_lane = lane_,
                                                  .shelf = shelf_,
                                                  .video = *provider_,
                                                  .edge_secret = std::string(32, 'A'),
                                                  .clock = clock,
                                                  .rng = rng};
    const content::RouteParts content_parts_{
        .gate = gate_, .lane = lane_, .files = file_parts_, .clock = clock, .rng = rng};
    reporting::test::MadeRows report_rows_{1}; // what the store itself shows: reporting/scope_test
    reporting::Desk report_desk_{[this] { return report_rows_.store().connect(); },
                                 [this] { return reporting::Freshness{clock.now(), 1}; },
                                 {},
                                 clock};
    const exports::RouteParts export_parts_{
        .gate = gate_,
        .directory = directory_,
        .lane = lane_,
        .files = file_parts_,
        .quiet = [](Instant) -> std::optional<Instant> { return std::nullopt; },
        .clock = clock,
        .rng = rng};
    const reporting::RouteParts report_parts_{gate_, lane_, report_desk_, clock};
    packs::BellPacks packs_{clock};
    // Nothing is forgotten: the digests of what an institution has are compared.
    packs::ChangeFeed pack_feed_{sides.installation.database(), packs_, clock, {.retention = 1h}};
    packs::PageReads page_reads_{packs_, lane_, packs::first_page_reader(clock), clock};
    std::unique_ptr<submissions::Intake> intake_;
    std::unique_ptr<journal::Journal> journal_;
    TemporaryDirectory activity_directory_;
    std::unique_ptr<journal::Journal> activity_journal_ = *journal::Journal::open(
        {.directory = activity_directory_.path(), .segment_bytes = 4 << 20},
        [](ByteView) { return Signature(); }, clock, rng);
    activity::Intake activity_{activity_journal_.get(), clock, {}};
    std::unique_ptr<submissions::HeadPublisher> heads_;
    submissions::ProofLane proofs_{lane::Budget{"proofs", 1, 64}, clock,
                                   [] { return std::make_unique<submissions::ProofTurn>(); }};
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<net::Client> client_;
    int keys_ = 0;
};

} // namespace bw::test
