// The threads around the segments: a bounded queue, the writer that empties it group by group, and
// the preparer that keeps written segments ahead of it.
#include "journal/journal.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/ensure.hpp"
#include "journal/open.hpp"
#include "journal/segment_store.hpp"
#include "journal/stream_store.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::journal {

namespace {

constexpr Duration prepare_retry_min = 50ms, prepare_retry_max = 2s;

Error sealed_error() {
    return fail(Code::unavailable,
                "the journal is sealed after a failed sync; nothing was written");
}

/// Nonces for one append at a time, drawn by the page: a system call each would cost more than the
/// hash.
class Nonces {
public:
    explicit Nonces(Rng& rng) : rng_(rng) {}
    Nonce next() {
        std::lock_guard lock(mutex_);
        if (next_ == pool_.size()) {
            rng_.fill({pool_.front().data(), pool_.size() * sizeof(Nonce)});
            next_ = 0;
        }
        return std::exchange(pool_[next_++], Nonce{}); // what was given out is not kept
    }

private:
    Rng& rng_;
    std::mutex mutex_;
    std::array<Nonce, 256> pool_{};
    std::size_t next_ = pool_.size();
};

class QueuedJournal final : public Journal {
public:
    QueuedJournal(JournalOptions options, std::unique_ptr<Store> store, const Clock& clock,
                  Rng& rng)
        : options_(std::move(options)), clock_(clock), store_(std::move(store)), nonces_(rng) {}
    ~QueuedJournal() override;

    /// The first segment is written here, so that the journal is of use at once; a full disk only
    /// makes it a full journal.
    void start();

    using Journal::append;
    void append(Bytes record, std::size_t proven_bytes, Done done) override;
    Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                    std::size_t bytes_limit) const override {
        return store_->read(after_seq, items_limit, bytes_limit);
    }
    Result<std::vector<LoggedGroup>> groups(std::uint64_t after, std::size_t limit) const override {
        return store_->groups(after, limit);
    }
    MerkleFrontier forgotten_tree() const override { return store_->forgotten_tree(); }
    void wait(std::uint64_t after_seq, Deadline deadline) const override;
    void stop_waiting() override;
    Result<void> forget(std::uint64_t up_to_seq, Instant written_before) override {
        CHECK_OK(store_->forget(up_to_seq, written_before));
        segment_used_.notify_one(); // who waits for room may have it
        return {};
    }
    std::uint64_t first_seq() const override { return store_->first_seq(); }
    Durability durability_of(const Group& group) const override {
        return store_->durability_of(group);
    }
    JournalStatus status() const override;
    const Recovery& recovery() const override { return store_->recovery(); }

private:
    /// Why a record of this cost cannot be accepted now. Under mutex_.
    std::optional<Error> refusal(std::uint64_t cost) const;
    Duration drain_estimate() const;
    void write_groups();
    void seal(const Error& error);
    static void answer(std::span<Pending> items,
                       const std::shared_ptr<const CommittedGroup>& group);
    void refuse_all(std::span<Pending> items, const Error& error);
    void prepare_segments();
    bool prepare_one(); // false: not now

    const JournalOptions options_;
    const Clock& clock_;
    const std::unique_ptr<Store> store_;
    Nonces nonces_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable work_, segment_used_;
    mutable std::condition_variable durable_;
    std::vector<Pending> queue_;
    std::size_t awaited_items_ = 0; // when as many are in the queue, the writer is told
    // Accepted and not answered yet, in the queue or with the writer.
    std::size_t waiting_items_ = 0;
    std::uint64_t waiting_cost_ = 0;
    Duration item_time_ = std::chrono::microseconds(
        10); // from write to answer, over the items of a group: exponentially weighted mean
    std::optional<Error> prepare_error_;
    bool sealed_ = false, stop_waiting_ = false;
    std::atomic<bool> stopping_ = false;

    std::jthread writer_, preparer_;
};

void QueuedJournal::start() {
    if (store_->room() == 0)
        prepare_one();
    writer_ = std::jthread([this] { write_groups(); });
    preparer_ = std::jthread([this] { prepare_segments(); });
}

QueuedJournal::~QueuedJournal() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_waiting_ = true;
    }
    work_.notify_all();
    segment_used_.notify_all();
    durable_.notify_all();
    if (writer_.joinable())
        writer_.join();
    if (preparer_.joinable())
        preparer_.join();
}

