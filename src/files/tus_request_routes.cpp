#include "files/tus_request_routes.hpp"

namespace bw::files {

using tenancy::Principal;

Result<void> check_version(const net::Request& request) {
    if (request.header("Tus-Resumable").value_or("") != tus_version)
        return fail(Code::precondition_failed, "this server speaks tus 1.0.0 alone",
                    "Tus-Resumable");
    return {};
}

void refuse(net::Responder respond, Error error, const net::Request& request) {
    if (error.field != "Tus-Resumable")
        return respond(std::move(error));
    net::Response response =
        net::problem_as(412, "Another version of tus is spoken", error, request.request_id);
    response.headers.emplace_back("Tus-Version", tus_version);
    respond(std::move(response));
}

namespace {

Result<std::optional<std::string>> one_header(const net::Request& request, const char* name) {
    if (request.header_count(name) > 1)
        return fail(Code::bad_request, "the header stands more than once", name);
    const auto header = request.header(name);
    return header ? std::optional(std::string(*header)) : std::nullopt;
}

Result<std::uint64_t> size_in(const net::Request& request, const char* name) {
    const auto header = TRY(one_header(request, name));
    if (!header)
        return fail(Code::bad_request, "the header is missing", name);
    return parse_size(name, *header);
}

bool has_body(const net::Request& request) {
    return request.header("Transfer-Encoding") ||
           request.header("Content-Length").value_or("0") != "0";
}

Result<void> check_bytes_type(const net::Request& request) {
    if (request.header("Content-Type").value_or("") != bytes_type)
        return fail(Code::unsupported_media_type,
                    "bytes of an upload come as application/offset+octet-stream", "Content-Type");
    return {};
}

Result<std::optional<Checksum>> checksum_in(const net::Request& request) {
    const auto header = TRY(one_header(request, "Upload-Checksum"));
    if (!header)
        return std::optional<Checksum>();
    return std::optional(TRY(parse_checksum(*header)));
}

} // namespace

Result<Creation> read_creation(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    CHECK_OK(check_version(request));
    Creation creation;
    Concat concat;
    if (const auto header = TRY(one_header(request, "Upload-Concat")))
        concat = TRY(parse_concat(*header, uploads_path));
    const auto metadata = TRY(one_header(request, "Upload-Metadata")).value_or("");
    const Metadata said = TRY(parse_metadata(metadata));
    const Instant now = parts.parts.clock.now();
    creation.upload = {.id = UploadId::make(now, parts.parts.rng),
                       .owner = principal.user,
                       .kind = concat.kind,
                       .name = said.name,
                       .media_type = said.media_type,
                       .sha256 = said.sha256,
                       .metadata = metadata,
                       .created_at = now};
    creation.partials = std::move(concat.partials);
    creation.with_bytes = has_body(request);
    creation.request_id = request.request_id;
    if (concat.kind != Kind::joined)
        creation.upload.size = TRY(size_in(request, "Upload-Length"));
    else if (creation.with_bytes || request.header("Upload-Length"))
        return fail(Code::bad_request, "a final upload has the length and bytes of its parts",
                    "Upload-Concat");
    if (creation.upload.size > parts.parts.limits.upload_bytes)
        return too_large(parts.parts.limits);
    if (!creation.with_bytes)
        return creation;
    CHECK_OK(check_bytes_type(request));
    creation.checksum = TRY(checksum_in(request));
    return creation;
}

Result<Patch> read_patch(const net::Request& request) {
    Patch patch;
    patch.id = TRY(upload_in(request));
    CHECK_OK(check_version(request));
    CHECK_OK(check_bytes_type(request));
    patch.at = TRY(size_in(request, "Upload-Offset"));
    patch.checksum = TRY(checksum_in(request));
    patch.request_id = request.request_id;
    return patch;
}

} // namespace bw::files
