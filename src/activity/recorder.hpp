// Carries activities from their journal into the database, in batches of many institutions, with
// the cursor in the same transaction; and forgets them when they are old.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "activity/record.hpp"
#include "journal/journal.hpp"
#include "recording/progress.hpp"
#include "tenancy/directory.hpp"

namespace bw::activity {

struct RecorderOptions {
    std::size_t batch_items_limit = 512; // records; of 1 to activities_limit each
    std::size_t batch_bytes_limit = 512 * 1024;
    Duration batch_deadline = 30s;
    Duration pause_after_failure = 500ms;
    /// How long the journal keeps what is recorded: a standby that takes the primary's place lacks
    /// what came last, and is brought up to date.
    Duration journal_keep = 1h;
    Duration cursor_interval = 60s; // as submissions' recorder
    /// How long activities are kept; longer than age_limit, so that one that is sent again finds
    /// itself.
    Duration keep = 400 * 24h;
    Duration forget_interval = 1h;    // between two rounds
    std::int64_t forget_rows = 1'000; // of one statement: its locks are short
    Duration forget_deadline = 5s;
    /// Does the database have others to serve now? Recording waits then, as long as the journal is
    /// not half full. Asked by the recorder's thread.
    std::function<bool()> waits = {};
    Duration wait = 1s;
    /// Hears with each batch whether an institution wants its people's activities kept.
    std::function<void(TenantId, bool kept)> heard = {};
};

/// Of this process, since it began, but for the first two.
struct RecorderStatus {
    std::uint64_t recorded_seq = 0;
    std::uint64_t set_aside = 0; // records of this journal, waiting for an operator
    std::uint64_t recorded = 0, doubled = 0, unfit = 0, not_wanted = 0; // activities
    std::uint64_t lost = 0;      // records that the journal had forgotten before they were recorded
    std::uint64_t forgotten = 0; // activities, by age
    bool failing = false;        // the last attempt did not reach the database
};

/// Drives batches by hand (step) or on a thread of its own (start). One a journal and database: a
/// second one finds the cursor moved.
class Recorder {
public:
    Recorder(journal::Journal& journal, std::unique_ptr<tenancy::Database> database,
             const tenancy::TenantDirectory& directory, const Clock& clock,
             RecorderOptions options = {});
    ~Recorder() { stop(); }

    // Of one thread, and not after start().
    /// Records one batch; how many records the cursor moved by (0: nothing new). After an error a
    /// part of the batch may be recorded, and the cursor with it.
    Result<std::size_t> step(Deadline deadline);
    /// Forgets some of what is old, if a round is due or under way; is there more to do?
    bool forget_some();
    void start();
    /// Finishes the batch at hand. Idempotent.
    void stop();
    /// Any thread.
    RecorderStatus status() const;

private:
    struct Item {
        std::uint64_t seq;
        Record record;
    };
    using Batch = recording::Batch<Item>;
    struct Share {
        tenancy::TenantScope scope;
        std::vector<const Item*> items;
    };
    Result<std::uint64_t> cursor(Deadline deadline);
    Result<void> write(const Batch& batch, Deadline deadline);
    std::vector<Share> shares_of(const Batch& batch,
                                 std::vector<recording::SetAside>& set_aside) const;
    void count(const Share& share, const pg::Rows& answer);
    Result<std::size_t> step_over(std::uint64_t from, Deadline deadline);
    std::size_t move_to(std::uint64_t from, std::uint64_t to);
    bool gives_way() const;
    void run(const std::stop_token& stop);

    journal::Journal& journal_;
    const std::unique_ptr<tenancy::Database> database_;
    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    const RecorderOptions options_;
    const std::uint64_t epoch_;
    std::optional<std::uint64_t> cursor_; // nullopt: to be read from the database
    Monotonic read_cursor_at_{};          // again
    std::uint64_t oldest_set_aside_ = UINT64_MAX;
    Monotonic forget_at_{};                       // the next round
    std::vector<tenancy::TenantScope> forget_in_; // what is left of the round under way
    std::atomic<std::uint64_t> recorded_seq_ = 0, set_aside_ = 0, recorded_ = 0, doubled_ = 0,
                               unfit_ = 0, not_wanted_ = 0, lost_ = 0, forgotten_ = 0;
    std::atomic<bool> failing_ = false;
    std::jthread thread_;
};

} // namespace bw::activity
