// Playlists and segments for our own edges, by way of the origin: who may watch was decided when
// the address was signed, and the edge has looked at it. Whoever asks without the edges' secret
// gets nothing.
#include "net/etag.hpp"
#include "net/range.hpp"
#include "recordings/routes.hpp"
#include "tenancy/lane_work.hpp"
#include "video/signing.hpp"

namespace bw::recordings {

namespace {

std::string_view media_type(std::string_view name) {
    return name.ends_with(".m3u8")  ? "application/vnd.apple.mpegurl"
           : name.ends_with(".m4s") ? "video/iso.segment"
                                    : "video/mp4";
}

/// 200, or 206 or 416 by its ranges. The bytes under an address never change.
net::Response bytes_response(const net::Request& request, RecordingId id, std::string_view name,
                             Bytes bytes) {
    using Kind = net::RangeAsked::Kind;
    const std::string etag = net::strong_etag(id.text() + "/" + std::string(name));
    const std::uint64_t size = bytes.size();
    const net::RangeAsked asked = net::range_asked(request, etag, size);
    if (asked.kind == Kind::none) {
        net::Response refused = net::problem_as(
            416, "The range is not there",
            fail(Code::invalid_field, "it ends before this range", "Range"), request.request_id);
        refused.headers.emplace_back("Content-Range", net::content_range(std::nullopt, size));
        return refused;
    }
    net::Response response{200, media_type(name), std::move(bytes), {}};
    response.compressible = false;
    response.headers = {{"ETag", etag},
                        {"Accept-Ranges", "bytes"},
                        {"Cache-Control", "private, max-age=3600, immutable"}};
    if (asked.kind == Kind::part) {
        response.status = 206;
        response.body = response.body.substr(static_cast<std::size_t>(asked.range.first),
                                             static_cast<std::size_t>(asked.range.bytes));
        response.headers.emplace_back("Content-Range", net::content_range(asked.range, size));
    }
    return response;
}

void give(const RouteParts& parts, const net::Request& request, net::Responder respond,
          std::string name) {
    const auto secret = request.header("BW-Edge-Secret");
    const auto tenant = TenantId::parse(request.path_param("tenant_id"));
    const auto id = RecordingId::parse(request.path_param("recording_id"));
    const auto info = tenant ? parts.directory.by_id(*tenant) : nullptr;
    if (!secret || !video::same_secret(*secret, parts.edge_secret.text()) || !id || !info ||
        info->state != tenancy::TenantState::active)
        return respond(fail(Code::not_found, "there is nothing at this address"));
    tenancy::answer_on(
        parts.bytes_lane, *tenant, request, std::move(respond),
        [&parts, &request, scope = info->scope, id = *id, name = std::move(name)](
            tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            return bytes_response(request, id, name,
                                  TRY(parts.shelf.read(database, scope, id, name, deadline)));
        });
}

net::Parameter in_path(std::string_view name, std::string_view description,
                       std::string_view example) {
    return {.name = name,
            .in = net::Parameter::In::path,
            .description = description,
            .required = true,
            .example = example};
}

} // namespace

void add_bytes_routes(net::RouteTable& routes, const RouteParts& parts) {
    const auto add = [&](const char* path, const char* operation, const char* summary,
                         std::vector<net::Parameter> more, net::Handler handler) {
        std::vector<net::Parameter> all = {
            in_path("tenant_id", "Of the institution.", "ten_0192f3c47d3b7a1e8f5096a2b4c8d0e1"),
            in_path("recording_id", "Of the recording.", "rec_0192f3c47d3b7a1e8f5096a2b4c8d0e1")};
        all.insert(all.end(), more.begin(), more.end());
        routes.add({.method = net::Method::get,
                    .path = path,
                    .operation = operation,
                    .summary = summary,
                    .handler = std::move(handler),
                    .tag = "recordings",
                    .parameters = std::move(all),
                    .answers = {{200, "The bytes.", {}, "application/octet-stream"},
                                {206, "The range.", {}, "application/octet-stream"},
                                {416, "It ends before the range."}}});
    };
    add("/v1/recorded/{tenant_id}/{recording_id}/{object}", "read_recorded_playlist",
        "For the origin of our own edges: a recording's master playlist.",
        {in_path("object", "index.m3u8.", "index.m3u8")},
        [&parts](const net::Request& request, net::Responder respond) {
            give(parts, request, std::move(respond), std::string(request.path_param("object")));
        });
    add("/v1/recorded/{tenant_id}/{recording_id}/{rung}/{object}", "read_recorded_object",
        "For the origin of our own edges: a rung's playlist or segment.",
        {in_path("rung", "Of the master playlist.", "720"),
         in_path("object", "index.m3u8, a segment or an init.", "0.m4s")},
        [&parts](const net::Request& request, net::Responder respond) {
            give(parts, request, std::move(respond),
                 std::string(request.path_param("rung")) + "/" +
                     std::string(request.path_param("object")));
        });
}

} // namespace bw::recordings
