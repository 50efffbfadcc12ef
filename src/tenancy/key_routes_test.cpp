// The operator API's signing keys.
#include "tenancy/key_routes.hpp"

#include "support/operator_api.hpp"

namespace bw::tenancy {
namespace {

using test::text;

struct KeyRoutes : test::OperatorRoutes {
    const SecretKey master = installation.rng().bytes<32>();
    RevocationFeed feed{installation.database(), revocations, directory, clock, installation.rng()};

    void SetUp() override {
        OperatorRoutes::SetUp();
        add_key_routes(routes, {.gate = gate,
                                .lane = lane,
                                .feed = feed,
                                .master = master,
                                .clock = clock,
                                .rng = installation.rng()});
        revocations.heard(clock.monotonic() + 1h); // the feed is stepped by nobody
    }
    net::Response keys() { return ask(net::Method::get, "/v1/operator/signing-keys"); }
    net::Response rotate(const std::string& body = "{}") {
        return ask(net::Method::post, "/v1/operator/signing-keys", body);
    }
    net::Response revoke(const std::string& kid) {
        return ask(net::Method::post, "/v1/operator/signing-keys/" + kid + "/revoke");
    }
};

TEST_F(KeyRoutes, TheyAreListedRotatedAndRevoked) {
    EXPECT_EQ(keys().body, R"({"data":[]})");
    const auto first = rotate();
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(text(first.body, "/state"), "signing");
    const auto next = rotate(R"({"algorithm": "ES256", "announce_seconds": 1200})");
    ASSERT_EQ(next.status, 201) << next.body;
    EXPECT_EQ(text(next.body, "/state"), "announced");
    EXPECT_EQ(text(next.body, "/algorithm"), "ES256");
    EXPECT_EQ(rotate().status, 409);
    EXPECT_EQ(text(keys().body, "/data/1/kid"), text(next.body, "/kid"));
    const std::string leaked = text(first.body, "/kid");
    for (int i = 0; i < 2; ++i) {
        const auto revoked = revoke(leaked);
        ASSERT_EQ(revoked.status, 200) << revoked.body;
        EXPECT_EQ(text(revoked.body, "/state"), "revoked");
    }
    EXPECT_EQ(text(keys().body, "/data/1/state"), "signing");
    EXPECT_EQ(revoke(std::string(kid_bytes, 'A')).status, 404);
    EXPECT_EQ(revoke("short").status, 404);
    const auto events = ask(net::Method::get, "/v1/operator/events");
    EXPECT_EQ(text(events.body, "/data/0/action"), "signing_key.revoked");
    EXPECT_EQ(text(events.body, "/data/0/subject"), leaked);
    EXPECT_EQ(keys().body.find("sealed"), std::string::npos);
}

TEST_F(KeyRoutes, BadInputIsNamedAndChangesNothing) {
    struct Case {
        const char* body;
        const char* field;
    };
    for (const Case& c : {Case{R"({"algorithm": "RS256"})", "/algorithm"},
                          {R"({"algorithm": "es256"})", "/algorithm"},
                          {R"({"algorithm": 1})", "/algorithm"},
                          {R"({"announce_seconds": -1})", "/announce_seconds"},
                          {R"({"announce_seconds": 86401})", "/announce_seconds"},
                          {R"({"now": true})", "/now"}}) {
        const auto refused = rotate(c.body);
        EXPECT_EQ(refused.status, 422) << c.body;
        EXPECT_EQ(text(refused.body, "/field"), c.field) << c.body;
    }
    EXPECT_EQ(keys().body, R"({"data":[]})");
}

TEST_F(KeyRoutes, AProcessThatHasNotHeardLatelyTouchesNoKey) {
    const std::string kid = text(rotate().body, "/kid");
    revocations.heard({clock.monotonic().ns - Duration(3s).count()});
    EXPECT_EQ(rotate().status, 503);
    EXPECT_EQ(revoke(kid).status, 503);
    EXPECT_EQ(text(keys().body, "/data/0/state"), "signing");
    EXPECT_EQ(text(keys().body, "/data/1/state"), "-");
}

} // namespace
} // namespace bw::tenancy
