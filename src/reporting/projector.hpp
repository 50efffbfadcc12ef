// The projector: the thread that keeps the mirror at the primary's heels. It begins with a
// snapshot, goes on with the stream from where the store is, and whatever happens to it, to the
// primary or to the disk, begins again from there by itself. Says how far the store is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "columnar/connection.hpp"
#include "pg/change_stream.hpp"
#include "reporting/mirror.hpp"

namespace bw::reporting {

/// When the store's file is made anew without what was deleted from it (store_files.hpp).
struct Rewriting {
    /// Does it; absent: it is never done.
    std::function<Result<void>(columnar::Connection&, Deadline)> rewrite = {};
    /// Now is a quiet time. Absent: any is.
    std::function<bool()> is_quiet = {};
    Duration wait_min = 12h, wait_max = 22h; // after the first row went: quiet time or not
    Duration timeout = 30min;
    Duration again_after = 1h, again_after_max = 24h; // one that failed; doubled each time
};

/// Where changes come from: see change_source.hpp.
enum class ReportSource : std::uint8_t { slot, outbox };

struct ProjectorOptions {
    ReportSource source = ReportSource::slot;
    pg::StreamServer stream; // as bw_stream; of no use to the outbox
    /// As bw_app: reads the snapshot tenant by tenant, the outbox, and how far the log is.
    pg::StreamServer reader;
    /// One for a store: letters, digits and _. The slot's name, or who reads the outbox.
    std::string slot = "bw_reporting";
    std::vector<std::string> standbys = {}; // slots of those that may take over: see LogProbe
    /// The oldest change waits so long at most for others; between looks into the outbox.
    Duration batch_period = 200ms;
    std::size_t batch_rows_max = 50'000;
    std::size_t batch_bytes_max = 64U << 20; // then a transaction goes to the store before its end
    Duration look_period = 500ms;            // between looks at how far the log is
    Duration publication_period = 1min;      // between looks at what is published
    Duration idle_period = 10s;      // between writes of a position behind which nothing was for us
    Duration standby_patience = 30s; // for a standby to have what is to be applied
    Duration pause_min = 200ms, pause_max = 10s; // after a failure, doubled each time
    /// After snapshots that came to nothing: each reads all of the primary. Fourfold each time.
    Duration snapshot_pause_min = 1s, snapshot_pause_max = 30min;
    Duration snapshot_proven =
        1min; // a session without one that lasts so long: they come to something
    /// Many students are about: a snapshot waits for the end of it, for so long at most, since
    /// reports grow old meanwhile. One without which there are no reports at all does not. Absent:
    /// never.
    std::function<bool()> at_peak = {};
    Duration peak_patience = 10min;
    Duration schema_pause = 30s; // while the primary's tables are not as we know them
    Rewriting rewriting = {};
};

/// Since the last rewrite that came to its end.
struct RewriteFailures {
    Monotonic last_at;
    Duration pause{}; // zero: there was none
};

enum class ProjectorState : std::uint8_t {
    starting,
    snapshot,  // all tables are copied; reports show what was there before
    streaming, // the store follows
    rewriting, // its file is made anew; reports show what was there before
    waiting,   // the primary, or the store's file, cannot be used; tried again by itself
    stopped    // the primary's tables are not as this program knows them: nothing more is applied
};
constexpr ProjectorState projector_states[] = {ProjectorState::starting,  ProjectorState::snapshot,
                                               ProjectorState::streaming, ProjectorState::rewriting,
                                               ProjectorState::waiting,   ProjectorState::stopped};
std::string_view wire_name(ProjectorState state);

struct ProjectorStatus {
    ProjectorState state = ProjectorState::starting;
    std::string reason = {};           // of `snapshot`, `waiting` and `stopped`, for operators
    std::optional<Instant> as_of = {}; // all that was durably committed before it is in the store
    std::optional<Watermark> at = {};
    pg::Lsn reached = {}; // nothing for the store is missing up to here: at `at`, or behind it
    std::uint64_t rows = 0, commits = 0, snapshots = 0; // since the start
    std::uint64_t snapshots_begun = 0;                  // likewise; some may have come to nothing
    std::uint64_t rewrites = 0;                         // of the file, likewise
    std::optional<Instant> outdated_since = {}; // the file may hold rows that went then, or later
    std::int64_t set_aside = 0;                 // rows that cannot stand in the store
    std::optional<std::int64_t> slot_bytes_behind = {}; // that the primary keeps for us
    std::optional<std::int64_t> slot_bytes_left = {};   // until it stops to
};

class Projector {
public:
    /// A connection to the store, asked for at each beginning: whoever owns the store may have
    /// opened it anew.
    using Connect = std::function<Result<std::unique_ptr<columnar::Connection>>()>;

    /// `clock` and `rng` outlive this.
    Projector(ProjectorOptions options, Connect connect, AfterApply after_apply, const Clock& clock,
              Rng& rng);
    ~Projector();

    void start();
    /// Thread-safe; what is not committed is dropped and comes again.
    void stop();
    /// Thread-safe.
    ProjectorStatus status() const;
    /// Waits until the status is so; false: the deadline passed. Thread-safe.
    bool wait(const std::function<bool(const ProjectorStatus&)>& so, Deadline deadline) const;

private:
    class Session; // from one connection to its end: session.hpp
    void run(const std::stop_token& stop);
    Result<void> run_session(std::optional<std::string> anew, const std::stop_token& stop);
    void tell(const std::function<void(ProjectorStatus&)>& change);
    Duration settle(const Error& why, Duration pause);
    RewriteFailures rewrite_failures_; // the session's thread alone

    const ProjectorOptions options_;
    const Connect connect_;
    const AfterApply after_apply_;
    const Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_;
    mutable std::condition_variable_any told_; // the status is another
    columnar::Connection* in_use_ = nullptr;   // the session's, while there is one
    ProjectorStatus status_;
    std::jthread thread_; // last: it uses the others
};

} // namespace bw::reporting
