#include "rooms/janus_room.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "base/keyed_hash.hpp"
#include "rooms/janus_turn.hpp"
#include "telemetry/log.hpp"

namespace bw::rooms {

namespace {

constexpr std::string_view types[] = {"publish", "unpublish",   "candidate", "subscribe",
                                      "answer",  "unsubscribe", "unmute"};
constexpr std::size_t candidate_bytes_limit = 1'024, candidates_limit = 32;

std::uint64_t number_of(LiveClassId of) {
    // Janus's JSON keeps 53 bits of a number.
    return (get_le<std::uint64_t>(view(of.uuid)) & ((1ull << 52) - 1)) | 1;
}

std::string secret_of(const SecretKey& key, std::string_view what, LiveClassId of) {
    return to_hex(view(keyed_hash<16>(key, {what, view(of.uuid)})));
}

Error not_now() {
    Error error = fail(Code::unavailable, "sound and picture are away; they come by themselves");
    error.retry_after = std::chrono::seconds(2);
    return error;
}

/// What of an offer is more than the person may send; empty: nothing.
std::string_view beyond(const Offered& offered, live::Rights may) {
    if (!offered.audio.empty() && !may.has(live::Right::audio))
        return "audio";
    // Screens are pictures: who may send one of the two sends one, who may both, two.
    const std::size_t pictures =
        (may.has(live::Right::video) ? 1U : 0U) + (may.has(live::Right::screen) ? 1U : 0U);
    return offered.video.size() > pictures ? "video" : "";
}

} // namespace

JanusRoom::JanusRoom(Janus& janus, const JanusMedia::Parts& parts, const MediaRules& rules,
                     const std::shared_ptr<Room>& room)
    : janus_(janus), parts_(parts), rules_(rules), room_(room), tenant_(room->parts().tenant),
      of_(room->parts().of), number_(number_of(of_)),
      secret_(secret_of(parts.key, "janus secret\n", of_)),
      pin_(secret_of(parts.key, "janus pin\n", of_)) {}

JanusRoom::~JanusRoom() {
    for (const auto& [user, speaker] : speakers_) {
        if (speaker.up)
            tell_published(speaker, false);
        if (speaker.handle != 0)
            janus_.detach(speaker.handle);
    }
    for (const auto& [user, viewer] : viewers_)
        if (viewer.handle != 0)
            janus_.detach(viewer.handle);
    if (control_ != 0) {
        janus_.ask(control_, room_request("destroy"), "", "", [](Result<JanusEvent>) {});
        janus_.detach(control_);
    }
}

bool JanusRoom::takes(std::string_view type) const {
    return std::ranges::find(types, type) != std::end(types);
}

std::string JanusRoom::room_request(std::string_view kind, std::string_view rest) const {
    JsonWriter json;
    json.object().member("request", kind).member("room", number_).member("secret", secret_).end();
    std::string out = json.take();
    out.insert(out.size() - 1, rest);
    return out;
}

// ---- the room at Janus ----

void JanusRoom::ready(bool is) {
    const std::uint64_t session = janus_.status().sessions;
    Turn turn(*this);
    if (is && std::exchange(made_for_, session) == session)
        return;
    ++generation_;
    for (const auto& [user, speaker] : speakers_)
        if (speaker.up)
            tell_published(speaker, false);
    speakers_.clear();
    viewers_.clear();
    control_ = 0;
    if (std::exchange(open_, false))
        turn.tell_all(R"({"type":"media","ready":false})");
    if (is)
        make(turn);
}

void JanusRoom::make(Turn&) {
    janus_.attach({}, later([](JanusRoom& self, Turn&, Result<JanusHandle> handle) {
                      if (!handle)
                          return; // the session ended; `ready` comes again
                      self.control_ = *handle;
                      // What an earlier holder left: its people are not let in there any more.
                      // Janus takes requests by several threads: the next one waits for this one.
                      self.janus_.ask(*handle, self.room_request("destroy"), "", "",
                                      self.later([](JanusRoom& me, Turn&, Result<JanusEvent> gone) {
                                          if (gone)
                                              me.create();
                                      }));
                  }));
}

void JanusRoom::create() {
    JsonWriter json;
    json.object()
        .member("request", "create")
        .member("room", number_)
        .member("admin_key", parts_.admin_key)
        .member("secret", secret_)
        .member("pin", pin_)
        .member("is_private", true)
        .member("permanent", false)
        .member("publishers", rules_.speakers_limit + 2)
        .member("bitrate", rules_.bitrate)
        .member("bitrate_cap", true)
        .member("fir_freq", 10)
        .member("audiocodec", "opus")
        .member("videocodec", "vp8,h264")
        .member("audiolevel_event", true)
        .member("audio_active_packets", 25)
        .member("audio_level_average", 40)
        .member("notify_joining", false)
        .end();
    janus_.ask(control_, json.text(), "", "",
               later([](JanusRoom& self, Turn& turn, Result<JanusEvent> made) {
                   if (!made || !made->data.contains("\"created\"")) {
                       log::warn("janus_room",
                                 {{"error", made ? made->data : made.error().text()}});
                       return;
                   }
                   self.open_ = true;
                   turn.tell_all(R"({"type":"media","ready":true})");
               }));
}

void JanusRoom::forward(std::uint64_t feed, const Forward& to, Janus::Answered done) {
    JanusHandle control = 0;
    std::string body;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = std::ranges::find_if(
            speakers_, [&](const auto& one) { return one.second.feed == feed; });
        if (found != speakers_.end()) {
            control = control_;
            const Offered& offered = found->second.offered;
            JsonWriter json;
            json.object()
                .member("publisher_id", feed)
                .member("admin_key", parts_.admin_key)
                .member("host", to.host)
                .key("streams")
                .array();
            if (to.audio_port != 0 && !offered.audio.empty())
                json.object()
                    .member("mid", offered.audio.front())
                    .member("port", to.audio_port)
                    .end();
            if (to.video_port != 0 && !offered.video.empty())
                json.object()
                    .member("mid", offered.video.front())
                    .member("port", to.video_port)
                    .end();
            json.end().end();
            const std::string_view members = json.text();
            body = room_request("rtp_forward",
                                "," + std::string(members.substr(1, members.size() - 2)));
        }
    }
    if (control == 0)
        return done(fail(Code::unavailable, "nobody sends this"));
    janus_.ask(control, body, "", "", std::move(done));
}

