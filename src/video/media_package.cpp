#include "video/media_package.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "video/json_reading.hpp"
#include "video/playlist.hpp"
#include "video/stream_key.hpp"

namespace bw::video {

namespace {

constexpr std::string_view endpoint_name = "hls";

/// The key goes into neither addresses nor cookies.
std::string name_of(std::string_view key) {
    return "bw-" + to_hex(view(sha256(key))).substr(0, 40);
}

bool is_ref(std::string_view ref) {
    return ref.starts_with("bw-") && is_plain(ref) && ref.size() == 43;
}

/// ".../channelGroup/G/channel/NAME/originEndpoint/hls/harvestJob/JOB"
std::string_view after(std::string_view arn, std::string_view part) {
    const std::size_t at = arn.find(part);
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = arn.substr(at + part.size());
    return rest.substr(0, rest.find('/'));
}

} // namespace

Result<std::unique_ptr<MediaPackage>> MediaPackage::make(MediaPackageOptions options,
                                                         const Clock& clock) {
    if (!is_plain(options.channel_group) || !is_plain(options.region))
        return fail(Code::invalid_field, "MediaPackage needs a region and a channel group");
    if (options.webhook_key.text().empty())
        return fail(Code::invalid_field, "MediaPackage needs a key for its events");
    if (options.api_url.empty())
        options.api_url = fmt::format("https://mediapackagev2.{}.amazonaws.com", options.region);
    const Origin api = TRY(Origin::parse(options.api_url));
    const Origin playback = TRY(Origin::parse(options.playback_url));
    CloudFrontSigner signer = TRY(
        CloudFrontSigner::make(options.key_pair_id, options.key_pair_pem, options.cookie_domain));
    return std::unique_ptr<MediaPackage>(
        new MediaPackage(std::move(options), api, playback, std::move(signer), clock));
}

MediaPackage::MediaPackage(MediaPackageOptions options, Origin api, Origin playback,
                           CloudFrontSigner signer, const Clock& clock)
    : options_(std::move(options)), clock_(clock),
      account_{options_.access_key_id, options_.secret_access_key.text(), options_.region,
               "mediapackagev2"},
      signer_(std::move(signer)), rest_("MediaPackage", std::move(api), clock),
      playback_("CloudFront", std::move(playback), clock) {}

Caps MediaPackage::caps() const {
    return {.signed_cookies = true,
            .recording = true,
            .token_limit = options_.token_limit,
            .streams_limit = options_.streams_limit};
}

std::string MediaPackage::channel(std::string_view ref) const {
    return fmt::format("/channelGroup/{}/channel/{}", options_.channel_group, ref);
}
std::string MediaPackage::endpoint(std::string_view ref) const {
    return fmt::format("{}/originEndpoint/{}", channel(ref), endpoint_name);
}
std::string MediaPackage::folder(std::string_view ref) const {
    return fmt::format("/out/v1/{}/{}/", options_.channel_group, ref);
}

Result<RestAnswer> MediaPackage::call(net::Method method, std::string target, Deadline deadline,
                                      std::string body, const std::string& client_token) {
    RestRequest request{method, std::move(target), std::move(body)};
    if (!client_token.empty())
        request.headers.emplace_back("X-Amzn-Client-Token", client_token);
    sign_aws(account_, rest_.origin().authority(), request, clock_.now());
    return rest_.call(std::move(request), deadline);
}

Result<Stream> MediaPackage::create(const StreamSpec& spec, Deadline deadline) {
    CHECK_OK(check_key(spec.key));
    const std::string ref = name_of(spec.key);
    // Each step may have been done before: 409 says so, and reading the channel proves it.
    static_cast<void>(TRY(call(
        net::Method::post, fmt::format("/channelGroup/{}/channel", options_.channel_group),
        deadline,
        JsonWriter().object().member("ChannelName", ref).member("InputType", "HLS").end().take(),
        ref)));
    JsonWriter packaging;
    packaging.object()
        .member("OriginEndpointName", endpoint_name)
        .member("ContainerType", "CMAF")
        .key("Segment")
        .object()
        .member("SegmentDurationSeconds", 2)
        .end()
        .key("HlsManifests")
        .array()
        .object()
        .member("ManifestName", "index")
        .end()
        .end()
        .end();
    static_cast<void>(TRY(call(net::Method::post, channel(ref) + "/originEndpoint", deadline,
                               packaging.take(), ref + "-hls")));
    const std::string policy = fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudfront.amazonaws.com"}},"Action":"mediapackagev2:GetObject","Resource":"*","Condition":{{"StringEquals":{{"aws:SourceArn":"{}"}}}}}}]}})",
        options_.distribution_arn);
    static_cast<void>(TRY(call(net::Method::put, endpoint(ref) + "/policy", deadline,
                               JsonWriter().object().member("Policy", policy).end().take())));
    const RestAnswer answer = TRY(call(net::Method::get, channel(ref) + "/", deadline));
    simdjson::dom::parser parser;
    const auto document = json_in(parser, answer.body);
    if (!answer.good() || !document)
        return not_understood("MediaPackage");
    Stream out{ref, {}};
    for (const simdjson::dom::element ingest : list_at(*document, "/IngestEndpoints"))
        if (const auto url = text_at(ingest, "/Url"))
            out.ingests.push_back({IngestProtocol::hls_push, *url, "", {}});
    if (out.ingests.empty())
        return not_understood("MediaPackage");
    return out;
}

