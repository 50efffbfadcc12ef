// GuessLimit: how often a secret may be tried. Failures make later attempts wait, never lock
// anybody out; they are counted by account and by device, never by address. In this process's
// memory; failure_exchange.hpp tells the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "auth/device_token.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "tenancy/scope.hpp"

namespace bw::auth {

struct GuessRules {
    int free = 5;                      // failures that cost nothing
    Duration delay = 2s;               // after the next one; twice as long after each that follows
    Duration delay_max = 15min;        // some 110 guesses on the first day, 96 on each later one
    Duration known_max = 5min;         // from a device that has signed in before
    Duration memory = 1h;              // without a failure, all is forgotten
    std::size_t items_limit = 1 << 18; // counts in memory: of accounts, and of known devices
};

/// What is tried, and from where. Attempts from a known device are counted apart from all others,
/// so that nobody can make its owner wait.
struct Guess {
    AccountKey account{};
    DeviceId device{}; // zeros: unknown
    bool operator==(const Guess&) const = default;
    bool from_stranger() const { return device == DeviceId{}; }
};

/// The delay after that many failures.
Duration delay_after(int failures, bool known_device, const GuessRules& rules);

/// Thread-safe, sharded by account. Bounded: when there is no room, those with the fewest failures
/// are forgotten first, so whoever would wipe out a count must fail as often elsewhere.
class GuessLimit {
public:
    explicit GuessLimit(GuessRules rules = {});

    /// sign_in_delayed, with the time to wait, or each admitted attempt ends with failed() or
    /// let_go(). While attempts are under way they count as failures, so that many at once gain
    /// nothing; past the free ones there is one at a time.
    Result<void> admit(const Guess& guess, Monotonic now);
    void failed(const tenancy::TenantScope& scope, const Guess& guess, Monotonic now);
    /// It was right, or nobody looked at it. What is counted stays.
    void let_go(const Guess& guess);

    /// All that is counted of this account, on whatever device, is forgotten.
    void lift(const AccountKey& account);
    /// What the other processes know of strangers' failures, counted with ours.
    void learn(const AccountKey& account, int failures, Duration age, Monotonic now);
    /// Called after each failure of a stranger, in the thread of failed(). Before the first.
    using Told = std::function<void(const tenancy::TenantScope&, const AccountKey&)>;
    void on_failure(Told told) { told_ = std::move(told); }

    struct Status {
        std::size_t items = 0;
        std::uint64_t failed = 0, delayed = 0; // attempts
    };
    Status status() const;

private:
    struct Count {
        int failures = 0, under_way = 0;
        Monotonic failed_at{}, until{};
    };
    struct GuessHash {
        std::size_t operator()(const Guess& guess) const noexcept;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<Guess, Count, GuessHash> counts;
    };
    static constexpr std::size_t shard_count = 64;
    Shard& shard_of(const AccountKey& account) { return *shards_[account[0] % shard_count]; }
    void make_room(Shard& shard, Monotonic now) const;
    bool forgotten(const Count& count, Monotonic now) const;

    const GuessRules rules_;
    Told told_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<std::uint64_t> failed_ = 0, delayed_ = 0;
};

/// An admitted attempt: let go at its end, unless it failed.
class GuessUnderWay {
public:
    GuessUnderWay(GuessLimit& limit, const Guess& guess) : limit_(limit), guess_(guess) {}
    ~GuessUnderWay() {
        if (under_way_)
            limit_.let_go(guess_);
    }
    GuessUnderWay(const GuessUnderWay&) = delete;
    GuessUnderWay& operator=(const GuessUnderWay&) = delete;

    void failed(const tenancy::TenantScope& scope, Monotonic now) {
        under_way_ = false;
        limit_.failed(scope, guess_, now);
    }

private:
    GuessLimit& limit_;
    const Guess guess_;
    bool under_way_ = true;
};

} // namespace bw::auth
