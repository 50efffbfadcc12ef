// Objects in a bucket of an S3 server. Large ones go in parts (multipart
// uploads).
#pragma once

#include "base/rng.hpp"
#include "blob/s3_signing.hpp"
#include "blob/store.hpp"

namespace bw::blob {

struct S3Options {
    S3Account account;
    std::size_t part_bytes = 8 * 1024 * 1024;    // at least 5 MiB: S3 takes no smaller ones
    std::uint64_t copy_bytes = 16 * 1024 * 1024; // at once, inside the server; at least 5 MiB
    Duration try_limit = 20s;                    // of one attempt
    Duration backoff_min = 50ms, backoff_max = 2s;
    /// As clients reach the server, when they send parts straight to it; empty: they do not.
    std::string public_endpoint = {};
    std::string authorities_file = {}; // PEM: whom the server's certificate is from; empty: system
};

/// `clock` and `rng` outlive it. unavailable: the server does not answer;
/// forbidden: it does not know the account; not_found: there is no such bucket.
Result<std::unique_ptr<Store>> open_s3_store(S3Options options, const Clock& clock, Rng& rng,
                                             Deadline deadline);

} // namespace bw::blob
