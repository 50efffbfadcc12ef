// The segments of one journal: what recovery found, the one being written, the ones prepared ahead,
// and where each group lies. No threads and no queue of its own: journal.cpp drives it, the crash
// simulator drives the same code step by step.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <span>

#include "journal/file.hpp"
#include "journal/group.hpp"

namespace bw::journal {

struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;    // of the file
    std::shared_ptr<File> file; // shared by the writer and readers that are in the middle of it
    std::uint64_t end = 0;      // durable up to here; 0: not in use yet
    std::uint64_t first_seq = 0;
    Instant last_time; // of its last group
};

/// What a person is told of one.
struct SegmentView {
    std::uint64_t number = 0, bytes = 0;
    std::uint64_t used_bytes = 0; // 0: prepared ahead
    std::uint64_t first_seq = 0;
    Instant last_time; // of its last group
};

/// One entry for every index_step of segment bytes: enough to find any group, and its place in the
/// tree, after a short walk.
struct IndexEntry {
    std::uint64_t first_seq = 0, group = 0, segment = 0, offset = 0;
    MerkleFrontier tree{}; // of all groups before it
};
inline constexpr std::uint64_t index_step = 512 * 1024;

/// Files kept to be used again, beside the segments; what is given up beyond them is removed.
inline constexpr std::size_t spares_limit = 4;

/// What recovery hands over. `segments` are contiguous by number; those in use come first, those
/// prepared ahead last.
struct Recovered {
    Manifest manifest;
    std::deque<Segment> segments;
    std::size_t used = 0;            // how many of them are in use
    std::vector<std::string> spares; // names of files to be used again
    std::uint64_t groups = 0, records = 0;
    Instant last_time;
    std::vector<IndexEntry> index;
    MerkleFrontier tree; // of all groups
    Recovery found;
};

/// Creates the journal or recovers it: see the table in README.md. `corrupt` changes nothing on
/// disk.
Result<Recovered> recover(Directory& directory, const JournalOptions& options, Rng& rng);

/// What an opening would find; changes nothing, and not_found where there is no journal.
Result<Recovered> look(Directory& directory);

/// "journal options are impossible": invalid_field with the member's name.
Result<void> check(const JournalOptions& options);

class Segments {
public:
    static Result<std::unique_ptr<Segments>> open(std::unique_ptr<Directory> directory,
                                                  JournalOptions options, Journal::Sign sign,
                                                  const Clock& clock, Rng& rng);

    /// For reading alone: nothing but const members may be called.
    static Result<std::unique_ptr<const Segments>>
    open_to_read(std::unique_ptr<Directory> directory, const Clock& clock);

    using Commit = GroupCommit;
    /// Writes one group from the front of `items`, as many as the limits and the present segment
    /// allow, and syncs it. The items must fit in room(). After a failure no other call is allowed
    /// (the caller seals). One thread.
    Commit commit(std::span<const Pending> items);

    /// Called with each group of commit() once it is synced, and before anything is promised: what
    /// may be promised now, or why nothing can be.
    using Settle = std::function<Result<Durability>(const Group&)>;
    void set_settle(Settle settle) { settle_ = std::move(settle); }

    /// Writes and syncs a group that another journal has committed, of the same epoch; nothing was
    /// changed if it is `conflict`, for it does not continue this one. Whoever begins with it must
    /// have none. One thread, the one of prepare().
    Result<void> adopt(const GroupMessage& message);

    /// As Journal::forget. Any thread.
    Result<void> forget(std::uint64_t up_to_seq, Instant written_before);
    std::uint64_t first_seq() const;

    /// Writes and syncs one more segment, over a spare file if there is one. storage_full at the
    /// bytes limit or when the disk is full, unavailable on any other failure; both may be tried
    /// again. One thread, which may be another than commit()'s. `stop` is looked at between writes.
    Result<void> prepare(const std::atomic<bool>& stop);
    std::size_t prepared() const;

    /// Bytes that can be accepted for sure: in segments already written, less the most that may be
    /// wasted at each one's end. Shrinks in commit() alone.
    std::uint64_t room() const { return room_.load(std::memory_order_acquire); }

    // For readers; thread-safe.
    /// What holds for a durable group by now.
    Durability durability_of(const Group& group) const {
        return group.number <= followed_.load(std::memory_order_acquire)
                   ? Durability::local_fsync_follower
                   : group.durability;
    }
    /// The groups up to this one are on a follower's disk too.
    void set_followed(std::uint64_t groups) { followed_.store(groups, std::memory_order_release); }
    /// Where to begin to look for `seq`; none if it is not durable (yet), or forgotten.
    std::optional<IndexEntry> find(std::uint64_t seq) const;
    /// Where to begin to look for the group `number`.
    std::optional<IndexEntry> find_group(std::uint64_t number) const;
    /// The tree of the groups that were forgotten.
    MerkleFrontier forgotten_tree() const;
    /// A segment in use.
    std::optional<Segment> segment(std::uint64_t number) const;
    std::string path_of(std::uint64_t number) const;

    std::uint64_t durable_seq() const { return durable_seq_.load(std::memory_order_acquire); }
    std::uint64_t groups() const { return groups_.load(std::memory_order_acquire); }
    std::uint64_t bytes_used() const;
    /// For who looks at them; of a view, tree() is that of all groups.
    std::vector<SegmentView> views() const;
    const MerkleFrontier& tree() const { return tree_; }
    const Manifest& manifest() const { return manifest_; }
    const Recovery& recovery() const { return recovery_; }

private:
    Segments(std::unique_ptr<Directory> directory, JournalOptions options, Journal::Sign sign,
             const Clock& clock, Recovered recovered);
    Result<void> activate_next();
    Result<void> write_current();
    void advance(const BuiltGroup& built);
    void measure_room();
    std::uint64_t waste_limit() const { return commit_cost(options_.record_bytes_limit); }
    std::uint64_t left_in_current() const;

    const std::unique_ptr<Directory> directory_;
    const JournalOptions options_;
    const Journal::Sign sign_;
    const Clock& clock_;
    const Manifest manifest_; // as opened: first_segment moves on
    const Recovery recovery_;

    std::mutex forgetting_;    // held before mutex_
    mutable std::mutex mutex_; // guards what follows, up to the counters
    std::vector<std::string> spares_;
    std::deque<Segment> segments_;
    std::size_t used_;
    std::vector<IndexEntry> index_;

    std::atomic<std::uint64_t> durable_seq_, groups_, room_ = 0, followed_ = 0;
    Settle settle_;
    Instant last_time_; // the writer's alone, like the next three
    MerkleFrontier tree_;
    Bytes buffer_;
    Segment current_; // the writer's copy of the last one in use; number 0: none
};

inline constexpr const char* manifest_name = "manifest";
/// Durable when it returns ok.
Result<void> write_manifest(Directory& directory, const Manifest& manifest);

std::string segment_name(std::uint64_t epoch, std::uint64_t number);

} // namespace bw::journal
