// FailureExchange: one thread and connection by which the processes of an installation tell each
// other of failed attempts from unknown devices, and which outlives them. Nobody waits for it: a
// failure counts in its own process at once, elsewhere within a second.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "auth/guess_limit.hpp"
#include "tenancy/database.hpp"

namespace bw::auth {

struct ExchangeOptions {
    Duration interval = 1s, deadline = 5s;
    std::size_t accounts_limit = 10'000; // not told yet; beyond it a failure stays in this process
    std::int32_t rows_limit = 10'000;    // of one look
};

/// Thread-safe.
class FailureExchange {
public:
    /// Takes failures from `limit` and gives it the others'; outlived by it.
    FailureExchange(std::unique_ptr<tenancy::Database> database, GuessLimit& limit,
                    const Clock& clock, ExchangeOptions options = {});
    ~FailureExchange() { stop(); }

    void start();
    void stop();
    /// One round of the thread: tells, then listens. For tests without the thread.
    Result<void> step(Deadline deadline);

private:
    struct Failures {
        tenancy::TenantScope scope;
        int count = 0;
    };
    using Untold = std::map<std::pair<TenantId, AccountKey>, Failures>;

    void note(const tenancy::TenantScope& scope, const AccountKey& account, int count = 1);
    void run(const std::stop_token& stop);
    Result<void> tell(Deadline deadline);
    Result<void> listen(Deadline deadline);
    void forget(Deadline deadline);

    const std::unique_ptr<tenancy::Database> database_; // of the thread, or of who calls step()
    GuessLimit& limit_;
    const Clock& clock_;
    const ExchangeOptions options_;
    Instant heard_until_{};                // by the database's clock
    std::map<AccountKey, Instant> lifted_; // those that the last look saw, and when they were
    Monotonic forget_at_{};
    std::mutex mutex_;
    std::condition_variable_any wake_;
    Untold untold_; // guarded by mutex_
    std::jthread thread_;
};

/// In the caller's transaction: every process forgets what it counted of these accounts. The
/// caller lifts them in its own at once.
Result<void> lift_failures(tenancy::TenantTx& tx, std::span<const AccountKey> accounts);

} // namespace bw::auth
