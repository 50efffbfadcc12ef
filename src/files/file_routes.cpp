// Downloads: a link is asked for by who may have the file, and followed by whoever has it.
#include <algorithm>

#include "base/json.hpp"
#include "base/percent.hpp"
#include "files/schemas.hpp"
#include "files/shared_routes.hpp"
#include "net/etag.hpp"
#include "net/range.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::files {

namespace {

constexpr Duration read_patience = 30s;
constexpr std::size_t piece_bytes = 256 * 1024;

// ---- links ----

Result<net::Response> do_make_link(const RouteParts& parts, tenancy::Database& database,
                                   const tenancy::Principal& principal, UploadId id,
                                   Deadline deadline) {
    const Instant expires_at = parts.parts.clock.now() + parts.link_for;
    const std::string by = principal.user.text(), subject = id.text();
    CHECK_OK(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        const Upload upload = TRY(find_own(tx, id, principal.user));
        if (upload.state != State::complete)
            return fail(Code::conflict, "the upload is not complete, so there is no file yet");
        return audit::record(tx, {by, "file_link.made", subject, "{}"}, parts.parts.clock,
                             parts.parts.rng);
    }));
    JsonWriter json;
    json.object()
        .member("path", parts.links.path(principal.scope.tenant(), id, expires_at))
        .member("expires_at", to_rfc3339(Instant{expires_at.ms / 1000 * 1000}))
        .end();
    net::Response response = net::Response::json(201, json.take());
    response.compressible = false;
    return response;
}

void make_link(const RouteParts& parts, const tenancy::Principal& principal,
               const net::Request& request, net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    tenancy::answer_on(
        parts.lane, principal.scope.tenant(), request, std::move(respond),
        [&parts, principal, id = *id](tenancy::Database& database, Deadline deadline) {
            return do_make_link(parts, database, principal, id, deadline);
        });
}

// ---- the bytes ----

/// One range of a file, read on the lane as fast as the client takes it.
class FileSource final : public net::BodySource {
public:
    FileSource(const RouteParts& parts, TenantId tenant, std::vector<Part> pieces,
               net::ByteRange range)
        : parts_(parts), tenant_(tenant),
          cursor_(std::make_shared<Cursor>(Reader(parts.parts.store, std::move(pieces)),
                                           range.first, range.bytes)) {}

    void pull(Give give) override {
        const Clock& clock = parts_.parts.clock;
        parts_.lane.submit(tenant_, Deadline::in(clock, read_patience),
                           [cursor = cursor_, &clock,
                            give = std::move(give)](Result<tenancy::Database*> turn) mutable {
                               if (!turn)
                                   return give(std::move(turn).error());
                               give(cursor->read(Deadline::in(clock, read_patience)));
                           });
    }

private:
    struct Cursor {
        Cursor(Reader of, std::uint64_t first, std::uint64_t bytes)
            : reader(std::move(of)), at(first), left(bytes) {}
        Result<std::string> read(Deadline deadline) {
            Bytes piece = TRY(reader.read(
                at, static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, left)),
                deadline));
            at += piece.size();
            left -= piece.size();
            return piece;
        }
        const Reader reader;
        std::uint64_t at, left;
    };

    const RouteParts& parts_;
    const TenantId tenant_;
    const std::shared_ptr<Cursor> cursor_; // shared with the read that is under way
};

/// RFC 6266 and RFC 8187: the name as it was given, whatever script it is in.
std::string disposition(const std::string& name) {
    if (name.empty())
        return "attachment";
    return "attachment; filename*=UTF-8''" + percent_encoded(name);
}

struct Found {
    Upload upload;
    std::vector<Part> pieces;
};

Result<Found> do_find(tenancy::Database& database, const tenancy::TenantScope& scope, UploadId id,
                      Deadline deadline) {
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Found> {
        auto upload = TRY(find(tx, id));
        if (!upload || upload->state != State::complete)
            return fail(Code::not_found, "the file is gone");
        return Found{*std::move(upload), TRY(parts_of(tx, id))};
    });
}

