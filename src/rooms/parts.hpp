// What a room and whatever goes on in it say to each other. The room (session, media) calls; the
// state of hands, polls, chat and board answers with what is to be sent, and does nothing itself.
#pragma once

#include <string>
#include <vector>

#include "live/grant.hpp"

namespace bw::rooms {

/// Somebody in a room. One person is there once: who enters again takes the earlier one's place.
struct Member {
    UserId user;
    live::RoomRole role = live::RoomRole::student;
    live::Rights may; // send, now: by the grant, or by the word that a teacher gave

    bool teaches() const { return role == live::RoomRole::teacher; }
};

/// A message for people of the room: JSON, an object with `type`.
struct Out {
    enum class To : std::uint8_t { everybody, teachers, one };
    To to = To::everybody;
    UserId one = {}; // of `one` alone
    std::string text;
};

/// What the room does for the state: somebody may send something else from now on, or what they
/// send is silenced until they send again.
struct Deed {
    enum class What : std::uint8_t { may, silence };
    What what = What::may;
    UserId user;
    live::Rights may = {};
};

struct Answer {
    std::vector<Out> out;
    std::vector<Deed> deeds;
};

} // namespace bw::rooms
