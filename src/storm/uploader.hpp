// Uploads what was declared, once its receipt is there: one request each (tus,
// creation-with-upload), again from the front where that was cut, so many at once.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>

#include "net/client.hpp"
#include "storm/latencies.hpp"
#include "storm/load.hpp"

namespace bw::storm {

struct UploaderOptions {
    std::size_t file_bytes = 0;
    std::size_t at_once = 32;
    Duration retry_for = 5min; // after its receipt no further attempt begins
    Duration attempt_timeout = 30s;
};

struct UploadTally {
    std::uint64_t wanted = 0, done = 0, failed = 0, retries = 0;
    Latencies took;                                // from the receipt to the last byte's answer
    std::map<std::string, std::uint64_t> failures; // of those given up, by kind
};

/// Thread-safe. The client must be stopped (destroyed) before this is.
class Uploader {
public:
    Uploader(const Plan& plan, const Load& load, UploaderOptions options, net::Client& client,
             const Clock& clock, Rng& rng);
    ~Uploader();

    /// Its receipt is there.
    void add(std::uint32_t submission);
    /// Nothing more is added; returns when everything is done or given up.
    void finish();
    UploadTally tally() const;

private:
    struct Attempt {
        Monotonic at;
        std::uint32_t submission;
        Monotonic added;
        int number = 1;
        bool operator>(const Attempt& other) const { return at > other.at; }
    };
    void run(const std::stop_token& stop);
    void fire(const Attempt& attempt);
    void answered(const Attempt& attempt, const Result<net::ClientResponse>& outcome);

    const Plan& plan_;
    const Load& load_;
    const UploaderOptions options_;
    net::Client& client_;
    const Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_; // guards everything below
    std::condition_variable_any wake_;
    std::priority_queue<Attempt, std::vector<Attempt>, std::greater<>> waiting_;
    std::size_t in_flight_ = 0;
    UploadTally tally_;
    std::jthread thread_;
};

} // namespace bw::storm
