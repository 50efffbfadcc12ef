// Providers' documents: fetched once for many, kept while the provider is away, asked for anew with
// patience.
#include "federation/documents.hpp"

#include <gtest/gtest.h>

#include <future>

#include "federation/server_for_test.hpp"

namespace bw::federation {
namespace {

using test::ScriptedServer;

TEST(Discovery, IsTheIssuersOwnAndLeadsWhereItMay) {
    const std::string good =
        R"({"issuer":"https://a.example","authorization_endpoint":"https://a.example/auth",)"
        R"("token_endpoint":"https://b.example/token","jwks_uri":"https://a.example/jwks",)"
        R"("userinfo_endpoint":"http://10.0.0.1/me"})";
    auto read = Discovery::parse(good, "https://a.example", Reach::public_only);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->userinfo_endpoint, ""); // may not be asked
    auto refused = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return !Discovery::parse(text, "https://a.example", Reach::public_only);
    };
    EXPECT_TRUE(refused("https://a.example", "https://a.example/"));
    EXPECT_TRUE(refused("https://a.example\"", "https://b.example\""));
    EXPECT_TRUE(refused("https://b.example/token", "http://b.example/token"));
    EXPECT_TRUE(refused("https://b.example/token", "https://169.254.169.254/token"));
    EXPECT_TRUE(refused("jwks_uri", "jwks"));
    EXPECT_TRUE(refused("}", ""));
}

struct Cache : testing::Test {
    ManualClock clock{Instant{1'800'000'000'000}};
    SystemRng rng;
    std::atomic<bool> broken = false;
    std::atomic<int> version = 1;
    ScriptedServer server{[this](const std::string&) {
        return broken ? ScriptedServer::status("404 Not Found")
                      : ScriptedServer::ok(std::to_string(version));
    }};
    Fetcher fetcher{{.reach = Reach::private_too}, clock, rng};
    using Text = DocumentCache<std::string>;
    Text cache{fetcher, clock, {}, [](const std::string&, std::string_view body) {
                   return Result<std::string>(std::string(body));
               }};
    const FetchFor whom{TenantId::make(clock.now(), rng), ProviderId::make(clock.now(), rng)};
    ~Cache() override { fetcher.stop(); }

    std::string get(bool newer = false, const std::string& path = "/x") {
        std::promise<std::string> promise;
        auto future = promise.get_future();
        auto done = [&promise](Result<Text::Shared> text) {
            promise.set_value(text ? **text : std::string(wire_name(text.error().code)));
        };
        const Deadline deadline = Deadline::in(clock, 10s);
        if (newer)
            cache.get_newer(whom, server.url(path), deadline, done);
        else
            cache.get(whom, server.url(path), deadline, done);
        return future.get();
    }
    /// What is fetched behind somebody's back has come.
    void settle() {
        while (fetcher.status().running > 0)
            std::this_thread::yield();
    }
};

TEST_F(Cache, AsksOnceWhileItIsFresh) {
    EXPECT_EQ(get(), "1");
    version = 2;
    clock.advance(59min);
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(server.requests(), 1);
    clock.advance(1min); // given all the same, and fetched anew
    EXPECT_EQ(get(), "1");
    settle();
    EXPECT_EQ(get(), "2");
    EXPECT_EQ(server.requests(), 2);
}

TEST_F(Cache, ManyWaitForOneAnswer) {
    std::vector<std::promise<bool>> promises(100);
    for (auto& promise : promises)
        cache.get(
            whom, server.url("/x"), Deadline::in(clock, 10s),
            [&promise](const Result<Text::Shared>& text) { promise.set_value(text.has_value()); });
    for (auto& promise : promises)
        EXPECT_TRUE(promise.get_future().get());
    EXPECT_EQ(server.requests(), 1);
}

TEST_F(Cache, KeepsWhatItHasForADayWhileTheProviderIsAway) {
    EXPECT_EQ(get(), "1");
    server.stop();
    for (int hour = 1; hour < 24; ++hour) {
        clock.advance(1h);
        EXPECT_EQ(get(), "1") << hour;
        settle();
    }
    clock.advance(1h);
    EXPECT_EQ(get(), "unavailable");
}

TEST_F(Cache, AFailureIsNotRepeatedAtOnce) {
    broken = true;
    EXPECT_EQ(get(), "unavailable");
    EXPECT_EQ(get(), "unavailable");
    EXPECT_EQ(server.requests(), 1);
    broken = false;
    clock.advance(30s);
    EXPECT_EQ(get(), "1");
}

TEST_F(Cache, ANewerOneIsLookedForNowAndThen) {
    EXPECT_EQ(get(), "1");
    version = 2;
    EXPECT_EQ(get(true), "2");
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(get(true), "2");
    EXPECT_EQ(server.requests(), 2);
    broken = true;
    clock.advance(30s);
    EXPECT_EQ(get(true), "2"); // the last that was good
}

} // namespace
} // namespace bw::federation
