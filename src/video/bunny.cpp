#include "video/bunny.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/percent.hpp"
#include "video/json_reading.hpp"
#include "video/stream_key.hpp"

namespace bw::video {

namespace {

// LiveStreamStatus of Bunny's API.
constexpr std::int64_t preview = 3, running = 4;
// Of a video, in webhooks.
constexpr std::int64_t finished = 3, failed = 5;

std::string title_of(const StreamSpec& spec) {
    return spec.title + " [" + spec.key + "]";
}

} // namespace

Result<std::unique_ptr<Bunny>> Bunny::make(BunnyOptions options, const Clock& clock) {
    const Origin api = TRY(Origin::parse(options.api_url));
    static_cast<void>(TRY(Origin::parse(options.playback_url)));
    if (options.library <= 0 || options.token_key.text().empty() ||
        options.read_only_api_key.text().empty())
        return fail(Code::invalid_field, "Bunny needs a library and its three keys");
    return std::unique_ptr<Bunny>(new Bunny(std::move(options), api, clock));
}

Bunny::Bunny(BunnyOptions options, Origin api, const Clock& clock)
    : options_(std::move(options)), token_mac_(options_.token_key.text()),
      webhook_mac_(options_.read_only_api_key.text()), rest_("Bunny", std::move(api), clock) {}

Caps Bunny::caps() const {
    return {.recording = true,
            .token_limit = options_.token_limit,
            .streams_limit = options_.streams_limit};
}

RestRequest Bunny::request(net::Method method, std::string_view target, std::string body) const {
    return {method,
            fmt::format("/library/{}/live{}", options_.library, target),
            std::move(body),
            {{"AccessKey", options_.api_key.text()}}};
}

Result<Stream> Bunny::stream_in(std::string_view answer) const {
    simdjson::dom::parser parser;
    const auto document = json_in(parser, answer);
    const auto guid = document ? text_at(*document, "/guid") : std::nullopt;
    const auto key = document ? text_at(*document, "/streamKey") : std::nullopt;
    if (!guid || !is_plain(*guid) || !key)
        return not_understood("Bunny");
    Stream out{*guid, {}};
    for (const char* name : {"/primaryIngestUrl", "/backupIngestUrl"})
        if (const auto url = text_at(*document, name))
            out.ingests.push_back({IngestProtocol::rtmp, *url, "", *key});
    if (out.ingests.empty())
        out.ingests.push_back({IngestProtocol::rtmp, options_.ingest_url, "", *key});
    return out;
}

Result<Stream> Bunny::create(const StreamSpec& spec, Deadline deadline) {
    CHECK_OK(check_key(spec.key));
    const RestAnswer found = TRY(rest_.call(
        request(net::Method::get, "?itemsPerPage=100&search=" + percent_encoded(spec.key)),
        deadline));
    simdjson::dom::parser parser;
    const auto list = json_in(parser, found.body);
    if (!found.good() || !list)
        return not_understood("Bunny");
    for (const simdjson::dom::element stream : list_at(*list, "/items"))
        if (const auto title = text_at(stream, "/title");
            title && title->ends_with(" [" + spec.key + "]"))
            return stream_in(simdjson::minify(stream));
    const RestAnswer made = TRY(rest_.call(request(net::Method::post, "",
                                                   JsonWriter()
                                                       .object()
                                                       .member("title", title_of(spec))
                                                       .member("recordVod", true)
                                                       .end()
                                                       .take()),
                                           deadline));
    if (!made.good())
        return not_understood("Bunny");
    return stream_in(made.body);
}

Result<void> Bunny::end(std::string_view ref, Deadline deadline) {
    if (!is_plain(ref))
        return foreign_ref("Bunny");
    static_cast<void>(
        TRY(rest_.call(request(net::Method::put, fmt::format("/{}/stop", ref)), deadline)));
    return {};
}

Result<Health> Bunny::poll(std::string_view ref, Deadline deadline) {
    if (!is_plain(ref))
        return foreign_ref("Bunny");
    const RestAnswer answer =
        TRY(rest_.call(request(net::Method::get, fmt::format("/{}", ref)), deadline));
    if (!answer.good())
        return Health{};
    simdjson::dom::parser parser;
    const auto document = json_in(parser, answer.body);
    const auto status = document ? number_at(*document, "/status") : std::nullopt;
    if (!status)
        return not_understood("Bunny");
    if (*status == preview) // sent to, but shown to nobody
        static_cast<void>(
            TRY(rest_.call(request(net::Method::put, fmt::format("/{}/start", ref)), deadline)));
    return Health{*status == running || *status == preview ? Signal::flowing : Signal::none, 0};
}

Result<Playback> Bunny::sign(std::string_view ref, Instant now, seconds lifetime) const {
    if (!is_plain(ref))
        return foreign_ref("Bunny");
    const Term term = term_of(now, lifetime, options_.token_limit);
    const std::string folder = fmt::format("/{}/", ref);
    const std::string expires = std::to_string(term.expires.ms / 1'000);
    const std::string mac = to_base64url(token_mac_.sign({folder, expires, "token_path=", folder}));
    return Playback{fmt::format("{}/bcdn_token=HS256-{}&token_path=%2F{}%2F&expires={}{}{}",
                                options_.playback_url, mac, ref, expires, folder,
                                options_.playback_file),
                    {},
                    term.expires,
                    term.renew_at};
}

Result<std::vector<Event>> Bunny::parse_webhook(Headers headers, std::string_view body,
                                                Instant now) const {
    if (header_in(headers, "x-bunnystream-signature-version") != "v1" ||
        header_in(headers, "x-bunnystream-signature-algorithm") != "hmac-sha256" ||
        !same_secret(header_in(headers, "x-bunnystream-signature"),
                     to_hex(webhook_mac_.sign({body}))))
        return fail(Code::unauthenticated, "Bunny did not sign this", "x-bunnystream-signature");
    simdjson::dom::parser parser;
    const auto document = json_in(parser, body);
    const auto guid = document ? text_at(*document, "/VideoGuid") : std::nullopt;
    const auto status = document ? number_at(*document, "/Status") : std::nullopt;
    if (!guid || !status || number_at(*document, "/VideoLibraryId") != options_.library)
        return fail(Code::bad_request, "it names no video of this library, or no status");
    if (*status != finished && *status != failed)
        return std::vector<Event>{};
    Event event{fmt::format("{}:{}", *guid, *status),
                *guid,
                *status == finished ? EventKind::recorded : EventKind::failed,
                now,
                {}};
    if (*status == finished)
        event.recording = *guid;
    return std::vector<Event>{std::move(event)};
}

} // namespace bw::video
