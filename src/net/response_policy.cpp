#include "net/response_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/content_encoding.hpp"
#include "net/etag.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

/// What of the request's head this is about, found in one pass: most requests have none of it.
struct Asked {
    std::string accept_encoding; // all of them as one list
    bool if_none_match = false;

    explicit Asked(const Request& request) {
        for (const auto& [name, value] : request.headers) {
            if (name.size() == 15 && same_name(name, "Accept-Encoding"))
                accept_encoding.append(accept_encoding.empty() ? "" : ",").append(value);
            else if (name.size() == 13 && same_name(name, "If-None-Match"))
                if_none_match = true;
        }
    }
};

std::string* find_header(Response& response, std::string_view name) {
    for (auto& [key, value] : response.headers)
        if (same_name(key, name))
            return &value;
    return nullptr;
}

bool is_text(std::string_view content_type) {
    std::string_view type = trimmed(take_until(content_type, ';'));
    if (type == "text/event-stream") // each event must leave at once
        return false;
    return type.starts_with("text/") || type == "application/json" || type.ends_with("+json") ||
           type == "application/x-ndjson" || type == "application/javascript" ||
           type == "image/svg+xml";
}

/// Would some client get this compressed?
bool may_compress(const ResponseOptions& options, Response& response) {
    return response.body.size() >= options.gzip_bytes_min &&
           response.body.size() <= options.gzip_bytes_max && options.gzip_level > 0 &&
           response.compressible && is_text(response.content_type) &&
           !find_header(response, "Content-Encoding") && !find_header(response, "Content-Range") &&
           !find_header(response, "Content-Digest");
}

/// RFC 9110, 13.1.2: weak comparison; a malformed list, or one with no end, counts as absent.
bool unchanged(const Request& request, std::string_view tag) {
    bool found = false;
    for (const auto& [name, value] : request.headers) {
        if (!same_name(name, "If-None-Match"))
            continue;
        TagMatch match = match_tags(value, tag, TagCompare::weak);
        if (match == TagMatch::malformed)
            return false;
        found = found || match == TagMatch::found;
    }
    return found;
}

/// RFC 9110, 15.4.5: a 304 says nothing about the body that it does not carry.
void make_not_modified(Response& response) {
    response.status = 304;
    response.body.clear();
    response.source.reset();
    response.source_bytes = 0;
    std::erase_if(response.headers, [](const auto& header) {
        for (std::string_view name : {"Content-Disposition", "Content-Encoding", "Content-Language",
                                      "Content-Range", "Content-Digest", "Last-Modified"})
            if (same_name(header.first, name))
                return true;
        return false;
    });
}

void compress(const ResponseOptions& options, Response& response) {
    std::string smaller = gzip(response.body, options.gzip_level);
    if (smaller.size() >= response.body.size())
        return;
    response.body = std::move(smaller);
    response.headers.emplace_back("Content-Encoding", "gzip");
    if (std::string* tag = find_header(response, "ETag"))
        *tag = gzip_etag(*tag);
}

void apply_content_rules(const Request& request, const Route* route, const ResponseOptions& options,
                         Response& response) {
    Asked asked(request);
    bool reads = request.method == Method::get || request.method == Method::head;
    if (reads && response.status == 200) {
        if (route && route->content_etag && response.content_type == "application/json" &&
            !find_header(response, "ETag"))
            response.headers.emplace_back("ETag", content_etag(response.body));
        bool compressible = may_compress(options, response);
        if (compressible)
            add_vary(response, "Accept-Encoding"); // a 304 says what its 200 would have said
        std::string* tag = asked.if_none_match ? find_header(response, "ETag") : nullptr;
        if (tag && unchanged(request, *tag)) {
            if (compressible && accepts_gzip(asked.accept_encoding))
                *tag = gzip_etag(*tag);
            return make_not_modified(response);
        }
    }
    if (may_compress(options, response)) {
        add_vary(response, "Accept-Encoding");
        if (accepts_gzip(asked.accept_encoding))
            compress(options, response);
    }
}

/// draft-ietf-httpapi-ratelimit-headers-10: two structured fields, the policy and where the caller
/// stands.
void add_rate_limit(Response& response) {
    const RateLimit& limit = *response.rate_limit;
    auto seconds = [](Duration d) { return std::chrono::ceil<std::chrono::seconds>(d).count(); };
    response.headers.emplace_back(
        "RateLimit-Policy",
        fmt::format("\"{}\";q={};w={}", limit.policy, limit.quota, seconds(limit.window)));
    response.headers.emplace_back("RateLimit", fmt::format("\"{}\";r={};t={}", limit.policy,
                                                           limit.remaining, seconds(limit.reset)));
}

} // namespace

void add_vary(Response& response, std::string_view name) {
    std::string* vary = find_header(response, "Vary");
    if (!vary) {
        response.headers.emplace_back("Vary", name);
        return;
    }
    for (std::string_view rest = *vary; !rest.empty();) {
        std::string_view member = trimmed(take_until(rest, ','));
        if (member == "*" || same_name(member, name))
            return;
    }
    vary->append(", ").append(name);
}

void apply_policy(const Request& request, const Route* route, const ResponseOptions& options,
                  const Clock& clock, Response& response) {
    // A small answer without a tag, and to no cross-origin page, is the common one: nothing to do.
    if (response.body.size() >= options.gzip_bytes_min || (route && route->content_etag) ||
        (!response.headers.empty() && find_header(response, "ETag")))
        apply_content_rules(request, route, options, response);
    if (response.rate_limit)
        add_rate_limit(response);
    if (options.cors.on())
        add_cors(request, options.cors, response);
    if (options.server_timing && request.received.ns > 0)
        response.headers.emplace_back(
            "Server-Timing",
            fmt::format("app;dur={:.3f}",
                        static_cast<double>((clock.monotonic() - request.received).count()) / 1e6));
}

} // namespace bw::net
