// The durable intake journal: append-only, with group commit, in segments on a disk or in a
// replicated stream. A record is acknowledged when its group is durable as Durability says, and not
// before. Records are opaque bytes here; what they mean is the caller's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "journal/head.hpp"

namespace bw::journal {

struct Position {
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;
    auto operator<=>(const Position&) const = default;
};

/// A commit group, after it became durable. Shared by the answers of all its records; immutable.
struct CommittedGroup {
    Group group;
    MerkleTree tree;               // of its records
    std::vector<Sha256> head_path; // from its leaf to the head's root
    Head head;
    Signature signature{};
};

struct Committed {
    Position position;
    std::shared_ptr<const CommittedGroup> group; // shared with every other record of the group
    std::uint32_t index = 0;                     // leaf number in the group
    Nonce nonce{};

    std::vector<Sha256> path() const { return group->tree.path(index); }
};

class Follower;
class Stream;

/// A second node that has a copy of the journal on its disk before an answer goes out.
struct FollowerOptions {
    std::shared_ptr<Follower> node;
    /// Without it nothing is accepted; otherwise answers say `local-fsync` for as long as it is
    /// away or far behind.
    bool required = false;
    Duration patience = 1s; // with one answer of it; a commit waits so long at most
    Duration retry = 200ms; // after a failure
};
struct FollowerStatus {
    std::string name;
    std::uint64_t groups = 0; // that it has
    bool in_step = false, required = false;
    bool parted = false; // it has other groups: nothing is accepted until somebody decides
};

struct JournalOptions {
    // Of segments alone.
    std::filesystem::path directory; // made if absent; one process at a time (locked)
    std::string cell = default_cell;
    std::size_t segment_bytes = 64 * 1024 * 1024;
    std::uint64_t total_bytes_limit =
        8ull * 1024 * 1024 * 1024;  // beyond it: storage_full, before acceptance
    std::size_t segments_ahead = 2; // kept written and unused, besides the one in use
    std::optional<FollowerOptions> follower = {};

    // Of both.
    std::size_t record_bytes_limit = 1024 * 1024;
    std::size_t queue_items_limit = 65'536;
    std::size_t queue_bytes_limit = 256 * 1024 * 1024;
    std::size_t group_bytes_limit = 4 * 1024 * 1024;
    std::size_t group_items_limit = 4'096;
    /// How long a group waits for those whom the last one answered to come back with the next
    /// record: one sync and one signature for all of them, not two.
    Duration group_linger = std::chrono::microseconds(50);

    /// Of a stream alone: how long one group is tried before its outcome is unknown. Longer than
    /// the election of a new leader takes (8 s).
    Duration append_deadline = 15s;
};

struct JournalStatus {
    std::uint64_t epoch, durable_seq, groups, bytes_used, bytes_limit;
    Durability durability; // what an answer would say now
    std::optional<FollowerStatus> follower;
    std::size_t queued;
    bool sealed; // a write or sync failed: nothing is accepted until a restart
    bool full;   // the largest record would be storage_full; ends by itself with the cause
};

/// What recovery found, for the log and the operator.
struct Recovery {
    std::uint64_t records = 0, groups = 0, torn_bytes = 0;
};

/// A record as read back, with what is needed to issue its receipt again.
struct Entry {
    Position position;
    Bytes record;
    Nonce nonce;
    std::shared_ptr<const CommittedGroup> group; // shared by the entries of the group
    std::uint32_t index;
};

/// A durable group without its records, and the root of the journal's tree that ends with it.
struct LoggedGroup {
    Group group;
    Sha256 head_root{};
};

/// Thread-safe. One writer thread of its own, which calls `done` for all that was accepted.
class Journal {
public:
    using Sign = std::function<Signature(ByteView)>;
    using Done = std::move_only_function<void(Result<Committed>)>;

    /// Opens or creates. Recovery cuts off a torn tail: a group that was never acknowledged because
    /// it never became whole. A bad frame with a later group behind it is `corrupt`: it stops, says
    /// where, and changes nothing.
    static Result<std::unique_ptr<Journal>> open(JournalOptions options, Sign sign,
                                                 const Clock& clock, Rng& rng);
    /// The same on a replicated stream: nothing of it is on this node's disk, and any node may open
    /// it again (its TreeLog begins anew only where the stream has forgotten nothing). Of two that
    /// have it open, the first one to find the other's group is sealed.
    static Result<std::unique_ptr<Journal>> open(std::unique_ptr<Stream> stream,
                                                 JournalOptions options, Sign sign,
                                                 const Clock& clock, Rng& rng);
    virtual ~Journal(); // commits what is queued, then closes

    /// Calls `done` exactly once: with the commit, on the writer thread (so it must be quick); or
    /// on the caller's thread with overloaded, storage_full, unavailable (sealed, or the follower
    /// is missing) or payload_too_large before acceptance; or, on the writer thread, with
    /// outcome_unknown when its group's write or sync failed, and unavailable when an earlier one's
    /// did. outcome_unknown also when a follower that is required, or has parted, did not
    /// acknowledge in time: the group is durable here, and the journal goes on. The receipt's leaf
    /// covers the first `proven_bytes` of the record: what must be shown to prove it. The rest
    /// should be bound to them by a hash that they hold, so that a receipt stays small however
    /// large the record is.
    virtual void append(Bytes record, std::size_t proven_bytes, Done done) = 0;
    /// The leaf covers the whole record.
    void append(Bytes record, Done done) {
        const std::size_t all = record.size();
        append(std::move(record), all, std::move(done));
    }

    /// Up to `items_limit` durable records after `after_seq` (0: from the start), oldest first;
    /// empty when there is nothing newer. At least one if there is any, even one larger than
    /// `bytes_limit`. `corrupt` when stored bytes do not verify, `not_found` when the next record
    /// was forgotten.
    virtual Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                            std::size_t bytes_limit) const = 0;
    /// Up to `limit` durable groups after number `after` (0: from the start), without their
    /// records; for the log that outlives them. `corrupt` and `not_found` as read().
    virtual Result<std::vector<LoggedGroup>> groups(std::uint64_t after,
                                                    std::size_t limit) const = 0;
    /// The tree of all groups that were forgotten.
    virtual MerkleFrontier forgotten_tree() const = 0;
    /// Blocks until something newer than `after_seq` is durable, or the deadline, or
    /// stop_waiting().
    virtual void wait(std::uint64_t after_seq, Deadline deadline) const = 0;
    /// For good: every wait() from now on returns at once.
    virtual void stop_waiting() = 0;

    /// For good: the records up to `up_to_seq` that were written before `written_before` are needed
    /// no more (and nobody is reading them). Whole segments of them are given up and used again;
    /// read() then begins at first_seq(). The segment in use stays. After an error nothing that is
    /// needed is lost; call again. Costs next to nothing when there is nothing to give up.
    virtual Result<void> forget(std::uint64_t up_to_seq, Instant written_before) = 0;
    /// The oldest record that can be read, or the next one to come.
    virtual std::uint64_t first_seq() const = 0;

    /// What holds for a durable group by now: more, perhaps, than when it was committed.
    virtual Durability durability_of(const Group& group) const = 0;
    virtual JournalStatus status() const = 0;
    virtual const Recovery& recovery() const = 0;
};

} // namespace bw::journal
