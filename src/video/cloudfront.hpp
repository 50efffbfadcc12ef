// CloudFront's signed cookies with a custom policy: the right to everything under a path of one
// distribution until an instant.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
#pragma once

#include "video/provider.hpp"
#include "video/signing.hpp"

namespace bw::video {

/// Thread-safe.
class CloudFrontSigner {
public:
    /// `cookie_domain`: one that pages and distribution share; empty: the distribution's alone.
    static Result<CloudFrontSigner> make(std::string key_pair_id, const SecretText& pem,
                                         std::string cookie_domain);

    /// `base`: "https://d111.cloudfront.net"; `folder`: begins and ends with a slash.
    std::vector<Cookie> sign(std::string_view base, std::string_view folder, Instant expires) const;

private:
    CloudFrontSigner(RsaSigner signer, std::string key_pair_id, std::string domain)
        : signer_(std::move(signer)), key_pair_id_(std::move(key_pair_id)),
          domain_(std::move(domain)) {}
    RsaSigner signer_;
    std::string key_pair_id_, domain_;
};

} // namespace bw::video
