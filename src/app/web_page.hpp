// Web pages: static files compiled into the program (cmake/WebAssets.cmake) and served at every
// host name.
#pragma once

#include <span>
#include <string_view>

#include "net/http.hpp"

namespace bw::app {

/// One file; of those compiled in everything is of static storage.
struct WebAsset {
    std::string_view path;         // "/", "/page.js"
    std::string_view content_type; // of static storage always
    std::string_view content_hash; // 16 hex digits of SHA-256
    std::string_view bytes;
};

std::span<const WebAsset> web_assets();

/// The file with its ETag; the server makes it a 304 for a copy that is still right.
net::Response web_file(const WebAsset& asset);
/// What documents say of the header that the server then reads.
net::Parameter if_none_match();

/// GET for each file, with an ETag, a strict Content-Security-Policy, and 304 for a copy that is
/// still right. The plain page stands at /plain. What the web app has pages for, / and /password,
/// is left to it (`WebApp::add_routes`) where there is one.
void add_page_routes(net::RouteTable& routes, bool with_app = false);

} // namespace bw::app
