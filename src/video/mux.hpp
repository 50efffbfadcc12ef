// Mux: streams by its REST API, playback by a JWT signed with RS256, webhooks signed with
// HMAC-SHA256. https://www.mux.com/docs/guides/signing-jwts, .../core/verify-webhook-signatures
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "video/provider.hpp"
#include "video/rest.hpp"
#include "video/signing.hpp"

namespace bw::video {

struct MuxOptions {
    SecretText token_id, token_secret; // of the API
    std::string signing_kid;           // the id of the signing key
    SecretText signing_pem;            // its private half
    SecretText webhook_secret;
    seconds token_limit{120};
    std::size_t streams_limit = 0;
    std::string api_url = "https://api.mux.com";
    std::string ingest_url = "rtmps://global-live.mux.com:443/app";
    std::string playback_url = "https://stream.mux.com";
};

/// A ref is "STREAM/PLAYBACK". Mux knows no idempotency keys: the key goes along as `passthrough`,
/// and before a stream is made those that exist are read through.
class Mux final : public Provider {
public:
    static Result<std::unique_ptr<Mux>> make(MuxOptions options, const Clock& clock);

    std::string_view name() const override { return "mux"; }
    Caps caps() const override;
    Result<Stream> create(const StreamSpec& spec, Deadline deadline) override;
    Result<void> end(std::string_view ref, Deadline deadline) override;
    Result<Health> poll(std::string_view ref, Deadline deadline) override;
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override;
    Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                             Instant now) const override;

private:
    struct Known {
        std::string ref, stream_key;
        Monotonic seen;
    };
    Mux(MuxOptions options, Origin api, RsaSigner signer, const Clock& clock);
    RestRequest request(net::Method method, std::string target, std::string body = {}) const;
    Result<void> read_list(Deadline deadline);
    Result<Stream> make_stream(const StreamSpec& spec, Deadline deadline);
    Stream stream_of(const Known& known) const;

    const MuxOptions options_;
    const Clock& clock_;
    const RsaSigner signer_;
    const HmacSha256 webhook_mac_;
    const std::string jwt_head_; // of every token, with its dot
    std::string authorization_;
    RestClient rest_;

    std::mutex mutex_;
    std::map<std::string, Known, std::less<>> known_; // by key
    std::set<std::string, std::less<>> being_made_;
    std::optional<Monotonic> listed_at_;
};

} // namespace bw::video
