// The web app (web/app): its built files, read once from a directory, served from memory at every
// host name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace bw::app {

/// What web/app's build wrote: `index.html`, `sw.js`, `manifest.webmanifest`, `icon.svg`,
/// `licences.txt`, and `assets/*`, whose names hold a hash of what is in them. Beside each file
/// there may be `FILE.br` and `FILE.gz`, the same compressed.
class WebApp {
public:
    /// Fails with bad_request, naming the file, where something is missing, is none of these,
    /// or all is too much.
    /// `video_hosts`: "https://edge.example"; its players may ask those besides its own host.
    static Result<WebApp> read(const std::filesystem::path& directory,
                               const std::vector<std::string>& video_hosts = {});

    /// `/app/...` with the app's pages and files; `/` and `/password` send browsers there. Pages
    /// are of one document, which shows what its address says; a file with a hash in its name is
    /// kept by browsers for good.
    void add_routes(net::RouteTable& routes) const;

private:
    struct File {
        std::string_view content_type; // of static storage
        std::string etag;
        std::string plain, brotli, gzip; // the latter two may be empty
        std::string policy;              // content security policy
    };
    using Files = std::map<std::string, File, std::less<>>; // by path below the directory

    static net::Response answer(const File& file, const net::Request& request, bool for_good);

    std::shared_ptr<const Files> files_;
};

} // namespace bw::app
