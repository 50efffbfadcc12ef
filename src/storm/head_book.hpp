// The heads that a storm's receipts carry, held against each other and against the latest that the
// server publishes afterwards: was anything rewritten?
#pragma once

#include <map>
#include <span>
#include <string>

#include "storm/api.hpp"
#include "submissions/receipt.hpp"

namespace bw::storm {

class HeadBook {
public:
    /// Of a receipt that verified.
    void add(const journal::Head& head);

    struct Findings {
        std::uint64_t heads = 0;   // different ones, by journal and size
        std::uint64_t proven = 0;  // consistent with the latest: those asked for
        std::uint64_t forked = 0;  // two roots of one size
        std::uint64_t refused = 0; // asked for, and not consistent
        std::string example;       // of what is wrong; or why the server could not be asked
        bool ok() const { return forked == 0 && refused == 0 && example.empty(); }
    };
    /// Asks for proofs of at most `proofs_limit` of them, evenly over all, whoever of `intakes` has
    /// their journal.
    Findings check(std::span<Api> intakes, const std::string& host,
                   const std::vector<submissions::ReceiptKey>& keys, std::size_t proofs_limit,
                   Deadline deadline) const;

private:
    /// Who has the journal of each epoch, once its latest head follows the last receipt.
    Result<std::map<std::uint64_t, Api*>>
    await_published(std::span<Api> intakes, const std::string& host, Deadline deadline) const;

    std::map<std::pair<std::uint64_t, std::uint64_t>, journal::Head> heads_; // by epoch and size
    std::uint64_t forked_ = 0;
};

} // namespace bw::storm
