// Fetcher: asks providers over HTTPS. Whatever one of them does (is dead, slow, endless, wrong)
// costs a bounded share of one thread and nothing else: no lane thread and no database connection
// ever waits for a provider.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "federation/provider.hpp"
#include "tenancy/breaker.hpp"

namespace bw::federation {

struct FetcherOptions {
    Reach reach = Reach::public_only;
    std::string authorities_file = {}; // PEM; these alone are trusted. Empty: the system's
    std::size_t running_limit = 256, provider_running_limit = 96, tenant_running_limit = 128;
    std::size_t body_bytes_limit = 256 * 1024, head_bytes_limit = 64 * 1024;
    Duration time_limit = 8s, connect_limit = 4s;
    std::size_t breakers_limit = 4'096;
    tenancy::BreakerOptions breaker = {.failures_to_open = 5,
                                       .deadlines_to_open = 8,
                                       .pause_min = 1s,
                                       .pause_max = 30s,
                                       .probe_limit = 10s};
};

/// For whom something is fetched: what it costs, and how it goes, is counted there.
struct FetchFor {
    TenantId tenant;
    ProviderId provider;
    Preset preset = Preset::generic;
};

struct FetchRequest {
    std::string url;
    std::optional<std::string> form = {}; // POSTed, application/x-www-form-urlencoded; else GET
    std::string authorization = {};       // the header's value; empty: none
};

struct FetchAnswer {
    int status = 0; // never 5xx
    std::string body;
    std::optional<Duration> max_age; // by Cache-Control
};

struct FetcherStatus {
    struct Of {
        std::uint64_t answered = 0, failed = 0, late = 0; // fetches, since the start
        std::uint64_t refused = 0;                        // by limits and breakers
        std::size_t breakers_open = 0;
    };
    std::size_t running = 0;
    std::array<Of, std::size(all_presets)> presets; // by Preset
};

/// Thread-safe. libcurl's multi interface on one thread of its own.
class Fetcher {
public:
    Fetcher(FetcherOptions options, const Clock& clock, Rng& rng);
    ~Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;

    using Done = std::move_only_function<void(Result<FetchAnswer>)>;
    /// Calls `done` once, on its own thread, or, refused, on the caller's. overloaded: too many are
    /// under way for this provider, institution or process. unavailable: the breaker is open, the
    /// provider cannot be reached, answered 5xx, more than it may, or lies where it may not.
    /// deadline_exceeded: no whole answer in time. Redirects are answers.
    void fetch(const FetchFor& whom, FetchRequest request, Deadline deadline, Done done);

    Reach reach() const { return options_.reach; }
    FetcherStatus status() const;
    /// Everything under way hears `unavailable`. Idempotent.
    void stop();

private:
    struct Transfer;
    struct Provider {
        std::unique_ptr<tenancy::Breaker> breaker;
        Preset preset = Preset::generic;
        std::size_t running = 0;
        Monotonic asked_at{};
    };
    void make_room();
    Result<void> admit(const FetchFor& whom);
    void run();
    void start(void* multi, std::unique_ptr<Transfer> transfer);
    void finish(void* multi, void* easy, int result);
    void settle(std::unique_ptr<Transfer> transfer, Result<FetchAnswer> outcome, bool late);

    const FetcherOptions options_;
    const Clock& clock_;
    Rng& rng_;
    void* const multi_; // CURLM
    mutable std::mutex mutex_;
    // By mutex_:
    bool stopping_ = false;
    std::vector<std::unique_ptr<Transfer>> submitted_;
    std::map<ProviderId, Provider> providers_;
    std::map<TenantId, std::size_t> running_by_tenant_;
    FetcherStatus status_;
    // Of the thread:
    std::map<void*, std::unique_ptr<Transfer>> running_;
    std::thread thread_;
};

} // namespace bw::federation
