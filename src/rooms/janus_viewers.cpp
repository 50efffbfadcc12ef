// JanusRoom: those who see the speakers in the room.
#include <algorithm>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "rooms/janus_turn.hpp"
#include "telemetry/log.hpp"

namespace bw::rooms {

void JanusRoom::subscribe(Turn& turn, const Member& from) {
    if (viewers_.contains(from.user))
        return turn.refuse(from.user, "subscribe", fail(Code::conflict, "you do already"));
    if (!from.teaches() && viewers_.size() >= rules_.viewers_limit)
        return turn.refuse(from.user, "subscribe",
                           fail(Code::overloaded, "the room has as many as see each other at "
                                                  "once; the class can be watched"));
    Viewer& viewer = viewers_[from.user];
    viewer.asking = true;
    janus_.attach(
        [weak = weak_from_this(), generation = generation_,
         user = from.user](const JanusEvent& event) {
            if (const auto self = weak.lock()) {
                Turn at(*self);
                if (self->generation_ == generation)
                    self->of_viewer(at, user, event);
            }
        },
        later([user = from.user](JanusRoom& self, Turn& at, Result<JanusHandle> handle) {
            const auto found = self.viewers_.find(user);
            if (found == self.viewers_.end() || found->second.handle != 0) {
                if (handle)
                    self.janus_.detach(*handle);
                return;
            }
            if (!handle) {
                self.viewers_.erase(found);
                return at.refuse(user, "subscribe", handle.error());
            }
            found->second.handle = *handle;
            found->second.asking = false;
            self.subscribe_to(at, user, found->second);
        }));
}

/// Brings what somebody is subscribed to up to who speaks: the first time a join, then updates.
void JanusRoom::subscribe_to(Turn&, UserId user, Viewer& viewer) {
    if (viewer.handle == 0 || viewer.asking)
        return;
    std::set<std::uint64_t> wanted;
    for (const auto& [who, speaker] : speakers_)
        if (speaker.up && who != user)
            wanted.insert(speaker.feed);
    if (wanted == viewer.feeds)
        return;
    const bool first = !std::exchange(viewer.joined, true);
    JsonWriter json;
    json.object();
    auto list = [&](std::string_view name, const auto& has, const auto& without) {
        json.key(name).array();
        for (const std::uint64_t feed : has)
            if (!without.contains(feed))
                json.object().member("feed", feed).end();
        json.end();
    };
    if (first) {
        json.member("request", "join")
            .member("ptype", "subscriber")
            .member("room", number_)
            .member("pin", pin_);
        list("streams", wanted, std::set<std::uint64_t>());
    } else {
        json.member("request", "update");
        if (!std::ranges::includes(viewer.feeds, wanted))
            list("subscribe", wanted, viewer.feeds);
        if (!std::ranges::includes(wanted, viewer.feeds))
            list("unsubscribe", viewer.feeds, wanted);
    }
    json.end();
    viewer.feeds = wanted;
    viewer.asking = true;
    janus_.ask(
        viewer.handle, json.text(), "", "",
        later([user, handle = viewer.handle](JanusRoom& self, Turn& at, Result<JanusEvent> how) {
            const auto found = self.viewers_.find(user);
            if (found == self.viewers_.end() || found->second.handle != handle)
                return;
            found->second.asking = false;
            if (!how) { // what they see is not known any more: they may begin anew
                self.end_viewer(user);
                at.tell(user, R"({"type":"unsubscribed"})");
                return at.refuse(user, "subscribe", how.error());
            }
            self.of_viewer(at, user, *how);
            self.subscribe_to(at, user, found->second);
        }));
}

void JanusRoom::update_viewers(Turn& turn) {
    for (auto& [user, viewer] : viewers_)
        subscribe_to(turn, user, viewer);
}

/// An offer of Janus, with its streams by our names of people.
void JanusRoom::of_viewer(Turn& turn, UserId user, const JanusEvent& event) {
    if (event.kind == "hangup" || event.data.contains("\"error_code\"")) {
        if (event.data.contains("\"error_code\""))
            log::warn("janus_subscribe", {{"error", event.data}});
        end_viewer(user);
        return turn.tell(user, R"({"type":"unsubscribed"})");
    }
    if (event.offer.empty())
        return;
    simdjson::dom::parser parser;
    simdjson::dom::element in;
    simdjson::dom::array streams;
    JsonWriter json;
    json.object().member("type", "offer").member("sdp", event.offer).key("streams").array();
    if (parser.parse(event.data).get(in) == simdjson::SUCCESS &&
        in.at_pointer("/streams").get(streams) == simdjson::SUCCESS)
        for (const simdjson::dom::element stream : streams) {
            std::uint64_t feed = 0;
            if (stream.at_key("feed_id").get(feed) != simdjson::SUCCESS)
                continue;
            const auto whose = std::ranges::find_if(
                speakers_, [&](const auto& one) { return one.second.feed == feed; });
            if (whose != speakers_.end())
                json.object()
                    .member("mid", text_at(stream, "/mid"))
                    .member("kind", text_at(stream, "/type"))
                    .member("user", whose->first.text())
                    .end();
        }
    json.end().end();
    turn.tell(user, json.take());
}

void JanusRoom::answer(Turn& turn, const Member& from, std::string_view message) {
    auto sdp = [&]() -> Result<std::string> {
        const auto object = TRY(JsonObject::parse(message, {"type", "sdp"}));
        return object.string("sdp", sdp_bytes_limit);
    }();
    const auto viewer = viewers_.find(from.user);
    if (sdp && (viewer == viewers_.end() || viewer->second.handle == 0))
        sdp = fail(Code::conflict, "there was no offer");
    if (!sdp)
        return turn.refuse(from.user, "answer", sdp.error());
    janus_.ask(viewer->second.handle, R"({"request":"start"})", "answer", *sdp,
               later([user = from.user](JanusRoom&, Turn& at, Result<JanusEvent> how) {
                   if (!how)
                       at.refuse(user, "answer", how.error());
               }));
}

void JanusRoom::end_viewer(UserId user) {
    const auto found = viewers_.find(user);
    if (found == viewers_.end())
        return;
    if (found->second.handle != 0)
        janus_.detach(found->second.handle);
    viewers_.erase(found);
}

} // namespace bw::rooms
