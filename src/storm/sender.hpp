// The open loop: fires every click at its drawn time whatever the server does, repeats with the
// same key what may be repeated, and keeps what came back. Knows nothing of due instants,
// verification or printing.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "storm/latencies.hpp"
#include "storm/load.hpp"

namespace bw::storm {

struct SenderOptions {
    std::size_t content_bytes = 1024;
    std::size_t file_bytes = 0; // as in LoadShape
    /// A submission has its first receipt; on a client thread. Null: nobody asks.
    std::function<void(std::uint32_t submission)> on_receipt = {};
    Duration retry_for = 60s; // after the intended time no further attempt begins
    Duration attempt_timeout = 10s;
};

/// What is known at one moment.
struct Tally {
    std::uint64_t sent = 0;         // submissions whose first click was fired
    std::uint64_t acknowledged = 0; // submissions with a receipt, not verified yet
    std::uint64_t clicks_sent = 0;
    std::uint64_t in_flight = 0;   // attempts
    std::uint64_t retrying = 0;    // clicks that wait for their next attempt
    std::uint64_t retried = 0;     // clicks that needed more than one attempt
    std::uint64_t retries = 0;     // attempts beyond the first
    std::uint64_t replays = 0;     // answers marked Idempotency-Replayed
    std::uint64_t key_refused = 0; // careless clicks that were refused for their key, at once
    std::uint64_t key_taken = 0;   // and that were taken in: the recorder refuses them
    std::uint64_t failed = 0;      // clicks given up
    Duration lag_max{};            // how late the sender itself was at worst
    // From the INTENDED arrival, not from the moment of sending: a generator that waits for a slow
    // server before it sends the next request would leave out the very requests that suffered
    // ("coordinated omission", Gil Tene). Of each submission's first receipt.
    Latencies all;
    Latencies untroubled; // of those acknowledged at the first attempt
    std::optional<Duration>
        downtime; // after disturbed(): first failure to first success of a later attempt
    std::map<std::string, std::uint64_t> failures; // by kind; kinds are few
};

/// What happened to the clicks that were meant for one second of the storm.
struct Second {
    std::uint32_t clicks = 0, acknowledged = 0; // of submissions' first receipts
    std::uint32_t troubled = 0;                 // attempts without a good answer
    Latencies latencies;                        // from the intended arrival
};

/// One storm. The clients must be stopped (destroyed) before this is.
class Sender {
public:
    /// One client for each intake process. A student's submissions go to one of them, by their id;
    /// every tenth attempt goes astray, to the next one, as behind a proxy that has just changed.
    Sender(const Plan& plan, Load& load, SenderOptions options, std::vector<net::Client*> intakes,
           const Clock& clock, Rng& rng);

    /// Blocks until every click has been answered or given up: at most the span, plus retry_for,
    /// plus one attempt's timeout.
    void run(Monotonic start);
    /// Thread-safe.
    Tally tally() const;
    /// The server was killed just now. Thread-safe.
    void disturbed();
    /// The distinct receipts of each submission, compact; after run().
    std::vector<std::vector<Bytes>> take_receipts() { return std::move(receipts_); }
    /// By intended arrival; after run().
    std::vector<Second> take_seconds() { return std::move(seconds_); }

private:
    struct Retry {
        Monotonic at;
        std::uint32_t click;
        bool operator>(const Retry& other) const { return at > other.at; }
    };
    void fire(std::uint32_t click);
    net::Client& intake_of(const PlannedStudent& student, std::uint32_t click) const;
    void answered(std::uint32_t click, Result<net::ClientResponse> outcome);
    bool acknowledge(std::uint32_t click, const net::ClientResponse& response, Bytes receipt);
    void repeat_or_give_up(std::uint32_t click, std::optional<Duration> retry_after,
                           const std::string& kind);
    void give_up(const std::string& kind);
    Second& second_of(std::uint32_t click);
    Monotonic intended(std::uint32_t click) const { return start_ + load_.clicks[click].at; }

    const Plan& plan_;
    Load& load_; // `sent` and `unanswered` of its submissions are kept up to date
    const SenderOptions options_;
    const std::vector<net::Client*> intakes_;
    const Clock& clock_;
    Rng& rng_;
    Monotonic start_;

    mutable std::mutex mutex_; // guards everything below and what is kept up to date in load_
    std::condition_variable wake_;
    std::size_t next_click_ = 0;
    std::size_t open_ = 0; // clicks fired and not ended
    std::priority_queue<Retry, std::vector<Retry>, std::greater<>> retries_;
    std::vector<std::uint16_t> attempts_;      // by click
    std::vector<std::vector<Bytes>> receipts_; // by submission
    std::vector<Second> seconds_;
    Tally tally_;
    bool disturbed_ = false;
    std::optional<Monotonic> failed_at_; // the first failure after that
};

} // namespace bw::storm
