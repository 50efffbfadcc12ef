// The headers of tus 1.0.0 as values: what a client says of its upload. Pure. Errors are
// bad_request and name the header.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/digest.hpp"
#include "files/upload.hpp"

namespace bw::files {

/// Upload-Metadata: keys, each with a value in base64. Others than these are kept and not read.
struct Metadata {
    std::string name;             // "filename", or "name"
    std::string media_type;       // "filetype", or "type"; application/octet-stream without one
    std::optional<Sha256> sha256; // "sha256": 64 hexadecimal digits
    bool operator==(const Metadata&) const = default;
};
constexpr std::size_t metadata_bytes_limit = 4096;
Result<Metadata> parse_metadata(std::string_view header);

/// Upload-Concat: "partial", or "final;" and the paths (or URLs) of partial uploads.
struct Concat {
    Kind kind = Kind::single;
    std::vector<UploadId> partials; // of Kind::joined; 1 to 100
    bool operator==(const Concat&) const = default;
};
constexpr std::size_t partials_limit = 100;
Result<Concat> parse_concat(std::string_view header, std::string_view uploads_path);

/// Upload-Checksum: an algorithm and the digest in base64.
struct Checksum {
    Digest digest;
    Bytes expected;
};
Result<Checksum> parse_checksum(std::string_view header);

/// Upload-Length, Upload-Offset: digits alone, at most 2^53, so that every client can count on.
Result<std::uint64_t> parse_size(std::string_view name, std::string_view header);

} // namespace bw::files
