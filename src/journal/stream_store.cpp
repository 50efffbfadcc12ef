#include "journal/stream_store.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::journal {

namespace {

constexpr std::size_t latest_bytes_limit = 16 * 1024 * 1024;
constexpr Duration read_deadline = 10s;  // longer than an election takes
constexpr Duration forget_interval = 5s; // between two searches for what may go

} // namespace

Result<std::unique_ptr<StreamStore>> StreamStore::open(std::unique_ptr<Stream> stream,
                                                       JournalOptions options, Journal::Sign sign,
                                                       const Clock& clock) {
    const std::size_t least =
        segment_header_bytes + static_cast<std::size_t>(commit_cost(options.record_bytes_limit));
    if (stream->message_bytes_limit() < least)
        return fail(Code::invalid_field,
                    fmt::format("the servers take messages of {} bytes, a record needs up to {}: "
                                "raise max_payload in their configuration",
                                stream->message_bytes_limit(), least),
                    "max_payload");
    options.group_bytes_limit =
        std::min(options.group_bytes_limit, stream->message_bytes_limit() - segment_header_bytes);
    std::unique_ptr<StreamStore> store(
        new StreamStore(std::move(stream), std::move(options), std::move(sign), clock));
    CHECK_OK(store->recover());
    return store;
}

StreamStore::StreamStore(std::unique_ptr<Stream> stream, JournalOptions options, Journal::Sign sign,
                         const Clock& clock)
    : stream_(std::move(stream)), options_(std::move(options)), sign_(std::move(sign)),
      clock_(clock) {}

Deadline StreamStore::soon() const {
    return Deadline::in(clock_, read_deadline);
}

Result<void> StreamStore::recover() {
    const StreamState state = TRY(stream_->state(soon()));
    bytes_ = state.bytes;
    groups_ = state.last;
    if (state.last == 0)
        return {};
    if (state.first > state.last)
        return fail(Code::corrupt,
                    fmt::format("the stream's messages up to {} are gone, the last one among them",
                                state.last));
    const Loaded last = TRY(load(state.last));
    const Group& group = last.group.shape.group;
    tree_ = last.group.header.tree;
    tree_.append(group.leaf());
    if (tree_.root() != last.group.shape.head_root)
        return fail(Code::corrupt,
                    fmt::format("the groups up to {} do not lead to the root that it states",
                                group.number));
    last_time_ = group.time;
    durable_seq_ = group.first_seq + group.size - 1;
    first_group_ = state.first;
    CHECK_OK(take_front());
    recovery_.groups = groups_;
    recovery_.records = durable_seq_;
    return {};
}

/// Of the group first_group_. Before the threads begin, or under mutex_.
Result<void> StreamStore::take_front() {
    const Loaded first = TRY(load(first_group_));
    forgotten_tree_ = first.group.header.tree;
    first_seq_ = first.group.header.first_seq;
    return {};
}

GroupCommit StreamStore::commit(std::span<const Pending> items) {
    for (;;) {
        GroupCommit done = commit_once(items);
        if (done.group)
            alone_ = true;
        // Before the first group of ours, one that we did not see when we opened is no rival's: a
        // new leader had not told yet all that its quorum holds.
        const bool unseen = !done.group && !alone_ && done.group.error().code == Code::conflict;
        if (!unseen || !take_unseen())
            return done;
    }
}

Result<void> StreamStore::take_unseen() {
    const Loaded next = TRY(load(group_count() + 1));
    if (next.group.header.tree != tree_ || next.group.header.first_seq != durable_seq() + 1)
        return fail(Code::corrupt, "a group follows that does not continue the journal");
    const std::size_t bytes = next.message->size();
    keep(next.number(), next.message);
    advance(next.group.shape.group, bytes);
    return {};
}

void StreamStore::advance(const Group& group, std::size_t message_bytes) {
    tree_.append(group.leaf());
    last_time_ = std::max(last_time_, group.time);
    bytes_.fetch_add(stream_->message_cost(message_bytes), std::memory_order_release);
    groups_.store(group.number, std::memory_order_release);
    durable_seq_.store(group.first_seq + group.size - 1, std::memory_order_release);
}

