// BatchTx: many tenants' records in one transaction, and down to the poisonous record when it
// fails: that one comes back with its error, all others are committed.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tenancy/database.hpp"

namespace bw::tenancy {

struct BatchItem {
    TenantScope scope;
    std::string key; // what is locked: items of one tenant go in its order, so that batches that
                     // meet lock alike
};

/// What was committed for some of one tenant's items.
struct BatchShare {
    std::vector<std::size_t> items; // as given to Make
    std::vector<pg::Rows> answers;  // one for each step that Make gave
};

/// Why an item was not applied, or, with outcome_unknown, may not have been.
struct BatchFailure {
    Error error;
    std::string sqlstate; // of the server's refusal; empty without one
};

struct BatchOutcome {
    std::vector<BatchShare> applied;
    std::vector<std::optional<BatchFailure>> failures; // one an item; nullopt: applied
};

class BatchTx {
public:
    /// The steps for some of one tenant's items (by index), in the order of their keys: one
    /// statement over all of them, or one for each. Called again for smaller shares while a culprit
    /// is looked for, so nothing but its answer may depend on the call.
    using Make = std::function<std::vector<Step>(std::span<const std::size_t> items)>;

    BatchTx(Database& database, std::vector<BatchItem> items, Make make,
            Plans plans = Plans::by_parameters);

    /// One transaction and round trip if all goes well. When the server refuses: halves of the
    /// tenants, then of the one tenant's items, each in a transaction of its own. When the
    /// connection is lost or the deadline passes in flight: outcome_unknown for all of that
    /// transaction, so statements must be idempotent to be tried again. What the database cannot
    /// take from anybody (overloaded, no such column) is told to all that are left.
    BatchOutcome commit(Deadline deadline);

private:
    /// Items of one scope, in the order of their keys.
    using Group = std::vector<std::size_t>;
    using Part = std::vector<Group>;

    Part sorted() const;
    Result<std::vector<pg::Rows>> attempt(const Part& part, Deadline deadline);
    bool may_be_one_items_fault(const Part& part, const Error& error) const;

    Database& database_;
    const std::vector<BatchItem> items_;
    const Make make_;
    const Plans plans_;
    std::vector<std::size_t> steps_; // of each group of the last attempt
};

} // namespace bw::tenancy
