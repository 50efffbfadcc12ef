// A crowd before a real server: whole answers, large ones that nobody keeps, and what goes wrong.
#include "net/crowd.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "net/server.hpp"

namespace bw::net {
namespace {

struct ClientCrowd : ::testing::Test {
    ClientCrowd() {
        auto add = [this](const char* path, Handler handler) {
            routes.add({.method = Method::get,
                        .path = path,
                        .operation = path,
                        .handler = std::move(handler)});
        };
        add("/bytes/{count}", [](const Request& request, Responder respond) {
            Response response{.content_type = "video/mp4"};
            response.body.assign(std::stoul(std::string(request.path_param("count"))), 'x');
            respond(std::move(response));
        });
        add("/never",
            [this](const Request&, Responder respond) { held.push_back(std::move(respond)); });
        server = *Server::start({}, routes, clock, rng);
        crowd = Crowd::make(clock);
    }
    Got get(std::size_t client, std::string_view target, std::size_t keep = 0,
            Duration patience = 10s) {
        std::optional<Got> out;
        crowd->get(client, {"127.0.0.1", server->port()}, target, keep,
                   Deadline(clock.monotonic() + patience), [&](Got got) { out = std::move(got); });
        crowd->run([&] { return out.has_value(); });
        return *std::move(out);
    }

    SystemClock clock;
    SystemRng rng;
    RouteTable routes;
    std::vector<Responder> held;
    std::unique_ptr<Server> server;
    std::unique_ptr<Crowd> crowd;
};

TEST_F(ClientCrowd, CountsWhatItDoesNotKeep) {
    const std::size_t one = crowd->add();
    for (const std::size_t size : {0UZ, 1UZ, 10'000UZ, 700'000UZ}) {
        const Got got = get(one, "/bytes/" + std::to_string(size), 100);
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.bytes, size);
        EXPECT_EQ(got.body, std::string(std::min(size, 100UZ), 'x'));
        EXPECT_EQ(got.header("content-type"), "video/mp4");
    }
    EXPECT_EQ(server->status().connections, 1U); // kept
    EXPECT_EQ(get(one, "/nothing").status, 404);
}

TEST_F(ClientCrowd, EachHasAConnectionOfItsOwn) {
    std::size_t done = 0;
    for (int i = 0; i < 200; ++i)
        crowd->get(crowd->add(), {"127.0.0.1", server->port()}, "/bytes/5000", 0,
                   Deadline(clock.monotonic() + 20s), [&](Got got) { done += got.bytes == 5'000; });
    crowd->run([&] { return done == 200; });
    EXPECT_EQ(server->status().connections, 200U);
}

TEST_F(ClientCrowd, SaysThatNoWholeAnswerCame) {
    const std::size_t one = crowd->add();
    EXPECT_EQ(get(one, "/never", 0, 50ms).body, "no answer in time");
    EXPECT_EQ(get(one, "/bytes/1").status, 200); // over a new connection
    held.clear();
    server.reset(); // closes it
    bool idle = false;
    crowd->at(clock.monotonic() + 20ms, [&] { idle = true; });
    crowd->run([&] { return idle; });
    std::optional<Got> out;
    crowd->get(one, {"127.0.0.1", 1}, "/", 0, Deadline(clock.monotonic() + 10s),
               [&](Got got) { out = std::move(got); });
    EXPECT_FALSE(out.has_value()); // from `run` alone
    crowd->run([&] { return out.has_value(); });
    EXPECT_EQ(out->status, 0);
}

TEST_F(ClientCrowd, TimersComeInTheirOrder) {
    std::string order;
    const Monotonic now = clock.monotonic();
    crowd->at(now + 3ms, [&] { order += 'c'; });
    crowd->at(now + 1ms, [&] { order += 'a'; });
    crowd->at(now + 1ms, [&] { order += 'b'; });
    crowd->run([&] { return order.size() == 3; });
    EXPECT_EQ(order, "abc");
}

} // namespace
} // namespace bw::net
