// Arrivals by single sign-on: there and back, against a server and a provider that are made up.
#include "storm/sso.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <thread>

#include "net/server.hpp"
#include "storm/signin.hpp"

namespace bw::storm {
namespace {

using testing::HasSubstr;

net::Response to(std::string location, std::string cookie = "") {
    net::Response response{.status = 303};
    response.headers.emplace_back("Location", std::move(location));
    if (!cookie.empty())
        response.headers.emplace_back("Set-Cookie", cookie + "; Path=/; HttpOnly");
    return response;
}

net::Response problem(int status, const char* detail, bool retry = false) {
    net::Response response =
        net::Response::json(status, std::string(R"({"detail":")") + detail + "\"}");
    if (retry)
        response.headers.emplace_back("Retry-After", "1");
    return response;
}

/// Everybody is `login` at the provider, and a session in a cookie here.
class SingleSignOn : public testing::Test {
protected:
    void route(net::RouteTable& routes, const char* path,
               std::function<net::Response(const net::Request&)> answer) {
        routes.add({.method = net::Method::get,
                    .path = path,
                    .operation = "x" + std::to_string(++operations_),
                    .summary = "",
                    .handler = [answer = std::move(answer)](const net::Request& request,
                                                            net::Responder respond) {
                        respond(answer(request));
                    }});
    }

    void SetUp() override {
        route(provider_routes_, "/auth", [](const net::Request& request) {
            EXPECT_FALSE(request.cookie("bw_sso_x")) << "another origin's cookie";
            return to("/interaction/1", "_interaction=1");
        });
        route(provider_routes_, "/interaction/1", [this](const net::Request& request) {
            EXPECT_EQ(request.cookie("_interaction"), "1");
            EXPECT_EQ(request.cookie("login"), "ada%20b");
            return to(sends_to_, "_session=1");
        });
        provider_ = *net::Server::start({}, provider_routes_, clock_, rng_);
        at_ = "127.0.0.1:" + std::to_string(provider_->port());
        route(routes_, "/v1/sign-in-methods", [](const net::Request&) {
            return net::Response::json(200, R"({"data":[{"start":"/v1/federation/idp_1/start"}]})");
        });
        route(routes_, "/v1/federation/idp_1/start", [this](const net::Request&) {
            return to("http://" + at_ + "/auth?state=s", "bw_sso_x=" + std::to_string(++starts_));
        });
        route(routes_, "/v1/federation/idp_1/callback", [this](const net::Request& request) {
            const std::string flow(request.cookie("bw_sso_x").value_or(""));
            EXPECT_NE(flow, "");
            EXPECT_FALSE(request.cookie("_session")) << "another origin's cookie";
            if (stale_ && flow == refused_flow_)
                return problem(401, "this code was used");
            const int status = callbacks_++ < in_vain_ ? in_vain_status_ : 200;
            if (status != 200) {
                refused_flow_ = flow;
                return problem(status, "the provider is not well", status == 503);
            }
            net::Response response{.status = 200};
            response.headers.emplace_back("Set-Cookie", "bw_sso_x=; Max-Age=0");
            response.headers.emplace_back("Set-Cookie", "bw_access=good; Path=/");
            response.headers.emplace_back("Set-Cookie", "bw_refresh=secret; Path=/v1/sessions");
            return response;
        });
        route(routes_, "/v1/sessions/current", [this](const net::Request& request) {
            ++reads_;
            EXPECT_EQ(request.cookie("bw_access"), "good");
            EXPECT_FALSE(request.cookie("bw_refresh"));
            return net::Response::json(200, "{}");
        });
        route(routes_, "/livez",
              [](const net::Request&) { return net::Response::json(200, "{}"); });
        server_ = *net::Server::start({}, routes_, clock_, rng_);
    }

    SsoEnd arrive() {
        auto server = net::Client::make({.port = server_->port()}, clock_),
             provider = net::Client::make({.port = provider_->port()}, clock_);
        SsoDoor door(*server, *provider, at_, clock_);
        auto found = door.find({"a.test"});
        EXPECT_TRUE(found) << found.error().text();
        std::promise<SsoEnd> end;
        door.arrive("a.test", "ada b", [&](SsoEnd how) { end.set_value(std::move(how)); });
        return end.get_future().get();
    }

    std::string file(const char* name, const std::string& text) {
        const auto path = std::filesystem::temp_directory_path() /
                          ("bw-sso-" + to_hex(view(rng_.bytes<8>())) + name);
        std::ofstream(path) << text;
        files_.push_back(path);
        return path;
    }
    void TearDown() override {
        for (const auto& path : files_)
            std::filesystem::remove(path);
    }

    Result<SignInReport> storm(std::optional<ProviderOutage> outage) {
        std::string plan;
        for (int i = 0; i < 10; ++i)
            plan += "{\"host\":\"a.test\",\"username\":\"ada b\",\"sso\":true}\n";
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> nowhere(std::fopen("/dev/null", "w"),
                                                                std::fclose);
        return run_signin({.plan_path = file("plan", plan),
                           .port = server_->port(),
                           .over = 1s,
                           .impatient = 1,
                           .reads_a_second = 50,
                           .idle_before = 100ms,
                           .retry_for = 10s,
                           .sso_provider = at_,
                           .outage = std::move(outage),
                           .progress = false},
                          clock_, rng_, nowhere.get());
    }