Result<void> MediaPackage::end(std::string_view ref, Deadline deadline) {
    if (!is_ref(ref))
        return foreign_ref("MediaPackage");
    static_cast<void>(TRY(call(net::Method::del, endpoint(ref), deadline)));
    static_cast<void>(TRY(call(net::Method::del, channel(ref) + "/", deadline)));
    return {};
}

Result<Health> MediaPackage::poll(std::string_view ref, Deadline deadline) {
    const Playback playback = TRY(sign(ref, clock_.now(), options_.token_limit));
    std::string cookies;
    for (const Cookie& cookie : playback.cookies)
        cookies += (cookies.empty() ? "" : "; ") + cookie.name + "=" + cookie.value;
    return poll_playlist(playback_, fmt::format("{}{}/index.m3u8", folder(ref), endpoint_name),
                         {{"Cookie", cookies}}, deadline);
}

Result<Playback> MediaPackage::sign(std::string_view ref, Instant now, seconds lifetime) const {
    if (!is_ref(ref))
        return foreign_ref("MediaPackage");
    const Term term = term_of(now, lifetime, options_.token_limit);
    const std::string under = folder(ref);
    return Playback{fmt::format("{}{}{}/index.m3u8", options_.playback_url, under, endpoint_name),
                    signer_.sign(options_.playback_url, under, term.expires), term.expires,
                    term.renew_at};
}

Result<std::vector<Event>> MediaPackage::parse_webhook(Headers headers, std::string_view body,
                                                       Instant now) const {
    if (!same_secret(header_in(headers, "x-api-key"), options_.webhook_key.text()))
        return fail(Code::unauthenticated, "the key of the API destination is missing or wrong",
                    "x-api-key");
    simdjson::dom::parser parser;
    const auto document = json_in(parser, body);
    const auto id = document ? text_at(*document, "/id") : std::nullopt;
    const auto source = document ? text_at(*document, "/source") : std::nullopt;
    if (!id || !source)
        return fail(Code::bad_request, "it has no id or no source");
    if (source != "aws.mediapackagev2")
        return std::vector<Event>{};
    Event event{*id, {}, EventKind::recorded, now, {}};
    if (const auto at = text_at(*document, "/time"))
        if (const auto instant = from_rfc3339(*at))
            event.occurred_at = *instant;
    for (const simdjson::dom::element resource : list_at(*document, "/resources")) {
        std::string_view arn;
        if (resource.get(arn) != simdjson::SUCCESS || !is_ref(after(arn, "/channel/")))
            continue;
        event.ref = after(arn, "/channel/");
        event.recording = after(arn, "/harvestJob/");
    }
    auto status = text_at(*document, "/detail/status");
    if (!status)
        status = text_at(*document, "/detail/harvestJob/status");
    if (event.ref.empty() || event.recording.empty() || !status)
        return std::vector<Event>{};
    if (*status == "FAILED")
        event.kind = EventKind::failed;
    else if (*status != "COMPLETED" && *status != "SUCCEEDED")
        return std::vector<Event>{};
    return std::vector<Event>{std::move(event)};
}

} // namespace bw::video