GroupCommit StreamStore::commit_once(std::span<const Pending> items) {
    const std::uint64_t number = group_count() + 1;
    const GroupStart start{number, durable_seq() + 1, tree_};
    last_time_ = std::max(last_time_, clock_.now());
    buffer_.clear();
    begin_message(buffer_, epoch(), start);
    BuiltGroup built =
        put_group(buffer_, message_place(epoch(), number), start, items,
                  {stream_->message_bytes_limit() - segment_header_bytes,
                   options_.group_bytes_limit - trailer_bytes, options_.group_items_limit},
                  last_time_, Durability::replicated);
    if (auto appended =
            stream_->append(number, buffer_, Deadline::in(clock_, options_.append_deadline));
        !appended)
        return {built.taken, std::move(appended).error()};

    Head head =
        head_of(stream_->manifest(), built.group, built.tree.root(), built.group.durability);
    Signature signature = sign_(head.signed_bytes());
    auto committed = std::make_shared<const CommittedGroup>(
        built.group, std::move(built.records), tree_.path_of_next(), std::move(head), signature);
    keep(number, std::make_shared<const Bytes>(buffer_));
    advance(built.group, buffer_.size());
    return {built.taken, std::move(committed)};
}

/// A record counts as if it were alone in its message: so much more is held back.
std::uint64_t StreamStore::room() const {
    const std::uint64_t limit = stream_->bytes_limit(), used = bytes_used();
    const std::uint64_t left = limit > used ? limit - used : 0;
    const std::uint64_t cost = commit_cost(options_.record_bytes_limit);
    return left / (stream_->message_cost(segment_header_bytes + cost) + cost) * cost;
}

bool StreamStore::has_reserve() const {
    return room() >= 2 * commit_cost(options_.record_bytes_limit);
}

Result<void> StreamStore::prepare(const std::atomic<bool>&) {
    const StreamState state = TRY(stream_->state(soon()));
    if (state.last == group_count())
        bytes_ = state.bytes; // what was forgotten, counted by the stream itself
    if (!has_reserve())
        return fail(Code::storage_full, "the journal's stream has reached its limit of bytes",
                    "journal.total_bytes_limit");
    return {};
}

void StreamStore::keep(std::uint64_t number, std::shared_ptr<const Bytes> message) const {
    std::lock_guard lock(mutex_);
    latest_bytes_ += message->size();
    latest_.emplace_back(number, std::move(message));
    while (latest_bytes_ > latest_bytes_limit && latest_.size() > 1) {
        latest_bytes_ -= latest_.front().second->size();
        latest_.pop_front();
    }
}

Result<StreamStore::Loaded> StreamStore::load(std::uint64_t number) const {
    Loaded out;
    {
        std::lock_guard lock(mutex_);
        if (!latest_.empty() && number >= latest_.front().first && number <= latest_.back().first)
            out.message = latest_[number - latest_.front().first].second;
    }
    if (!out.message)
        out.message = std::make_shared<const Bytes>(TRY(stream_->read(number, soon())));
    out.group = TRY(parse_group_message(*out.message, epoch(), number));
    return out;
}

Result<void> StreamStore::seek(Loaded& loaded, std::uint64_t seq) const {
    if (loaded.holds(seq))
        return {};
    std::uint64_t low = 1, high = group_count();
    {
        std::lock_guard lock(mutex_);
        low = first_group_;
    }
    std::uint64_t number = low + (high - low) / 2;
    if (loaded.message && loaded.number() < high) // readers go forward
        number = loaded.number() + 1;
    for (;;) {
        loaded = TRY(load(number));
        if (loaded.holds(seq))
            return {};
        const bool before = seq < loaded.group.header.first_seq;
        if (low >= high)
            return fail(Code::corrupt, fmt::format("no message holds the record {}", seq));
        (before ? high : low) = before ? number - 1 : number + 1;
        number = low + (high - low) / 2;
    }
}

