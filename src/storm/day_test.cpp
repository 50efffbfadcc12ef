// A whole day against a school in memory that can be spoiled: each spoiling is found.
#include "storm/day.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "storm/fake_reports.hpp"
#include "storm/fake_school_server.hpp"
#include "storm/first_page.hpp"

namespace bw::storm {
namespace {

using testing::HasSubstr;

class DayTest : public testing::Test, protected FakeSchoolServer {
protected:
    DayTest() {
        std::filesystem::create_directories(directory);
        std::ofstream(directory / "seats.jsonl") << school.plan_text();
        std::ofstream(directory / "administrators") << "school.localhost head\n";
        std::ofstream people(directory / "people.jsonl");
        for (const PlannedStudent& student : school.plan().students)
            people << R"({"host":"school.localhost","username":")" << student.user.text()
                   << R"(","user_id":")" << student.user.text() << R"(","refresh_token":")"
                   << student.user.text() << "\"}\n";
        add_session_routes();
        add_timetable_routes();
        add_reads();
        add_live_classes();
        start();
        options = {.people_path = directory / "people.jsonl",
                   .seats_path = directory / "seats.jsonl",
                   .administrators_path = directory / "administrators",
                   .port = server->port(),
                   .bells = 2,
                   .lesson = 800ms,
                   .over = 300ms,
                   .lead = 500ms,
                   .grain = 100ms,
                   .passwords = 0.2,
                   .asleep = 0.3,
                   .pace = 0.02,
                   .look_after = 50ms,
                   .connections = 64,
                   .list_for = 1s,
                   .progress = false};
    }
    ~DayTest() override {
        server.reset();
        std::fclose(out);
        std::filesystem::remove_all(directory);
    }

