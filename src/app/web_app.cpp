#include "app/web_app.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <utility>

#include "app/web_page.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "net/content_encoding.hpp"
#include "net/etag.hpp"

namespace bw::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t bytes_limit = 16 << 20; // of all files: they are kept in memory
constexpr std::string_view start_page = "/app/today", password_page = "/app/password";
constexpr int page_depth_max = 4; // segments after /app

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> content_types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
}};

/// Its own scripts and styles, its own host and those that video comes from, and nobody frames it.
/// What players collect is a blob to the browser. Forms are sent by script: with 'none' a password
/// cannot leave in an address even where the script did not load.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{}; img-src 'self' "
    "data: blob:; "
    "media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'none'; base-uri "
    "'none'; "
    "frame-ancestors 'none'";

Result<std::string> bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (!in && !in.eof())
        return fail(Code::bad_request, "the app's file cannot be read", path);
    return bytes;
}

std::string_view content_type_of(const fs::path& path) {
    for (const auto& [extension, type] : content_types)
        if (path.extension() == extension)
            return type;
    return {};
}

} // namespace

Result<WebApp> WebApp::read(const fs::path& directory,
                            const std::vector<std::string>& video_hosts) {
    std::string hosts;
    for (const std::string& host : video_hosts)
        hosts += " " + host;
    const std::string policy = fmt::format(content_security_policy, hosts);
    auto files = std::make_shared<Files>();
    std::error_code error;
    std::uintmax_t bytes = 0;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        if (at->is_directory(error))
            continue;
        const fs::path& path = at->path();
        const bool brotli = path.extension() == ".br", gzip = path.extension() == ".gz";
        const fs::path of = brotli || gzip ? fs::path(path).replace_extension() : path;
        if (content_type_of(of).empty() || !at->is_regular_file(error))
            return fail(Code::bad_request, "the app's directory holds what is no file of an app",
                        path);
        std::string content = TRY(bytes_of(path));
        if ((bytes += content.size()) > bytes_limit)
            return fail(Code::bad_request, "the app's files are more than 16 MiB", directory);
        File& file = (*files)[of.lexically_relative(directory).generic_string()];
        file.content_type = content_type_of(of);
        file.policy = policy;
        if (!brotli && !gzip)
            file.etag = to_hex(view(sha256(content))).substr(0, 16);
        (brotli ? file.brotli : gzip ? file.gzip : file.plain) = std::move(content);
    }
    if (error)
        return fail(Code::bad_request, "the app's directory cannot be read: " + error.message(),
                    directory);
    for (std::string_view name : {"index.html", "sw.js", "manifest.webmanifest"})
        if (!files->contains(name))
            return fail(Code::bad_request,
                        "the app's directory lacks a file: is it what web/app's build wrote?",
                        directory / name);
    for (const auto& [name, file] : *files)
        if (file.etag.empty())
            return fail(Code::bad_request, "a compressed file of the app without the file itself",
                        directory / name);
    WebApp app;
    app.files_ = std::move(files);
    return app;
}

net::Response WebApp::answer(const File& file, const net::Request& request, bool for_good) {
    const std::string_view accepts = request.header("Accept-Encoding").value_or("");
    const bool brotli = !file.brotli.empty() && net::accepts_coding(accepts, "br");
    const bool gzip = !brotli && !file.gzip.empty() && net::accepts_coding(accepts, "gzip");
    net::Response response{200,
                           file.content_type,
                           brotli ? file.brotli
                           : gzip ? file.gzip
                                  : file.plain,
                           {}};
    response.headers = {
        {"ETag", net::strong_etag(file.etag + (brotli ? "-br"
                                               : gzip ? "-gz"
                                                      : ""))},
        // The page is asked for again each time, mostly answered 304: it names the files of its
        // version.
        {"Cache-Control", for_good ? "public, max-age=31536000, immutable" : "no-cache"},
        {"Vary", "Accept-Encoding"},
        {"Content-Security-Policy", file.policy},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    if (brotli || gzip)
        response.headers.emplace_back("Content-Encoding", brotli ? "br" : "gzip");
    return response;
}

void WebApp::add_routes(net::RouteTable& routes) const {
    const auto add = [&](std::string path, std::string operation, std::string summary,
                         std::vector<net::Parameter> parameters, std::vector<net::Answer> answers,
                         net::Handler handler) {
        parameters.push_back(if_none_match());
        routes.add({.method = net::Method::get,
                    .path = std::move(path),
                    .operation = std::move(operation),
                    .summary = std::move(summary),
                    .handler = std::move(handler),
                    .tag = "pages",
                    .parameters = std::move(parameters),
                    .answers = std::move(answers)});
    };
    const auto file_at = [files = files_](std::string_view name) { return files->find(name); };
    const std::vector<net::Answer> found{{200, "The file, and its `ETag`.", "", "text/html"},
                                         {304, "The copy is still right."}};

    // Browsers keep what stands behind # on their way: a mail's link may lead to /password.
    struct Way {
        std::string_view from, operation, to;
    };
    for (const Way& way : {Way{"/", "get_page", start_page}, Way{"/app", "get_app", start_page},
                           Way{"/password", "get_page_password", password_page}})
        add(std::string(way.from), std::string(way.operation), "The way to the web app.", {},
            {{302, "The app's page."}}, [to = way.to](const net::Request&, net::Responder respond) {
                respond({302, "text/plain", "", {{"Location", std::string(to)}}});
            });

    std::string path = "/app";
    std::vector<net::Parameter> segments;
    static constexpr std::array<std::string_view, page_depth_max> names{"page", "of", "part",
                                                                        "detail"};
    for (std::string_view name : names) {
        path += fmt::format("/{{{}}}", name);
        segments.push_back({.name = name,
                            .in = net::Parameter::In::path,
                            .description = "Read by the page itself.",
                            .example = "today"});
        add(path, fmt::format("get_app_{}", name), "A page of the web app.", segments, found,
            [files = files_, page = file_at("index.html")](const net::Request& request,
                                                           net::Responder respond) {
                respond(answer(page->second, request, false));
            });
    }

    // Another version's: a page in its place would be kept under its name.
    add("/app/assets/{file}", "get_app_file", "A file of the web app.",
        {{.name = "file",
          .in = net::Parameter::In::path,
          .description = "Its name, with a hash of what is in it.",
          .example = "app.0F1E2D3C.js"}},
        {{404, "There is no such file in this version."}},
        [](const net::Request&, net::Responder respond) {
            respond(fail(Code::not_found, "this version of the app has no such file"));
        });
    for (const auto& [name, file] : *files_) {
        if (name == "index.html")
            continue;
        std::string operation = "get_app_file_";
        for (char c : name)
            operation += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        add("/app/" + name, std::move(operation), "A file of the web app.", {},
            {{200, "The file, and its `ETag`.", "", file.content_type},
             {304, "The copy is still right."}},
            [files = files_, &file, for_good = name.starts_with("assets/")](
                const net::Request& request, net::Responder respond) {
                respond(answer(file, request, for_good));
            });
    }
}

} // namespace bw::app
