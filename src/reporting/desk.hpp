// Runs reports: one at a time, institutions in turn, each within its deadline, and not again what
// was just answered. Does not belong here: who may ask (routes), what a report is (catalogue).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "reporting/run_report.hpp"

namespace bw::reporting {

/// Which rows the store has: another one, other rows. Positions of one system and timeline alone
/// can be compared, and a snapshot may bring other rows at the same one.
struct StoreVersion {
    StoreVersion(std::uint64_t at, std::string of_system = {}, std::uint32_t on_timeline = 0,
                 std::uint64_t after_snapshots = 0)
        : lsn(at), system(std::move(of_system)), timeline(on_timeline), snapshots(after_snapshots) {
    }
    bool operator==(const StoreVersion&) const = default;

    std::uint64_t lsn;
    std::string system;
    std::uint32_t timeline;
    std::uint64_t snapshots;
};

/// How fresh the store is.
struct Freshness {
    Instant as_of; // all that was committed before it is in the store
    StoreVersion at = 0;
};

/// From so much lag on a report says that it is stale.
constexpr Duration stale_after = 60s;

/// What was asked.
struct ReportRequest {
    const Report* report; // of the catalogue
    std::vector<columnar::Value> arguments;
    TenantId tenant;
    std::optional<std::vector<SectionId>> sections; // nullopt: the whole institution
};

struct ReportAnswer {
    ReportRows result;
    Instant as_of;
};

struct DeskOptions {
    Duration report_timeout = 8s;
    /// Answers are kept for so long at most, while no row of the store changes.
    Duration kept_for = 10s;
    std::size_t kept_bytes_max = 16U << 20;
    /// Many students are about: answers are kept for longer, though rows change, and after each
    /// report the desk rests as long as that took, so that it has half of a core at most. Absent:
    /// never. Asked with the desk locked.
    std::function<bool()> at_peak = {};
    Duration kept_for_at_peak = 45s; // with the stream's lag less than stale_after
    Duration rest_max = 2s;
};

/// Thread-safe; whoever asks waits on their own thread.
class Desk {
public:
    using Connect = std::function<Result<std::unique_ptr<columnar::Connection>>()>;
    /// nullopt: there has been no snapshot yet.
    using Fresh = std::function<std::optional<Freshness>()>;

    Desk(Connect connect, Fresh fresh, DeskOptions options, const Clock& clock);

    /// `unavailable`: the store has nothing yet, or cannot be used;
    /// `deadline_exceeded`. An answer is shared by all who asked the same.
    Result<std::shared_ptr<const ReportAnswer>> run(const ReportRequest& request,
                                                    Deadline deadline);

    struct Counts {
        std::uint64_t run = 0, kept = 0, failed = 0;
        Duration running{}; // of those that were run, or failed
    };
    Counts counts() const;

private:
    struct Kept {
        std::string key;
        std::shared_ptr<const ReportAnswer> answer;
        StoreVersion at;
        std::size_t bytes;
    };
    struct Turn;
    bool at_peak() const { return options_.at_peak && options_.at_peak(); }
    bool wait_for_turn(std::unique_lock<std::mutex>& lock, Deadline deadline);
    std::shared_ptr<const ReportAnswer> find(const std::string& key, const Freshness& fresh);
    void keep(std::string key, std::shared_ptr<const ReportAnswer> answer, const Freshness& fresh);
    Result<std::shared_ptr<const ReportAnswer>> run_now(const ReportRequest& request,
                                                        const Freshness& fresh, Deadline deadline);

    const Connect connect_;
    const Fresh fresh_;
    const DeskOptions options_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable free_;
    bool busy_ = false; // somebody has the turn
    Monotonic rests_until_;
    std::list<Kept> kept_; // newest first
    std::size_t kept_bytes_ = 0;
    Counts counts_;
};

} // namespace bw::reporting