void QueuedJournal::append(Bytes record, std::size_t proven_bytes, Done done) {
    ENSURE(proven_bytes <= record.size(), "more to prove than there is");
    if (record.size() > options_.record_bytes_limit) {
        done(fail(Code::payload_too_large,
                  "a record is at most " + std::to_string(options_.record_bytes_limit) + " bytes"));
        return;
    }
    const std::uint64_t cost = commit_cost(record.size());
    std::optional<Error> refused;
    {
        std::lock_guard lock(mutex_);
        refused = refusal(cost);
    }
    if (!refused) {
        // Hashed here, on the caller's thread: the writer is one, the callers are many.
        Pending item{.record = std::move(record),
                     .proven_bytes = proven_bytes,
                     .nonce = nonces_.next(),
                     .done = std::move(done)};
        item.leaf = leaf_hash(item.nonce, ByteView(item.record).substr(0, proven_bytes));
        std::unique_lock lock(mutex_);
        refused = refusal(cost);
        if (!refused) {
            queue_.push_back(std::move(item));
            const bool awaited = queue_.size() == 1 || queue_.size() == awaited_items_;
            ++waiting_items_;
            waiting_cost_ += cost;
            lock.unlock();
            if (awaited)
                work_.notify_one();
            return;
        }
        lock.unlock();
        done = std::move(item.done);
    }
    done(*std::move(refused));
}

std::optional<Error> QueuedJournal::refusal(std::uint64_t cost) const {
    if (sealed_)
        return fail(Code::unavailable,
                    "the journal is sealed after a failed sync; restart the process");
    if (stopping_)
        return fail(Code::unavailable, "the journal is closing");
    if (auto refused = store_->refusal())
        return refused;
    if (waiting_items_ >= options_.queue_items_limit ||
        waiting_cost_ + cost > options_.queue_bytes_limit) {
        Error error = fail(Code::overloaded, "the journal's queue is full");
        error.retry_after =
            std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(drain_estimate()));
        return error;
    }
    if (waiting_cost_ + cost > store_->room()) {
        // Accepted means: fits where zeros were written already.
        Error error = prepare_error_ ? *prepare_error_
                                     : fail(Code::overloaded, "the next segment is being written");
        error.retry_after = prepare_error_ ? std::chrono::milliseconds(1s) : 20ms;
        return error;
    }
    return std::nullopt;
}

Duration QueuedJournal::drain_estimate() const {
    return item_time_ * static_cast<std::int64_t>(waiting_items_);
}

void QueuedJournal::write_groups() {
    lane::name_this_thread("journal-writer");
    prctl(PR_SET_TIMERSLACK, 1000); // the linger is as long as it says
    std::vector<Pending> batch;
    bool sealed = false;
    for (;;) {
        const std::size_t answered = batch.size();
        batch.clear();
        {
            std::unique_lock lock(mutex_);
            awaited_items_ = queue_.size() + answered;
            work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.size() < awaited_items_)
                work_.wait_for(lock, options_.group_linger, [&] {
                    return stopping_ || sealed_ || queue_.size() >= awaited_items_;
                });
            if (queue_.empty())
                return;
            batch.swap(queue_);
            sealed = sealed_;
        }
        std::span<Pending> rest(batch);
        if (sealed) { // they came while the sync was failing: that file is not synced again
            refuse_all(rest, sealed_error());
            rest = {};
        }
        while (!rest.empty()) {
            Monotonic begin = clock_.monotonic();
            GroupCommit commit = store_->commit(rest);
            if (!commit.group && commit.goes_on) {
                refuse_all(rest.first(commit.taken), commit.group.error());
                rest = rest.subspan(commit.taken);
                durable_.notify_all();
                if (!store_->has_reserve())
                    segment_used_.notify_one();
                continue;
            }
            if (!commit.group) {
                seal(commit.group.error());
                Error unknown = fail(Code::outcome_unknown,
                                     "the journal could not be synced; retry with the same key");
                refuse_all(rest.first(commit.taken), unknown);
                refuse_all(rest.subspan(commit.taken), sealed_error());
                break;
            }
            std::span<Pending> group = rest.first(commit.taken);
            rest = rest.subspan(commit.taken);
            std::uint64_t cost = 0;
            for (const Pending& item : group)
                cost += commit_cost(item.record.size());
            {
                std::lock_guard lock(mutex_);
                waiting_items_ -= group.size();
                waiting_cost_ -= cost;
                Duration took =
                    (clock_.monotonic() - begin) / static_cast<std::int64_t>(group.size());
                item_time_ += (took - item_time_) / 16;
            }
            // Behind the lock just left: who looked before this commit is waiting by now, and hears
            // it.
            durable_.notify_all();
            if (!store_->has_reserve())
                segment_used_.notify_one();
            answer(group, *commit.group);
        }
    }
}

