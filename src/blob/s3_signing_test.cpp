#include "blob/s3_signing.hpp"

#include <gtest/gtest.h>

namespace bw::blob {
namespace {

/// The example of Amazon's own reference ("Authenticating Requests: Using Query
/// Parameters").
TEST(S3Signing, IsAsTheReferenceSays) {
    const S3Account account{.endpoint = "https://s3.amazonaws.com",
                            .bucket = "examplebucket",
                            .access_key = "AKIAIOSFODNN7EXAMPLE",
                            .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                            .path_style = false};
    const std::string url =
        presigned_url(account, "GET", "test.txt", {}, from_rfc3339("2013-05-24T00:00:00Z").value(),
                      std::chrono::hours(24));
    EXPECT_EQ(url, "https://examplebucket.s3.amazonaws.com/"
                   "test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                   "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%"
                   "2Fs3%2Faws4_request"
                   "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
                   "SignedHeaders=host"
                   "&X-Amz-Signature="
                   "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

} // namespace
} // namespace bw::blob
