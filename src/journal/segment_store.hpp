// Segments on this node's disk as a store, with a follower if there is one. Internal.
#pragma once

#include "journal/follower.hpp"
#include "journal/store.hpp"

namespace bw::journal {

class SegmentStore final : public Store {
public:
    static Result<std::unique_ptr<SegmentStore>> open(std::unique_ptr<Directory> directory,
                                                      const JournalOptions& options,
                                                      const Journal::Sign& sign, const Clock& clock,
                                                      Rng& rng) {
        auto segments = TRY(Segments::open(std::move(directory), options, sign, clock, rng));
        std::unique_ptr<SegmentStore> store(new SegmentStore(std::move(segments), options, sign));
        if (options.follower) {
            store->link_ =
                std::make_unique<FollowerLink>(*store->segments_, *options.follower, clock);
            CHECK_OK(store->link_->begin());
            store->segments_->set_settle(
                [link = store->link_.get()](const Group& group) { return link->settle(group); });
        }
        return store;
    }

    GroupCommit commit(std::span<const Pending> items) override { return segments_->commit(items); }
    std::optional<Error> refusal() const override {
        return link_ ? link_->refusal() : std::nullopt;
    }
    std::uint64_t room() const override { return segments_->room(); }
    bool has_reserve() const override { return segments_->prepared() >= segments_ahead_; }
    Result<void> prepare(const std::atomic<bool>& stop) override {
        return segments_->prepare(stop);
    }
    Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                    std::size_t bytes_limit) const override {
        return reader_.read(after_seq, items_limit, bytes_limit);
    }
    Result<std::vector<LoggedGroup>> groups(std::uint64_t after, std::size_t limit) const override {
        return group_reader_.groups(after, limit);
    }
    MerkleFrontier forgotten_tree() const override { return segments_->forgotten_tree(); }
    Result<void> forget(std::uint64_t up_to_seq, Instant written_before) override {
        return segments_->forget(up_to_seq, written_before);
    }
    std::uint64_t first_seq() const override { return segments_->first_seq(); }
    Durability durability_of(const Group& group) const override {
        return segments_->durability_of(group);
    }
    const Recovery& recovery() const override { return segments_->recovery(); }
    std::uint64_t epoch() const override { return segments_->manifest().epoch; }
    std::uint64_t durable_seq() const override { return segments_->durable_seq(); }
    std::uint64_t group_count() const override { return segments_->groups(); }
    std::uint64_t bytes_used() const override { return segments_->bytes_used(); }
    Durability durability() const override {
        return link_ && link_->status().in_step ? Durability::local_fsync_follower
                                                : Durability::local_fsync;
    }
    std::optional<FollowerStatus> follower() const override {
        return link_ ? std::optional(link_->status()) : std::nullopt;
    }

private:
    SegmentStore(std::unique_ptr<Segments> segments, const JournalOptions& options,
                 const Journal::Sign& sign)
        : segments_ahead_(options.segments_ahead), segments_(std::move(segments)),
          reader_(*segments_, sign), group_reader_(*segments_, sign) {}

    const std::size_t segments_ahead_;
    const std::unique_ptr<Segments> segments_;
    mutable Reader reader_, group_reader_; // each keeps its own place
    std::unique_ptr<FollowerLink> link_;
};

} // namespace bw::journal
