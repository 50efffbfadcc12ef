#include "app/listening.hpp"

#include <charconv>

namespace bw::app {

Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& text,
                                                            const char* option) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos) {
        const char* end = text.data() + text.size();
        auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (error == std::errc() && at == end)
            return std::pair{text.substr(0, colon), port};
    }
    return fail(Code::invalid_field,
                "expected ADDRESS:PORT such as 127.0.0.1:8480, not '" + text + "'", option);
}

Result<net::ServerOptions> http_options(const ServeOptions& options) {
    using Headers = net::TrustedProxies::Headers;
    net::ServerOptions out{.threads = options.http_threads};
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return fail(Code::invalid_field, "certificate and key come together",
                    options.tls_key.empty() ? "--tls-key" : "--tls-certificate");
    out.trusted_proxies = TRY(net::TrustedProxies::parse(
        options.trusted_proxies,
        options.proxies_send_forwarded ? Headers::forwarded : Headers::x_forwarded));
    for (const std::string& origin : options.cors_origins)
        CHECK_OK(net::check_origin(origin));
    out.responses.cors.origins = options.cors_origins;
    return out;
}

accounts::Origins origins_of(const ServeOptions& options, std::uint16_t port) {
    const bool tls = !options.tls_certificate.empty(), proxied = !options.trusted_proxies.empty();
    const bool plain = !tls && !proxied;
    std::string form = options.link_form;
    if (form.empty())
        form = plain ? "http://{host}" : "https://{host}";
    if (options.link_form.empty() && !proxied && port != (plain ? 80 : 443))
        form += ":" + std::to_string(port);
    return {form, options.base_host};
}

} // namespace bw::app
