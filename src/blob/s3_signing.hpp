// Presigned S3 requests: AWS Signature Version 4 in the query ("Authenticating
// Requests: Using Query Parameters", Amazon S3 API Reference). Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace bw::blob {

struct S3Account {
    std::string endpoint; // "https://s3.example", "http://127.0.0.1:8480"; no path
    std::string region = "us-east-1";
    std::string bucket;
    std::string access_key, secret_key;
    bool path_style = true; // "endpoint/bucket/key"; else the bucket leads the host name
};

/// Names in small letters; `host` is signed without being named.
using S3Headers = std::vector<std::pair<std::string, std::string>>;
using S3Query = std::vector<std::pair<std::string, std::string>>;

/// A URL that is good for this method, object, query and headers until `lifetime` (at most 7 days)
/// is over. The body is not signed. An empty key is the bucket itself.
std::string presigned_url(const S3Account& account, std::string_view method, std::string_view key,
                          const S3Query& query, Instant now, Duration lifetime,
                          const S3Headers& headers = {});

} // namespace bw::blob
