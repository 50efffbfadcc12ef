// The event stream, whole: a server, its feed of news and PostgreSQL, and clients that read, do not
// read, or come again.
#include <gmock/gmock.h>

#include <thread>

#include "net/raw_client.hpp"
#include "net/server.hpp"
#include "notices/routes.hpp"
#include "notices/school_for_test.hpp"

namespace bw::notices {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A process with the route, as far as it goes.
struct Process {
    tenancy::DatabaseLane lane;
    tenancy::TokenVerifier verifier;
    tenancy::Gate gate;
    tenancy::RevocationFeed feed;
    Hub hub;
    RouteParts parts;
    net::RouteTable routes;
    std::unique_ptr<net::Server> server;
    tenancy::RevocationFeed::NewsWatch news;

    Process(School& of, const tenancy::KeyRing& ring, tenancy::Revocations& revocations,
            HubOptions options, std::size_t queued_bytes, const std::string& name)
        : lane(lane::Budget{"api", 1, 64}, of.clock,
               [&of] { return of.installation.database("bw_app", "api"); }),
          verifier("test", ring, of.directory, revocations, of.clock, of.installation.rng()),
          gate(verifier, of.directory, "school.test"),
          feed(of.installation.database("bw_app", name), revocations, of.directory, of.clock,
               of.installation.rng(), {.interval = 50ms}),
          hub(lane, verifier, of.directory, of.clock, of.installation.rng(), options),
          parts{.gate = gate,
                .lane = lane,
                .hub = hub,
                .clock = of.clock,
                .rng = of.installation.rng(),
                .queued_bytes = queued_bytes} {
        add_routes(routes, parts);
        server = *net::Server::start({}, routes, of.clock, of.installation.rng());
        news = feed.on_news([this](std::optional<TenantId> tenant) { hub.news(tenant); });
        hub.start();
        feed.start();
    }
    ~Process() {
        server.reset();
        hub.stop();
        lane.stop();
        feed.stop();
    }
};

struct Events : School {
    const SigningKey key = SigningKey::make(installation.rng());
    tenancy::KeyRing ring{key};
    tenancy::Revocations revocations;
    std::unique_ptr<Process> process;

