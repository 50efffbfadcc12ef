// Video platforms as they look from outside: their REST APIs, and edges that let in whoever shows a
// right signature, checked by other means than those that sign. For tests alone.
#pragma once

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <simdjson.h>
#include <sodium.h>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "video/vectors_for_test.hpp"
#include "video/web_server_for_test.hpp"

namespace bw::video::test {

inline std::string between(std::string_view text, std::string_view before, std::string_view after) {
    const std::size_t at = text.find(before);
    if (at == std::string_view::npos)
        return {};
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find(after)));
}

inline Bytes base64(std::string text, std::string_view from, std::string_view to) {
    for (char& c : text)
        if (const std::size_t at = from.find(c); at != std::string_view::npos)
            c = to[at];
    while (text.ends_with('='))
        text.pop_back();
    Bytes out(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return {};
    out.resize(size);
    return out;
}

inline bool rsa_verifies(const std::string& pem, const EVP_MD* hash, std::string_view message,
                         std::string_view signature) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
}

/// HMAC-SHA256 by libsodium.
inline Bytes hmac(std::string_view key, std::string_view message) {
    Bytes out(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                                key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(message.data()),
                                  message.size());
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

/// What a request to a provider's edge gets at `now`: 200, 403, or 410 where it has ended.
using Admission = std::function<int(const Asked&, Instant now)>;

inline int until(std::string_view seconds, Instant now, int when_ended) {
    return now.ms / 1'000 < std::atoll(std::string(seconds).c_str()) ? 200 : when_ended;
}

inline Admission mux_edge(const std::string& pem, const std::string& kid) {
    return [=](const Asked& it, Instant now) {
        const std::string token = between(it.query, "token=", "&");
        const std::size_t dot = token.find('.'), last = token.rfind('.');
        if (dot == std::string::npos || dot == last)
            return 403;
        const auto head = from_base64url(token.substr(0, dot)),
                   claims = from_base64url(token.substr(dot + 1, last - dot - 1)),
                   mac = from_base64url(token.substr(last + 1));
        if (!head || !claims || !mac || !head->contains(R"("alg":"RS256")") ||
            !head->contains("\"kid\":\"" + kid + "\"") || !claims->contains(R"("aud":"v")") ||
            it.path != "/" + between(*claims, R"("sub":")", "\"") + ".m3u8" ||
            !rsa_verifies(pem, EVP_sha256(), token.substr(0, last), *mac))
            return 403;
        return until(between(*claims, "\"exp\":", "}"), now, 403);
    };
}

inline Admission cloudfront_edge(const std::string& pem, const std::string& key_pair_id) {
    return [=](const Asked& it, Instant now) {
        const auto found = it.headers.find("cookie");
        const std::string cookies = found == it.headers.end() ? "" : found->second;
        const Bytes policy = base64(between(cookies, "CloudFront-Policy=", ";"), "-_~", "+=/"),
                    mac = base64(between(cookies, "CloudFront-Signature=", ";"), "-_~", "+=/");
        std::string resource = between(policy, R"("Resource":")", "*\"");
        const std::size_t path = resource.find('/', resource.find("//") + 2);
        if (between(cookies, "CloudFront-Key-Pair-Id=", ";") != key_pair_id || mac.empty() ||
            path == std::string::npos || !it.path.starts_with(resource.substr(path)) ||
            !rsa_verifies(pem, EVP_sha1(), policy, mac))
            return 403;
        return until(between(policy, "AWS:EpochTime\":", "}"), now, 403);
    };
}

inline Admission bunny_edge(const std::string& key) {
    return [=](const Asked& it, Instant now) {
        const std::string token = between(it.path, "/bcdn_token=HS256-", "&"),
                          expires = between(it.path, "&expires=", "/"),
                          coded = between(it.path, "token_path=%2F", "%2F&");
        const std::string folder = "/" + coded + "/";
        const std::size_t rest = it.path.find('/', 1);
        if (coded.empty() || rest == std::string::npos ||
            !it.path.substr(rest).starts_with(folder) ||
            token != to_base64url(hmac(key, folder + expires + "token_path=" + folder)))
            return 403;
        return until(expires, now, 403);
    };
}

inline Admission own_edge(const std::string& secret) {
    return [=](const Asked& it, Instant now) {
        std::vector<std::string> parts;
        for (std::size_t at = 0; at != std::string::npos && parts.size() < 7;) {
            const std::size_t next = it.path.find('/', at + 1);
            parts.push_back(
                it.path.substr(at + 1, next == std::string::npos ? next : next - at - 1));
            at = next;
        }
        if (parts.size() < 6 || parts[0] != "live")
            return 403;
        const std::string message = secret + " " + parts[1] + " " + parts[3] + "/" + parts[4];
        Bytes digest(16, '\0');
        EVP_Q_digest(nullptr, "MD5", nullptr, message.data(), message.size(),
                     reinterpret_cast<unsigned char*>(digest.data()), nullptr);
        return parts[2] == to_base64url(digest) ? until(parts[1], now, 410) : 403;
    };
}

