// AWS Elemental MediaPackage (its second API) behind CloudFront: channels by REST, playback by
// signed cookies, events by an EventBridge API destination. What feeds a channel (MediaLive, or an
// encoder that signs its uploads) is set up by whoever owns the AWS account.
// https://docs.aws.amazon.com/mediapackage/latest/APIReference/Welcome.html
#pragma once

#include <memory>

#include "video/aws_signing.hpp"
#include "video/cloudfront.hpp"
#include "video/provider.hpp"
#include "video/rest.hpp"

namespace bw::video {

struct MediaPackageOptions {
    std::string access_key_id;
    SecretText secret_access_key;
    std::string region = "eu-central-1";
    std::string channel_group;
    std::string distribution_arn; // CloudFront's, which alone may read what is packaged
    std::string playback_url;     // "https://video.school.example"
    std::string key_pair_id;
    SecretText key_pair_pem;
    std::string cookie_domain; // see CloudFrontSigner
    SecretText webhook_key;    // that the API destination sends as X-Api-Key
    seconds token_limit{120};
    std::size_t streams_limit = 0;
    std::string api_url; // empty: the region's
};

/// A ref is the channel's name, made from the stream's key, so that the same key is the same
/// channel. Ending a stream removes its channel, and with it what was not harvested.
class MediaPackage final : public Provider {
public:
    static Result<std::unique_ptr<MediaPackage>> make(MediaPackageOptions options,
                                                      const Clock& clock);

    std::string_view name() const override { return "mediapackage"; }
    Caps caps() const override;
    Result<Stream> create(const StreamSpec& spec, Deadline deadline) override;
    Result<void> end(std::string_view ref, Deadline deadline) override;
    /// By its playlist, through CloudFront.
    Result<Health> poll(std::string_view ref, Deadline deadline) override;
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override;
    /// Harvested recordings; EventBridge says nothing of encoders. Its requests bear a key and no
    /// time: a replay of any age has a known id.
    Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                             Instant now) const override;

private:
    MediaPackage(MediaPackageOptions options, Origin api, Origin playback, CloudFrontSigner signer,
                 const Clock& clock);
    Result<RestAnswer> call(net::Method method, std::string target, Deadline deadline,
                            std::string body = {}, const std::string& client_token = {});
    std::string channel(std::string_view ref) const;
    std::string endpoint(std::string_view ref) const;
    std::string folder(std::string_view ref) const;

    const MediaPackageOptions options_;
    const Clock& clock_;
    const AwsAccount account_;
    const CloudFrontSigner signer_;
    RestClient rest_, playback_;
};

} // namespace bw::video
