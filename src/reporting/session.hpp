// One connection's worth of the projector: from looking at primary, slot and store to the first
// failure. For this module's sources alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "reporting/change_source.hpp"
#include "reporting/projector.hpp"

namespace bw::reporting {

class Projector::Session : private ChangeSource::Listener {
public:
    using Tell = std::function<void(const std::function<void(ProjectorStatus&)>&)>;

    Session(const ProjectorOptions& options, columnar::Connection& connection,
            const AfterApply& after_apply, const Clock& clock, Tell tell,
            std::optional<std::string> anew, RewriteFailures& rewrite_failures)
        : options_(options), connection_(connection), after_apply_(after_apply), clock_(clock),
          tell_(std::move(tell)), anew_(std::move(anew)), rewrite_failures_(rewrite_failures),
          probe_(options.reader, options.standbys, clock) {}

    /// Returns without an error when it was told to stop, or the store's file is another.
    Result<void> run(const std::stop_token& stop);

private:
    Result<bool> prepare(const std::stop_token& stop);
    Result<std::optional<std::string>> why_anew(bool same_mark);
    void wait_for_a_calmer_minute(const std::string& why, const std::stop_token& stop);
    Result<void> take_snapshot(const std::string& why, std::string mark,
                               const std::stop_token& stop);
    Result<void> copy_tenants(pg::SnapshotReader& reader, const std::stop_token& stop);
    Result<void> follow(const std::stop_token& stop);
    Result<void> begins(pg::Lsn final_lsn) override;
    Result<void> change(const pg::pgoutput::Message& message) override;
    void whole(Watermark at) override;
    void nothing_until(pg::Lsn lsn) override;
    Result<void> write_if_due(const std::stop_token& stop);
    Result<void> write(const std::stop_token& stop);
    Result<void> wait_for_standbys(pg::Lsn lsn, const std::stop_token& stop);
    Result<void> write_idle_position();
    Result<void> settle();
    bool rewrite_is_due() const;
    Result<void> rewrite();
    Result<void> look();
    Result<std::string> mark();
    void tell_where();
    void note_as_of(ProjectorStatus& status, Instant at) const;
    Deadline within(Duration d) const { return Deadline::in(clock_, d); }

    const ProjectorOptions& options_;
    columnar::Connection& connection_;
    const AfterApply& after_apply_;
    const Clock& clock_;
    const Tell tell_;
    std::optional<std::string> anew_; // why a snapshot is needed that nothing here shows
    RewriteFailures& rewrite_failures_;
    std::unique_ptr<Mirror> mirror_;
    pg::LogProbe probe_;
    std::unique_ptr<ChangeSource> source_; // uses the probe
    pg::LogIdentity identity_;

    bool in_transaction_ = false;
    bool rewrite_due_ = false;
    bool idle_ = false; // nothing came when it was last waited for
    pg::Lsn final_lsn_; // of the transaction that is being read
    std::optional<Watermark>
        whole_;      // the last transaction that was read to its end, and is not written
    Instant newest_; // when the last transaction that is written was committed
    std::optional<Monotonic> oldest_at_;  // when the first change came that is not written
    std::uint64_t rows_ = 0;              // that came since the last write
    pg::Lsn empty_until_;                 // nothing for us is between what is written and this
    std::optional<pg::LogSample> sample_; // the latest that has not been reached
    Monotonic looked_at_, publication_looked_at_, position_written_at_;
};

} // namespace bw::reporting
