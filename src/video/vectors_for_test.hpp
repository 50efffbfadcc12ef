// tests/vectors/video_signatures.json, and providers that hold its secrets. For tests alone.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <sstream>

#include "video/bunny.hpp"
#include "video/media_package.hpp"
#include "video/mux.hpp"
#include "video/self_hosted.hpp"

namespace bw::video::test {

class Vectors {
public:
    Vectors() {
        std::stringstream text;
        text << std::ifstream(BW_VIDEO_VECTORS).rdbuf();
        document_ = parser_.parse(text.str());
    }
    std::string text(std::string_view pointer) const {
        return std::string(std::string_view(document_.at_pointer(pointer)));
    }
    simdjson::dom::element at(std::string_view pointer) const {
        return document_.at_pointer(pointer);
    }
    Instant now() const { return {std::int64_t(document_.at_pointer("/now")) * 1'000}; }
    seconds lifetime() const { return seconds(std::int64_t(document_.at_pointer("/lifetime"))); }

    MuxOptions mux() const {
        MuxOptions out;
        out.token_id = "mux-token-id";
        out.token_secret = "mux-token-secret";
        out.signing_kid = text("/mux/kid");
        out.signing_pem = text("/rsa_pem");
        out.webhook_secret = text("/mux/webhook_secret");
        return out;
    }
    MediaPackageOptions media_package() const {
        MediaPackageOptions out;
        out.access_key_id = text("/aws/access_key_id");
        out.secret_access_key = text("/aws/secret_access_key");
        out.region = text("/aws/region");
        out.channel_group = text("/cloudfront/group");
        out.distribution_arn = "arn:aws:cloudfront::1:distribution/D";
        out.playback_url = text("/cloudfront/base");
        out.key_pair_id = text("/cloudfront/key_pair_id");
        out.key_pair_pem = text("/rsa_pem");
        out.webhook_key = "the-key-of-the-api-destination";
        return out;
    }
    BunnyOptions bunny() const {
        BunnyOptions out;
        out.library = 133;
        out.api_key = "bunny-api-key";
        out.read_only_api_key = text("/bunny/read_only_key");
        out.token_key = text("/bunny/key");
        out.playback_url = "https://vz-1a2b3c.b-cdn.net";
        out.ingest_url = "rtmp://ingest.bunny.example/live";
        return out;
    }
    SelfHostedOptions self_hosted() const {
        SelfHostedOptions out;
        out.edge_secret = text("/self_hosted/edge_secret");
        out.ingest_secret = text("/self_hosted/ingest_secret");
        out.ingest_url = "rtmp://ingest.school.example/live";
        out.origin_url = "http://127.0.0.1:9";
        return out;
    }

private:
    simdjson::dom::parser parser_;
    simdjson::dom::element document_;
};

/// Of what must have been made.
template <class T>
T made(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().text();
        std::abort();
    }
    return *std::move(result);
}

} // namespace bw::video::test
