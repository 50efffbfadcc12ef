// A school behind one address at the bell: nobody is refused for sharing it, and whoever guesses at
// one account beside them slows down nobody else, least of all its owner.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "support/json_for_test.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

constexpr int students = 3'000, callers = 12;

struct OneAddress : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;

    void SetUp() override {
        world.sides.installation.superuser().run("begin; set local bw.tenant = '" +
                                                 to_text(alpha.info.scope.tenant().uuid) + R"(';
            insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name)
            select gen_random_uuid(), 'crowd', 'u' || n, 'u' || n, 'u' || n, 'A', 'Student' from generate_series(1, )" +
                                                 std::to_string(students) + R"() n;
            commit)");
        const std::string hash = *auth::hash_password("right", {.passes = 1, .memory_bytes = 8192});
        auto set = world.sides.installation.database()->run(
            alpha.info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                return auth::set_password_for_all(tx, hash, world.clock.now());
            });
        ASSERT_TRUE(set) << set.error().text();
    }
    net::ClientResponse sign_in(const std::string& name, const std::string& password,
                                const std::string& device_token = {}) {
        JsonWriter json;
        json.object().member("username", name).member("password", password);
        if (!device_token.empty())
            json.member("device_token", device_token);
        json.end();
        return world.send({.method = net::Method::post,
                           .target = "/v1/sessions",
                           .host = alpha.info.slug + ".school.test",
                           .headers = {{"Content-Type", "application/json"}},
                           .body = json.take()});
    }
};

TEST_F(OneAddress, ThreeThousandGetInWithinAMinuteBesideAGuesser) {
    const net::ClientResponse before = sign_in("u1", "right");
    ASSERT_EQ(before.status, 201) << before.body;
    const std::string device = json_text(before.body, "device_token");
    ASSERT_FALSE(device.empty());

    std::atomic<bool> ended = false;
    std::atomic<int> guessed = 0, delayed = 0, next = 0, in = 0, refused = 0, owner_in = 0;
    const Monotonic began = world.clock.monotonic();
    {
        std::jthread guesser([&] {
            for (int i = 0; !ended; ++i) {
                const auto answer = sign_in("u1", "guess " + std::to_string(i));
                guessed += answer.status == 401;
                delayed += answer.status == 429;
            }
        });
        std::vector<std::jthread> crowd;
        for (int i = 0; i < callers; ++i)
            crowd.emplace_back([&] {
                for (int n = 0; (n = ++next) <= students;) {
                    const bool owner = n == 1 || n % 500 == 0;
                    const auto answer = sign_in(owner ? "u1" : "u" + std::to_string(n), "right",
                                                owner ? device : std::string());
                    in += answer.status == 201;
                    owner_in += owner && answer.status == 201;
                    refused += answer.status == 429;
                }
            });
        crowd.clear(); // all are answered
        const Duration took = world.clock.monotonic() - began;
        EXPECT_LT(took, 60s);
        RecordProperty("milliseconds", std::to_string(took / 1ms));
        while (delayed == 0 && world.clock.monotonic() - began < 60s)
            std::this_thread::yield();
        ended = true;
    }
    EXPECT_EQ(in, students);
    EXPECT_EQ(refused, 0) << "for sharing an address";
    EXPECT_EQ(owner_in, 1 + students / 500) << "on a device where that worked before";
    EXPECT_GT(delayed, 0);
    EXPECT_LE(guessed, 5 + 5) << "five, and those that the delays of a minute let through";
    EXPECT_EQ(sign_in("u1", "right").status, 429) << "a stranger, though at the same address";
}

} // namespace
} // namespace bw::test
