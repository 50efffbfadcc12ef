// MediaRoom: a room's sound and picture, as the room sees it. Implemented over whatever forwards
// them (rtc.hpp).
#pragma once

#include <string_view>

#include "rooms/parts.hpp"

namespace bw::rooms {

/// Thread-safe; no call waits.
class MediaRoom {
public:
    virtual ~MediaRoom() = default;

    /// Is a message of this type for it?
    virtual bool takes(std::string_view type) const = 0;
    virtual void hear(const Member& from, std::string_view type, std::string_view message) = 0;
    virtual void left(UserId user) = 0;
    /// Somebody may send something else now: what they may not send any more ends.
    virtual void may(UserId user, live::Rights rights) = 0;
    virtual void silence(UserId user) = 0;
    /// Members of `entered`, as JSON: who speaks, and whether one can.
    virtual std::string snapshot_for(const Member& member) const = 0;
};

} // namespace bw::rooms