// ---- messages ----

void JanusRoom::hear(const Member& from, std::string_view type, std::string_view message) {
    Turn turn(*this);
    if (type == "unpublish")
        return end_speaker(turn, from.user);
    if (type == "unsubscribe")
        return end_viewer(from.user);
    if (!open_)
        return turn.refuse(from.user, type, not_now());
    if (type == "publish")
        publish(turn, from, message);
    else if (type == "candidate")
        candidate(turn, from, message);
    else if (type == "subscribe")
        subscribe(turn, from);
    else if (type == "answer")
        answer(turn, from, message);
    else
        unmute(turn, from);
}

void JanusRoom::publish(Turn& turn, const Member& from, std::string_view message) {
    std::string sdp;
    auto offered = [&]() -> Result<Offered> {
        const auto object = TRY(JsonObject::parse(message, {"type", "sdp"}));
        sdp = TRY(object.string("sdp", sdp_bytes_limit));
        Offered out = TRY(inspect_offer(sdp));
        if (out.audio.empty() && out.video.empty())
            return fail(Code::invalid_field, "sends nothing", "/sdp");
        if (const auto what = beyond(out, from.may); !what.empty())
            return fail(Code::forbidden, "you may not send " + std::string(what) +
                                             " here; raise your hand, and a teacher may let you");
        if (!speakers_.contains(from.user) && !from.teaches() &&
            speakers_.size() >= rules_.speakers_limit) {
            Error error = fail(Code::overloaded, "as many speak as can at once");
            error.retry_after = std::chrono::seconds(10);
            return error;
        }
        return out;
    }();
    if (!offered)
        return turn.refuse(from.user, "publish", offered.error());
    if (const auto there = speakers_.find(from.user); there != speakers_.end()) {
        Speaker& speaker = there->second;
        if (speaker.handle == 0)
            return turn.refuse(from.user, "publish", fail(Code::conflict, "wait for `published`"));
        speaker.offered = *offered;
        janus_.ask(speaker.handle, R"({"request":"configure"})", "offer", sdp,
                   later([user = from.user, feed = speaker.feed](JanusRoom& self, Turn& at,
                                                                 Result<JanusEvent> how) {
                       self.published(at, user, feed, std::move(how));
                   }));
        return;
    }
    const std::uint64_t feed = new_feed();
    speakers_.emplace(from.user, Speaker{.member = from, .feed = feed, .offered = *offered});
    janus_.attach(
        [weak = weak_from_this(), generation = generation_, user = from.user,
         feed](const JanusEvent& event) {
            if (const auto self = weak.lock()) {
                Turn at(*self);
                if (self->generation_ == generation)
                    self->of_speaker(at, user, feed, event);
            }
        },
        later([user = from.user, feed, sdp](JanusRoom& self, Turn& at, Result<JanusHandle> handle) {
            const auto found = self.speakers_.find(user);
            if (found == self.speakers_.end() || found->second.feed != feed) {
                if (handle)
                    self.janus_.detach(*handle); // they have gone meanwhile
                return;
            }
            if (!handle) {
                self.speakers_.erase(found);
                return at.refuse(user, "publish", handle.error());
            }
            found->second.handle = *handle;
            JsonWriter json;
            json.object()
                .member("request", "joinandconfigure")
                .member("ptype", "publisher")
                .member("room", self.number_)
                .member("pin", self.pin_)
                .member("id", feed)
                .member("display", user.text())
                .member("audio", true)
                .member("video", true)
                .end();
            self.janus_.ask(
                *handle, json.text(), "offer", sdp,
                self.later([user, feed](JanusRoom& me, Turn& t, Result<JanusEvent> how) {
                    me.published(t, user, feed, std::move(how));
                }));
            for (const std::string& early : std::exchange(found->second.candidates, {}))
                self.janus_.trickle(*handle, early);
        }));
}

