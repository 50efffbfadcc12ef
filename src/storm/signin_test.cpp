// The sign-in storm's own arithmetic, and what it does with a server that refuses.
#include "storm/signin.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "net/server.hpp"

namespace bw::storm {
namespace {

using testing::HasSubstr;

TEST(Overtakings, CountThoseWhoWaitedWhileLaterOnesWereServed) {
    using V = std::vector<Duration>;
    EXPECT_EQ(overtakings({}, 2s), (std::pair<std::uint64_t, Duration>{0, 0s}));
    EXPECT_EQ(overtakings(V{1s, 2s, 3s}, 2s).first, 0U);
    EXPECT_EQ(overtakings(V{3s, 1s, 2s}, 2s).first, 0U) << "by two seconds, not more";
    EXPECT_EQ(overtakings(V{9s, 1s, 2s, 10s, 9s}, 2s), (std::pair<std::uint64_t, Duration>{2, 8s}));
}

TEST(People, AreReadLineByLine) {
    std::istringstream good(
        "{\"host\":\"a.test\",\"username\":\"ada\"}\n\n"
        "{\"host\":\"a.test\",\"username\":\"eve\",\"refresh_token\":\"bwr_x\"}");
    auto people = read_people(good, "plan");
    ASSERT_TRUE(people) << people.error().text();
    EXPECT_EQ(people->size(), 2U);
    EXPECT_EQ((*people)[1].refresh_token, "bwr_x");
    for (const char* bad : {"", "{}", "[]", "{\"host\":\"a test\",\"username\":\"x\"}",
                            "{\"host\":\"a\",\"username\":\"x\",\"password\":\"y\"}",
                            "{\"host\":\"a\",\"username\":\"x\",\"sso\":1}",
                            "{\"host\":\"a\",\"username\":\"x\",\"refresh_token\":\"b\","
                            "\"sso\":true}"}) {
        std::istringstream in(bad);
        auto read = read_people(in, "plan");
        ASSERT_FALSE(read) << bad;
        EXPECT_THAT(read.error().field, HasSubstr("plan"));
    }
}

TEST(SignInStorm, KeepsItsTicketsAndTriesUntilEverybodyIsIn) {
    SystemClock clock;
    SystemRng rng;
    std::atomic<int> passwords = 0, refreshes = 0, with_ticket = 0;
    net::RouteTable routes;
    routes.add({.method = net::Method::post,
                .path = "/v1/sessions",
                .operation = "sign_in",
                .summary = "",
                .handler =
                    [&](const net::Request& request, net::Responder respond) {
                        with_ticket += request.header("Admission-Ticket") == "the-ticket";
                        if (passwords++ % 3 != 0 && !request.header("Admission-Ticket")) {
                            Error error = fail(Code::overloaded, "the lane is full");
                            error.retry_after = std::chrono::milliseconds(1);
                            error.waiting = std::make_shared<const WaitingPlace>(
                                1, std::chrono::milliseconds(1), "the-ticket");
                            return respond(std::move(error));
                        }
                        respond(net::Response::json(201, R"({"access_token":"good"})"));
                    },
                .body_bytes_limit = 4096});
    routes.add({.method = net::Method::post,
                .path = "/v1/sessions/refresh",
                .operation = "refresh_session",
                .summary = "",
                .handler =
                    [&](const net::Request&, net::Responder respond) {
                        ++refreshes;
                        respond(net::Response::json(201, R"({"access_token":"good"})"));
                    },
                .body_bytes_limit = 4096});
    routes.add({.method = net::Method::get,
                .path = "/v1/sessions/current",
                .operation = "get_session",
                .summary = "",
                .handler = [](const net::Request& request, net::Responder respond) {
                    EXPECT_EQ(request.header("Authorization"), "Bearer good");
                    respond(net::Response::json(200, "{}"));
                }});
    routes.add({.method = net::Method::get,
                .path = "/livez",
                .operation = "livez",
                .summary = "",
                .handler = [](const net::Request&, net::Responder respond) {
                    respond(net::Response::json(200, "{}"));
                }});
    auto server = net::Server::start({}, routes, clock, rng);
    ASSERT_TRUE(server) << server.error().text();
    const auto plan = std::filesystem::temp_directory_path() /
                      ("bw-signin-" + to_hex(view(rng.bytes<8>())) + ".jsonl");
    {
        std::ofstream out(plan);
        for (int i = 0; i < 60; ++i)
            out << R"({"host":"a.test","username":"u)" << i << '"'
                << (i % 2 ? R"(,"refresh_token":"bwr_x"})" : "}") << '\n';
    }
    std::FILE* nowhere = std::fopen("/dev/null", "w");
    auto report = run_signin({.plan_path = plan,
                              .port = (*server)->port(),
                              .password = "right",
                              .over = 1s,
                              .steered = 0.5,
                              .lead = 1s,
                              .impatient = 0,
                              .reads_a_second = 50,
                              .idle_before = 200ms,
                              .progress = false},
                             clock, rng, nowhere);
    std::fclose(nowhere);
    std::filesystem::remove(plan);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_EQ(report->in, 60U);
    EXPECT_EQ(refreshes, 30);
    EXPECT_GT(report->steered, 3U);
    EXPECT_LT(report->steered, 27U);
    EXPECT_EQ(report->presented.count(), report->steered) << "each came to the bell";
    std::uint64_t arrivals = 0, presented = 0;
    for (const SignInSecond& second : report->seconds) {
        arrivals += second.arrivals;
        presented += second.presented;
    }
    EXPECT_EQ(arrivals, 60U);
    EXPECT_EQ(presented, report->steered);
    EXPECT_EQ(report->seconds[0].arrivals, report->steered) << "ahead of all the others";
    EXPECT_EQ(report->refusals, static_cast<std::uint64_t>(with_ticket.load()));
    EXPECT_GT(with_ticket, 0);
    EXPECT_GT(report->reads_storm.count(), 0U);
    EXPECT_THAT(report->html(), HasSubstr("</html>"));
    EXPECT_THAT(report->json(), HasSubstr("\"ok\":true"));
}

} // namespace
} // namespace bw::storm