/// A stream as its platform has it.
struct Kept {
    std::string id, key, title;
    std::string status = "idle";
    int steps = 0; // of MediaPackage: channel, endpoint, policy
};

struct Streams {
    std::map<std::string, Kept> by_id;
    int made = 0;
    std::vector<std::string> titles_seen = {};
    Kept& make(const std::string& id, std::string key) {
        ++made;
        return by_id[id] = Kept{id, std::move(key), {}};
    }
};

/// https://www.mux.com/docs/api-reference/video/live-streams
inline WebServer::Handler mux_api(Streams& streams) {
    const auto shown = [](const Kept& it) {
        return fmt::format(
            R"({{"id":"{0}","passthrough":"{1}","status":"{2}","stream_key":"secret-{0}","playback_ids":[{{"policy":"public","id":"other"}},{{"policy":"signed","id":"play{0}"}}]}})",
            it.id, it.key, it.status);
    };
    return [&streams, shown](const Asked& it) -> Reply {
        if (it.headers.at("authorization") != "Basic bXV4LXRva2VuLWlkOm11eC10b2tlbi1zZWNyZXQ=")
            return {401};
        const std::string root = "/video/v1/live-streams";
        if (it.method == "POST" && it.path == root)
            return {201, "{\"data\":" +
                             shown(streams.make("live" + std::to_string(streams.made),
                                                between(it.body, R"("passthrough":")", "\""))) +
                             "}"};
        if (it.path == root) { // in pages of 100, as asked
            const int page = std::atoi(between(it.query, "page=", "&").c_str());
            std::string list;
            int at = 0;
            for (const auto& [id, kept] : streams.by_id)
                if (at++ / 100 == page - 1)
                    list += (list.empty() ? "" : ",") + shown(kept);
            return {200, "{\"data\":[" + list + "]}"};
        }
        const auto found = streams.by_id.find(between(it.path + "/", root + "/", "/"));
        if (found == streams.by_id.end())
            return {404, "{}"};
        if (it.path.ends_with("/disable"))
            found->second.status = "disabled";
        return {200, "{\"data\":" + shown(found->second) + "}"};
    };
}

/// BunnyWay/bunny-stream-android, bunny-stream-api/openapi/StreamApi.yml
inline WebServer::Handler bunny_api(Streams& streams) {
    const auto shown = [](const Kept& it) {
        return fmt::format(
            R"({{"videoLibraryId":133,"guid":"{}","title":"{}","status":{},"streamKey":"secret-{}"}})",
            it.id, it.title, it.status == "idle" ? "1" : it.status, it.id);
    };
    return [&streams, shown](const Asked& it) -> Reply {
        if (it.headers.at("accesskey") != "bunny-api-key")
            return {401};
        const std::string root = "/library/133/live";
        if (it.method == "POST") {
            Kept& kept = streams.make("guid-" + std::to_string(streams.made), "");
            kept.title = between(it.body, R"("title":")", "\"");
            return {200, shown(kept)};
        }
        if (it.path == root) {
            std::string list;
            for (const auto& [id, kept] : streams.by_id)
                list += (list.empty() ? "" : ",") + shown(kept);
            return {200, "{\"totalItems\":1,\"items\":[" + list + "]}"};
        }
        const auto found = streams.by_id.find(between(it.path + "/", root + "/", "/"));
        if (found == streams.by_id.end())
            return {404, "{}"};
        if (it.path.ends_with("/start"))
            found->second.status = "4";
        if (it.path.ends_with("/stop"))
            found->second.status = "5";
        return {200, shown(found->second)};
    };
}

/// https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_CreateChannel.html
inline WebServer::Handler media_package_api(Streams& streams) {
    return [&streams](const Asked& it) -> Reply {
        if (!it.headers.at("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"))
            return {403};
        const std::string root = "/channelGroup/classes/channel";
        if (it.path == root) {
            const std::string name = between(it.body, R"("ChannelName":")", "\"");
            if (streams.by_id.contains(name))
                return {409, R"({"ConflictExceptionType":"RESOURCE_ALREADY_EXISTS"})"};
            streams.make(name, "").steps = 1;
            return {200, "{}"};
        }
        const auto found = streams.by_id.find(between(it.path + "/", root + "/", "/"));
        if (found == streams.by_id.end())
            return {404, "{}"};
        Kept& kept = found->second;
        if (it.path.ends_with("/originEndpoint")) {
            if (kept.steps >= 2)
                return {409, "{}"};
            kept.steps = 2;
        } else if (it.path.ends_with("/policy")) {
            kept.steps = 3;
        } else if (it.method == "DELETE" && it.path.ends_with("/originEndpoint/hls")) {
            kept.steps = 1;
        } else if (it.method == "DELETE") {
            if (kept.steps > 1)
                return {409, "{}"}; // it has an endpoint yet
            streams.by_id.erase(found);
        } else {
            return {200, R"({"IngestEndpoints":[{"Id":"1","Url":"https://in-1.example/x"},)"
                         R"({"Id":"2","Url":"https://in-2.example/x"}]})"};
        }
        return {200, "{}"};
    };
}

} // namespace bw::video::test