void JanusRoom::published(Turn& turn, UserId user, std::uint64_t feed, Result<JanusEvent> how) {
    const auto found = speakers_.find(user);
    if (found == speakers_.end() || found->second.feed != feed)
        return;
    if (!how || how->answer.empty()) {
        log::warn("janus_publish", {{"error", how ? how->data : how.error().text()}});
        turn.refuse(user, "publish",
                    how ? fail(Code::invalid_field, "the offer was not understood", "/sdp")
                        : how.error());
        return end_speaker(turn, user);
    }
    JsonWriter json;
    json.object().member("type", "published").member("sdp", how->answer).end();
    turn.tell(user, json.take());
}

void JanusRoom::candidate(Turn& turn, const Member& from, std::string_view message) {
    auto done = [&]() -> Result<void> {
        const auto object =
            TRY(JsonObject::parse(message, {"type", "of", "candidate", "sdp_mid", "sdp_line"}));
        const auto of = TRY(object.string("of", 16));
        JanusHandle handle = 0;
        std::vector<std::string>* early = nullptr; // where they wait for the handle
        if (const auto speaker = speakers_.find(from.user);
            of == "publish" && speaker != speakers_.end()) {
            handle = speaker->second.handle;
            early = &speaker->second.candidates;
        } else if (const auto viewer = viewers_.find(from.user);
                   of == "subscribe" && viewer != viewers_.end())
            handle = viewer->second.handle;
        if (handle == 0 && (!early || early->size() >= candidates_limit))
            return fail(Code::conflict, "there is no such connection", "/of");
        JsonWriter json;
        if (!object.has("candidate") || object.is_null("candidate")) {
            json.object().member("completed", true).end();
        } else {
            json.object().member("candidate", TRY(object.text("candidate", candidate_bytes_limit)));
            if (object.has("sdp_mid"))
                json.member("sdpMid", TRY(object.text("sdp_mid", 16)));
            json.member("sdpMLineIndex",
                        object.has("sdp_line") ? TRY(object.integer("sdp_line", 0, 64)) : 0);
            json.end();
        }
        if (handle == 0)
            early->push_back(json.take());
        else
            janus_.trickle(handle, json.text());
        return {};
    }();
    if (!done)
        turn.refuse(from.user, "candidate", done.error());
}

void JanusRoom::unmute(Turn& turn, const Member& from) {
    const auto found = speakers_.find(from.user);
    if (found == speakers_.end() || !from.may.has(live::Right::audio))
        return turn.refuse(from.user, "unmute", fail(Code::forbidden, "you are not speaking"));
    found->second.muted = false;
    moderate(found->second, false);
    tell_speakers(turn);
}

// ---- speakers ----