    SystemClock clock_;
    SystemRng rng_;
    int operations_ = 0;
    std::string sends_to_ = "http://a.test/v1/federation/idp_1/callback?code=c&state=s";
    std::atomic<int> starts_ = 0, callbacks_ = 0, reads_ = 0;
    bool stale_ = false;
    std::string refused_flow_; // of the server's one thread
    int in_vain_ = 0, in_vain_status_ = 503;
    std::vector<std::filesystem::path> files_;
    net::RouteTable routes_, provider_routes_;
    std::unique_ptr<net::Server> server_, provider_;
    std::string at_;
};

TEST_F(SingleSignOn, IsASessionInACookie) {
    const SsoEnd end = arrive();
    ASSERT_TRUE(end.outcome) << end.outcome.error().text();
    EXPECT_EQ(end.step, SsoStep::callback);
    EXPECT_EQ(end.cookie, "bw_access=good");
}

TEST_F(SingleSignOn, EndsWhereItIsRefused) {
    in_vain_ = 1;
    const SsoEnd end = arrive();
    EXPECT_EQ(end.step, SsoStep::callback);
    ASSERT_TRUE(end.outcome);
    EXPECT_EQ(end.outcome->status, 503);
    EXPECT_EQ(end.cookie, "");
}

TEST_F(SingleSignOn, GoesNowhereElse) {
    for (const char* place : {"http://a.test.evil.example/callback?code=secret",
                              "https://a.test/callback", "//evil.example/x", "http://a.test"}) {
        sends_to_ = place;
        const SsoEnd end = arrive();
        EXPECT_EQ(end.step, SsoStep::provider);
        ASSERT_FALSE(end.outcome) << place;
        EXPECT_EQ(end.outcome.error().code, Code::corrupt);
        EXPECT_THAT(end.outcome.error().text(), testing::Not(HasSubstr("secret")));
    }
    sends_to_ = "/interaction/1";
    EXPECT_EQ(arrive().outcome->status, 303) << "round in circles";
    EXPECT_EQ(callbacks_, 0);
}

TEST_F(SingleSignOn, WaitsAsItIsToldAndComesInAfterwards) {
    in_vain_ = 4;
    auto report = storm({});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_EQ(report->with_sso, 10U);
    EXPECT_EQ(report->sso.count(), 10U);
    EXPECT_EQ(report->password.count() + report->refresh.count(), 0U);
    EXPECT_EQ(report->sso_refusals, 4U);
    EXPECT_EQ(report->doubled, 0U) << "only passwords are clicked twice";
    EXPECT_GE(report->sso.max(), 1s) << "Retry-After was heeded";
    const std::map<std::string, std::uint64_t> again{
        {"single sign-on, callback: HTTP 503: the provider is not well", 4}};
    EXPECT_EQ(report->sso_again, again);
    EXPECT_GT(reads_, 0);
    EXPECT_EQ(starts_, 10) << "the callback is asked again, not the provider";
    EXPECT_THAT(report->json(), HasSubstr(R"("sso_refusals":4)"));
    EXPECT_THAT(report->html(), HasSubstr("By single sign-on, people a second"));
}

TEST_F(SingleSignOn, BeginsAnewWhereAReloadIsTooLate) {
    stale_ = true;
    in_vain_ = 1;
    auto report = storm({});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_EQ(starts_, 11);
    EXPECT_EQ(report->sso_again["single sign-on, callback: HTTP 401: this code was used"], 1U);
}

TEST_F(SingleSignOn, RefusedForGoodIsFailed) {
    in_vain_ = 1;
    in_vain_status_ = 403;
    auto report = storm({});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->ok());
    EXPECT_EQ(report->in, 9U);
    const std::map<std::string, std::uint64_t> failures{
        {"single sign-on, callback: HTTP 403: the provider is not well", 1}};
    EXPECT_EQ(report->failures, failures);
}

/// What the kernel says a process is doing: T stopped, S asleep.
char state_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return text.at(text.rfind(')') + 2);
}

TEST_F(SingleSignOn, TheProviderStandsStillAndGoesOn) {
    const pid_t child = ::fork();
    if (child == 0)
        for (;;)
            ::pause();
    std::atomic<bool> stood = false;
    const std::string pidfile = file("pid", std::to_string(child));
    std::jthread watch([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            stood = stood || state_of(child) == 'T';
            std::this_thread::yield();
        }
    });
    auto report = storm(ProviderOutage{pidfile, 200ms, 600ms});
    watch.request_stop();
    watch.join();
    const char after = state_of(child);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_TRUE(stood);
    EXPECT_NE(after, 'T');
    ASSERT_TRUE(report->outage);
    EXPECT_EQ(report->outage->to - report->outage->from, 600ms);
    EXPECT_GT(report->outage->reads.count(), 0U);
    EXPECT_LT(report->outage->reads.count(), report->reads_storm.count());
    EXPECT_GT(report->outage->sso.count(), 0U);
    EXPECT_THAT(report->html(), HasSubstr("the provider stops"));
    EXPECT_THAT(report->json(), HasSubstr(R"("outage":{"from_ms":)"));
}

TEST_F(SingleSignOn, AProviderThatCannotBeStoppedFailsTheStorm) {
    auto report = storm(ProviderOutage{file("pid", "nobody"), 100ms, 100ms});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->ok());
    EXPECT_THAT(report->text(), HasSubstr("holds no process id"));
}

TEST(SsoProvider, HasAnAddressAndAPort) {
    EXPECT_EQ(provider_address("127.0.0.1:4000").value(),
              (std::pair<std::string, std::uint16_t>("127.0.0.1", 4000)));
    for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0"})
        EXPECT_FALSE(provider_address(bad)) << bad;
}

} // namespace
} // namespace bw::storm
