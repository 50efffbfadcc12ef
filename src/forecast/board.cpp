#include "forecast/board.hpp"

#include <utility>

#include "base/ensure.hpp"

namespace bw::forecast {

Board::Board(Window window) {
    move_to(window);
}

void Board::put(TenantId tenant, Entry entry) {
    ENSURE(entry.learned != nullptr, "an entry brings what was learnt, be it nothing");
    remove(tenant);
    add(entry, 1);
    entries_.emplace(tenant, std::move(entry));
}

void Board::remove(TenantId tenant) {
    const auto found = entries_.find(tenant);
    if (found == entries_.end())
        return;
    add(found->second, -1);
    entries_.erase(found);
}

void Board::move_to(Window window) {
    total_ = {.window = window, .lines = {}};
    known_ = {};
    for (Line& line : total_.lines) {
        line.expected.assign(static_cast<std::size_t>(window.minutes), 0);
        line.doubt = line.expected;
    }
    for (const auto& [tenant, entry] : entries_)
        add(entry, 1);
}

const Board::Entry* Board::find(TenantId tenant) const {
    const auto found = entries_.find(tenant);
    return found == entries_.end() ? nullptr : &found->second;
}

std::optional<Forecast> Board::of(TenantId tenant) {
    const Entry* entry = find(tenant);
    if (entry == nullptr)
        return std::nullopt;
    return forecast(entry->school, *entry->learned, total_.window, room_);
}

void Board::add(const Entry& entry, int sign) {
    const PerKind<Basis> basis =
        add_forecast(entry.school, *entry.learned, total_.window, room_, total_.lines, sign);
    const auto one = static_cast<std::uint32_t>(sign);
    for (std::size_t k = 0; k < kinds; ++k) {
        Known& known = known_[k];
        (basis[k] == Basis::unknown ? known.unknown
         : basis[k] == Basis::prior ? known.prior
                                    : known.history) += one;
        total_.lines[k].basis = known.prior > 0     ? Basis::prior
                                : known.history > 0 ? Basis::history
                                                    : Basis::unknown;
    }
}

} // namespace bw::forecast
