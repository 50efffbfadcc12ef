// The seam between the journal's queue and where its groups become durable: segments on a disk
// (segment_store) or a replicated stream (stream_store). Internal.
#pragma once

#include <atomic>
#include <span>

#include "journal/format.hpp"
#include "journal/journal.hpp"

namespace bw::journal {

/// An accepted record on its way. The leaf is hashed by whoever appends: in parallel, off the
/// writer's path.
struct Pending {
    Bytes record;
    std::size_t proven_bytes;
    Nonce nonce{};
    Sha256 leaf{};
    Journal::Done done;
};

struct GroupCommit {
    std::size_t taken = 0; // from the front
    Result<std::shared_ptr<const CommittedGroup>> group;
    /// After a failure: the group is durable, only not as much as was to be promised, and the
    /// next one may be committed. Otherwise a failure ends the store until it is opened again.
    bool goes_on = false;
};

/// What a Journal does without threads and queue. commit() and prepare() each of one thread, the
/// rest of any.
class Store {
public:
    virtual ~Store() = default;

    /// Makes one group of the front of `items`, as many as the limits allow, durable. The items
    /// must fit in room().
    virtual GroupCommit commit(std::span<const Pending> items) = 0;
    /// Why nothing can be promised just now; quick.
    virtual std::optional<Error> refusal() const { return std::nullopt; }

    /// Bytes that can be accepted for sure, a record counting as commit_cost(). Shrinks in commit()
    /// alone.
    virtual std::uint64_t room() const = 0;
    /// Is so much ready that prepare() has nothing to do?
    virtual bool has_reserve() const = 0;
    /// Makes room: storage_full or unavailable if there is none to be had now. `stop` ends it.
    virtual Result<void> prepare(const std::atomic<bool>& stop) = 0;

    // As in Journal.
    virtual Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                            std::size_t bytes_limit) const = 0;
    virtual Result<std::vector<LoggedGroup>> groups(std::uint64_t after,
                                                    std::size_t limit) const = 0;
    virtual MerkleFrontier forgotten_tree() const = 0;
    virtual Result<void> forget(std::uint64_t up_to_seq, Instant written_before) = 0;
    virtual std::uint64_t first_seq() const = 0;
    virtual Durability durability_of(const Group& group) const { return group.durability; }
    virtual const Recovery& recovery() const = 0;

    virtual std::uint64_t epoch() const = 0;
    virtual std::uint64_t durable_seq() const = 0;
    virtual std::uint64_t group_count() const = 0;
    virtual std::uint64_t bytes_used() const = 0;
    virtual Durability durability() const = 0; // of what is committed now
    virtual std::optional<FollowerStatus> follower() const { return std::nullopt; }
};

} // namespace bw::journal
