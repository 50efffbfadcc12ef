// Links to files: addresses that are good for whoever has them, for a while, for one file. Signed
// under a key of each institution, which follows from one of the installation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret_box.hpp"
#include "files/upload.hpp"

namespace bw::files {

constexpr std::string_view files_path = "/v1/files";
inline std::string path_of(UploadId upload) {
    return std::string(files_path) + "/" + upload.text();
}

/// Thread-safe.
class LinkSigner {
public:
    explicit LinkSigner(const SecretKey& key) : key_(key) {}
    ~LinkSigner();
    LinkSigner(const LinkSigner&) = default;
    LinkSigner& operator=(const LinkSigner&) = delete;

    /// `of` is the path that the link is to, "/v1/files/upl_..": that and
    /// "?expires=<seconds since 1970>&signature=.."; good before that second.
    std::string path(TenantId tenant, std::string_view of, Instant expires_at) const;
    /// forbidden: it is none of ours, of another institution or another file, or it has expired.
    Result<void> check(TenantId tenant, std::string_view of, std::string_view expires,
                       std::string_view signature, Instant now) const;

private:
    Sha256 sign(TenantId tenant, std::string_view path) const;
    SecretKey key_;
};

} // namespace bw::files
