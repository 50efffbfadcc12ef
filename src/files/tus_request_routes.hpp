// Requests of tus 1.0.0 as values, and how those are refused that speak another version.
#pragma once

#include "files/shared_routes.hpp"
#include "files/tus_headers.hpp"

namespace bw::files {

constexpr std::string_view tus_version = "1.0.0";
constexpr std::string_view bytes_type = "application/offset+octet-stream";

/// precondition_failed, and the field is Tus-Resumable.
Result<void> check_version(const net::Request& request);
/// As any error; of another version with the header that says which one is spoken.
void refuse(net::Responder respond, Error error, const net::Request& request);

struct Creation {
    Upload upload;
    std::vector<UploadId> partials;
    bool with_bytes = false;
    std::optional<Checksum> checksum;
    std::string request_id;
};

Result<Creation> read_creation(const RouteParts& parts, const tenancy::Principal& principal,
                               const net::Request& request);

struct Patch {
    UploadId id;
    std::uint64_t at = 0;
    std::optional<Checksum> checksum;
    std::string request_id;
};
Result<Patch> read_patch(const net::Request& request);

} // namespace bw::files
