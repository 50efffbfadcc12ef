#include "rooms/livekit.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"
#include "video/json_reading.hpp"
#include "video/signing.hpp"

namespace bw::rooms {

namespace {

/// A token of somebody who was put out may not have been used yet: they are removed again and again
/// until it is over.
constexpr Duration remove_every = 2s;

std::string jwt(const LiveKitOptions& options, std::string_view claims) {
    std::string out = to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(claims);
    out += "." + to_base64url(video::HmacSha256(options.api_secret).sign({out}));
    return out;
}

/// LiveKit's names of what may be sent; `upper`: as its API has them.
void write_sources(JsonWriter& json, live::Rights may, bool upper) {
    json.array();
    if (may.has(live::Right::audio))
        json.value(upper ? "MICROPHONE" : "microphone");
    if (may.has(live::Right::video))
        json.value(upper ? "CAMERA" : "camera");
    if (may.has(live::Right::screen))
        json.value(upper ? "SCREEN_SHARE" : "screen_share")
            .value(upper ? "SCREEN_SHARE_AUDIO" : "screen_share_audio");
    json.end();
}

bool sends(live::Rights may) {
    return may.has(live::Right::audio) || may.has(live::Right::video) ||
           may.has(live::Right::screen);
}

/// The tracks of a ParticipantInfo that are microphones: what names no source may be one.
std::vector<std::string> microphones_in(std::string_view participant) {
    std::vector<std::string> out;
    simdjson::dom::parser parser;
    const auto in = video::json_in(parser, participant);
    if (!in)
        return out;
    for (const simdjson::dom::element track : video::list_at(*in, "/tracks"))
        if (const auto sid = video::text_at(track, "/sid");
            sid && video::text_at(track, "/type").value_or("AUDIO") == "AUDIO")
            out.push_back(*sid);
    return out;
}

void begin_claims(JsonWriter& json, const LiveKitOptions& options, Instant now, Duration lifetime) {
    json.object()
        .member("exp", (now + lifetime).ms / 1000)
        .member("iss", options.api_key)
        .member("nbf", now.ms / 1000);
}

} // namespace

std::string livekit_token(const LiveKitOptions& options, std::string_view room,
                          const Member& member, Instant now) {
    JsonWriter json;
    begin_claims(json, options, now, options.token_lifetime);
    json.member("sub", member.user.text())
        .member("name", member.name)
        .key("video")
        .object()
        .member("room", room)
        .member("roomJoin", true)
        .member("canSubscribe", true)
        .member("canPublish", sends(member.may))
        .key("canPublishSources");
    write_sources(json, member.may, false);
    // Data goes over our own socket, which knows who says it.
    json.member("canPublishData", false).member("canUpdateOwnMetadata", false).end().end();
    return jwt(options, json.text());
}

std::string livekit_admin_token(const LiveKitOptions& options, std::string_view room, Instant now) {
    JsonWriter json;
    begin_claims(json, options, now, 1min);
    json.key("video").object().member("room", room).member("roomAdmin", true).end().end();
    return jwt(options, json.text());
}

class LiveKitRoom final : public MediaRoom {
public:
    LiveKitRoom(LiveKit& of, LiveClassId id) : of_(of), name_(id.text()) {}

    bool takes(std::string_view) const override { return false; } // browsers ask LiveKit
    void hear(const Member&, std::string_view, std::string_view) override {}

    std::string snapshot_for(const Member& member) const override {
        const Instant now = of_.clock_.now();
        of_.forget_removals(name_, member.user);
        {
            const std::scoped_lock lock(mutex_);
            tokens_[member.user] = of_.clock_.monotonic() + of_.options_.token_lifetime;
        }
        JsonWriter json;
        json.object()
            .member("by", "livekit")
            .member("url", of_.options_.url)
            .member("room", name_)
            .member("token", livekit_token(of_.options_, name_, member, now))
            .end();
        return json.take();
    }

    void left(UserId user) override {
        const Monotonic now = of_.clock_.monotonic();
        Monotonic until = now;
        {
            const std::scoped_lock lock(mutex_);
            if (const auto token = tokens_.find(user); token != tokens_.end()) {
                until = token->second;
                tokens_.erase(token);
            }
        }
        JsonWriter json;
        json.object().member("room", name_).member("identity", user.text()).end();
        for (Monotonic at = now; at <= until; at = at + remove_every)
            of_.put({.room = name_,
                     .method = "RemoveParticipant",
                     .body = json.text(),
                     .user = user,
                     .not_before = at,
                     .removes = true});
    }