Result<std::vector<Entry>> StreamStore::read(std::uint64_t after_seq, std::size_t items_limit,
                                             std::size_t bytes_limit) const {
    std::lock_guard lock(records_.mutex);
    Loaded& loaded = records_.loaded;
    std::vector<Entry> out;
    std::size_t bytes = 0;
    const std::uint64_t durable = durable_seq();
    if (const std::uint64_t first = first_seq(); after_seq + 1 < first)
        return fail(Code::not_found,
                    fmt::format("the journal has forgotten record {}: its first is {}",
                                after_seq + 1, first));
    for (std::uint64_t seq = after_seq + 1; seq <= durable && out.size() < items_limit; ++seq) {
        CHECK_OK(seek(loaded, seq));
        const GroupShape& shape = loaded.group.shape;
        const auto index = static_cast<std::uint32_t>(seq - shape.group.first_seq);
        const RecordParts parts = record_of(shape, loaded.group.bytes, index);
        if (!out.empty() && bytes + parts.record.size() > bytes_limit)
            break;
        bytes += parts.record.size();
        if (!loaded.committed)
            loaded.committed = TRY(prove_group(stream_->manifest(), loaded.group.header.tree, shape,
                                               loaded.group.bytes, shape.group.durability, sign_));
        out.push_back({{epoch(), seq}, Bytes(parts.record), parts.nonce, loaded.committed, index});
    }
    return out;
}

Result<std::vector<LoggedGroup>> StreamStore::groups(std::uint64_t after, std::size_t limit) const {
    std::lock_guard lock(logged_.mutex);
    std::vector<LoggedGroup> out;
    if (const std::uint64_t forgotten = forgotten_tree().size(); after < forgotten)
        return fail(Code::not_found,
                    fmt::format("the journal has forgotten the groups up to {}", forgotten));
    const std::uint64_t durable = group_count();
    for (std::uint64_t number = after + 1; number <= durable && out.size() < limit; ++number) {
        const Loaded loaded = TRY(load(number));
        out.push_back({loaded.group.shape.group, loaded.group.shape.head_root});
    }
    return out;
}

MerkleFrontier StreamStore::forgotten_tree() const {
    std::lock_guard lock(mutex_);
    return forgotten_tree_;
}

std::uint64_t StreamStore::first_seq() const {
    std::lock_guard lock(mutex_);
    return first_seq_;
}

/// Of the groups from `low` to `high`: both conditions hold up to some group and not behind it.
Result<std::uint64_t> StreamStore::first_to_stay(std::uint64_t low, std::uint64_t high,
                                                 std::uint64_t up_to_seq,
                                                 Instant written_before) const {
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const Loaded loaded = TRY(load(middle));
        const Group& group = loaded.group.shape.group;
        if (group.first_seq + group.size - 1 <= up_to_seq && group.time < written_before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Result<void> StreamStore::forget(std::uint64_t up_to_seq, Instant written_before) {
    std::uint64_t low = 1, high = group_count(); // the last one stays: the journal goes on from it
    {
        std::lock_guard lock(mutex_);
        low = first_group_;
        if (low >= high || clock_.monotonic() < forget_again_at_)
            return {};
        forget_again_at_ = clock_.monotonic() + forget_interval;
    }
    const std::uint64_t first = low;
    auto stays = first_to_stay(low, high, up_to_seq, written_before);
    if (!stays && stays.error().code == Code::not_found) {
        // An earlier purge was done, and its answer lost.
        low = std::min(std::max(first, TRY(stream_->state(soon())).first), high);
        stays = first_to_stay(low, high, up_to_seq, written_before);
    }
    low = TRY(std::move(stays));
    if (low == first)
        return {};
    const Loaded front = TRY(load(low));
    CHECK_OK(stream_->forget_before(low, soon()));
    std::lock_guard lock(mutex_);
    first_group_ = low;
    forgotten_tree_ = front.group.header.tree;
    first_seq_ = front.group.header.first_seq;
    return {};
}

} // namespace bw::journal
