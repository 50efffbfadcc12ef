#include "app/web_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "net/etag.hpp"

namespace bw::app {

namespace {

/// CSP's name (`'sha256-..'`) of each script or style that stands in the page itself: what was
/// compiled in runs, what was slipped in does not.
std::string inline_hashes(const WebAsset& asset, std::string_view tag) {
    std::string hashes;
    if (!asset.content_type.starts_with("text/html"))
        return hashes;
    const std::string open = fmt::format("<{}>", tag), close = fmt::format("</{}>", tag);
    for (std::size_t at = 0; (at = asset.bytes.find(open, at)) != std::string_view::npos;) {
        at += open.size();
        const std::size_t end = std::min(asset.bytes.find(close, at), asset.bytes.size());
        std::string base64 = to_base64url(view(sha256(asset.bytes.substr(at, end - at))));
        std::ranges::replace(base64, '-', '+');
        std::ranges::replace(base64, '_', '/');
        hashes += fmt::format(" 'sha256-{}='", base64);
        at = end;
    }
    return hashes;
}

/// The page runs its own script and style and talks to its own host; nothing else, and nobody
/// frames it. Forms are sent by script: with 'none' a password cannot leave in an address even
/// where the script did not load.
std::string content_security_policy(const WebAsset& asset) {
    return fmt::format("default-src 'none'; script-src 'self'{}; style-src 'self'{}; connect-src "
                       "'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
                       "frame-ancestors 'none'",
                       inline_hashes(asset, "script"), inline_hashes(asset, "style"));
}

} // namespace

net::Response web_file(const WebAsset& asset) {
    net::Response response{200, asset.content_type, std::string(asset.bytes), {}};
    response.headers.emplace_back("ETag", net::strong_etag(asset.content_hash));
    // Always asked for again, mostly answered 304: page and script of one version belong together.
    response.headers.emplace_back("Cache-Control", "no-cache");
    response.headers.emplace_back("Content-Security-Policy", content_security_policy(asset));
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

namespace {

/// "/page.js" -> "get_page_page_js": an operation's name is letters, digits and underscores.
std::string operation_of(std::string_view path) {
    std::string name = "get_page";
    if (path == "/")
        return name;
    for (char c : path)
        name += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
    return name;
}

} // namespace

net::Parameter if_none_match() {
    return {.name = "If-None-Match",
            .in = net::Parameter::In::header,
            .description = "ETags of the copies that the caller has.",
            .example = "\"0f1e2d3c4b5a6978\""};
}

void add_page_routes(net::RouteTable& routes, bool with_app) {
    const auto add = [&](const WebAsset& asset, std::string_view path) {
        routes.add({.method = net::Method::get,
                    .path = std::string(path),
                    .operation = operation_of(path),
                    .summary = "A file of the web page.",
                    .handler = [&asset](const net::Request&,
                                        net::Responder respond) { respond(web_file(asset)); },
                    .tag = "pages",
                    .parameters = {if_none_match()},
                    .answers = {{200, "The file, and its `ETag`.", "", asset.content_type},
                                {304, "The copy is still right."}}});
    };
    for (const WebAsset& asset : web_assets()) {
        if (asset.path == "/")
            add(asset, "/plain");
        if (!with_app || (asset.path != "/" && asset.path != "/password"))
            add(asset, asset.path);
    }
}

} // namespace bw::app
