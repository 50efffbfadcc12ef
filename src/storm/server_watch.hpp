// What a server says of itself while a storm plays: its metrics, asked for several times a second,
// and what others wrote down of its database.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "net/client.hpp"

namespace bw::storm {

struct Sample {
    Instant at;
    std::map<std::string, double, std::less<>> values;
};
using Samples = std::vector<Sample>; // by time

/// Of a page in Prometheus' text format, under names of their own: hash_queue, hash_wait_s,
/// job_threads, cpu_s, requests, pages_memory, pages_database, packs, packs_bytes.
std::map<std::string, double, std::less<>> read_metrics(std::string_view page);
/// Lines of milliseconds since 1970, a name and a number; others are left out.
Samples read_samples(std::string_view text);

/// The highest in [from, until]; none: 0.
double peak(const Samples& samples, std::string_view name, Instant from, Instant until);
/// By how much it grew from what was known at `from` to what was known at `until`; 0: unknown.
double grown(const Samples& samples, std::string_view name, Instant from, Instant until);

/// Asks in a thread of its own until it is told to stop.
class ServerWatch {
public:
    ServerWatch(const std::string& address, std::uint16_t port, const Clock& clock);
    ~ServerWatch() { stop(); }
    Samples stop();

private:
    void run(const std::stop_token& stop);

    const Clock& clock_;
    const std::unique_ptr<net::Client> client_;
    std::mutex mutex_;
    Samples samples_; // guarded by mutex_
    std::jthread thread_;
};

} // namespace bw::storm
