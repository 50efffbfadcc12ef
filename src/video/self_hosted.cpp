#include "video/self_hosted.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "video/playlist.hpp"
#include "video/stream_key.hpp"

namespace bw::video {

namespace {

constexpr std::size_t form_bytes_limit = 4'096;
constexpr std::size_t edge_secret_bytes_min = 32;

/// What RTMP calls the stream: a file name at the ingest. No part of a key holds a dot.
std::string stream_name(std::string_view ref) {
    std::string out(ref);
    out[out.find('/')] = '.';
    return out;
}

/// The one value of that name; empty when it is missing, and when it is there twice: the arguments
/// of a stream's name, which the encoder chooses, stand in the same form as what nginx says.
std::string_view field_in(std::string_view form, std::string_view name) {
    std::string_view out;
    int seen = 0;
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != name)
            continue;
        out = pair.substr(equals + 1);
        ++seen;
    }
    return seen == 1 ? out : std::string_view();
}

} // namespace

Result<std::unique_ptr<SelfHosted>> SelfHosted::make(SelfHostedOptions options,
                                                     const Clock& clock) {
    const Origin origin = TRY(Origin::parse(options.origin_url));
    std::optional<Origin> control;
    if (!options.control_url.empty())
        control = TRY(Origin::parse(options.control_url));
    if (options.edge_secret.text().size() < edge_secret_bytes_min ||
        options.ingest_secret.text().size() < edge_secret_bytes_min)
        return fail(Code::invalid_field, "the secrets of self-hosted video have 32 bytes or more");
    return std::unique_ptr<SelfHosted>(
        new SelfHosted(std::move(options), origin, std::move(control), clock));
}

SelfHosted::SelfHosted(SelfHostedOptions options, Origin origin, std::optional<Origin> control,
                       const Clock& clock)
    : options_(std::move(options)), clock_(clock), edge_digest_(options_.edge_secret.text()),
      ingest_mac_(options_.ingest_secret.text()), origin_("the origin", std::move(origin), clock),
      control_(control ? std::make_unique<RestClient>("nginx-rtmp", *std::move(control), clock)
                       : nullptr) {}

Caps SelfHosted::caps() const {
    return {.own_edges = true,
            .token_limit = options_.token_limit,
            .streams_limit = options_.streams_limit};
}

std::string SelfHosted::publish_signature(std::string_view stream, std::string_view expires) const {
    return to_base64url(ingest_mac_.sign({"publish ", stream, " ", expires}));
}

Result<Stream> SelfHosted::create(const StreamSpec& spec, Deadline) {
    CHECK_OK(check_key(spec.key));
    const std::string stream = stream_name(spec.key);
    const std::int64_t hour = 3'600, now = clock_.now().ms / 1'000;
    const std::string expires =
        std::to_string((now / hour + 1) * hour + options_.key_lifetime.count());
    Stream out{spec.key, {}};
    out.ingests.push_back({IngestProtocol::rtmp, options_.ingest_url, "",
                           fmt::format("{}?expires={}&signature={}", stream, expires,
                                       publish_signature(stream, expires))});
    return out;
}

Result<void> SelfHosted::end(std::string_view ref, Deadline deadline) {
    if (!is_pair(ref))
        return foreign_ref("self-hosted video");
    if (control_)
        static_cast<void>(
            TRY(control_->call({.target = fmt::format("/control/drop/publisher?app={}&name={}",
                                                      options_.control_app, stream_name(ref))},
                               deadline)));
    return {};
}

Result<Health> SelfHosted::poll(std::string_view ref, Deadline deadline) {
    if (!is_pair(ref))
        return foreign_ref("self-hosted video");
    return poll_playlist(origin_, fmt::format("/{}/index.m3u8", ref), {}, deadline);
}

Result<Playback> SelfHosted::sign(std::string_view ref, Instant now, seconds lifetime) const {
    if (!is_pair(ref))
        return foreign_ref("self-hosted video");
    const Term term = term_of(now, lifetime, options_.token_limit);
    const std::string expires = std::to_string(term.expires.ms / 1'000);
    return Playback{fmt::format("/live/{}/{}/{}/index.m3u8", expires,
                                to_base64url(edge_digest_.digest({" ", expires, " ", ref})), ref),
                    {},
                    term.expires,
                    term.renew_at};
}

Result<std::string> SelfHosted::publisher_in(std::string_view form,
                                             std::optional<Instant> now) const {
    if (form.size() > form_bytes_limit)
        return fail(Code::forbidden, "the form is too long");
    const std::string_view stream = field_in(form, "name"), expires = field_in(form, "expires"),
                           signature = field_in(form, "signature");
    std::int64_t until = 0;
    const auto read = std::from_chars(expires.data(), expires.data() + expires.size(), until);
    if (!is_pair(stream, '.') || read.ec != std::errc() ||
        read.ptr != expires.data() + expires.size() ||
        !same_secret(signature, publish_signature(stream, expires)))
        return fail(Code::forbidden, "this is no stream key of ours");
    if (now && now->ms >= until * 1'000)
        return fail(Code::token_expired, "this stream key has ended; ask for a new one");
    std::string ref(stream);
    ref[ref.find('.')] = '/';
    return ref;
}

Result<std::string> SelfHosted::may_publish(std::string_view form, Instant now) const {
    if (field_in(form, "call") != "publish")
        return fail(Code::forbidden, "this asks for something else than publishing");
    return publisher_in(form, now);
}

Result<std::vector<Event>> SelfHosted::parse_webhook(Headers, std::string_view body,
                                                     Instant now) const {
    const std::string_view call = field_in(body, "call");
    const bool begins = call == "publish";
    // A lesson may outlast its key: whoever was let in may also leave.
    auto ref = publisher_in(body, begins ? std::optional(now) : std::nullopt);
    if (!ref)
        return fail(Code::unauthenticated, ref.error().detail);
    if (!begins && call != "publish_done")
        return std::vector<Event>{};
    return std::vector<Event>{{to_hex(view(sha256({body, std::to_string(now.ms)}))).substr(0, 32),
                               *ref,
                               begins ? EventKind::connected : EventKind::disconnected,
                               now,
                               {}}};
}

} // namespace bw::video
