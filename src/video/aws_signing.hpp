// Signature Version 4 in the header of a request to AWS. Pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include "base/secret_text.hpp"
#include "base/time.hpp"
#include "video/rest.hpp"

namespace bw::video {

struct AwsAccount {
    std::string access_key_id;
    SecretText secret_access_key;
    std::string region, service;
};

/// Adds X-Amz-Date and Authorization. Signs the host, and every header that is there; the target
/// has no query, and only what needs no encoding.
void sign_aws(const AwsAccount& account, const std::string& host, RestRequest& request,
              Instant now);

} // namespace bw::video
