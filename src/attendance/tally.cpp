#include "attendance/tally.hpp"

namespace bw::attendance {

void Tally::add(const Player& player, const Quality& quality) {
    players_[player].merge(quality);
    if (players_.size() > players_limit)
        players_.erase(std::prev(players_.end()));
}

void Tally::add(const Uuid& session, const Heartbeat& heartbeat) {
    for (const Span& span : heartbeat.watched)
        presence_.add(span);
    for (const AtEdge& at : heartbeat.at_edges)
        add({session, at.edge}, at.quality);
}

void Tally::add(const Tally& other) {
    presence_.add(other.presence_);
    for (const auto& [player, quality] : other.players_)
        add(player, quality);
}

} // namespace bw::attendance
