// Every provider's deeds against an API that loses, delays and refuses, and its signatures against
// an edge that checks them.
#include <gtest/gtest.h>

#include <set>

#include "base/rng.hpp"
#include "video/platforms_for_test.hpp"

namespace bw::video {
namespace {

using test::Misdeed;

/// One provider with its API, and its edge, each a server of its own.
struct Platform {
    test::Vectors vectors;
    SystemClock clock;
    test::Streams streams;
    Instant edge_now = vectors.now();
    std::unique_ptr<test::WebServer> api, edge;
    std::unique_ptr<Provider> provider;
    std::unique_ptr<net::Client> viewer;
    test::Admission admits;

    explicit Platform(std::string_view name) {
        edge = std::make_unique<test::WebServer>([this](const test::Asked& it) -> test::Reply {
            const int status = admits(it, edge_now);
            return {status,
                    status == 200 ? "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\na.m4s\n" : ""};
        });
        if (name == "mux") {
            api = std::make_unique<test::WebServer>(test::mux_api(streams));
            MuxOptions options = vectors.mux();
            options.api_url = api->url;
            options.playback_url = edge->url;
            provider = test::made(Mux::make(std::move(options), clock));
            admits = test::mux_edge(vectors.text("/rsa_pem"), vectors.text("/mux/kid"));
        } else if (name == "bunny") {
            api = std::make_unique<test::WebServer>(test::bunny_api(streams));
            BunnyOptions options = vectors.bunny();
            options.api_url = api->url;
            options.playback_url = edge->url;
            provider = test::made(Bunny::make(std::move(options), clock));
            admits = test::bunny_edge(vectors.text("/bunny/key"));
        } else if (name == "mediapackage") {
            api = std::make_unique<test::WebServer>(test::media_package_api(streams));
            MediaPackageOptions options = vectors.media_package();
            options.api_url = api->url;
            options.playback_url = edge->url;
            provider = test::made(MediaPackage::make(std::move(options), clock));
            admits = test::cloudfront_edge(vectors.text("/rsa_pem"),
                                           vectors.text("/cloudfront/key_pair_id"));
        } else {
            SelfHostedOptions options = vectors.self_hosted();
            options.origin_url = edge->url;
            provider = test::made(SelfHosted::make(std::move(options), clock));
            admits = test::own_edge(vectors.text("/self_hosted/edge_secret"));
        }
        const Origin at = test::made(Origin::parse(edge->url));
        viewer = net::Client::make({.address = at.host, .port = at.port}, clock);
    }

