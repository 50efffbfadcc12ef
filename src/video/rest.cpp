#include "video/rest.hpp"

#include <algorithm>
#include <charconv>

#include "telemetry/log.hpp"
#include "video/http_date.hpp"

namespace bw::video {

namespace {

constexpr std::chrono::milliseconds pause_unasked{1'000}; // where nothing says how long to wait
constexpr std::chrono::milliseconds pause_max = std::chrono::hours(1);

/// Retry-After: seconds, or a date (RFC 9110, section 10.2.3).
std::chrono::milliseconds pause_asked(std::string_view retry_after, Instant now) {
    std::int64_t seconds = 0;
    const char* const end = retry_after.data() + retry_after.size();
    if (const auto read = std::from_chars(retry_after.data(), end, seconds);
        read.ec != std::errc() || read.ptr != end || seconds < 0) {
        const auto date = http_date(retry_after);
        if (!date)
            return pause_unasked;
        seconds = (date->ms - now.ms + 999) / 1'000;
    }
    return std::clamp<std::chrono::milliseconds>(
        std::chrono::seconds(std::min<std::int64_t>(seconds, 86'400)), pause_unasked, pause_max);
}

bool host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

} // namespace

Result<Origin> Origin::parse(std::string_view url) {
    Origin out;
    out.tls = url.starts_with("https://");
    if (!out.tls && !url.starts_with("http://"))
        return fail(Code::invalid_field, "it begins with neither https:// nor http://");
    url.remove_prefix(out.tls ? 8 : 7);
    const std::size_t colon = url.find(':');
    out.host = url.substr(0, colon);
    out.port = out.tls ? 443 : 80;
    if (out.host.empty() || !std::ranges::all_of(out.host, host_character))
        return fail(Code::invalid_field, "a host name or an IPv4 address is missing in it");
    if (colon != std::string_view::npos) {
        const std::string_view port = url.substr(colon + 1);
        const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
        if (read.ec != std::errc() || read.ptr != port.data() + port.size() || out.port == 0)
            return fail(Code::invalid_field, "what follows the colon in it is no port");
    }
    return out;
}

std::string Origin::authority() const {
    return port == (tls ? 443 : 80) ? host : host + ":" + std::to_string(port);
}

std::string_view RestAnswer::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers, [&](const auto& header) {
        return std::ranges::equal(header.first, name, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? a + 32 : a) == (b >= 'A' && b <= 'Z' ? b + 32 : b);
        });
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

RestClient::RestClient(std::string provider, Origin origin, const Clock& clock)
    : provider_(std::move(provider)), origin_(std::move(origin)), clock_(clock) {
    net::ClientOptions options{.address = origin_.host,
                               .port = origin_.port,
                               .connections_limit = 16,
                               .queue_items_limit = 1'000,
                               .body_bytes_limit = 4 * 1024 * 1024};
    if (origin_.tls)
        options.tls = net::ClientTlsOptions{};
    client_ = net::Client::make(std::move(options), clock_);
}

Result<RestAnswer> RestClient::call(RestRequest request, Deadline deadline) {
    const bool reads = request.method == net::Method::get;
    const std::string method(net::to_text(request.method));
    if (!request.body.empty())
        request.headers.emplace_back("Content-Type", "application/json");
    auto response = client_->fetch({.method = request.method,
                                    .target = std::move(request.target),
                                    .host = origin_.authority(),
                                    .headers = std::move(request.headers),
                                    .body = std::move(request.body)},
                                   deadline);
    if (!response) {
        Error error = std::move(response).error();
        error.detail = provider_ + ": " + error.detail;
        if (!error.retry_after)
            error.retry_after = pause_unasked;
        return error;
    }
    RestAnswer answer{response->status, std::move(response->body), std::move(response->headers)};
    if (answer.good() || answer.status == 404 || answer.status == 409 || answer.status == 410)
        return answer;
    log::warn("video_provider_refused",
              {{"provider", provider_}, {"method", method}, {"status", answer.status}});
    Error error{.code = Code::internal,
                .detail = provider_ + " answered " + std::to_string(answer.status)};
    if (answer.status == 429 || answer.status >= 500) {
        error.code = answer.status == 429 ? Code::overloaded
                     : reads              ? Code::unavailable
                                          : Code::outcome_unknown;
        error.retry_after = pause_asked(answer.header("Retry-After"), clock_.now());
    } else if (answer.status == 401 || answer.status == 403) {
        error.code = Code::forbidden;
        error.detail += ": it does not take our credentials";
    } else if (answer.status == 402) {
        error.code = Code::quota_exceeded;
        error.detail += ": the account has no stream left";
    }
    return error;
}

} // namespace bw::video
