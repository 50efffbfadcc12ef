#include "app/web_page.hpp"

namespace bw::app {

namespace {

/// The page runs its own script and style and talks to its own host; nothing else, and nobody
/// frames it. Forms are sent by script: with 'none' a password cannot leave in an address even
/// where the script did not load.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Does If-None-Match name this tag? Weak comparison (RFC 9110, 13.1.2): a proxy that compresses
/// makes our tag weak.
bool names_tag(std::string_view header, std::string_view tag) {
    while (!header.empty()) {
        std::size_t comma = header.find(',');
        std::string_view item = header.substr(0, comma);
        header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
        while (item.starts_with(' ') || item.starts_with('\t'))
            item.remove_prefix(1);
        while (item.ends_with(' ') || item.ends_with('\t'))
            item.remove_suffix(1);
        if (item == "*")
            return true;
        if (item.starts_with("W/"))
            item.remove_prefix(2);
        if (item == tag)
            return true;
    }
    return false;
}

net::Response serve_asset(const WebAsset& asset, const net::Request& request) {
    std::string tag = "\"" + std::string(asset.content_hash) + "\"";
    const bool unchanged = names_tag(request.header("If-None-Match").value_or(""), tag);
    net::Response response{
        unchanged ? 304 : 200, asset.content_type, unchanged ? "" : std::string(asset.bytes), {}};
    response.headers.emplace_back("ETag", std::move(tag));
    // Always asked for again, mostly answered 304: page and script of one version belong together.
    response.headers.emplace_back("Cache-Control", "no-cache");
    response.headers.emplace_back("Content-Security-Policy", content_security_policy);
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return response;
}

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

net::Response web_file(const WebAsset& asset, const net::Request& request) {
    return serve_asset(asset, request);
}

net::Parameter if_none_match() {
    return {.name = "If-None-Match",
            .in = net::Parameter::In::header,
            .description = "ETags of the copies that the caller has.",
            .example = "\"0f1e2d3c4b5a6978\""};
}

void add_page_routes(net::RouteTable& routes) {
    for (const WebAsset& asset : web_assets())
        routes.add(
            {.method = net::Method::get,
             .path = std::string(asset.path),
             .operation = operation_of(asset.path),
             .summary = "A file of the web page.",
             .handler = [&asset](const net::Request& request,
                                 net::Responder respond) { respond(serve_asset(asset, request)); },
             .tag = "pages",
             .parameters = {if_none_match()},
             .answers = {{200, "The file, and its `ETag`.", "", asset.content_type},
                         {304, "The copy is still right."}}});
}

} // namespace bw::app
