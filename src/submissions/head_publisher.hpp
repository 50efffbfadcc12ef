// Publishes the journal's heads: carries its groups into the tree log, signs the tree's root every
// second while there is something new, and shows it to witnesses outside. Lets the journal forget
// only what is in that log.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "journal/tree_log.hpp"
#include "submissions/heads.hpp"

namespace bw::submissions {

/// Somebody outside the installation who keeps the heads that he is shown.
struct Witness {
    std::string name; // for the log and the operator
    std::function<Result<void>(const SignedHead&, Deadline)> show;
};

struct HeadOptions {
    std::string cell = journal::default_cell;
    Duration interval = 1s;          // between heads, while there is something new
    Duration witness_interval = 60s; // between two heads that the witnesses are shown
    Duration witness_deadline = 10s;
};

struct HeadStatus {
    std::uint64_t published_size = 0; // groups under the last published head
    std::optional<Instant> published_at;
    struct Shown {
        std::string name;
        std::uint64_t size = 0; // of the last head that it took
        bool failing = false;
    };
    std::vector<Shown> witnesses;
    bool failing = false; // the log could not be written, or does not fit the journal
};

/// Drives by hand (publish, show) or on a thread of its own (start).
class HeadPublisher {
public:
    HeadPublisher(journal::Journal& journal, std::unique_ptr<journal::TreeLog> log,
                  const SigningKey& key, const Clock& clock, HeadOptions options,
                  std::vector<Witness> witnesses = {});
    ~HeadPublisher();

    /// Everything that is durable now is under the latest head afterwards. Of one thread.
    Result<void> publish();
    /// The latest head to each witness that has not taken it. Of one thread.
    void show();
    void start();
    /// Publishes once more. Idempotent.
    void stop();

    // Thread-safe.
    /// nullopt: nothing was ever journalled.
    std::optional<SignedHead> latest() const;
    /// From the head of that size to the latest. Reads the disk. not_found if the latest is
    /// smaller: it follows within seconds; invalid_field for 0.
    Result<ConsistencyProof> prove(std::uint64_t from_size) const;
    /// As Journal::forget, but nothing that is not in the log yet.
    Result<void> forget(std::uint64_t up_to_seq, Instant written_before);
    HeadStatus status() const;

private:
    void run(const std::stop_token& stop);
    void run_showing(const std::stop_token& stop);

    journal::Journal& journal_;
    const std::unique_ptr<journal::TreeLog> log_;
    const SigningKey& key_;
    const Clock& clock_;
    const HeadOptions options_;
    const std::vector<Witness> witnesses_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable_any wake_;
    std::optional<SignedHead> latest_;
    std::uint64_t logged_seq_ = 0;
    HeadStatus status_;
    std::jthread thread_, showing_;
};

} // namespace bw::submissions
