// After a storm of submissions: its receipts are checked, and what is recorded is listed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storm/api.hpp"
#include "storm/head_book.hpp"
#include "storm/load.hpp"

namespace bw::storm {

struct Settled {
    std::uint64_t receipts = 0;     // distinct ones, all of them checked offline
    std::uint64_t bad_receipts = 0; // did not verify, or prove something else
    std::string bad_receipt_example;
    Duration
        listed_after{}; // the last answer to every acknowledged submission listed, or to giving up
    std::string listing_error; // empty: all rows could be read
};

/// What the receipts prove goes to their submissions of `load`, their heads to `heads`.
void prove_receipts(const std::vector<std::vector<Bytes>>& receipts,
                    const std::vector<submissions::ReceiptKey>& keys, Load& load, HeadBook& heads,
                    Settled& settled);

/// Lists each assignment again until every acknowledged submission of it is there, or the time is
/// up; empty with a listing_error.
std::vector<RecordedRow> list_recorded(Api& api, const Plan& plan, const Load& load,
                                       Duration list_for,
                                       const std::function<void(const std::string&)>& say,
                                       Settled& settled, const Clock& clock);

} // namespace bw::storm
