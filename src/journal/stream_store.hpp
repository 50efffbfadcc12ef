// A replicated stream as a store: each group is one message, whose number is the group's. Nothing
// of the journal is on this node's disk. Internal.
#pragma once

#include <deque>
#include <mutex>

#include "journal/group.hpp"
#include "journal/stream.hpp"

namespace bw::journal {

class StreamStore final : public Store {
public:
    /// Reads the last message: the journal goes on behind it.
    static Result<std::unique_ptr<StreamStore>> open(std::unique_ptr<Stream> stream,
                                                     JournalOptions options, Journal::Sign sign,
                                                     const Clock& clock);

    GroupCommit commit(std::span<const Pending> items) override;
    std::uint64_t room() const override;
    bool has_reserve() const override;
    Result<void> prepare(const std::atomic<bool>& stop) override;
    Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                    std::size_t bytes_limit) const override;
    Result<std::vector<LoggedGroup>> groups(std::uint64_t after, std::size_t limit) const override;
    MerkleFrontier forgotten_tree() const override;
    Result<void> forget(std::uint64_t up_to_seq, Instant written_before) override;
    std::uint64_t first_seq() const override;
    const Recovery& recovery() const override { return recovery_; }
    std::uint64_t epoch() const override { return stream_->manifest().epoch; }
    std::uint64_t durable_seq() const override {
        return durable_seq_.load(std::memory_order_acquire);
    }
    std::uint64_t group_count() const override { return groups_.load(std::memory_order_acquire); }
    std::uint64_t bytes_used() const override { return bytes_.load(std::memory_order_acquire); }
    Durability durability() const override { return Durability::replicated; }

private:
    /// A message that was read, taken apart.
    struct Loaded {
        std::shared_ptr<const Bytes> message;
        GroupMessage group;                              // its views are into `message`
        std::shared_ptr<const CommittedGroup> committed; // made when first asked for
        std::uint64_t number() const { return group.shape.group.number; }
        bool holds(std::uint64_t seq) const {
            const Group& g = group.shape.group;
            return message && seq >= g.first_seq && seq - g.first_seq < g.size;
        }
    };
    /// Each kind of reader keeps its own.
    struct ReadState {
        std::mutex mutex;
        Loaded loaded;
    };

    StreamStore(std::unique_ptr<Stream> stream, JournalOptions options, Journal::Sign sign,
                const Clock& clock);
    Result<void> recover();
    Result<void> take_front();
    GroupCommit commit_once(std::span<const Pending> items);
    Result<void> take_unseen();
    void advance(const Group& group, std::size_t message_bytes);
    Result<Loaded> load(std::uint64_t number) const;
    Result<void> seek(Loaded& loaded, std::uint64_t seq) const;
    void keep(std::uint64_t number, std::shared_ptr<const Bytes> message) const;
    Result<std::uint64_t> first_to_stay(std::uint64_t low, std::uint64_t high,
                                        std::uint64_t up_to_seq, Instant written_before) const;
    Deadline soon() const;

    const std::unique_ptr<Stream> stream_;
    const JournalOptions options_;
    const Journal::Sign sign_;
    const Clock& clock_;
    Recovery recovery_;

    std::atomic<std::uint64_t> durable_seq_ = 0, groups_ = 0, bytes_ = 0;
    MerkleFrontier tree_; // the writer's, like the next three
    bool alone_ = false;  // a group of ours stands: whoever writes behind it now is a rival
    Instant last_time_;
    Bytes buffer_;

    mutable ReadState records_, logged_;
    mutable std::mutex mutex_; // guards what follows
    MerkleFrontier forgotten_tree_;
    std::uint64_t first_group_ = 1, first_seq_ = 1;
    Monotonic forget_again_at_{};
    // The latest messages, as written: whoever reads close behind the writer asks nobody.
    mutable std::deque<std::pair<std::uint64_t, std::shared_ptr<const Bytes>>> latest_;
    mutable std::size_t latest_bytes_ = 0;
};

} // namespace bw::journal