void JanusRoom::of_speaker(Turn& turn, UserId user, std::uint64_t feed, const JanusEvent& event) {
    const auto found = speakers_.find(user);
    if (found == speakers_.end() || found->second.feed != feed)
        return;
    Speaker& speaker = found->second;
    if (event.kind == "webrtcup" && !speaker.up) {
        speaker.up = true;
        tell_published(speaker, true);
        tell_speakers(turn);
        update_viewers(turn);
    } else if (event.kind == "hangup" || event.kind == "detached") {
        turn.tell(user, R"({"type":"unpublished","why":"the connection ended"})");
        end_speaker(turn, user);
    } else if (event.kind == "event" && event.data.contains("talking")) {
        simdjson::dom::parser parser;
        simdjson::dom::element in;
        std::uint64_t who = 0;
        if (parser.parse(event.data).get(in) != simdjson::SUCCESS ||
            in.at_key("id").get(who) != simdjson::SUCCESS || who != feed)
            return; // each speaker's own line tells of it
        const bool talking = text_at(in, "/videoroom") == "talking";
        if (std::exchange(speaker.talking, talking) != talking)
            tell_speakers(turn);
    }
}

void JanusRoom::left(UserId user) {
    Turn turn(*this);
    end_speaker(turn, user);
    end_viewer(user);
}

void JanusRoom::may(UserId user, live::Rights rights) {
    Turn turn(*this);
    const auto found = speakers_.find(user);
    if (found == speakers_.end())
        return;
    found->second.member.may = rights;
    if (beyond(found->second.offered, rights).empty())
        return;
    turn.tell(user, R"({"type":"unpublished","why":"you may not send this any more"})");
    end_speaker(turn, user);
}

void JanusRoom::silence(UserId user) {
    Turn turn(*this);
    const auto found = speakers_.find(user);
    if (found == speakers_.end())
        return;
    found->second.muted = true;
    moderate(found->second, true);
    tell_speakers(turn);
}

void JanusRoom::moderate(const Speaker& speaker, bool mute) {
    for (const std::string& mid : speaker.offered.audio) {
        JsonWriter json;
        json.object().member("id", speaker.feed).member("mid", mid).member("mute", mute).end();
        const std::string_view members = json.text();
        janus_.ask(
            control_,
            room_request("moderate", "," + std::string(members.substr(1, members.size() - 2))), "",
            "", [](Result<JanusEvent>) {});
    }
}

/// Nobody but us has a way to the handle: without it nothing is sent any more.
void JanusRoom::end_speaker(Turn& turn, UserId user) {
    const auto found = speakers_.find(user);
    if (found == speakers_.end())
        return;
    const Speaker speaker = std::move(found->second);
    speakers_.erase(found);
    if (speaker.handle != 0)
        janus_.detach(speaker.handle);
    if (!speaker.up)
        return;
    tell_published(speaker, false);
    for (auto& [who, viewer] : viewers_)
        viewer.feeds.erase(speaker.feed); // Janus takes it out of their offers by itself
    tell_speakers(turn);
}

void JanusRoom::tell_published(const Speaker& speaker, bool begins) const {
    if (parts_.on_published)
        parts_.on_published({.tenant = tenant_,
                             .of = of_,
                             .user = speaker.member.user,
                             .teaches = speaker.member.teaches(),
                             .audio = !speaker.offered.audio.empty(),
                             .video = !speaker.offered.video.empty(),
                             .feed = speaker.feed},
                            begins);
}

std::string JanusRoom::speakers_json() const {
    JsonWriter json;
    json.array();
    for (const auto& [user, speaker] : speakers_)
        if (speaker.up)
            json.object()
                .member("user", user.text())
                .member("name", speaker.member.name)
                .member("role", name(speaker.member.role))
                .member("audio", !speaker.offered.audio.empty())
                .member("video", !speaker.offered.video.empty())
                .member("talking", speaker.talking)
                .member("muted", speaker.muted)
                .end();
    json.end();
    return json.take();
}

void JanusRoom::tell_speakers(Turn& turn) {
    turn.tell_all(R"({"type":"speakers","speakers":)" + speakers_json() + "}");
}

std::string JanusRoom::snapshot_for(const Member& member) const {
    const std::scoped_lock lock(mutex_);
    JsonWriter json;
    json.object()
        .member("by", "janus")
        .member("ready", open_)
        .member("subscribe", member.teaches() || viewers_.size() < rules_.viewers_limit)
        .key("speakers")
        .raw(speakers_json())
        .key("ice_servers")
        .raw(parts_.ice_servers ? parts_.ice_servers(member.user) : "[]")
        .end();
    return json.take();
}

std::uint64_t JanusRoom::new_feed() {
    return (parts_.rng.u64() & ((1ull << 52) - 1)) | 1;
}

std::pair<std::size_t, std::size_t> JanusRoom::speakers_and_viewers() const {
    const std::scoped_lock lock(mutex_);
    return {speakers_.size(), viewers_.size()};
}

} // namespace bw::rooms