    void may(UserId user, live::Rights rights) override {
        JsonWriter json;
        json.object()
            .member("room", name_)
            .member("identity", user.text())
            .key("permission")
            .object()
            .member("canSubscribe", true)
            .member("canPublish", sends(rights))
            .key("canPublishSources");
        write_sources(json, rights, true);
        json.member("canPublishData", false).end().end();
        of_.put({.room = name_,
                 .method = "UpdateParticipant",
                 .body = json.take(),
                 .user = user,
                 .not_before = of_.clock_.monotonic()});
    }

    /// LiveKit mutes by a track's name, which is asked for first.
    void silence(UserId user) override {
        JsonWriter json;
        json.object().member("room", name_).member("identity", user.text()).end();
        of_.put({.room = name_,
                 .method = "GetParticipant",
                 .body = json.take(),
                 .user = user,
                 .not_before = of_.clock_.monotonic()});
    }

private:
    LiveKit& of_;
    const std::string name_;
    mutable std::mutex mutex_;
    mutable std::map<UserId, Monotonic> tokens_; // given, and until when one may connect with them
};

Result<std::unique_ptr<LiveKit>> LiveKit::make(LiveKitOptions options, const Clock& clock,
                                               Rng& rng) {
    auto origin = TRY(video::Origin::parse(options.api_url));
    return std::unique_ptr<LiveKit>(new LiveKit(std::move(options), std::move(origin), clock, rng));
}

std::shared_ptr<MediaRoom> LiveKit::make_room(LiveClassId of) {
    return std::make_shared<LiveKitRoom>(*this, of);
}

void LiveKit::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
}

void LiveKit::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void LiveKit::put(Call call) {
    const std::scoped_lock lock(mutex_);
    if (calls_.size() >= options_.calls_limit) {
        ++failed_;
        log::warn("livekit_calls", {{"left_out", call.method}});
        return;
    }
    calls_.push_back(std::move(call));
    wake_.notify_one();
}

void LiveKit::forget_removals(std::string_view room, UserId user) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(calls_, [&](const Call& one) {
        return one.removes && one.user == user && one.room == room;
    });
}

void LiveKit::keep(const std::stop_token& stop) {
    lane::name_this_thread("livekit");
    while (!stop.stop_requested()) {
        if (run_one())
            continue;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, 200ms, [] { return false; });
    }
}

bool LiveKit::run_one() {
    Call call;
    {
        const std::scoped_lock lock(mutex_);
        const Monotonic now = clock_.monotonic();
        const auto due =
            std::ranges::find_if(calls_, [&](const Call& one) { return one.not_before <= now; });
        if (due == calls_.end())
            return false;
        call = std::move(*due);
        calls_.erase(due);
    }
    const auto answer = api_.call(
        {.method = net::Method::post,
         .target = "/twirp/livekit.RoomService/" + call.method,
         .body = call.body,
         .headers = {{"Authorization",
                      "Bearer " + livekit_admin_token(options_, call.room, clock_.now())}}},
        Deadline::in(clock_, options_.deadline));
    if (!answer && fault(answer.error().code) != Fault::permanent &&
        ++call.attempt < options_.attempts) {
        const auto pause =
            std::chrono::duration_cast<Duration>(500ms * (1 << call.attempt) * (0.5 + rng_.unit()));
        call.not_before = clock_.monotonic() + pause;
        put(std::move(call));
        return true;
    }
    if (!answer)
        log::warn("livekit_call", {{"method", call.method}, {"error", answer.error().text()}});
    {
        const std::scoped_lock lock(mutex_);
        ++(answer ? done_ : failed_); // 404: they are not there, which is as good
    }
    if (answer && answer->good() && call.method == "GetParticipant")
        for (const std::string& track : microphones_in(answer->body)) {
            JsonWriter json;
            json.object()
                .member("room", call.room)
                .member("identity", call.user.text())
                .member("trackSid", track)
                .member("muted", true)
                .end();
            put({.room = call.room,
                 .method = "MutePublishedTrack",
                 .body = json.take(),
                 .user = call.user,
                 .not_before = clock_.monotonic()});
        }
    return true;
}

LiveKit::Status LiveKit::status() const {
    const std::scoped_lock lock(mutex_);
    return {calls_.size(), done_, failed_};
}

} // namespace bw::rooms
