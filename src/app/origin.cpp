#include "app/origin.hpp"

#include <charconv>

namespace bw::app {

Result<Origin> parse_origin(const std::string& url, const char* option) {
    auto wrong = [&] {
        return fail(Code::invalid_field,
                    "expected https://HOST[:PORT]/PATH (or http://), not '" + url + "'", option);
    };
    Origin out;
    out.secure = url.starts_with("https://");
    if (!out.secure && !url.starts_with("http://"))
        return wrong();
    std::string rest = url.substr(out.secure ? 8 : 7);
    if (const std::size_t slash = rest.find('/'); slash != std::string::npos) {
        out.target = rest.substr(slash);
        rest.resize(slash);
    }
    out.port = out.secure ? 443 : 80;
    if (const std::size_t colon = rest.rfind(':'); colon != std::string::npos) {
        const char* end = rest.data() + rest.size();
        auto [at, error] = std::from_chars(rest.data() + colon + 1, end, out.port);
        if (error != std::errc() || at != end || out.port == 0)
            return wrong();
        rest.resize(colon);
    }
    out.host = rest;
    if (out.host.empty() || out.host.find_first_of("@[] ") != std::string::npos)
        return wrong();
    return out;
}

std::shared_ptr<net::Client> client_to(const Origin& origin, const Clock& clock) {
    net::ClientOptions options{.address = origin.host, .port = origin.port, .connections_limit = 1};
    if (origin.secure)
        options.tls = net::ClientTlsOptions{};
    return net::Client::make(std::move(options), clock);
}

} // namespace bw::app
