// The recorder: carries submissions from the journal into the database, in batches, with its cursor
// in the same transaction. What the database will not take is set aside by position and alarmed; it
// never blocks what comes after it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "journal/journal.hpp"
#include "recording/progress.hpp"
#include "submissions/archive.hpp"
#include "submissions/judge.hpp"
#include "submissions/receipt.hpp"
#include "submissions/record.hpp"
#include "submissions/recorder_pace.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::submissions {

/// What more is to be done with submissions that are recorded.
struct Afterwards {
    std::vector<SubmissionId> compare;  // texts whose assignments ask for it
    std::vector<SubmissionId> files;    // their bytes are to be found
    std::vector<AssignmentId> answered; // by structured ones, which an answer key may mark
    bool nothing() const { return compare.empty() && files.empty() && answered.empty(); }
};

struct RecorderOptions {
    std::size_t batch_items_limit = 4096; // a statement a tenant, so that many tenants cost little
    std::size_t batch_bytes_limit = 8 * 1024 * 1024;
    Duration batch_deadline = 30s;
    Duration pause_after_failure = 500ms;
    /// How long the journal keeps what is recorded: a database restored from a backup of that age
    /// is brought up to date from it.
    Duration keep = 24h;
    /// As often the cursor is read again though nothing failed: a failover goes unnoticed where
    /// nothing is written, and the other database may lack rows or an erasure.
    Duration cursor_interval = 60s;
    Duration standby_interval = 5s; // between two looks at it
    Duration standby_deadline = 1s;
    /// Instead of the journal's own forget(): who must have seen a record before it may go.
    std::function<Result<void>(std::uint64_t up_to_seq, Instant written_before)> forget = {};
    /// Where records are read that the journal has forgotten. With it the journal forgets what is
    /// archived, however young.
    Archive* archive = nullptr;
    /// Instead of the journal's: an earlier epoch, of which the archive has all there is. The
    /// thread ends with it.
    std::optional<std::uint64_t> archived_epoch = {};
    /// The statement that enqueues what is to be done with a tenant's submissions afterwards; it
    /// joins the transaction that records them. Null: nothing is.
    std::function<tenancy::Step(TenantId, const Afterwards&)> do_later = {};
    /// Called each time the cursor was read, before anything is recorded: the database may be
    /// another one, or an older one.
    std::function<Result<void>(tenancy::Database&, Deadline)> on_cursor = {};
    /// Are many others expected to need the database now? Null: never; it goes as fast as it can.
    std::function<bool()> make_room = {};
    PaceRules pace = {};
};

struct RecorderStatus {
    std::uint64_t recorded_seq = 0;
    std::uint64_t set_aside = 0;                   // of this journal, waiting for an operator
    bool failing = false;                          // the last attempt did not reach the database
    std::optional<std::uint64_t> standby_seq = {}; // on the standby; nullopt: none is configured
    std::uint64_t rests = 0;                       // after batches, to make room for others
    /// Of batches large enough to tell what it can do: how many records, in how long.
    std::uint64_t measured_records = 0;
    Duration measured{};
};

/// Drives batches by hand (step) or on a thread of its own (start). One recorder an epoch and
/// database: a second one finds the cursor moved and starts again from where it stands.
class Recorder {
public:
    /// With a `standby`, the journal forgets only what is recorded there too: a primary that is
    /// lost takes nothing with it that the journal has not. `kid`: of the key that the journal's
    /// heads are signed with; receipts name it.
    Recorder(journal::Journal& journal, std::unique_ptr<tenancy::Database> database,
             const tenancy::TenantDirectory& directory, std::string kid, const Clock& clock,
             RecorderOptions options = {}, std::unique_ptr<tenancy::Database> standby = nullptr);
    ~Recorder();

    // cursor() and step() of one thread, and not after start().
    /// Reads the cursor unless it is known; that needs the database. `corrupt` if it stands beyond
    /// the journal's end.
    Result<std::uint64_t> cursor(Deadline deadline);
    /// `corrupt` if a record behind the cursor is gone: neither in the journal nor in the
    /// archive, nor in a gap that the archive names. Reads the cursor.
    Result<void> check_next(Deadline deadline);
    /// Records one batch; how many records the cursor moved by (0: nothing new). After an error a
    /// part of the batch may be recorded, and the cursor with it. not_found: the next record is
    /// neither in the journal nor in the archive. Others are the database's, also when a second
    /// recorder has moved the cursor.
    Result<std::size_t> step(Deadline deadline);
    /// How it goes on after the last step, on the same thread.
    RecorderPace pace() const;
    void start();
    /// Finishes the batch at hand. Idempotent.
    void stop();
    /// Any thread.
    RecorderStatus status() const;
    /// Up to here everything is recorded, and nothing waits for an operator. Any thread.
    std::uint64_t settled_seq() const { return settled_seq_; }

private:
    struct Item {
        std::uint64_t seq;
        std::uint32_t index;
        std::shared_ptr<const journal::CommittedGroup> group; // shared with the journal's reader
        Nonce nonce;
        Bytes encoded_statement;
        Statement statement;
        Bytes content;
    };
    /// No submission_id with two contents.
    using Batch = recording::Batch<Item>;
    static constexpr std::size_t measured_batch = 128;
    Result<std::size_t> step_over(std::uint64_t from, std::uint64_t gap_end, Deadline deadline);
    std::size_t move_to(std::uint64_t from, std::uint64_t to);
    Result<Archive::Stretch> read_after(std::uint64_t seq, Deadline deadline);
    Batch take(const std::vector<journal::Entry>& entries) const;
    /// A batch's items of one tenant.
    struct Share {
        tenancy::TenantScope scope;
        std::string zone;
        std::vector<const Item*> items;
    };
    /// Items of an unknown tenant go to `set_aside`.
    std::vector<Share> shares_of(const Batch& batch,
                                 std::vector<recording::SetAside>& set_aside) const;
    tenancy::Step facts_step(const Share& share) const;
    /// `rows`: one for each item, in the same order.
    std::vector<Candidate> candidates(const Share& share, const pg::Rows& rows) const;
    std::vector<tenancy::Step> record_steps(const Share& share, const pg::Rows& facts) const;
    Result<void> write(const Batch& batch, Deadline deadline);
    Result<void> write_bisecting(Batch batch, Deadline deadline);
    void forget_old();
    void look_at_standby();
    void run(const std::stop_token& stop);

    journal::Journal& journal_;
    std::unique_ptr<tenancy::Database> database_;
    const tenancy::TenantDirectory& directory_;
    const std::string kid_;
    const Clock& clock_;
    const RecorderOptions options_;
    const std::uint64_t epoch_;
    std::optional<std::uint64_t> cursor_;         // nullopt: to be read from the database
    Monotonic read_cursor_at_{};                  // again
    std::uint64_t oldest_set_aside_ = UINT64_MAX; // as old as cursor_; so is set_aside_
    Duration last_lag_{}, last_took_{};           // of the last batch
    std::uint64_t written_ = 0, planned_at_ = 0;  // items; when plans were last made anew
    std::unique_ptr<tenancy::Database> standby_;  // null: there is none
    Monotonic look_at_standby_at_{};
    std::atomic<std::uint64_t> recorded_seq_ = 0, set_aside_ = 0, standby_seq_ = 0,
                               settled_seq_ = 0, rests_ = 0, measured_records_ = 0;
    std::atomic<Duration::rep> measured_ = 0;
    std::atomic<bool> failing_ = false;
    std::jthread thread_;
};

} // namespace bw::submissions
