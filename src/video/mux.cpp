#include "video/mux.hpp"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/json.hpp"
#include "video/json_reading.hpp"
#include "video/stream_key.hpp"

namespace bw::video {

namespace {

constexpr Duration list_kept = 10s; // Mux allows one POST a second and five other calls
constexpr int page_items = 100, pages_limit = 100;
constexpr Duration webhook_tolerance = 5min; // Mux's own

bool is_ref(std::string_view ref) {
    return is_pair(ref);
}
std::string_view stream_in(std::string_view ref) {
    return ref.substr(0, ref.find('/'));
}
std::string_view playback_in(std::string_view ref) {
    return ref.substr(ref.find('/') + 1);
}

/// "ID/PLAYBACK" of a live stream; nullopt: it has no signed playback id, so it is none of ours.
std::optional<std::string> ref_of(simdjson::dom::element stream) {
    const auto id = text_at(stream, "/id");
    for (const simdjson::dom::element playback : list_at(stream, "/playback_ids"))
        if (id && text_at(playback, "/policy") == "signed")
            if (const auto playback_id = text_at(playback, "/id")) {
                std::string ref = *id + "/" + *playback_id;
                if (is_ref(ref))
                    return ref;
            }
    return std::nullopt;
}

/// The passthrough also goes to what is recorded.
std::string description_of(const StreamSpec& spec) {
    JsonWriter w;
    w.object().key("playback_policies").array().value("signed").end();
    w.key("new_asset_settings").object().key("playback_policies").array().value("signed").end();
    w.member("passthrough", spec.key).end();
    w.member("passthrough", spec.key).member("latency_mode", "low").member("reconnect_window", 60);
    return w.key("meta").object().member("title", spec.title).end().end().take();
}

struct Claimed {
    std::int64_t at = 0; // seconds; 0: none
    std::vector<std::string_view> macs;
};

/// "t=1565220904,v1=20c75c...": several v1 while a secret is being changed.
Claimed read_signature(std::string_view header) {
    Claimed out;
    while (!header.empty()) {
        const std::string_view item = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), item.size() + 1));
        if (item.starts_with("t=")) {
            const std::string_view t = item.substr(2);
            const auto read = std::from_chars(t.data(), t.data() + t.size(), out.at);
            if (read.ec != std::errc() || read.ptr != t.data() + t.size())
                return {};
        } else if (item.starts_with("v1=") && out.macs.size() < 8) {
            out.macs.push_back(item.substr(3));
        }
    }
    return out;
}

std::optional<EventKind> kind_of(std::string_view type) {
    if (type == "video.live_stream.connected")
        return EventKind::connected;
    if (type == "video.live_stream.disconnected")
        return EventKind::disconnected;
    if (type == "video.asset.live_stream_completed")
        return EventKind::recorded;
    if (type == "video.asset.errored")
        return EventKind::failed;
    return std::nullopt;
}

} // namespace

Result<std::unique_ptr<Mux>> Mux::make(MuxOptions options, const Clock& clock) {
    const Origin api = TRY(Origin::parse(options.api_url));
    RsaSigner signer =
        TRY(RsaSigner::from_pem(options.signing_pem.text(), RsaSigner::Hash::sha256));
    if (options.signing_kid.empty() || options.webhook_secret.text().empty())
        return fail(Code::invalid_field, "Mux needs a signing key's id and a webhook secret");
    return std::unique_ptr<Mux>(new Mux(std::move(options), api, std::move(signer), clock));
}

Mux::Mux(MuxOptions options, Origin api, RsaSigner signer, const Clock& clock)
    : options_(std::move(options)), clock_(clock), signer_(std::move(signer)),
      webhook_mac_(options_.webhook_secret.text()),
      jwt_head_(to_base64url(JsonWriter()
                                 .object()
                                 .member("alg", "RS256")
                                 .member("typ", "JWT")
                                 .member("kid", options_.signing_kid)
                                 .end()
                                 .text()) +
                "."),
      authorization_("Basic " +
                     to_base64(options_.token_id.text() + ":" + options_.token_secret.text())),
      rest_("Mux", std::move(api), clock) {}

