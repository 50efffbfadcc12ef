// The shipped edge before an origin: who may see what, what is asked of the origin, and what
// viewers get while it is slow, spoiled or away.
#include "front/edge.hpp"

#include <gmock/gmock.h>
#include <poll.h>

#include <fstream>
#include <optional>

namespace bw::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Asks until an answer is as wanted; it must come to that within 20 s.
net::ClientResponse ask_until(Edge& edge, const std::string& target,
                              const std::function<bool(const net::ClientResponse&)>& wanted) {
    SystemClock clock;
    for (Deadline end = Deadline::in(clock, 20s);; ::poll(nullptr, 0, 20)) {
        net::ClientResponse response = edge.get(target);
        if (wanted(response) || end.expired(clock))
            return response;
    }
}

TEST(Edge, AnAddressOpensOneClassUntilItEnds) {
    Origin origin;
    Edge edge(origin);
    const std::string good = signed_for("t1", "c1");
    const std::string of_another = signed_for("t1", "c2");
    const std::string first_part = good.substr(0, good.find("/t1/")); // with the token
    struct {
        const char* what;
        std::string target;
        int status;
    } cases[] = {
        {"its class", good + "v0.m3u8", 200},
        {"a folder of it", good + "v0/seg_1.m4s", 200},
        {"another class", first_part + "/t1/c2/v0.m3u8", 403},
        {"another class's token", of_another.substr(0, of_another.find("/t1/")) + "/t1/c1/v0.m3u8",
         403},
        {"another tenant", first_part + "/t2/c1/v0.m3u8", 403},
        {"another class by the way of its own", good + "../c2/v0.m3u8", 403},
        {"the same, encoded", good + "%2e%2e/c2/v0.m3u8", 403},
        {"the same, encoded twice", good + "%252e%252e/c2/v0.m3u8", 404},
        {"signed with any other secret", signed_for("t1", "c1", std::string(40, 'x')) + "v0.m3u8",
         403},
        {"over", signed_for("t1", "c1", Edge::secret, -2s) + "v0.m3u8", 410},
        {"without a token", "/live/t1/c1/v0.m3u8", 404},
        {"past the token", "/playlist/t1/c1/v0.m3u8", 404},
        {"no video", good + "v0.php", 404},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.what);
        const net::ClientResponse seen = edge.get(one.target);
        EXPECT_EQ(seen.status, one.status) << seen.body;
        EXPECT_EQ(seen.header("Access-Control-Allow-Origin"), "*"); // else a page sees no status
    }
    auto posted = edge.client().fetch({.method = net::Method::post, .target = good + "v0.m3u8"},
                                      Deadline::in(SystemClock(), 10s));
    EXPECT_EQ(posted->status, 405);
    EXPECT_EQ(origin.asked("/t1/c2/v0.m3u8"), 0);
}

TEST(Edge, AllOfAClassShareWhatIsCached) {
    Origin origin;
    Edge edge(origin, {"--name", "north"});
    const net::ClientResponse first = edge.get(signed_for("t1", "c1") + "v0/init.mp4");
    EXPECT_EQ(cache_of(first), "MISS");
    EXPECT_EQ(first.header("X-Object"), "segment");
    EXPECT_EQ(first.header("Set-Cookie"), std::nullopt); // it is the first one's alone
    EXPECT_EQ(first.header("Cache-Control"), "private, max-age=3600, immutable");
    const net::ClientResponse others =
        edge.get(signed_for("t1", "c1", Edge::secret, 61s) + "v0/init.mp4?anything=else");
    EXPECT_EQ(cache_of(others), "HIT");
    EXPECT_EQ(others.body, first.body);
    EXPECT_EQ(origin.asked("/t1/c1/v0/init.mp4"), 1);

    edge.get(signed_for("t1", "c1") + "master.m3u8");
    const std::string wrong = signed_for("t1", "c1", std::string(40, 'x')) + "v0.m3u8";
    edge.get(wrong);
    const std::string log = edge.access_log(4);
    EXPECT_THAT(log, HasSubstr(R"("edge":"north","kind":"segment","tenant":"t1","class":"c1",)"
                               R"("object":"v0/init.mp4","status":200,"cache":"HIT")"));
    EXPECT_THAT(log, HasSubstr(R"("kind":"playlist")"));
    EXPECT_THAT(log, HasSubstr(R"("status":403)"));
    EXPECT_THAT(log, Not(HasSubstr("/live/")));
}

TEST(Edge, ParallelMissesAreOneRequestAtTheOrigin) {
    Origin origin;
    Edge edge(origin);
    origin.hold();
    const auto seen = edge.get_at_once(signed_for("t1", "c1") + "v0/seg_1.m4s", 50, [&] {
        origin.await_held(1);
        origin.release();
    });
    for (const net::ClientResponse& one : seen)
        EXPECT_EQ(one.status, 200);
    EXPECT_EQ(origin.asked("/t1/c1/v0/seg_1.m4s"), 1);
}

TEST(Edge, WithoutTheLockEveryMissIsARequestAtTheOrigin) {
    Origin origin;
    Edge edge(origin, {"--lock", "off"});
    origin.hold();
    edge.get_at_once(signed_for("t1", "c1") + "v0/seg_1.m4s", 50, [&] {
        origin.await_held(50);
        origin.release();
    });
    EXPECT_EQ(origin.asked("/t1/c1/v0/seg_1.m4s"), 50);
}