void QueuedJournal::answer(std::span<Pending> items,
                           const std::shared_ptr<const CommittedGroup>& group) {
    std::uint32_t index = 0;
    for (Pending& item : items) {
        item.done(Committed{
            {group->head.epoch, group->group.first_seq + index}, group, index, item.nonce});
        ++index;
    }
}

void QueuedJournal::seal(const Error& error) {
    log::error("journal_sealed", {{"error", error.text()}});
    {
        std::lock_guard lock(mutex_);
        sealed_ = true;
    }
}

void QueuedJournal::refuse_all(std::span<Pending> items, const Error& error) {
    for (Pending& item : items) {
        {
            std::lock_guard lock(mutex_);
            --waiting_items_;
            waiting_cost_ -= commit_cost(item.record.size());
        }
        item.done(Error(error));
    }
}

void QueuedJournal::prepare_segments() {
    lane::name_this_thread("journal-prepare");
    Duration retry = prepare_retry_min;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            auto wanted = [&] { return stopping_ || (!sealed_ && !store_->has_reserve()); };
            if (prepare_error_) {
                segment_used_.wait_for(lock, retry, [&] { return stopping_.load(); });
                retry = std::min(retry * 2, prepare_retry_max);
            }
            segment_used_.wait(lock, wanted);
            if (stopping_)
                return;
        }
        if (prepare_one())
            retry = prepare_retry_min;
    }
}

bool QueuedJournal::prepare_one() {
    Result<void> prepared = store_->prepare(stopping_);
    if (stopping_)
        return false;
    std::lock_guard lock(mutex_);
    if (prepared.has_value() == prepare_error_.has_value())
        log::write(prepared ? log::Level::info : log::Level::warn,
                   prepared ? "journal_has_room_again" : "journal_cannot_grow",
                   {{"error", prepared ? std::string() : prepared.error().text()}});
    prepare_error_ = prepared ? std::nullopt : std::optional(std::move(prepared).error());
    return !prepare_error_;
}

void QueuedJournal::wait(std::uint64_t after_seq, Deadline deadline) const {
    std::unique_lock lock(mutex_);
    durable_.wait_for(lock, deadline.remaining(clock_),
                      [&] { return stop_waiting_ || store_->durable_seq() > after_seq; });
}

void QueuedJournal::stop_waiting() {
    {
        std::lock_guard lock(mutex_);
        stop_waiting_ = true;
    }
    durable_.notify_all();
}

JournalStatus QueuedJournal::status() const {
    std::lock_guard lock(mutex_);
    return {.epoch = store_->epoch(),
            .durable_seq = store_->durable_seq(),
            .groups = store_->group_count(),
            .bytes_used = store_->bytes_used(),
            .bytes_limit = options_.total_bytes_limit,
            .durability = store_->durability(),
            .follower = store_->follower(),
            .queued = waiting_items_,
            .sealed = sealed_,
            .full = prepare_error_ &&
                    waiting_cost_ + commit_cost(options_.record_bytes_limit) > store_->room()};
}

} // namespace

namespace {

std::unique_ptr<Journal> begin(JournalOptions options, std::unique_ptr<Store> store,
                               const Clock& clock, Rng& rng) {
    const Recovery& found = store->recovery();
    log::info("journal_opened", {{"records", found.records},
                                 {"groups", found.groups},
                                 {"torn_bytes", found.torn_bytes},
                                 {"durability", wire_name(store->durability())}});
    auto journal =
        std::make_unique<QueuedJournal>(std::move(options), std::move(store), clock, rng);
    journal->start();
    return journal;
}

} // namespace

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> open_in(std::unique_ptr<Directory> directory,
                                         JournalOptions options, Journal::Sign sign,
                                         const Clock& clock, Rng& rng) {
    auto store = TRY(SegmentStore::open(std::move(directory), options, sign, clock, rng));
    return begin(std::move(options), std::move(store), clock, rng);
}

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options, Sign sign,
                                               const Clock& clock, Rng& rng) {
    CHECK_OK(check(options));
    std::unique_ptr<Directory> directory = TRY(open_directory(options.directory));
    return open_in(std::move(directory), std::move(options), std::move(sign), clock, rng);
}

Result<std::unique_ptr<Journal>> Journal::open(std::unique_ptr<Stream> stream,
                                               JournalOptions options, Sign sign,
                                               const Clock& clock, Rng& rng) {
    options.total_bytes_limit = stream->bytes_limit();
    auto store = TRY(StreamStore::open(std::move(stream), options, std::move(sign), clock));
    return begin(std::move(options), std::move(store), clock, rng);
}

} // namespace bw::journal
