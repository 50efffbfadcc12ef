// Our own video: nginx-rtmp takes streams in, ffmpeg makes the ladder, an origin serves HLS, our
// nginx edges (deploy/nginx) give it out. Nothing is kept here: a stream is its key, and every
// right is signed and ends.
#pragma once

#include <memory>

#include "video/provider.hpp"
#include "video/rest.hpp"
#include "video/signing.hpp"

namespace bw::video {

struct SelfHostedOptions {
    SecretText edge_secret;   // what the edges check addresses with: 32 letters and digits or more
    SecretText ingest_secret; // stream keys are signed with it
    std::string ingest_url;   // "rtmp://ingest.school.example/live"
    std::string origin_url;   // "http://10.0.0.5:8090": what edges ask
    std::string control_url;  // of nginx-rtmp's control module; empty: publishers are not cut off
    std::string control_app = "live";
    seconds key_lifetime{24 * 3'600};
    seconds token_limit{120};
    std::size_t streams_limit = 0; // how many ladders the machine carries
};

/// A ref is the stream's key, TENANT/CLASS. The address is
/// /live/{expires}/{signature}/{tenant}/{class}/index.m3u8, signed as nginx's secure_link wants it:
/// relative addresses in playlists keep the token, caches need not know it.
class SelfHosted final : public Provider {
public:
    static Result<std::unique_ptr<SelfHosted>> make(SelfHostedOptions options, const Clock& clock);

    std::string_view name() const override { return "self_hosted"; }
    Caps caps() const override;
    /// Asks nobody. The key names the stream and when it ends, an hour's steps apart: whoever asks
    /// again within the hour gets the same.
    Result<Stream> create(const StreamSpec& spec, Deadline deadline) override;
    /// Cuts the publisher off. Its key still opens until it ends.
    Result<void> end(std::string_view ref, Deadline deadline) override;
    /// Whether the playlist at the origin grows.
    Result<Health> poll(std::string_view ref, Deadline deadline) override;
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override;
    /// nginx-rtmp's callbacks `on_publish` and `on_publish_done`; it sends each once.
    Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                             Instant now) const override;

    /// The ref of the stream that a publisher may send, by the form of nginx-rtmp's `on_publish`:
    /// `forbidden` for a key that is not ours, `token_expired` for one that has ended. No I/O.
    Result<std::string> may_publish(std::string_view form, Instant now) const;

private:
    SelfHosted(SelfHostedOptions options, Origin origin, std::optional<Origin> control,
               const Clock& clock);
    Result<std::string> publisher_in(std::string_view form, std::optional<Instant> now) const;
    std::string publish_signature(std::string_view stream, std::string_view expires) const;

    const SelfHostedOptions options_;
    const Clock& clock_;
    const Md5AfterSecret edge_digest_;
    const HmacSha256 ingest_mac_;
    RestClient origin_;
    std::unique_ptr<RestClient> control_;
};

} // namespace bw::video
