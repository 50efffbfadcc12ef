// Providers that are slow, endless, wrong or dead, and what that costs: themselves, and nobody
// else.
#include "federation/fetcher.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <future>

#include "federation/server_for_test.hpp"

namespace {
std::atomic<bool> resolver_silent = false; // for names under silent.test
}

/// libcurl's threads call this one: a program's symbols come before the C library's.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    if (name && std::string_view(name).ends_with(".silent.test")) {
        resolver_silent.wait(true);
        return EAI_AGAIN;
    }
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, found);
}

namespace bw::federation {
namespace {

using test::ScriptedServer;

struct FetcherTest : testing::Test {
    ManualClock clock{Instant{1'800'000'000'000}};
    SystemRng rng;
    const TenantId tenant = TenantId::make(clock.now(), rng),
                   neighbour = TenantId::make(clock.now(), rng);
    const ProviderId ill = ProviderId::make(clock.now(), rng),
                     well = ProviderId::make(clock.now(), rng);
    ScriptedServer server{[](const std::string& request) -> std::string {
        const std::string path = request.substr(request.find(' ') + 1, 5);
        if (path == "/hang" || path == "/drip" || path == "/huge")
            return path.substr(1);
        if (path == "/cut ")
            return "";
        if (path == "/500 ")
            return ScriptedServer::status("500 Internal Server Error");
        if (path == "/302 ")
            return ScriptedServer::status("302 Found", "Location: /elsewhere\r\n");
        if (path == "/head")
            return "HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\n\r\n";
        if (path == "/echo")
            return ScriptedServer::ok(request, "Cache-Control: public, max-age=90\r\n");
        return ScriptedServer::ok("{}");
    }};