Caps Mux::caps() const {
    return {.recording = true,
            .token_limit = options_.token_limit,
            .streams_limit = options_.streams_limit};
}

RestRequest Mux::request(net::Method method, std::string target, std::string body) const {
    return {method, std::move(target), std::move(body), {{"Authorization", authorization_}}};
}

Stream Mux::stream_of(const Known& known) const {
    Stream out{known.ref, {}};
    out.ingests.push_back({IngestProtocol::rtmp, options_.ingest_url, "", known.stream_key});
    return out;
}

/// What is there already. What this process has made while the list was read stays known.
Result<void> Mux::read_list(Deadline deadline) {
    const Monotonic begun = clock_.monotonic();
    for (int page = 1; page <= pages_limit; ++page) {
        const RestAnswer answer = TRY(rest_.call(
            request(net::Method::get,
                    fmt::format("/video/v1/live-streams?limit={}&page={}", page_items, page)),
            deadline));
        simdjson::dom::parser parser;
        const auto document = json_in(parser, answer.body);
        if (!answer.good() || !document)
            return not_understood("Mux");
        const std::vector<simdjson::dom::element> streams = list_at(*document, "/data");
        std::lock_guard lock(mutex_);
        for (const simdjson::dom::element stream : streams) {
            const auto key = text_at(stream, "/passthrough");
            const auto ref = ref_of(stream);
            const auto stream_key = text_at(stream, "/stream_key");
            if (key && ref && stream_key && text_at(stream, "/status") != "disabled")
                known_.insert_or_assign(*key, Known{*ref, *stream_key, clock_.monotonic()});
        }
        if (streams.size() < page_items) {
            std::erase_if(known_, [&](const auto& entry) { return entry.second.seen < begun; });
            listed_at_ = begun;
            return {};
        }
    }
    return fail(Code::quota_exceeded, "Mux has more live streams than are read through");
}

Result<Stream> Mux::create(const StreamSpec& spec, Deadline deadline) {
    CHECK_OK(check_key(spec.key));
    {
        std::lock_guard lock(mutex_);
        if (!being_made_.insert(spec.key).second)
            return Error{.code = Code::unavailable,
                         .detail = "Mux: this stream is being made",
                         .retry_after = std::chrono::milliseconds(1'000)};
    }
    auto made = make_stream(spec, deadline);
    std::lock_guard lock(mutex_);
    being_made_.erase(spec.key);
    if (!made)
        listed_at_.reset(); // it may be there all the same
    return made;
}

Result<Stream> Mux::make_stream(const StreamSpec& spec, Deadline deadline) {
    const auto find = [&]() -> std::optional<Stream> {
        std::lock_guard lock(mutex_);
        const auto at = known_.find(spec.key);
        return at == known_.end() ? std::nullopt : std::optional(stream_of(at->second));
    };
    const auto list_is_fresh = [&] {
        std::lock_guard lock(mutex_);
        return listed_at_ && clock_.monotonic() - *listed_at_ < list_kept;
    };
    if (!list_is_fresh())
        CHECK_OK(read_list(deadline));
    if (auto found = find())
        return *std::move(found);
    const RestAnswer answer = TRY(rest_.call(
        request(net::Method::post, "/video/v1/live-streams", description_of(spec)), deadline));
    simdjson::dom::parser parser;
    const auto document = json_in(parser, answer.body);
    simdjson::dom::element stream;
    if (!answer.good() || !document ||
        document->at_pointer("/data").get(stream) != simdjson::SUCCESS)
        return not_understood("Mux");
    const auto ref = ref_of(stream);
    const auto stream_key = text_at(stream, "/stream_key");
    if (!ref || !stream_key)
        return not_understood("Mux");
    const Known known{*ref, *stream_key, clock_.monotonic()};
    std::lock_guard lock(mutex_);
    known_.insert_or_assign(spec.key, known);
    return stream_of(known);
}

Result<void> Mux::end(std::string_view ref, Deadline deadline) {
    if (!is_ref(ref))
        return foreign_ref("Mux");
    // Disabling also ends what is being recorded, and the playlist.
    static_cast<void>(TRY(rest_.call(
        request(net::Method::put, fmt::format("/video/v1/live-streams/{}/disable", stream_in(ref))),
        deadline)));
    std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const auto& entry) { return entry.second.ref == ref; });
    return {};
}

