// The resolver over a look-up that does what the case wants, and once over the system's; and the
// client that uses it.
#include "net/resolver.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <latch>

#include "net/client.hpp"
#include "net/server.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr;
using Addresses = Resolver::Addresses;

Result<Addresses> ask(Resolver& resolver, const std::string& name) {
    std::promise<Result<Addresses>> outcome;
    resolver.resolve(name, [&](Result<Addresses> r) { outcome.set_value(std::move(r)); });
    return outcome.get_future().get();
}

TEST(Resolver, FindsWhatTheSystemKnows) {
    SystemClock clock;
    Resolver resolver(clock);
    auto found = ask(resolver, "localhost");
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_THAT(*found, ::testing::Contains(::testing::AnyOf("127.0.0.1", "::1")));
    auto missing = ask(resolver, "no host name at all");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::unavailable);
    EXPECT_THAT(missing.error().detail, HasSubstr("no host name at all"));
}

TEST(Resolver, RemembersNamesButNotFailures) {
    ManualClock clock(Instant{0});
    std::atomic<int> asked{0};
    Resolver resolver(clock, [&](const std::string& name) -> Result<Addresses> {
        ++asked;
        if (name == "gone")
            return fail(Code::unavailable, "gone");
        return Addresses{"192.0.2." + std::to_string(asked)};
    });
    EXPECT_EQ(ask(resolver, "a")->at(0), "192.0.2.1");
    EXPECT_EQ(ask(resolver, "a")->at(0), "192.0.2.1");
    clock.advance(Duration(30s) - 1ms);
    EXPECT_EQ(ask(resolver, "a")->at(0), "192.0.2.1");
    clock.advance(1ms);
    EXPECT_EQ(ask(resolver, "a")->at(0), "192.0.2.2");
    EXPECT_FALSE(ask(resolver, "gone"));
    EXPECT_FALSE(ask(resolver, "gone"));
    EXPECT_EQ(asked, 4);
}

TEST(Resolver, BoundsItsQueueAndAnswersAllAtItsEnd) {
    SystemClock clock;
    std::latch asked(1), release(1);
    std::map<Code, int> outcomes; // on this thread, or the resolver's before its end
    std::mutex mutex;
    auto note = [&](Result<Addresses> r) {
        std::lock_guard lock(mutex);
        ++outcomes[r ? Code::internal : r.error().code];
    };
    {
        Resolver resolver(clock, [&](const std::string&) -> Result<Addresses> {
            asked.count_down();
            release.wait();
            return fail(Code::not_found, "");
        });
        resolver.resolve("first", note);
        asked.wait(); // it is being looked up; the next ones wait
        for (int i = 0; i < 66; ++i)
            resolver.resolve("n" + std::to_string(i), note);
        EXPECT_EQ(outcomes[Code::overloaded], 2);
        release.count_down();
    }
    EXPECT_EQ(outcomes[Code::overloaded], 2);
    EXPECT_EQ(outcomes[Code::not_found] + outcomes[Code::unavailable], 65);
}

class ClientByName : public ::testing::Test {
protected:
    ClientByName() {
        routes_.add({.method = Method::get,
                     .path = "/",
                     .operation = "root",
                     .handler = [](const Request& request, Responder respond) {
                         respond(
                             Response{200,
                                      "text/plain",
                                      std::string(request.header("traceparent").value_or("none")),
                                      {}});
                     }});
        server_ = *Server::start({}, routes_, clock_, rng_);
    }
    SystemClock clock_;
    SystemRng rng_;
    RouteTable routes_;
    std::unique_ptr<Server> server_;
};

TEST_F(ClientByName, TriesEachAddressAndPassesTheTraceOn) {
    auto client = Client::make({.address = "api.test",
                                .port = server_->port(),
                                .lookup = [](const std::string& name) -> Result<Addresses> {
                                    EXPECT_EQ(name, "api.test");
                                    return Addresses{"127.0.0.2", "not numeric",
                                                     "127.0.0.1"}; // nobody is at the first
                                }},
                               clock_);
    const auto trace = telemetry::TraceContext::make(true, rng_);
    for (int i = 0; i < 3; ++i) {
        auto answer = client->fetch({.trace = trace}, Deadline::in(clock_, 20s));
        ASSERT_TRUE(answer) << answer.error().text();
        EXPECT_EQ(answer->body, trace.traceparent());
    }
}

TEST_F(ClientByName, AnUnknownNameIsUnavailable) {
    auto client = Client::make({.address = "gone.test",
                                .port = server_->port(),
                                .lookup = [](const std::string&) -> Result<Addresses> {
                                    return fail(Code::unavailable, "no such name");
                                }},
                               clock_);
    auto answer = client->fetch({}, Deadline::in(clock_, 20s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text(), "unavailable: Nothing was sent: no such name.");
}

TEST_F(ClientByName, ASlowResolverDoesNotHoldUpDeadlines) {
    std::latch release(1);
    auto client = Client::make({.address = "slow.test",
                                .port = server_->port(),
                                .lookup = [&](const std::string&) -> Result<Addresses> {
                                    release.wait();
                                    return Addresses{"127.0.0.1"};
                                }},
                               clock_);
    auto late = client->fetch({}, Deadline::in(clock_, 50ms));
    ASSERT_FALSE(late); // while the look-up still hangs
    EXPECT_EQ(late.error().code, Code::unavailable);
    release.count_down();
    EXPECT_TRUE(client->fetch({}, Deadline::in(clock_, 20s)));
}

} // namespace
} // namespace bw::net
