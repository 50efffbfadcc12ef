#include "files/serving_routes.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/percent.hpp"
#include "net/etag.hpp"
#include "net/range.hpp"

namespace bw::files {

namespace {

constexpr Duration read_patience = 30s;
constexpr std::size_t piece_bytes = 256 * 1024;

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

} // namespace

Result<ServedFile> served(tenancy::TenantTx& tx, UploadId id, std::string name, std::string tag) {
    const auto upload = TRY(find(tx, id));
    if (!upload || upload->state != State::complete || upload->withheld)
        return fail(Code::not_found, "the file is gone");
    return ServedFile{std::move(name), std::move(tag), upload->size, TRY(parts_of(tx, id))};
}

net::Response file_response(const RouteParts& parts, TenantId tenant, const ServedFile& file,
                            const net::Request& request) {
    using Kind = net::RangeAsked::Kind;
    const std::uint64_t size = file.size;
    const std::string etag = net::strong_etag(file.tag);
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
                        {"Content-Disposition", disposition(file.name)},
                        {"Cache-Control", "private, no-transform"}};
    if (part)
        response.headers.emplace_back("Content-Range", net::content_range(asked.range, size));
    const net::ByteRange range = part ? asked.range : net::ByteRange{0, size};
    if (range.bytes > 0) {
        response.source = std::make_shared<FileSource>(parts, tenant, file.pieces, range);
        response.source_bytes = range.bytes;
    }
    return response;
}

net::Response link_response(const RouteParts& parts, TenantId tenant, std::string_view path) {
    const Instant expires_at = parts.parts.clock.now() + parts.link_for;
    JsonWriter json;
    json.object()
        .member("path", parts.links.path(tenant, path, expires_at))
        .member("expires_at", to_rfc3339(Instant{expires_at.ms / 1000 * 1000}))
        .end();
    net::Response response = net::Response::json(201, json.take());
    response.compressible = false;
    return response;
}

Result<void> check_link(const RouteParts& parts, TenantId tenant, std::string_view path,
                        const net::Request& request) {
    for (const char* name : {"expires", "signature"})
        if (!request.query_param(name))
            return fail(Code::invalid_field, "is missing: use the link as it was given", name);
    return parts.links.check(tenant, path, *request.query_param("expires"),
                             *request.query_param("signature"), parts.parts.clock.now());
}

std::vector<net::Parameter> link_members() {
    return {{.name = "expires",
             .description = "Of the link.",
             .schema = R"({"type": "string"})",
             .required = true,
             .example = "1798761600"},
            {.name = "signature",
             .description = "Of the link.",
             .schema = R"({"type": "string"})",
             .required = true,
             .example = "AAAA"}};
}

} // namespace bw::files
