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

/// By botocore's S3SigV4QueryAuth (1.43), which writes the query in another order.
TEST(S3Signing, SignsABodysLengthAsOthersDo) {
    const S3Account account{.endpoint = "https://files.example.edu",
                            .region = "eu-west-1",
                            .bucket = "school-files",
                            .access_key = "AKIAIOSFODNN7EXAMPLE",
                            .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
    const std::string url = presigned_url(
        account, "PUT", "ten_1/upl_2/3", {{"partNumber", "7"}, {"uploadId", "a~b/c=="}},
        from_rfc3339("2026-11-30T08:59:00Z").value(), std::chrono::minutes(15),
        {{"content-length", "8388608"}});
    EXPECT_TRUE(url.starts_with("https://files.example.edu/school-files/ten_1/upl_2/3?")) << url;
    EXPECT_TRUE(url.contains("&X-Amz-SignedHeaders=content-length%3Bhost&")) << url;
    EXPECT_TRUE(url.contains("&partNumber=7&uploadId=a~b%2Fc%3D%3D&")) << url;
    EXPECT_TRUE(url.ends_with(
        "&X-Amz-Signature=81bef50e20d884fb8174804ff772462ac43a171e1ee4f9042c72e6e4d87ba1eb"))
        << url;
}

} // namespace
} // namespace bw::blob
