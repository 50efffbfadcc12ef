// What a room and whatever goes on in it say to each other. The room (session, media) calls; the
// state of hands, polls, chat and board answers with what is to be sent, and does nothing itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "live/grant.hpp"

namespace bw::rooms {

using live::LiveClassId;

/// Somebody in a room. One person is there once: who enters again takes the earlier one's place.
struct Member {
    UserId user;
    live::RoomRole role = live::RoomRole::student;
    live::Rights may;      // send, now: by the grant, or by the word that a teacher gave
    std::string name = {}; // for the others to see; empty: not known

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

/// Somebody came, or is gone: for attendance.
struct Presence {
    TenantId tenant;
    LiveClassId of;
    UserId user;
    bool here = false;
    Instant at;
};

/// What ends a socket, beside the protocol's own (RFC 6455): the message before it says more.
namespace close_code {
inline constexpr std::uint16_t grant = 4401, put_out = 4403, elsewhere = 4409, too_much = 4429,
                               come_back = 4503;
} // namespace close_code

/// The way to one person's browser. Thread-safe; neither call waits.
class Line {
public:
    virtual ~Line() = default;
    virtual void send(std::string_view text) = 0;
    /// What was sent before still goes out.
    virtual void close(std::uint16_t code) = 0;
};

} // namespace bw::rooms
