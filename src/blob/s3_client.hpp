// S3Client: signed requests to an S3 server, tried again while it makes sense.
// What they mean is s3_store.cpp's. Internal to blob.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "blob/s3_store.hpp"

using CURL = void;

namespace bw::blob {

struct S3Request {
    std::string_view method;
    std::string key;
    S3Query query = {};
    S3Headers headers = {}; // signed
    ByteView body = {};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> range = {}; // first and last byte
    std::size_t answer_bytes_limit = 1024 * 1024;
};

struct S3Answer {
    int status = 0;
    std::string etag = {};
    std::uint64_t content_length = 0;
    Bytes body = {};
};

/// Thread-safe.
class S3Client {
public:
    S3Client(S3Options options, const Clock& clock, Rng& rng);
    ~S3Client();

    /// An answer of the server's that is not 5xx or 429: those, and failing
    /// connections, are tried again with growing, jittered pauses until the
    /// deadline; then `unavailable`.
    Result<S3Answer> call(const S3Request& request, Deadline deadline);
    const S3Options& options() const { return options_; }

private:
    struct Handle;
    std::unique_ptr<Handle> take_handle();
    void give_handle(std::unique_ptr<Handle> handle);
    Result<S3Answer> attempt(const S3Request& request, Duration limit);

    const S3Options options_;
    const Clock& clock_;
    Rng& rng_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Handle>>
        idle_; // with their connections; as many as threads at most
};

} // namespace bw::blob