TEST(Edge, TheOriginsConnectionsAreABudget) {
    Origin origin;
    Edge edge(origin, {"--origin-connections", "3"});
    origin.hold();
    const std::string path = signed_for("t1", "c1");
    std::size_t refused = 0;
    SystemClock clock;
    std::mutex mutex;
    std::condition_variable come;
    std::size_t over = 0;
    for (int i = 0; i < 10; ++i)
        edge.client().send({.target = path + "v0/seg_" + std::to_string(i) + ".m4s"},
                           Deadline::in(clock, 20s), [&](Result<net::ClientResponse> response) {
                               std::lock_guard lock(mutex);
                               refused += response->status == 502;
                               ++over;
                               come.notify_all();
                           });
    std::unique_lock lock(mutex);
    come.wait(lock, [&] { return over == 7; });
    origin.await_held(3); // they may come later than the others' refusals
    origin.release();
    come.wait(lock, [&] { return over == 10; });
    EXPECT_EQ(refused, 7U);
    EXPECT_EQ(origin.most_held(), 3U);
}

/// A playlist in its states: fresh, out of date while the origin is slow, away, and back.
TEST(Edge, APlaylistIsShownOutOfDateWhileTheOriginIsSlowOrAway) {
    Origin origin;
    Edge edge(origin);
    const std::string playlist = signed_for("t1", "c1") + "v0.m3u8";
    const net::ClientResponse first = edge.get(playlist);
    EXPECT_EQ(cache_of(first), "MISS");
    EXPECT_EQ(first.header("Cache-Control"), "private, max-age=1");

    origin.hold();
    net::ClientResponse stale =
        ask_until(edge, playlist, [](const auto& seen) { return cache_of(seen) != "HIT"; });
    EXPECT_EQ(cache_of(stale), "STALE"); // at once, and one request behind it
    EXPECT_EQ(stale.body, first.body);
    origin.await_held(1);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(cache_of(edge.get(playlist)), "UPDATING");
    EXPECT_EQ(origin.asked("/t1/c1/v0.m3u8"), 2);
    origin.release();
    const net::ClientResponse second =
        ask_until(edge, playlist, [&](const auto& seen) { return seen.body != first.body; });
    EXPECT_EQ(cache_of(second), "HIT");

    origin.go_away();
    for (int stale_ones = 0; stale_ones < 3;) {
        const net::ClientResponse seen = edge.get(playlist);
        ASSERT_EQ(seen.status, 200);
        ASSERT_EQ(seen.body, second.body);
        stale_ones += cache_of(seen) == "STALE";
        ::poll(nullptr, 0, 5);
    }
    origin.come_back();
    const net::ClientResponse third =
        ask_until(edge, playlist, [&](const auto& seen) { return seen.body != second.body; });
    EXPECT_EQ(third.status, 200);
}

TEST(Edge, AnErrorIsKeptForASecondAndNoLonger) {
    Origin origin;
    Edge edge(origin);
    const std::string path = signed_for("t1", "c1");
    auto twenty_times = [&](int status, const std::string& object) {
        origin.answer_with(status);
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(edge.get(path + object).status, status);
        EXPECT_LE(origin.asked("/t1/c1/" + object), 2);
    };
    twenty_times(404, "v0/seg_9.m4s"); // not there yet
    twenty_times(503, "v1.m3u8");
    origin.answer_with(200);
    for (const char* object : {"v0/seg_9.m4s", "v1.m3u8"})
        EXPECT_EQ(
            ask_until(edge, path + object, [](const auto& seen) { return seen.status == 200; })
                .status,
            200);
}

TEST(Edge, ARecordingIsCachedInPieces) {
    Origin origin;
    Edge edge(origin);
    const std::string file = signed_for("t1", "c1") + "whole.mp4";
    auto part = [&](const char* range) {
        return *edge.client().fetch({.target = file, .headers = {{"Range", range}}},
                                    Deadline::in(SystemClock(), 10s));
    };
    const net::ClientResponse middle = part("bytes=1500000-1500009");
    EXPECT_EQ(middle.status, 206);
    EXPECT_EQ(middle.body.size(), 10U);
    EXPECT_EQ(middle.header("Content-Range"), "bytes 1500000-1500009/3500000");
    EXPECT_EQ(middle.header("X-Object"), "recording");
    EXPECT_EQ(cache_of(part("bytes=1600000-1600009")), "HIT"); // of the same piece
    EXPECT_EQ(origin.asked("/t1/c1/whole.mp4"), 1);
    EXPECT_EQ(edge.get(file).body.size(), 3'500'000U);
    EXPECT_EQ(origin.asked("/t1/c1/whole.mp4"), 4);
}

TEST(Edge, SaysThatItTakesNobodyNew) {
    Origin origin;
    Edge edge(origin);
    EXPECT_EQ(edge.get("/healthz").status, 200);
    std::ofstream(edge.directory() / "drain") << "";
    EXPECT_EQ(edge.get("/healthz").status, 503);
    EXPECT_EQ(edge.get(signed_for("t1", "c1") + "v0.m3u8").status, 200); // whoever is there stays
    std::filesystem::remove(edge.directory() / "drain");
    EXPECT_EQ(edge.get("/healthz").status, 200);
}

} // namespace
} // namespace bw::test
