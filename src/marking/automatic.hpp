// Marking by the answer key, and bringing marks up to a changed scheme: over an assignment's works
// in batches, each in the caller's transaction, so that a request or a job goes on where the last
// one stopped.
#pragma once

#include <optional>
#include <vector>

#include "marking/works.hpp"

namespace bw::marking {

enum class Pass : std::uint8_t {
    by_key, // what was handed in, by the answer key in force
    regrade // that, and what people marked by an older scheme
};
struct BatchOptions {
    Pass pass = Pass::by_key;
    std::optional<WorkId> after = {}; // goes on behind this one
    std::size_t limit = 25;
    bool dry_run = false; // tells what would change, and changes nothing
};

struct Changed {
    WorkId work;
    std::optional<Points> before, after; // the result; nullopt: none (yet)
    bool released = false;               // the student was told the former one
};
struct Batch {
    std::size_t examined = 0;
    std::vector<Changed> changed = {};
    std::vector<WorkId> by_hand = {}; // wait for a marker
    std::optional<WorkId> next = {};  // nullopt: all have been looked at
};

/// Again it changes nothing. No grade is released by it. conflict if nothing says how the
/// assignment is marked, or if it has no key and the pass is by it.
Result<Batch> mark_automatically(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                                 AssignmentId assignment, const BatchOptions& options, Instant now);

} // namespace bw::marking