    void SetUp() override {
        School::SetUp();
        begin();
    }
    void begin(HubOptions options = {}, std::size_t queued_bytes = 64 * 1024) {
        process.reset();
        options.tick = 20ms;
        process =
            std::make_unique<Process>(*this, ring, revocations, options, queued_bytes, "listener");
    }
    std::string token(UserId user, const tenancy::TenantInfo& at, AuthSessionId session = {}) {
        return tenancy::sign_token({"test", at.scope.tenant(), user, session,
                                    tenancy::Role::student, clock.now(), clock.now() + 1h,
                                    clock.now() + 40min},
                                   key);
    }
    struct Client {
        net::Raw raw;
        explicit Client(std::uint16_t port) : raw(port) {}
        /// One event, and what frames it.
        std::string event() { return raw.until("\n\n"); }
    };
    /// Its head is read.
    std::unique_ptr<Client> open(const std::string& token, const std::string& after = "") {
        auto client = std::make_unique<Client>(process->server->port());
        client->raw.send("GET /v1/events HTTP/1.1\r\nHost: school.test\r\nAuthorization: Bearer " +
                         token + "\r\n" +
                         (after.empty() ? "" : "Last-Event-ID: " + after + "\r\n") + "\r\n");
        const std::string head = client->raw.head();
        EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(head, HasSubstr("text/event-stream"));
        EXPECT_THAT(head, HasSubstr("X-Accel-Buffering: no"));
        return client;
    }
    static std::string id_of(const std::string& event) {
        const std::size_t at = event.find("\nid: ") + 5;
        return event.substr(at, event.find('\n', at) - at);
    }
};

TEST_F(Events, AReleaseReachesItsStudentAndNobodyElse) {
    auto a = open(token(ada, north)), b = open(token(bob, north)), souths = open(token(ada, south));
    for (Client* client : {a.get(), b.get(), souths.get()}) {
        const std::string ready = client->event();
        EXPECT_THAT(ready, HasSubstr("event: ready\n"));
        EXPECT_THAT(ready, HasSubstr("\nretry: "));
    }
    tell(ada);
    announce(section);
    EXPECT_THAT(a->event(), HasSubstr("event: grade_released\n"));
    EXPECT_THAT(a->event(), HasSubstr("event: announcement\n"));
    const std::string first = b->event();
    EXPECT_THAT(first, HasSubstr("event: announcement\n")) << "Bob hears nothing of Ada's";
    tell(ada, &south);
    EXPECT_THAT(souths->event(), HasSubstr("event: grade_released\n"))
        << "the first that another institution's Ada hears";
}

TEST_F(Events, AnotherProcessGoesOnWhereThisOneEnded) {
    auto client = open(token(ada, north));
    client->event();
    tell(ada);
    const std::string last = id_of(client->event());
    process.reset(); // as a killed one: nobody is told where they stood but by what came
    announce(section);
    begin();
    auto again = open(token(ada, north), last);
    EXPECT_THAT(again->event(), HasSubstr("event: announcement\n"));
    EXPECT_THAT(again->event(), HasSubstr("event: ready\n")) << "and nothing twice";
    tell(ada);
    EXPECT_THAT(again->event(), HasSubstr("event: grade_released\n"));
}

TEST_F(Events, ADrainingServerSaysWhenToReturn) {
    auto client = open(token(ada, north));
    client->event(); // ready
    process->server->drain(Deadline::in(clock, 5s));
    const std::string rest = client->raw.rest();
    EXPECT_THAT(rest, HasSubstr("retry: "));
    EXPECT_THAT(rest, HasSubstr("0\r\n\r\n")) << "a whole answer";
}

TEST_F(Events, WhoDoesNotReadIsCutOff) {
    auto slow = open(token(ada, north)), reads = open(token(ada, north));
    slow->event();
    reads->event();
    int receive_bytes = 1; // as little as the system lets
    ::setsockopt(slow->raw.fd(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const std::vector<UserId> many(200, ada); // less than may wait for who reads
    for (int i = 0; i < 500 && process->hub.status().listeners == 2; ++i) {
        auto told = in(north, [&](tenancy::TenantTx& tx) {
            return tell_persons(tx, Kind::grade_released, essay, many, clock.now(),
                                installation.rng());
        });
        ASSERT_TRUE(told) << told.error().text();
        for (std::size_t n = 0; n < many.size(); ++n)
            ASSERT_THAT(reads->event(), HasSubstr("event: grade_released\n"));
    }
    EXPECT_EQ(process->hub.status().listeners, 1U);
    announce(section);
    EXPECT_THAT(reads->event(), HasSubstr("event: announcement\n")) << "who reads goes on";
}

TEST_F(Events, AnEndedSessionEndsItsStream) {
    const auto session = AuthSessionId::make(clock.now(), installation.rng());
    auto ended = open(token(ada, north, session)), stays = open(token(bob, north));
    ended->event();
    stays->event();
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return tenancy::revoke_session(tx, session, clock.now());
    }));
    EXPECT_THAT(ended->event(), HasSubstr(R"(data: {"why":"session_ended"})"));
    EXPECT_THAT(ended->raw.rest(), HasSubstr("0\r\n\r\n"));
    announce(section);
    EXPECT_THAT(stays->event(), HasSubstr("event: announcement\n"));
}

TEST_F(Events, AListenerThatWasKilledIsMadeUpFor) {
    auto client = open(token(ada, north));
    client->event();
    for (int i = 0; i < 5; ++i) {
        installation.superuser().run(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name "
            "like '%listener%' and datname = current_database()");
        tell(ada); // nobody listens, or the new one does
        EXPECT_THAT(client->event(), HasSubstr("event: grade_released\n"));
    }
}

TEST_F(Events, WhatIsRefusedIsSaid) {
    auto answer = [&](const std::string& headers) {
        net::Raw raw(process->server->port());
        raw.send("GET /v1/events HTTP/1.1\r\nHost: school.test\r\n" + headers + "\r\n");
        return raw.answer();
    };
    EXPECT_THAT(answer(""), StartsWith("HTTP/1.1 401"));
    const std::string bearer = "Authorization: Bearer " + token(ada, north) + "\r\n";
    const std::string bad = answer(bearer + "Last-Event-ID: x\r\n");
    EXPECT_THAT(bad, StartsWith("HTTP/1.1 422"));
    EXPECT_THAT(bad, HasSubstr("Last-Event-ID"));
    begin({.listeners_limit = 2, .person_limit = 1});
    auto one = open(token(ada, north));
    const std::string many = answer(bearer);
    EXPECT_THAT(many, StartsWith("HTTP/1.1 429"));
    EXPECT_THAT(many, HasSubstr("Retry-After: "));
    auto two = open(token(bob, north));
    const std::string full = answer("Authorization: Bearer " + token(cyd, north) + "\r\n");
    EXPECT_THAT(full, StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(full, HasSubstr("Retry-After: "));
    one->event();
    one.reset(); // it closes
    for (const Deadline limit = soon();
         process->hub.status().listeners == 2 && !limit.expired(clock);)
        std::this_thread::yield();
    open(token(cyd, north))->event();
}

} // namespace
} // namespace bw::notices
