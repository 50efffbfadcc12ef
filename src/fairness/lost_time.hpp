// What an outage took from whoever had something to hand in, and the due instant that gives it
// back. Pure; README.md has the same table.
#pragma once

#include <optional>
#include <span>

#include "base/time.hpp"

namespace bw::fairness {

/// Half-open.
struct Span {
    Instant from, until;
};

/// Nobody can lose what they never had: of the outage, what lies between opening and due, and has
/// not been given back already for another outage (`before`; in any order, they may overlap).
Duration lost(const Span& open, const Span& outage, std::span<const Span> before);

/// The due instant after the loss: as much later, and not before the outage was over; to the next
/// whole minute. Unchanged where less than half a minute was lost.
Instant due_after(Instant due_at, const Span& outage, Duration lost);

} // namespace bw::fairness
