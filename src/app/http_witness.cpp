#include "app/http_witness.hpp"

#include <charconv>

#include "net/client.hpp"

namespace bw::app {

namespace {

constexpr const char* option = "--witness";

struct Origin {
    bool secure = false;
    std::string host, target = "/";
    std::uint16_t port = 0;
};

Result<Origin> parse(const std::string& url) {
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

} // namespace

Result<submissions::Witness> http_witness(const std::string& url, const Clock& clock) {
    const Origin origin = TRY(parse(url));
    net::ClientOptions options{.address = origin.host, .port = origin.port, .connections_limit = 1};
    if (origin.secure)
        options.tls = net::ClientTlsOptions{};
    std::shared_ptr<net::Client> client = net::Client::make(std::move(options), clock);
    return submissions::Witness{
        url,
        [origin, client](const submissions::SignedHead& head, Deadline deadline) -> Result<void> {
            JsonWriter json;
            write_json(json, head);
            net::ClientRequest request{.method = net::Method::post,
                                       .target = origin.target,
                                       .host = origin.host,
                                       .headers = {{"Content-Type", "application/json"}},
                                       .body = json.take()};
            auto answer = TRY(client->fetch(std::move(request), deadline));
            if (answer.status / 100 != 2)
                return fail(Code::unavailable,
                            "the witness answered " + std::to_string(answer.status));
            return {};
        }};
}

} // namespace bw::app
