// Which webhooks are believed, and what they say. Each refusal stands beside the one that is good.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "video/vectors_for_test.hpp"

namespace bw::video {
namespace {

using Named = std::vector<std::pair<std::string, std::string>>;

/// "connected ref", "unauthenticated", "bad_request" or "": nothing of concern.
std::string heard(const Provider& provider, const Named& headers, std::string_view body,
                  Instant now) {
    std::vector<std::pair<std::string_view, std::string_view>> views(headers.begin(),
                                                                     headers.end());
    const auto events = provider.parse_webhook(views, body, now);
    if (!events)
        return std::string(wire_name(events.error().code));
    std::string out;
    for (const Event& event : *events)
        out += std::string(to_text(event.kind)) + " " +
               (event.ref.empty() ? event.key : event.ref) +
               (event.recording.empty() ? "" : " " + event.recording);
    return out;
}

struct Webhooks : ::testing::Test {
    const test::Vectors vectors;
    ManualClock clock{vectors.now()};
    const Instant now = vectors.now();
};

TEST_F(Webhooks, OfMux) {
    const auto mux = test::made(Mux::make(vectors.mux(), clock));
    std::map<std::string, std::pair<std::string, std::string>> of; // name: body, signature
    for (const simdjson::dom::element it : simdjson::dom::array(vectors.at("/mux/webhooks")))
        of[std::string(std::string_view(it["name"]))] = {
            std::string(std::string_view(it["body"])),
            std::string(std::string_view(it["signature"]))};
    const auto& [body, signature] = of.at("connected");
    const std::string ref = vectors.text("/mux/ref");
    const std::string other_mac = "v1=" + std::string(64, '0');
    const std::string t = signature.substr(0, signature.find(',')),
                      mac = signature.substr(signature.find(',') + 1);
    struct {
        const char* why;
        std::string header, body;
        Duration later;
        std::string heard;
    } const cases[] = {
        {"good", signature, body, 0s, "connected " + ref},
        {"disconnected", of.at("disconnected").second, of.at("disconnected").first, 0s,
         "disconnected " + ref},
        {"recorded", of.at("recorded").second, of.at("recorded").first, 0s,
         "recorded north-hill/7b RecordedPlaybackId"},
        {"of no concern", of.at("idle").second, of.at("idle").first, 0s, ""},
        {"old secret beside the new one", t + "," + other_mac + "," + mac, body, 0s,
         "connected " + ref},
        {"at the end of the window", signature, body, 5min, "connected " + ref},
        {"stale, or replayed later", signature, body, 5min + 1s, "unauthenticated"},
        {"ahead of our clock", signature, body, -5min - 1s, "unauthenticated"},
        {"altered body", signature, body + " ", 0s, "unauthenticated"},
        {"another event's signature", of.at("idle").second, body, 0s, "unauthenticated"},
        {"moved in time", "t=1795000001," + mac, body, 0s, "unauthenticated"},
        {"wrong MAC", t + "," + other_mac, body, 0s, "unauthenticated"},
        {"MAC cut short", t + "," + mac.substr(0, 40), body, 0s, "unauthenticated"},
        {"no MAC", t, body, 0s, "unauthenticated"},
        {"no time", mac, body, 0s, "unauthenticated"},
        {"time that is none", "t=x," + mac, body, 0s, "unauthenticated"},
        {"no header", "", body, 0s, "unauthenticated"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(heard(*mux, {{"Mux-Signature", c.header}}, c.body, now + c.later), c.heard)
            << c.why;
    EXPECT_EQ(heard(*mux, {{"Mux-Signature", signature}, {"mux-signature", signature}}, body, now),
              "unauthenticated")
        << "two headers";
}

TEST_F(Webhooks, ASignedMuxBodyThatCannotBeReadIsBad) {
    const auto mux = test::made(Mux::make(vectors.mux(), clock));
    const HmacSha256 mac(vectors.text("/mux/webhook_secret"));
    const std::string t = std::to_string(now.ms / 1'000);
    for (
        const std::string body :
        {"", "[]", "{", R"({"type":1})", R"({"type":"video.live_stream.connected"})",
         R"({"type":"video.live_stream.connected","id":"e","data":{}})",
         R"({"type":"video.live_stream.connected","id":"e","data":{"id":"a/b","playback_ids":[{"policy":"signed","id":"p"}]}})"})
        EXPECT_EQ(heard(*mux,
                        {{"mux-signature", "t=" + t + ",v1=" + to_hex(mac.sign({t, ".", body}))}},
                        body, now),
                  "bad_request")
            << body;
}

TEST_F(Webhooks, OfBunny) {
    const auto bunny = test::made(Bunny::make(vectors.bunny(), clock));
    const std::string body = vectors.text("/bunny/webhook_body"),
                      mac = vectors.text("/bunny/webhook_signature"),
                      ref = vectors.text("/bunny/ref");
    const HmacSha256 signer(vectors.text("/bunny/read_only_key"));
    struct {
        const char* why;
        std::string version, algorithm, mac, body, heard;
    } const cases[] = {
        {"good", "v1", "hmac-sha256", mac, body, "recorded " + ref + " " + ref},
        {"altered", "v1", "hmac-sha256", mac, body + " ", "unauthenticated"},
        {"wrong MAC", "v1", "hmac-sha256", std::string(64, '0'), body, "unauthenticated"},
        {"no MAC", "v1", "hmac-sha256", "", body, "unauthenticated"},
        {"other version", "v2", "hmac-sha256", mac, body, "unauthenticated"},
        {"other algorithm", "v1", "none", mac, body, "unauthenticated"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(heard(*bunny,
                        {{"X-BunnyStream-Signature-Version", c.version},
                         {"X-BunnyStream-Signature-Algorithm", c.algorithm},
                         {"X-BunnyStream-Signature", c.mac}},
                        c.body, now),
                  c.heard)
            << c.why;
    struct {
        const char* body;
        const char* heard;
    } const signed_bodies[] = {
        {R"({"VideoLibraryId":133,"VideoGuid":"g","Status":5})", "failed g"},
        {R"({"VideoLibraryId":133,"VideoGuid":"g","Status":2})", ""},
        {R"({"VideoLibraryId":134,"VideoGuid":"g","Status":3})", "bad_request"},
        {R"({"VideoLibraryId":133,"Status":3})", "bad_request"},
        {"", "bad_request"}};
    for (const auto& c : signed_bodies)
        EXPECT_EQ(heard(*bunny,
                        {{"X-BunnyStream-Signature-Version", "v1"},
                         {"X-BunnyStream-Signature-Algorithm", "hmac-sha256"},
                         {"X-BunnyStream-Signature", to_hex(signer.sign({c.body}))}},
                        c.body, now),
                  c.heard);
}

TEST_F(Webhooks, OfMediaPackage) {
    const auto provider = test::made(MediaPackage::make(vectors.media_package(), clock));
    const std::string ref = vectors.text("/cloudfront/ref");
    const auto body = [&](const char* source, const std::string& channel, const char* status) {
        return fmt::format(
            R"({{"version":"0","id":"e1","source":"{}","time":"2026-11-18T11:06:39Z","resources":["arn:aws:mediapackagev2:eu-central-1:1:channelGroup/classes/channel/{}/originEndpoint/hls/harvestJob/job1"],"detail":{{"harvestJob":{{"status":"{}"}}}}}})",
            source, channel, status);
    };
    struct {
        std::string key, body, heard;
    } const cases[] = {
        {"the-key-of-the-api-destination", body("aws.mediapackagev2", ref, "COMPLETED"),
         "recorded " + ref + " job1"},
        {"the-key-of-the-api-destination", body("aws.mediapackagev2", ref, "FAILED"),
         "failed " + ref + " job1"},
        {"the-key-of-the-api-destination", body("aws.mediapackagev2", ref, "IN_PROGRESS"), ""},
        {"the-key-of-the-api-destination", body("aws.mediapackagev2", "others", "COMPLETED"), ""},
        {"the-key-of-the-api-destination", body("aws.ec2", ref, "COMPLETED"), ""},
        {"the-key-of-the-api-destination", "{}", "bad_request"},
        {"another", body("aws.mediapackagev2", ref, "COMPLETED"), "unauthenticated"},
        {"", body("aws.mediapackagev2", ref, "COMPLETED"), "unauthenticated"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(heard(*provider, {{"X-Api-Key", c.key}}, c.body, now), c.heard) << c.body;
}

TEST_F(Webhooks, OfNginxRtmpAndWhoMayPublish) {
    const auto provider = test::made(SelfHosted::make(vectors.self_hosted(), clock));
    const std::string key = vectors.text("/self_hosted/stream_key"); // NAME?expires=..&signature=..
    const std::string arguments = key.substr(key.find('?') + 1);
    const std::string ours = "app=live&flashver=&addr=10.0.0.9&clientid=7&call=";
    const std::string other_end =
        "expires=9999999999" + arguments.substr(arguments.find("&signature"));
    struct {
        const char* why;
        std::string form;
        Duration later;
        std::string may, heard;
    } const cases[] = {
        {"good", ours + "publish&name=north-hill.7b&" + arguments, 0s, "north-hill/7b",
         "connected north-hill/7b"},
        {"done", ours + "publish_done&name=north-hill.7b&" + arguments, 0s, "forbidden",
         "disconnected north-hill/7b"},
        {"done after its end", ours + "publish_done&name=north-hill.7b&" + arguments, 48h,
         "forbidden", "disconnected north-hill/7b"},
        {"expired", ours + "publish&name=north-hill.7b&" + arguments, 48h, "token_expired",
         "unauthenticated"},
        {"other class", ours + "publish&name=north-hill.7c&" + arguments, 0s, "forbidden",
         "unauthenticated"},
        {"other tenant", ours + "publish&name=south-hill.7b&" + arguments, 0s, "forbidden",
         "unauthenticated"},
        {"end moved", ours + "publish&name=north-hill.7b&" + other_end, 0s, "forbidden",
         "unauthenticated"},
        {"unsigned", ours + "publish&name=north-hill.7b", 0s, "forbidden", "unauthenticated"},
        {"name given again by the encoder",
         ours + "publish&name=south-hill.1a&" + arguments + "&name=north-hill.7b", 0s, "forbidden",
         "unauthenticated"},
        {"call given again by the encoder",
         ours + "play&name=north-hill.7b&" + arguments + "&call=publish", 0s, "forbidden", ""},
        {"no class", ours + "publish&name=north-hill&" + arguments, 0s, "forbidden",
         "unauthenticated"},
        {"a path", ours + "publish&name=..%2Fx&" + arguments, 0s, "forbidden", "unauthenticated"},
        {"nothing", "", 0s, "forbidden", "unauthenticated"},
        {"too long", ours + "publish&name=north-hill.7b&" + arguments + std::string(5'000, '&'), 0s,
         "forbidden", "unauthenticated"},
    };
    for (const auto& c : cases) {
        const auto may = provider->may_publish(c.form, now + c.later);
        EXPECT_EQ(may ? *may : std::string(wire_name(may.error().code)), c.may) << c.why;
        const std::string what = heard(*provider, {}, c.form, now + c.later);
        EXPECT_EQ(what, c.heard) << c.why;
    }
}

} // namespace
} // namespace bw::video
