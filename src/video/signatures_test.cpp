// Each signing family against what others' implementations made:
// tests/vectors/make_video_signatures.mjs.
#include <gtest/gtest.h>

#include "video/stream_key.hpp"
#include "video/vectors_for_test.hpp"

namespace bw::video {
namespace {

struct Signatures : ::testing::Test {
    const test::Vectors vectors;
    ManualClock clock{vectors.now()};
    const Instant expires = vectors.now() + vectors.lifetime();
};

TEST_F(Signatures, MuxSignsAsJsonwebtokenDoes) {
    const auto mux = test::made(Mux::make(vectors.mux(), clock));
    const auto playback =
        test::made(mux->sign(vectors.text("/mux/ref"), vectors.now(), vectors.lifetime()));
    EXPECT_EQ(playback.url, vectors.text("/mux/url"));
    EXPECT_TRUE(playback.cookies.empty());
    EXPECT_EQ(playback.expires, expires);
}

TEST_F(Signatures, CloudFrontSignsAsAmazonsLibraryDoes) {
    const auto provider = test::made(MediaPackage::make(vectors.media_package(), clock));
    const std::string ref = vectors.text("/cloudfront/ref");
    const auto playback = test::made(provider->sign(ref, vectors.now(), vectors.lifetime()));
    EXPECT_EQ(playback.url,
              "https://video.school.example/out/v1/classes/" + ref + "/hls/index.m3u8");
    ASSERT_EQ(playback.cookies.size(), 3u);
    for (const Cookie& cookie : playback.cookies) {
        EXPECT_EQ(cookie.value, vectors.text("/cloudfront/cookies/" + cookie.name)) << cookie.name;
        EXPECT_EQ(cookie.path, "/out/v1/classes/" + ref + "/");
    }
}

TEST_F(Signatures, RequestsToAwsAreSignedAsAmazonsLibraryDoes) {
    const AwsAccount account{vectors.text("/aws/access_key_id"),
                             vectors.text("/aws/secret_access_key"), vectors.text("/aws/region"),
                             "mediapackagev2"};
    RestRequest request{net::Method::post,
                        vectors.text("/aws/target"),
                        vectors.text("/aws/body"),
                        {{"X-Amzn-Client-Token", vectors.text("/aws/client_token")}}};
    sign_aws(account, "mediapackagev2.eu-central-1.amazonaws.com", request, vectors.now());
    ASSERT_EQ(request.headers.size(), 3u);
    EXPECT_EQ(request.headers[1].second, vectors.text("/aws/date"));
    EXPECT_EQ(request.headers[2].second, vectors.text("/aws/authorization"));
}

TEST_F(Signatures, BunnySignsAsBunnyPublishesAndAsNodeDoes) {
    for (const simdjson::dom::element it : simdjson::dom::array(vectors.at("/bunny/published")))
        EXPECT_EQ("HS256-" + to_base64url(HmacSha256(std::string_view(it["key"]))
                                              .sign({std::string_view(it["message"])})),
                  std::string_view(it["token"]));
    const auto bunny = test::made(Bunny::make(vectors.bunny(), clock));
    EXPECT_EQ(
        test::made(bunny->sign(vectors.text("/bunny/ref"), vectors.now(), vectors.lifetime())).url,
        vectors.text("/bunny/url"));
}

TEST_F(Signatures, SelfHostedSignsAsSecureLinkChecks) {
    const auto provider = test::made(SelfHosted::make(vectors.self_hosted(), clock));
    EXPECT_EQ(test::made(provider->sign("north-hill/7b", vectors.now(), vectors.lifetime())).url,
              vectors.text("/self_hosted/url"));
}

TEST_F(Signatures, AStreamKeyIsTheSameForAnHour) {
    const auto provider = test::made(SelfHosted::make(vectors.self_hosted(), clock));
    const Deadline deadline = Deadline::in(clock, 1s);
    const auto key = [&] {
        return test::made(provider->create({"north-hill/7b", ""}, deadline))
            .ingests.at(0)
            .key.text();
    };
    EXPECT_EQ(key(), vectors.text("/self_hosted/stream_key"));
    clock.step_wall(1h);
    EXPECT_NE(key(), vectors.text("/self_hosted/stream_key"));
}

/// The same for all who come in one second, whoever they are: what caches and signers may rely on.
TEST_F(Signatures, ATermIsInWholeSecondsAndWithinTheLimit) {
    struct {
        std::int64_t now_ms;
        int lifetime, limit;
        std::int64_t expires_ms, renew_ms;
    } const cases[] = {{1'000, 120, 120, 121'000, 61'000}, {1'999, 120, 120, 121'000, 61'000},
                       {1'000, 900, 120, 121'000, 61'000}, {1'000, 0, 120, 2'000, 1'000},
                       {1'000, -5, 120, 2'000, 1'000},     {1'000, 5, 120, 6'000, 3'000}};
    for (const auto& c : cases) {
        const Term term = term_of({c.now_ms}, seconds(c.lifetime), seconds(c.limit));
        EXPECT_EQ(term.expires.ms, c.expires_ms);
        EXPECT_EQ(term.renew_at.ms, c.renew_ms);
    }
}

TEST_F(Signatures, NothingForeignIsSigned) {
    const auto mux = test::made(Mux::make(vectors.mux(), clock));
    const auto aws = test::made(MediaPackage::make(vectors.media_package(), clock));
    const auto bunny = test::made(Bunny::make(vectors.bunny(), clock));
    const auto own = test::made(SelfHosted::make(vectors.self_hosted(), clock));
    for (const char* ref : {"", "/", "a", "a/b/c", "../b", "a/b\"", "a/b?c", "a/b\n", "a b/c"})
        for (const Provider* provider :
             {static_cast<Provider*>(mux.get()), static_cast<Provider*>(aws.get()),
              static_cast<Provider*>(own.get())}) {
            const auto signed_ref = provider->sign(ref, vectors.now(), seconds(60));
            ASSERT_FALSE(signed_ref) << ref;
            EXPECT_EQ(signed_ref.error().code, Code::invalid_field);
        }
    EXPECT_FALSE(bunny->sign("a/b", vectors.now(), seconds(60)));
    EXPECT_FALSE(bunny->sign("", vectors.now(), seconds(60)));
}

TEST_F(Signatures, WeakAndLockedKeysAreRefused) {
    MuxOptions options = vectors.mux();
    options.signing_pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    EXPECT_FALSE(Mux::make(std::move(options), clock));
    SelfHostedOptions own = vectors.self_hosted();
    own.edge_secret = "short";
    EXPECT_FALSE(SelfHosted::make(std::move(own), clock));
}

} // namespace
} // namespace bw::video