Result<Health> Mux::poll(std::string_view ref, Deadline deadline) {
    if (!is_ref(ref))
        return foreign_ref("Mux");
    const RestAnswer answer = TRY(rest_.call(
        request(net::Method::get, fmt::format("/video/v1/live-streams/{}", stream_in(ref))),
        deadline));
    if (!answer.good())
        return Health{};
    simdjson::dom::parser parser;
    const auto document = json_in(parser, answer.body);
    const auto status = document ? text_at(*document, "/data/status") : std::nullopt;
    if (!status)
        return not_understood("Mux");
    return Health{*status == "active" ? Signal::flowing : Signal::none, 0};
}

Result<Playback> Mux::sign(std::string_view ref, Instant now, seconds lifetime) const {
    if (!is_ref(ref))
        return foreign_ref("Mux");
    const Term term = term_of(now, lifetime, options_.token_limit);
    const std::string_view playback = playback_in(ref);
    std::string token = jwt_head_ + to_base64url(fmt::format(R"({{"sub":"{}","aud":"v","exp":{}}})",
                                                             playback, term.expires.ms / 1'000));
    token += "." + to_base64url(signer_.sign(token));
    return Playback{fmt::format("{}/{}.m3u8?token={}", options_.playback_url, playback, token),
                    {},
                    term.expires,
                    term.renew_at};
}

Result<std::vector<Event>> Mux::parse_webhook(Headers headers, std::string_view body,
                                              Instant now) const {
    const Claimed claimed = read_signature(header_in(headers, "mux-signature"));
    const std::string expected = to_hex(webhook_mac_.sign({std::to_string(claimed.at), ".", body}));
    bool known = false;
    for (const std::string_view mac : claimed.macs)
        known |= same_secret(mac, expected);
    if (!known)
        return fail(Code::unauthenticated, "Mux did not sign this", "mux-signature");
    const Duration age = now - Instant{0} - std::chrono::seconds(claimed.at);
    if (age > webhook_tolerance || age < -webhook_tolerance)
        return fail(Code::unauthenticated, "it was signed too long ago, or ahead of time",
                    "mux-signature");
    simdjson::dom::parser parser;
    const auto document = json_in(parser, body);
    const auto type = document ? text_at(*document, "/type") : std::nullopt;
    const auto id = document ? text_at(*document, "/id") : std::nullopt;
    if (!type || !id)
        return fail(Code::bad_request, "it has no type or no id");
    const auto kind = kind_of(*type);
    if (!kind)
        return std::vector<Event>{};
    Event event{*id, {}, *kind, now, {}};
    if (const auto at = text_at(*document, "/created_at"))
        if (const auto instant = from_rfc3339(*at))
            event.occurred_at = *instant;
    if (type->starts_with("video.live_stream.")) {
        simdjson::dom::element data;
        const auto ref = document->at_pointer("/data").get(data) == simdjson::SUCCESS
                             ? ref_of(data)
                             : std::nullopt;
        if (!ref)
            return fail(Code::bad_request, "it names no stream with a signed playback id");
        event.ref = *ref;
        return std::vector<Event>{std::move(event)};
    }
    // An asset: what it names its stream by for certain is the passthrough that it has from it.
    const auto key = text_at(*document, "/data/passthrough");
    if (!key || !is_pair(*key))
        return std::vector<Event>{};
    event.key = *key;
    for (const simdjson::dom::element playback : list_at(*document, "/data/playback_ids"))
        if (const auto playback_id = text_at(playback, "/id"); playback_id)
            event.recording = *playback_id;
    return std::vector<Event>{std::move(event)};
}

} // namespace bw::video