    Deadline in(Duration d) const { return Deadline::in(clock, d); }
    Result<Stream> create(const std::string& key, Duration d = 5s) {
        return provider->create({key, "Latin"}, in(d));
    }
    /// A viewer's request.
    int get(const std::string& url, const std::vector<Cookie>& cookies) {
        std::string line;
        for (const Cookie& cookie : cookies)
            line += (line.empty() ? "" : "; ") + cookie.name + "=" + cookie.value;
        const std::string target =
            url.starts_with('/') ? url : url.substr(url.find('/', url.find("//") + 2));
        return test::made(viewer->fetch({.target = target, .headers = {{"Cookie", line}}}, in(5s)))
            .status;
    }
};

struct Each : ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Providers, Each,
                         ::testing::Values("mux", "bunny", "mediapackage", "self_hosted"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(Each, TheSameKeyIsTheSameStream) {
    Platform platform(GetParam());
    const Stream first = test::made(platform.create("north-hill/7b"));
    const Stream again = test::made(platform.create("north-hill/7b"));
    const Stream other = test::made(platform.create("north-hill/7c"));
    EXPECT_EQ(first.ref, again.ref);
    EXPECT_NE(first.ref, other.ref);
    ASSERT_FALSE(first.ingests.empty());
    EXPECT_EQ(first.ingests[0].key.text(), again.ingests.at(0).key.text());
    if (platform.api)
        EXPECT_EQ(platform.streams.made, 2);
    EXPECT_EQ(platform.create("north hill/7b").error().code, Code::invalid_field);
}

/// A teacher may watch, be late by a second, try at another class, or bend what was signed.
TEST_P(Each, ItsEdgeAdmitsWhatIsSignedAndNothingElse) {
    Platform platform(GetParam());
    const Stream stream = test::made(platform.create("north-hill/7b")),
                 other = test::made(platform.create("north-hill/7c"));
    const Instant now = platform.vectors.now();
    const Playback playback = test::made(platform.provider->sign(stream.ref, now, seconds(120)));
    const Playback elsewhere = test::made(platform.provider->sign(other.ref, now, seconds(120)));
    EXPECT_EQ(platform.provider->caps().signed_cookies, !playback.cookies.empty());
    EXPECT_EQ(platform.get(playback.url, playback.cookies), 200);
    platform.edge_now = playback.expires - 1s;
    EXPECT_EQ(platform.get(playback.url, playback.cookies), 200);
    platform.edge_now = playback.expires;
    EXPECT_NE(platform.get(playback.url, playback.cookies), 200) << "after its end";
    platform.edge_now = now;
    if (!playback.cookies.empty()) {
        EXPECT_EQ(platform.get(elsewhere.url, playback.cookies), 403) << "another class";
        EXPECT_EQ(platform.get(playback.url, {}), 403) << "no cookies";
    } else {
        // The other class's address with this one's right, and this one's with a later end.
        const auto name = [](const Stream& it) { return it.ref.substr(it.ref.find('/') + 1); };
        std::string bent = playback.url;
        bent.replace(bent.rfind(name(stream)), name(stream).size(), name(other));
        EXPECT_NE(bent, playback.url);
        EXPECT_EQ(platform.get(bent, {}), 403) << "another class";
        const std::string seconds_text = std::to_string(playback.expires.ms / 1'000);
        if (const std::size_t at = playback.url.find(seconds_text); at != std::string::npos) {
            bent = playback.url;
            bent[at] = '9';
            EXPECT_EQ(platform.get(bent, {}), 403) << "its end moved";
        }
    }
}

struct Api : Each {};
INSTANTIATE_TEST_SUITE_P(Providers, Api, ::testing::Values("mux", "bunny", "mediapackage"),
                         [](const auto& param) { return std::string(param.param); });

/// Whatever becomes of the first answer, asking again makes no second stream.
TEST_P(Api, WhatBecameOfTheAnswerDoesNotMatter) {
    struct {
        Misdeed misdeed;
        Code code;
        int pause_s;
    } const cases[] = {{Misdeed::busy, Code::overloaded, 7},
                       {Misdeed::broken, Code::outcome_unknown, 1},
                       {Misdeed::half_broken, Code::outcome_unknown, 1},
                       {Misdeed::lost, Code::outcome_unknown, 1},
                       {Misdeed::silent, Code::outcome_unknown, 1}};
    Platform platform(GetParam());
    int classes = 0;
    for (const auto& c : cases) {
        const std::string key = "north-hill/" + std::to_string(classes);
        platform.api->misbehave({c.misdeed}, "POST");
        const auto first = platform.create(key, c.misdeed == Misdeed::silent ? 300ms : 5s);
        ASSERT_FALSE(first);
        EXPECT_EQ(first.error().code, c.code) << int(c.misdeed);
        EXPECT_EQ(first.error().retry_after, std::chrono::milliseconds(c.pause_s * 1'000));
        EXPECT_TRUE(platform.create(key));
        EXPECT_EQ(platform.streams.made, ++classes) << int(c.misdeed);
    }
}

/// Each of the calls that a deed is made of may fail on the way; repeated, the deed is whole.
TEST_P(Api, ADeedIsResumedWhereverItBroke) {
    Platform platform(GetParam());
    const int before = platform.api->asked;
    static_cast<void>(test::made(platform.create("north-hill/count")));
    const int calls = platform.api->asked - before;
    for (int broken = 0; broken < calls; ++broken) {
        const std::string key = "north-hill/" + std::to_string(broken);
        std::deque<Misdeed> misdeeds(static_cast<std::size_t>(broken), Misdeed::none);
        misdeeds.push_back(Misdeed::half_broken);
        platform.api->misbehave(misdeeds);
        std::optional<Stream> stream;
        for (int tries = 0; tries < 3 && !stream; ++tries)
            if (auto made = platform.create(key))
                stream = *std::move(made);
        ASSERT_TRUE(stream) << broken;
        EXPECT_EQ(platform.streams.made, broken + 2);
        platform.api->misbehave({Misdeed::half_broken});
        const auto ended = platform.provider->end(stream->ref, platform.in(5s));
        EXPECT_FALSE(ended);
        EXPECT_TRUE(platform.provider->end(stream->ref, platform.in(5s)));
        EXPECT_TRUE(platform.provider->end(stream->ref, platform.in(5s))) << "ended is ended";
    }
}

TEST_P(Api, ErrorsNameNoSecret) {
    Platform platform(GetParam());
    for (const Misdeed misdeed : {Misdeed::busy, Misdeed::broken, Misdeed::lost}) {
        platform.api->misbehave({misdeed, misdeed});
        ::testing::internal::CaptureStderr();
        const auto stream = platform.create("north-hill/7b");
        const std::string logged = ::testing::internal::GetCapturedStderr();
        if (stream)
            continue; // a GET that was cut off is asked again
        for (const char* secret : {"secret", "bunny-api-key", "wJalr", "Basic ", "Credential="}) {
            EXPECT_FALSE(stream.error().text().contains(secret));
            EXPECT_FALSE(logged.contains(secret)) << logged;
        }
    }
}

TEST(Mux, FindsItsStreamAmongHundreds) {
    Platform platform("mux");
    for (int i = 0; i < 250; ++i)
        platform.streams.make("l" + std::to_string(1'000 + i), "north-hill/" + std::to_string(i));
    EXPECT_EQ(test::made(platform.create("north-hill/249")).ref, "l1249/playl1249");
    EXPECT_EQ(platform.streams.made, 250);
    EXPECT_EQ(platform.api->asked, 3) << "three pages, and no POST";
    static_cast<void>(test::made(platform.create("north-hill/7")));
    EXPECT_EQ(platform.api->asked, 3) << "the list is kept for a while";
    platform.streams.by_id.at("l1007").status = "active";
    EXPECT_EQ(test::made(platform.provider->poll("l1007/playl1007", platform.in(5s))).signal,
              Signal::flowing);
    EXPECT_EQ(test::made(platform.provider->poll("gone/gone", platform.in(5s))).signal,
              Signal::none);
}

TEST(Bunny, PollingOpensToViewersWhatIsSentTo) {
    Platform platform("bunny");
    const Stream stream = test::made(platform.create("north-hill/7b"));
    const auto poll = [&] {
        return test::made(platform.provider->poll(stream.ref, platform.in(5s))).signal;
    };
    EXPECT_EQ(poll(), Signal::none);
    platform.streams.by_id.at(stream.ref).status = "3";
    EXPECT_EQ(poll(), Signal::flowing);
    EXPECT_EQ(platform.streams.by_id.at(stream.ref).status, "4");
}

TEST(MediaPackage, IsPolledThroughCloudFrontWithItsOwnCookies) {
    Platform platform("mediapackage");
    platform.edge_now = platform.clock.now();
    const Stream stream = test::made(platform.create("north-hill/7b"));
    EXPECT_EQ(stream.ingests.size(), 2u);
    const Health health = test::made(platform.provider->poll(stream.ref, platform.in(5s)));
    EXPECT_EQ(health.signal, Signal::flowing);
    EXPECT_EQ(health.position, 8u);
    platform.edge_now = platform.clock.now() + 1h;
    EXPECT_EQ(platform.provider->poll(stream.ref, platform.in(5s)).error().code, Code::forbidden);
}

TEST(SelfHosted, IsFlowingWhileItsPlaylistGrows) {
    const test::Vectors vectors;
    SystemClock clock;
    std::map<std::string, test::Reply> files;
    test::WebServer origin([&](const test::Asked& it) {
        const auto found = files.find(it.path);
        return found == files.end() ? test::Reply{404} : found->second;
    });
    SelfHostedOptions options = vectors.self_hosted();
    options.origin_url = options.control_url = origin.url;
    const auto provider = test::made(SelfHosted::make(std::move(options), clock));
    const auto poll = [&] { return provider->poll("north-hill/7b", Deadline::in(clock, 5s)); };
    const std::string dates = "Date: Mon, 30 Nov 2026 09:00:30 GMT\r\nLast-Modified: Mon, 30 Nov "
                              "2026 09:00:";
    const std::string media = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:40\n"
                              "#EXTINF:2,\na.m4s\n#EXTINF:2,\nb.m4s\n";
    EXPECT_EQ(test::made(poll()).signal, Signal::none) << "nothing there";
    files["/north-hill/7b/index.m3u8"] = {
        200, "#EXTM3U\r\n#EXT-X-STREAM-INF:BANDWIDTH=1\r\n720p/index.m3u8\r\n"
             "#EXT-X-STREAM-INF:BANDWIDTH=2\r\n480p/index.m3u8\r\n"};
    EXPECT_EQ(test::made(poll()).signal, Signal::none) << "no rung yet";
    struct {
        std::string body, seconds;
        Signal signal;
        std::uint64_t position;
    } const cases[] = {{media, "30", Signal::flowing, 42},
                       {media, "24", Signal::flowing, 42},
                       {media, "23", Signal::stalled, 42},
                       {media + "#EXT-X-ENDLIST\n", "30", Signal::none, 0},
                       {"#EXTM3U\n", "30", Signal::none, 0}};
    for (const auto& c : cases) {
        files["/north-hill/7b/720p/index.m3u8"] = {200, c.body, dates + c.seconds + " GMT\r\n"};
        const Health health = test::made(poll());
        EXPECT_EQ(health.signal, c.signal) << c.seconds;
        EXPECT_EQ(health.position, c.position);
    }
    files["/north-hill/7b/720p/index.m3u8"] = {200, "<html>"};
    EXPECT_FALSE(poll());
    files["/north-hill/7b/index.m3u8"] = {
        200, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://10.0.0.1/x\n"};
    EXPECT_FALSE(poll()) << "led elsewhere";
    EXPECT_TRUE(provider->end("north-hill/7b", Deadline::in(clock, 5s)));
}

/// As a platform's hints arrive: some lost, others late, twice, and in any order. Ids and times
/// make of them what the platform meant to say.
TEST(Hints, DoubledAndReorderedEventsAreToldApart) {
    const test::Vectors vectors;
    ManualClock clock(vectors.now());
    const auto mux = test::made(Mux::make(vectors.mux(), clock));
    const std::string secret = vectors.text("/mux/webhook_secret");
    std::vector<std::pair<std::string, std::string>> sent; // body, signature
    for (int i = 0; i < 20; ++i) {
        const Instant at = vectors.now() + std::chrono::seconds(i);
        const std::string body = fmt::format(
            R"({{"type":"video.live_stream.{}","id":"e{}","created_at":"{}","data":{{"id":"live","playback_ids":[{{"policy":"signed","id":"play"}}]}}}})",
            i % 2 ? "disconnected" : "connected", i, to_rfc3339(at));
        const std::string t = std::to_string(at.ms / 1'000);
        sent.emplace_back(body, "t=" + t + ",v1=" + to_hex(test::hmac(secret, t + "." + body)));
    }
    SeededRng rng(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::size_t> arrivals;
        std::set<std::size_t> came;
        for (std::size_t i = 0; i < sent.size(); ++i)
            for (auto times = rng.u64() % 3; times > 0; --times) // lost, once or twice
                arrivals.push_back(i), came.insert(i);
        for (std::size_t i = arrivals.size(); i > 1; --i)
            std::swap(arrivals[i - 1], arrivals[rng.u64() % i]);
        std::map<std::string, Event> heard;
        for (const std::size_t i : arrivals) {
            const std::pair<std::string_view, std::string_view> header("Mux-Signature",
                                                                       sent[i].second);
            for (Event& event :
                 test::made(mux->parse_webhook({&header, 1}, sent[i].first, vectors.now() + 4min)))
                heard.try_emplace(event.id, std::move(event));
        }
        ASSERT_EQ(heard.size(), came.size());
        if (heard.empty())
            continue;
        const auto last = std::ranges::max_element(
            heard, {}, [](const auto& entry) { return entry.second.occurred_at; });
        EXPECT_EQ(last->first, "e" + std::to_string(*came.rbegin()));
        EXPECT_EQ(last->second.kind,
                  *came.rbegin() % 2 ? EventKind::disconnected : EventKind::connected);
    }
}

} // namespace
} // namespace bw::video