    /// The token is who somebody is.
    std::string session(const std::string& user) {
        JsonWriter json;
        json.object()
            .member("access_token", user)
            .member("refresh_token", user)
            .member("user_id", UserId::parse(user) ? user : UserId().text())
            .member("tenant_id", school.plan().assignments[0].tenant.text())
            .member("renew_at", to_rfc3339(clock.now() + 400ms))
            .member("expires_at", to_rfc3339(clock.now() + 1min))
            .end();
        return json.take();
    }
    void add_session_routes() {
        routes.add({net::Method::post, "/v1/sessions", "sign_in", "",
                    [this](const net::Request& request, net::Responder respond) {
                        ++passwords;
                        respond(net::Response::json(
                            201, session(*JsonObject::parse(request.body, {"username", "password"})
                                              ->string("username", 64))));
                    },
                    4096});
        routes.add({net::Method::post, "/v1/sessions/refresh", "refresh", "",
                    [this](const net::Request& request, net::Responder respond) {
                        if (refresh_fails.fetch_sub(1) > 0)
                            return respond(refusal(request));
                        ++refreshes;
                        respond(net::Response::json(
                            201, session(*JsonObject::parse(request.body, {"refresh_token"})
                                              ->string("refresh_token", 64))));
                    },
                    4096});
    }
    void add_timetable_routes() {
        auto kept = [](std::string* into) {
            return [into](const net::Request& request, net::Responder respond) {
                if (into)
                    *into = request.body;
                net::Response response = net::Response::json(200, "{}");
                response.headers.emplace_back("ETag", "\"7\"");
                respond(std::move(response));
            };
        };
        routes.add({net::Method::get, "/v1/timetable", "get_timetable", "", kept(nullptr)});
        routes.add({net::Method::patch, "/v1/timetable", "set", "", kept(&timetable), 65'536});
        routes.add({net::Method::put, "/v1/timetable/tables/{table}", "replace", "", kept(&lessons),
                    65'536});
        routes.add({net::Method::get, "/v1/sections", "sections", "",
                    [](const net::Request&, net::Responder respond) {
                        respond(net::Response::json(
                            200, R"({"data":[{"section_id":"sec_a"}],"next":null})"));
                    }});
    }
    void add_reads() {
        routes.add(
            {net::Method::get, "/v1/first-page", "first_page", "",
             [this](const net::Request& request, net::Responder respond) {
                 respond(net::Response::json(
                     200, first_page(std::string(request.header("Authorization")->substr(7)))));
             }});
        auto nothing = [](const net::Request&, net::Responder respond) {
            respond(net::Response::json(200, "{}"));
        };
        routes.add(
            {net::Method::get, "/v1/reports/{report}", "report", "",
             [this](const net::Request& request, net::Responder respond) {
                 if (reports_fail)
                     return respond(net::Response::json(500, "{}"));
                 Rows rows = school.rows();
                 if (reports_lose && !rows.empty())
                     rows.pop_back();
                 respond(fake_report(request, school.plan().assignments[0].id, rows, clock.now()));
             }});
        routes.add({net::Method::get, "/v1/today", "today", "", nothing});
        routes.add({net::Method::get, "/v1/assignments", "assignments", "", nothing});
        routes.add({net::Method::get, "/v1/notices", "notices", "", nothing});
    }
    void add_live_classes() {
        constexpr const char* id = "liv_0192f3c47d3b7a1e8f5096a2b4c8d0e1";
        auto answer = [](int status, std::string body) {
            return [status, body = std::move(body)](const net::Request&, net::Responder respond) {
                respond(net::Response::json(status, body));
            };
        };
        routes.add({net::Method::get, "/v1/lessons", "lessons", "",
                    answer(200, R"({"data":[{"lesson_id":"les_a"}],"next":null})")});
        routes.add({net::Method::put, "/v1/lessons/{lesson_id}/live", "live", "",
                    [this](const net::Request& request, net::Responder respond) {
                        made_live = request.path_param("lesson_id");
                        respond(net::Response::json(200, "{}"));
                    },
                    1'024});
        routes.add({net::Method::get, "/v1/live-classes", "classes", "",
                    answer(200, std::string(R"({"data":[{"live_class_id":")") + id + "\"}]}")});
        routes.add(
            {net::Method::post, "/v1/live-classes/{live_class_id}/join", "join", "",
             [this](const net::Request& request, net::Responder respond) {
                 if (joins_fail.fetch_sub(1) > 0)
                     return respond(refusal(request));
                 respond(net::Response::json(
                     200, std::string(R"({"live_class_id":")") +
                              std::string(request.path_param("live_class_id")) +
                              (grantless ? "\"}" : R"(","wait_ms":0,"grant":{"token":"t"}})")));
             }});
    }
    std::string first_page(const std::string& user) {
        const PlannedAssignment& assignment = school.plan().assignments[0];
        const std::string of = mixes_up ? school.plan().students[0].user.text() : user;
        JsonWriter json;
        json.object().member("behind_seconds_max", 0).key("me").object().member("user_id", of);
        json.member("tenant_id", assignment.tenant.text()).end().key("assignments").object();
        json.key("data")
            .array()
            .object()
            .member("assignment_id", assignment.id.text())
            .member("title", stale_titles ? "Essay" : school.title())
            .member("due_at", to_rfc3339(school.due_at()))
            .key("latest_submission");
        std::optional<HandedIn> latest;
        if (!forgets)
            for (const RecordedRow& row : school.rows())
                if (row.user.text() == user)
                    latest = {row.id, row.received_at};
        if (latest)
            json.object()
                .member("submission_id", latest->id.text())
                .member("received_at", to_rfc3339(latest->received_at))
                .end();
        else
            json.null();
        json.end().end().key("next").null().end().end();
        return json.take();
    }
    net::Response refusal(const net::Request& request) const {
        if (honest)
            return net::problem({Code::overloaded, "busy", {}, 0ms}, request.request_id, 0);
        return net::Response::json(500, R"({"detail":"oh"})");
    }
    std::string held() {
        auto report = run_day(options, clock, rng, out);
        EXPECT_TRUE(report) << report.error().text();
        return report ? report->text() : "";
    }
    /// It is found, and the day is not as it should be.
    void finds(const char* what) {
        const std::string text = held();
        EXPECT_THAT(text, HasSubstr("WRONG: "));
        EXPECT_THAT(text, HasSubstr(what));
    }

    std::atomic<int> passwords = 0, refreshes = 0, refresh_fails = 0;
    bool honest = true, mixes_up = false, stale_titles = false, forgets = false;
    std::atomic<bool> reports_fail = false, reports_lose = false;
    std::atomic<int> joins_fail = 0;
    bool grantless = false;
    std::string timetable, lessons, made_live;
    std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("storm-day-test-" + to_hex(view(rng.bytes<8>())));
    DayOptions options;
    std::FILE* out = std::tmpfile();
};

TEST_F(DayTest, AGoodSchoolsDayIsAsItShouldBe) {
    refresh_fails = 5;
    auto report = run_day(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_THAT(timetable, HasSubstr("\"Storm\""));
    EXPECT_THAT(lessons, HasSubstr(",sec_a,1,"));
    ASSERT_EQ(report->bells.size(), 2U);
    for (const BellReport& bell : report->bells) {
        EXPECT_EQ(bell.in, 40U);
        EXPECT_EQ(bell.first_page.count(), 40U);
        EXPECT_GT(bell.password.count(), 0U);
        EXPECT_GT(bell.refresh.count(), 0U);
    }
    EXPECT_EQ(report->bells[0].held, 0U);
    EXPECT_GT(report->bells[1].held, 5U);
    EXPECT_GT(report->renewals, 5U) << "as their tokens said";
    EXPECT_EQ(report->answers.came.password, static_cast<std::uint64_t>(passwords.load()));
    EXPECT_EQ(report->answers.came.refresh, static_cast<std::uint64_t>(refreshes.load()));
    EXPECT_EQ(report->answers.refused, 5U);
    EXPECT_EQ(report->reckoning.matched, 40U);
    EXPECT_EQ(report->pages, 80U);
    EXPECT_EQ(report->pages_afterwards, 40U);
    EXPECT_EQ(report->changes, 1U);
}

TEST_F(DayTest, WhatIsHandedInOnALaterDayTakesTheEarlierOnesPlace) {
    for (int day = 0; day < 2; ++day) {
        auto report = run_day(options, clock, rng, out);
        ASSERT_TRUE(report) << report.error().text();
        EXPECT_TRUE(report->ok()) << report->text();
        EXPECT_EQ(report->reckoning.earlier, day == 0 ? 0U : 40U);
    }
}

TEST_F(DayTest, AnothersPageIsFound) {
    mixes_up = true;
    finds("another person's data");
}

TEST_F(DayTest, APageThatDoesNotHearOfChangesIsFound) {
    stale_titles = true;
    finds("a title that is no more");
}

TEST_F(DayTest, APageThatDoesNotShowWhatWasHandedInIsFound) {
    forgets = true;
    finds("afterwards: does not show what was handed in");
}

TEST_F(DayTest, WhatWasLostIsFound) {
    spoil = [](Rows& rows) {
        if (rows.size() > 30)
            rows.resize(30);
    };
    finds("not reconciled: 10 lost");
}

TEST_F(DayTest, TeachersReadReportsThatSayWhatReceiptsSay) {
    options.reports = true;
    options.report_every = 50ms;
    auto report = run_day(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_GT(report->reports.latencies.count(), 10U);
    EXPECT_EQ(report->report_counts.receipts, 40U);
    reports_lose = true;
    finds("reports do not say what receipts say: 1 missing");
}

TEST_F(DayTest, ReportsThatCannotBeReadAreFound) {
    options.reports = true;
    options.report_every = 50ms;
    std::jthread later([&] { // once the day has begun
        while (passwords == 0)
            std::this_thread::yield();
        reports_fail = true;
    });
    options.list_for = 1s;
    finds("reports could not be read");
}

TEST_F(DayTest, ADishonestRefusalIsFound) {
    honest = false;
    refresh_fails = 3;
    finds("HTTP 500: oh (without Retry-After)");
}

TEST_F(DayTest, WhoDoesNotComeInIsMissed) {
    refresh_fails = 1'000'000;
    options.retry_for = 100ms;
    finds("to bell 1 ");
}

TEST_F(DayTest, TheServersCountsHaveToBeWhatCame) {
    options.samples_path = directory / "samples";
    options.counted_within = 10ms;
    std::ofstream(options.samples_path) << "1 counted_password 5\n2 counted_password 6\n";
    finds("the server counted 1 passwords, 0 refreshes");
}

TEST_F(DayTest, RefusesOptionsThatMakeNoSense) {
    using Change = std::function<void(DayOptions&)>;
    for (const auto& [field, change] : std::initializer_list<std::pair<const char*, Change>>{
             {"bells", [](auto& o) { o.bells = 0; }},
             {"deadline-bell", [](auto& o) { o.deadline_bell = 3; }},
             {"over", [](auto& o) { o.over = 500ms; }},
             {"lesson", [](auto& o) { o.lesson = 750ms; }},
             {"lead", [](auto& o) { o.lead = 100ms; }},
             {"passwords", [](auto& o) { o.asleep = 2; }}}) {
        DayOptions wrong = options;
        change(wrong);
        auto report = run_day(wrong, clock, rng, out);
        ASSERT_FALSE(report) << field;
        EXPECT_EQ(report.error().field, field);
    }
}

TEST_F(DayTest, EverybodyJoinsTheirLiveClasses) {
    options.live = true;
    joins_fail = 5;
    auto report = run_day(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_EQ(made_live, "les_a");
    EXPECT_EQ(report->joins(), 80U);
    EXPECT_THAT(report->text(), HasSubstr("80 joins of live classes"));
}

TEST_F(DayTest, AJoinWithoutAGrantIsFound) {
    options.live = true;
    grantless = true;
    finds("80 joins were answered without a grant");
}

} // namespace
} // namespace bw::storm