/// Always as an attachment of no particular type: nothing that somebody uploaded runs as a page of
/// this host.
net::Response file_response(const RouteParts& parts, TenantId tenant, const Found& found,
                            const net::Request& request) {
    using Kind = net::RangeAsked::Kind;
    const std::uint64_t size = found.upload.size;
    const std::string etag = net::strong_etag(to_hex(view(found.upload.id.uuid)));
    const net::RangeAsked asked = net::range_asked(request, etag, size);
    if (asked.kind == Kind::none) {
        net::Response refused =
            net::problem_as(416, "The range is not there",
                            fail(Code::invalid_field, "the file ends before this range", "Range"),
                            request.request_id);
        refused.headers.emplace_back("Content-Range", net::content_range(std::nullopt, size));
        return refused;
    }
    const bool part = asked.kind == Kind::part;
    net::Response response{part ? 206 : 200, "application/octet-stream", "", {}};
    response.headers = {{"ETag", etag},
                        {"Accept-Ranges", "bytes"},
                        {"Content-Disposition", disposition(found.upload.name)},
                        {"Cache-Control", "private, no-transform"}};
    if (part)
        response.headers.emplace_back("Content-Range", net::content_range(asked.range, size));
    const net::ByteRange range = part ? asked.range : net::ByteRange{0, size};
    if (range.bytes > 0) {
        response.source = std::make_shared<FileSource>(parts, tenant, found.pieces, range);
        response.source_bytes = range.bytes;
    }
    return response;
}

void download(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    for (const char* name : {"expires", "signature"})
        if (!request.query_param(name))
            return respond(
                fail(Code::invalid_field, "is missing: use the link as it was given", name));
    const TenantId of = tenant.scope.tenant();
    if (auto good = parts.links.check(of, *id, *request.query_param("expires"),
                                      *request.query_param("signature"), parts.parts.clock.now());
        !good)
        return respond(std::move(good).error());
    tenancy::answer_on(
        parts.lane, of, request, std::move(respond),
        [&parts, scope = tenant.scope, id = *id,
         &request](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const Found found = TRY(do_find(database, scope, id, deadline));
            return file_response(parts, scope.tenant(), found, request);
        });
}

} // namespace

void add_file_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("FileLink", file_link_schema);
    routes.add({.method = net::Method::post,
                .path = "/v1/uploads/{upload_id}/link",
                .operation = "make_file_link",
                .summary = "A link to the file, for a quarter of an hour.",
                .handler = parts.gate.authenticated([&parts](const tenancy::Principal& principal,
                                                             const net::Request& request,
                                                             net::Responder respond) {
                    make_link(parts, principal, request, std::move(respond));
                }),
                .tag = "files",
                .credential = net::Credential::access_token,
                .parameters = {upload_in_path()},
                .answers = {{201, "Whoever has it gets the file.",
                             R"({"$ref": "#/components/schemas/FileLink"})"}}});
    routes.add({.method = net::Method::get,
                .path = std::string(files_path) + "/{upload_id}",
                .operation = "download_file",
                .summary = "A file, by its link; `Range` and `If-Range` are understood.",
                .handler = parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                                        const net::Request& request,
                                                        net::Responder respond) {
                    download(parts, tenant, request, std::move(respond));
                }),
                .tag = "files",
                .credential = net::Credential::host,
                .parameters = {upload_in_path(),
                               {.name = "expires",
                                .description = "Of the link.",
                                .schema = R"({"type": "string"})",
                                .required = true,
                                .example = "1798761600"},
                               {.name = "signature",
                                .description = "Of the link.",
                                .schema = R"({"type": "string"})",
                                .required = true,
                                .example = "AAAA"}},
                .answers = {{200, "The file.", {}, "application/octet-stream"},
                            {206, "The range.", {}, "application/octet-stream"},
                            {403, "The link is not good, or no longer."},
                            {416, "The file ends before the range."}}});
}

} // namespace bw::files