    FetcherOptions options() {
        return {.reach = Reach::private_too,
                .time_limit = 300ms,
                .breaker = {.failures_to_open = 3, .deadlines_to_open = 3, .pause_min = 1s}};
    }
    using Future = std::future<Result<FetchAnswer>>;
    Future begin(Fetcher& fetcher, ProviderId provider, FetchRequest request,
                 std::optional<TenantId> of = {}) {
        std::promise<Result<FetchAnswer>> promise;
        Future future = promise.get_future();
        fetcher.fetch({of.value_or(tenant), provider, Preset::google}, std::move(request),
                      Deadline::in(clock, 10s),
                      [promise = std::move(promise)](Result<FetchAnswer> answer) mutable {
                          promise.set_value(std::move(answer));
                      });
        return future;
    }
    Result<FetchAnswer> fetch(Fetcher& fetcher, ProviderId provider, const std::string& path) {
        return begin(fetcher, provider, {.url = server.url(path)}).get();
    }
    static Code code(const Result<FetchAnswer>& answer) {
        return answer ? Code::internal : answer.error().code;
    }
};

TEST_F(FetcherTest, AsksAndPostsAndReadsAnswers) {
    Fetcher fetcher(options(), clock, rng);
    auto answer = begin(fetcher, well,
                        {.url = server.url("/echo"), .form = "a=b", .authorization = "Basic eA=="})
                      .get();
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->max_age, Duration(90s));
    EXPECT_TRUE(answer->body.starts_with("POST /echo HTTP/1.1\r\n")) << answer->body;
    EXPECT_NE(answer->body.find("Authorization: Basic eA=="), std::string::npos);
    EXPECT_TRUE(answer->body.ends_with("\r\n\r\na=b"));
}

TEST_F(FetcherTest, ARedirectIsAnAnswer) {
    Fetcher fetcher(options(), clock, rng);
    auto answer = fetch(fetcher, well, "/302");
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(server.requests(), 1);
}

TEST_F(FetcherTest, EachFaultHasItsEnd) {
    Fetcher fetcher({.reach = Reach::private_too, .time_limit = 300ms}, clock, rng);
    EXPECT_EQ(code(fetch(fetcher, ill, "/hang")), Code::deadline_exceeded);
    EXPECT_EQ(code(fetch(fetcher, ill, "/drip")), Code::deadline_exceeded);
    EXPECT_EQ(code(fetch(fetcher, ill, "/huge")), Code::unavailable);
    EXPECT_EQ(code(fetch(fetcher, ill, "/head")), Code::unavailable);
    EXPECT_EQ(code(fetch(fetcher, ill, "/500")), Code::unavailable);
    EXPECT_EQ(code(fetch(fetcher, well, "/cut")), Code::unavailable);
    EXPECT_TRUE(fetch(fetcher, well, "/fine"));
    const auto of = fetcher.status().presets[static_cast<std::size_t>(Preset::google)];
    EXPECT_EQ(of.answered, 1U);
    EXPECT_EQ(of.late, 2U);
    EXPECT_EQ(of.failed, 4U);
    EXPECT_EQ(fetcher.status().running, 0U);
}

TEST_F(FetcherTest, ADeadProviderIsLeftAloneAndOthersAreAsked) {
    Fetcher fetcher(options(), clock, rng);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(code(fetch(fetcher, ill, "/hang")), Code::deadline_exceeded);
    const int asked = server.requests();
    const auto refused = fetch(fetcher, ill, "/hang");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_TRUE(refused.error().retry_after);
    EXPECT_EQ(server.requests(), asked);
    EXPECT_EQ(fetcher.status().presets[static_cast<std::size_t>(Preset::google)].breakers_open, 1U);
    EXPECT_TRUE(fetch(fetcher, well, "/fine"));
    clock.advance(2s);
    EXPECT_TRUE(fetch(fetcher, ill, "/fine")); // the probe
    EXPECT_TRUE(fetch(fetcher, ill, "/fine"));
    EXPECT_EQ(fetcher.status().presets[static_cast<std::size_t>(Preset::google)].breakers_open, 0U);
}

TEST_F(FetcherTest, NoProviderAndNoInstitutionTakesAllThePlaces) {
    FetcherOptions few = options();
    few.time_limit = 5s;
    few.provider_running_limit = 2;
    few.tenant_running_limit = 3;
    few.running_limit = 4;
    Fetcher fetcher(few, clock, rng);
    std::vector<Future> hanging;
    auto hang = [&](ProviderId provider, TenantId of) {
        hanging.push_back(begin(fetcher, provider, {.url = server.url("/hang")}, of));
    };
    hang(ill, tenant);
    hang(ill, tenant);
    EXPECT_EQ(code(fetch(fetcher, ill, "/fine")), Code::overloaded); // the provider's two
    hang(ProviderId::make(clock.now(), rng), tenant);
    EXPECT_EQ(code(fetch(fetcher, well, "/fine")), Code::overloaded); // the institution's three
    EXPECT_TRUE(begin(fetcher, well, {.url = server.url("/fine")}, neighbour).get());
    hang(ProviderId::make(clock.now(), rng), neighbour);
    EXPECT_EQ(code(begin(fetcher, well, {.url = server.url("/fine")}, neighbour).get()),
              Code::overloaded); // everybody's four
    fetcher.stop();
    for (Future& future : hanging)
        EXPECT_EQ(code(future.get()), Code::unavailable);
    EXPECT_EQ(fetcher.status().running, 0U);
}

TEST_F(FetcherTest, OnlySoManyBreakersAreRememberedTheLatest) {
    FetcherOptions few = options();
    few.breakers_limit = 8;
    few.breaker.failures_to_open = 1;
    few.breaker.pause_min = 1h;
    few.breaker.pause_max = 2h;
    Fetcher fetcher(few, clock, rng);
    ProviderId last;
    for (int i = 0; i < 50; ++i) {
        clock.advance(1ms);
        last = ProviderId::make(clock.now(), rng);
        EXPECT_EQ(code(fetch(fetcher, last, "/cut ")), Code::unavailable);
    }
    const auto open = [&] {
        return fetcher.status().presets[static_cast<std::size_t>(Preset::google)].breakers_open;
    };
    EXPECT_LE(open(), 8U);
    EXPECT_GE(open(), 4U);
    const int asked = server.requests();
    EXPECT_EQ(code(fetch(fetcher, last, "/fine")), Code::unavailable);
    EXPECT_EQ(server.requests(), asked) << "the latest is left alone still";
}

TEST_F(FetcherTest, AProviderWhoseNameIsNotFoundKeepsNobodyElseWaiting) {
    resolver_silent = true;
    Fetcher fetcher(options(), clock, rng);
    Future dark = begin(fetcher, ill, {.url = "http://idp.silent.test/x"});
    const bool ended = dark.wait_for(10s) == std::future_status::ready;
    Future fine = begin(fetcher, well, {.url = server.url("/fine")});
    const bool answered = fine.wait_for(10s) == std::future_status::ready;
    resolver_silent = false;
    resolver_silent.notify_all();
    EXPECT_TRUE(ended) << "while the resolver still looks";
    EXPECT_TRUE(answered) << "and the thread goes on with the others";
    EXPECT_EQ(code(dark.get()), Code::deadline_exceeded);
    EXPECT_TRUE(fine.get());
}

TEST_F(FetcherTest, ANameThatLeadsIntoTheOperatorsNetworkIsNotFollowed) {
    Fetcher fetcher({.time_limit = 5s}, clock, rng);
    auto answer =
        begin(fetcher, ill, {.url = "https://localhost:" + std::to_string(server.port()) + "/fine"})
            .get();
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().detail.find("not a public one"), std::string::npos)
        << answer.error().text();
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(code(fetch(fetcher, ill, "/fine")), Code::unavailable); // http, too
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(FetcherTest, NegativeControlAllowedItGetsThere) {
    Fetcher fetcher({.reach = Reach::private_too, .time_limit = 300ms}, clock, rng);
    EXPECT_FALSE(
        begin(fetcher, ill, {.url = "https://localhost:" + std::to_string(server.port()) + "/fine"})
            .get()); // no TLS there
    EXPECT_GE(server.connections(), 1);
}

} // namespace
} // namespace bw::federation
