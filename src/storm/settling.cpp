#include "storm/settling.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace bw::storm {

void prove_receipts(const std::vector<std::vector<Bytes>>& receipts,
                    const std::vector<submissions::ReceiptKey>& keys, Load& load, HeadBook& heads,
                    Settled& settled) {
    for (std::size_t i = 0; i < receipts.size(); ++i)
        for (const Bytes& receipt : receipts[i]) {
            ++settled.receipts;
            auto proven = prove(receipt, keys, load.submitted[i]);
            if (proven) {
                load.submitted[i].proven.push_back(*proven);
                heads.add(submissions::decode_receipt(receipt)->head);
                continue;
            }
            ++settled.bad_receipts;
            if (settled.bad_receipt_example.empty())
                settled.bad_receipt_example =
                    load.submitted[i].id.text() + ": " + proven.error().text();
        }
}

std::vector<RecordedRow> list_recorded(Api& api, const Plan& plan, const Load& load,
                                       Duration list_for,
                                       const std::function<void(const std::string&)>& say,
                                       Settled& settled, const Clock& clock) {
    const Monotonic began = clock.monotonic();
    const Deadline deadline = Deadline::in(clock, list_for);
    std::vector<std::set<SubmissionId>> missing(plan.assignments.size());
    for (const Submitted& submitted : load.submitted)
        if (!submitted.proven.empty())
            missing[submitted.assignment].insert(submitted.id);
    std::vector<std::vector<RecordedRow>> rows(plan.assignments.size());
    std::vector<bool> complete(plan.assignments.size());
    for (bool first = true;; first = false) {
        std::size_t still_missing = 0;
        for (std::size_t a = 0; a < plan.assignments.size(); ++a) {
            if (complete[a])
                continue;
            auto listed = api.rows_of(plan.assignments[a], deadline);
            if (!listed) {
                settled.listing_error = listed.error().text();
                return {};
            }
            auto absent = missing[a];
            for (const RecordedRow& row : *listed)
                absent.erase(row.id);
            rows[a] = *std::move(listed);
            complete[a] = absent.empty();
            still_missing += absent.size();
        }
        if (still_missing == 0 || deadline.remaining(clock) < 2s)
            break;
        if (first)
            say("waiting for the recorder: " + std::to_string(still_missing) + " to come");
        std::this_thread::sleep_for(500ms);
    }
    settled.listed_after = clock.monotonic() - began;
    std::vector<RecordedRow> all;
    for (std::vector<RecordedRow>& some : rows)
        std::ranges::move(some, std::back_inserter(all));
    return all;
}

} // namespace bw::storm
