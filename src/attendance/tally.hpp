// Tally: one person's attendance at one live class, from all heartbeats of all players. Lost,
// doubled, late or out of order, told to one process or to several: the same comes of it.
#pragma once

#include "attendance/heartbeat.hpp"

namespace bw::attendance {

class Tally {
public:
    /// Players of one person whose quality is kept; of those beyond it presence alone is.
    static constexpr std::size_t players_limit = 64;
    using Player = std::pair<Uuid, std::size_t>; // session and edge

    void add(const Uuid& session, const Heartbeat& heartbeat);
    /// What another process was told.
    void add(const Tally& other);

    const Presence& presence() const { return presence_; }
    const std::map<Player, Quality>& players() const { return players_; }

    bool operator==(const Tally&) const = default;

private:
    void add(const Player& player, const Quality& quality);

    Presence presence_;
    std::map<Player, Quality> players_; // the lowest players_limit of them: the same in any order
};

} // namespace bw::attendance
