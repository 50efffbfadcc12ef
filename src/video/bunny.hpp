// Bunny Stream: live streams by its REST API, playback by an HMAC-SHA256 directory token in the
// path, webhooks signed with HMAC-SHA256.
// https://docs.bunny.net/cdn/security/token-authentication/advanced,
// https://docs.bunny.net/stream/webhooks
#pragma once

#include <memory>

#include "video/provider.hpp"
#include "video/rest.hpp"
#include "video/signing.hpp"

namespace bw::video {

struct BunnyOptions {
    std::int64_t library = 0;
    SecretText api_key;                          // the library's
    SecretText read_only_api_key;                // webhooks are signed with it
    SecretText token_key;                        // the pull zone's
    std::string playback_url;                    // "https://vz-1a2b3c.b-cdn.net"
    std::string playback_file = "playlist.m3u8"; // in the folder of the stream's id
    std::string ingest_url;                      // for answers that name none
    seconds token_limit{120};
    std::size_t streams_limit = 0;
    std::string api_url = "https://video.bunnycdn.com";
};

/// A ref is the stream's GUID. Bunny knows no idempotency keys: the key ends the title, and before
/// a stream is made it is searched for. Its webhooks tell of recordings only; whether a teacher
/// sends is known by polling, which also opens to viewers a stream that is sent to.
class Bunny final : public Provider {
public:
    static Result<std::unique_ptr<Bunny>> make(BunnyOptions options, const Clock& clock);

    std::string_view name() const override { return "bunny"; }
    Caps caps() const override;
    Result<Stream> create(const StreamSpec& spec, Deadline deadline) override;
    Result<void> end(std::string_view ref, Deadline deadline) override;
    Result<Health> poll(std::string_view ref, Deadline deadline) override;
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override;
    /// Bunny's signatures do not say when they were made: a replay of any age has a known id.
    Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                             Instant now) const override;

private:
    Bunny(BunnyOptions options, Origin api, const Clock& clock);
    RestRequest request(net::Method method, std::string_view target, std::string body = {}) const;
    Result<Stream> stream_in(std::string_view answer) const;

    const BunnyOptions options_;
    const HmacSha256 token_mac_, webhook_mac_;
    RestClient rest_;
};

} // namespace bw::video
