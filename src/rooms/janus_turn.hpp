// What the sources of JanusRoom have in common. Internal.
#pragma once

#include <simdjson.h>

#include "rooms/janus_room.hpp"
#include "rooms/message.hpp"

namespace bw::rooms {

inline std::string text_at(simdjson::dom::element in, std::string_view pointer) {
    std::string_view out;
    return in.at_pointer(pointer).get(out) == simdjson::SUCCESS ? std::string(out) : "";
}

class JanusRoom::Turn {
public:
    explicit Turn(JanusRoom& of) : of_(of), lock_(of.mutex_) {}
    ~Turn() {
        lock_.unlock();
        const auto room = of_.room_.lock();
        if (!room)
            return;
        for (auto& [user, text] : told_)
            user ? room->tell_one(*user, std::move(text)) : room->tell_everybody(std::move(text));
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void tell(UserId user, std::string text) { told_.emplace_back(user, std::move(text)); }
    void tell_all(std::string text) { told_.emplace_back(std::nullopt, std::move(text)); }
    void refuse(UserId user, std::string_view of, const Error& error) {
        tell(user, refusal(of, error));
    }

private:
    JanusRoom& of_;
    std::unique_lock<std::mutex> lock_;
    std::vector<std::pair<std::optional<UserId>, std::string>> told_;
};

/// A callback of Janus: with the lock, if the room and the session are still there.
template <class Fn>
auto JanusRoom::later(Fn fn) {
    return [weak = weak_from_this(), generation = generation_, fn](auto value) {
        if (const auto self = weak.lock()) {
            Turn turn(*self);
            if (self->generation_ == generation)
                fn(*self, turn, std::move(value));
        }
    };
}

} // namespace bw::rooms
