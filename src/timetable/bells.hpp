// The bells that follow from a timetable: the moments of the next days at which lessons begin. They
// stand beside those that administrators declare, and reach every process with its directory.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"
#include "timetable/plan.hpp"

namespace bw::timetable {

struct BellRules {
    Duration ahead = 3 * 24h;    // how far bells are written
    Duration at_least = 2 * 24h; // less than that: they are written again
    std::size_t limit = 300;     // of an institution
};

/// At the end of the transaction that changed the timetable. Bells to come that no longer follow
/// from it go; those that an administrator declared stay.
Result<void> write_bells(tenancy::TenantTx& tx, const Plan& plan, Instant now, Rng& rng,
                         const BellRules& rules = {});

/// A thread that keeps them written ahead, whatever else happens. Thread-safe but for step().
class BellWriter {
public:
    using MakeDatabase = std::function<std::unique_ptr<tenancy::Database>()>;
    /// `make_database` for each round, so that there is no connection in between. All outlive it.
    BellWriter(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
               const Clock& clock, Rng& rng, BellRules rules = {});
    ~BellWriter() { stop(); }

    void start();
    void stop();
    /// One round; of how many institutions they were written. For tests without the thread.
    std::size_t step(const std::stop_token& stop = {});

private:
    void run(const std::stop_token& stop);

    const MakeDatabase make_database_;
    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    Rng& rng_;
    const BellRules rules_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::timetable
