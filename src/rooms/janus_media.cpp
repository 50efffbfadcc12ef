#include "rooms/janus_media.hpp"

#include "rooms/janus_room.hpp"

namespace bw::rooms {

JanusMedia::JanusMedia(Parts parts, MediaRules rules)
    : parts_(std::move(parts)), rules_(rules), janus_({.clock = parts_.clock,
                                                       .rng = parts_.rng,
                                                       .api_secret = parts_.api_secret,
                                                       .send = parts_.send,
                                                       .on_ready = [this](bool is) {
                                                           for (const auto& room : rooms())
                                                               room->ready(is);
                                                       }}) {}

JanusMedia::~JanusMedia() = default;

std::shared_ptr<MediaRoom> JanusMedia::make_room(const std::shared_ptr<Room>& room) {
    auto made = std::make_shared<JanusRoom>(janus_, parts_, rules_, room);
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(rooms_, [](const auto& one) { return one.expired(); });
        rooms_.push_back(made);
    }
    if (janus_.ready())
        made->ready(true);
    return made;
}

std::vector<std::shared_ptr<JanusRoom>> JanusMedia::rooms() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::shared_ptr<JanusRoom>> out;
    for (const auto& one : rooms_)
        if (auto room = one.lock())
            out.push_back(std::move(room));
    return out;
}

void JanusMedia::forward(LiveClassId of, std::uint64_t feed, Forward to, Janus::Answered done) {
    for (const auto& room : rooms())
        if (room->of() == of)
            return room->forward(feed, to, std::move(done));
    done(fail(Code::unavailable, "nobody sends this"));
}

JanusMedia::Status JanusMedia::status() const {
    Status out{.janus = janus_.status(), .rooms = 0, .speakers = 0, .viewers = 0};
    for (const auto& room : rooms()) {
        ++out.rooms;
        const auto [speakers, viewers] = room->speakers_and_viewers();
        out.speakers += speakers;
        out.viewers += viewers;
    }
    return out;
}

} // namespace bw::rooms
