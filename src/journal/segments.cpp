#include "journal/segments.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::journal {

Result<void> write_manifest(Directory& directory, const Manifest& manifest) {
    const std::string draft = std::string(manifest_name) + ".tmp";
    auto file = TRY(directory.create(draft));
    CHECK_OK(file->write_at(0, encode(manifest)));
    CHECK_OK(file->sync());
    CHECK_OK(directory.rename(draft, manifest_name));
    return directory.sync();
}

std::string segment_name(std::uint64_t epoch, std::uint64_t number) {
    return fmt::format("{}-{:020}.seg", epoch_text(epoch), number);
}

Result<void> check(const JournalOptions& o) {
    auto refuse = [](std::string why, const std::string& field) -> Result<void> {
        return fail(Code::invalid_field, std::move(why), "journal." + field);
    };
    if (o.cell.empty() || o.cell.size() > 255)
        return refuse("must have 1 to 255 bytes", "cell");
    if (o.segment_bytes % 4096 != 0 || o.segment_bytes > (1ull << 32))
        return refuse("must be a multiple of 4096, at most 4 GiB", "segment_bytes");
    if (o.segment_bytes < segment_header_bytes + 2 * commit_cost(o.record_bytes_limit))
        return refuse("must hold two records of record_bytes_limit", "segment_bytes");
    if (o.total_bytes_limit < o.segment_bytes)
        return refuse("must be at least segment_bytes", "total_bytes_limit");
    if (o.group_items_limit == 0 || o.queue_items_limit == 0)
        return refuse("must not be 0",
                      o.group_items_limit == 0 ? "group_items_limit" : "queue_items_limit");
    return {};
}

Result<std::unique_ptr<Segments>> Segments::open(std::unique_ptr<Directory> directory,
                                                 JournalOptions options, Journal::Sign sign,
                                                 const Clock& clock, Rng& rng) {
    CHECK_OK(check(options));
    Recovered recovered = TRY(recover(*directory, options, rng));
    return std::unique_ptr<Segments>(new Segments(std::move(directory), std::move(options),
                                                  std::move(sign), clock, std::move(recovered)));
}

Result<std::unique_ptr<const Segments>> Segments::open_to_read(std::unique_ptr<Directory> directory,
                                                               const Clock& clock) {
    Recovered found = TRY(look(*directory));
    return std::unique_ptr<const Segments>(
        new Segments(std::move(directory), {}, {}, clock, std::move(found)));
}

Segments::Segments(std::unique_ptr<Directory> directory, JournalOptions options, Journal::Sign sign,
                   const Clock& clock, Recovered recovered)
    : directory_(std::move(directory)), options_(std::move(options)), sign_(std::move(sign)),
      clock_(clock), manifest_(std::move(recovered.manifest)), recovery_(recovered.found),
      spares_(std::move(recovered.spares)), segments_(std::move(recovered.segments)),
      used_(recovered.used), index_(std::move(recovered.index)), durable_seq_(recovered.records),
      groups_(recovered.groups), last_time_(recovered.last_time), tree_(std::move(recovered.tree)) {
    if (used_ > 0)
        current_ = segments_[used_ - 1];
    measure_room();
}

Segments::Commit Segments::commit(std::span<const Pending> items) {
    ENSURE(!items.empty(), "a group has at least one record");
    if (left_in_current() < commit_cost(items.front().record.size()))
        if (auto activated = activate_next(); !activated)
            return {.taken = 0, .group = std::move(activated).error()};

    last_time_ = std::max(last_time_, clock_.now());
    buffer_.clear();
    BuiltGroup built =
        put_group(buffer_, {manifest_.epoch, current_.number, current_.end},
                  {groups() + 1, durable_seq() + 1, tree_}, items,
                  {left_in_current(), options_.group_bytes_limit, options_.group_items_limit},
                  last_time_, Durability::local_fsync);
    const std::size_t taken = built.taken;
    if (auto written = write_current(); !written)
        return {taken, std::move(written).error()};
    const MerkleFrontier before = tree_;
    advance(built);

    // Only now is there anything to promise.
    auto settled = settle_ ? settle_(built.group) : durability_of(built.group);
    if (!settled)
        return {.taken = taken, .group = std::move(settled).error(), .goes_on = true};
    Head head = head_of(manifest_, built.group, tree_.root(), *settled);
    Signature signature = sign_(head.signed_bytes());
    return {taken, std::make_shared<const CommittedGroup>(built.group, std::move(built.records),
                                                          before.path_of_next(), std::move(head),
                                                          signature)};
}

Result<void> Segments::adopt(const GroupMessage& message) {
    const SegmentHeader& header = message.header;
    if (groups() == 0 && used_ == 0) { // begins where the other one does
        groups_.store(header.first_group - 1, std::memory_order_release);
        durable_seq_.store(header.first_seq - 1, std::memory_order_release);
        tree_ = header.tree;
    }
    if (header.first_group != groups() + 1 || header.first_seq != durable_seq() + 1 ||
        header.tree != tree_)
        return fail(Code::conflict, fmt::format("group {} does not continue the {} that are here",
                                                header.first_group, groups()));
    std::vector<Sha256> leaves;
    for (std::size_t i = 0; i < message.shape.records.size(); ++i)
        leaves.push_back(record_of(message.shape, message.bytes, i).leaf());
    BuiltGroup built{message.shape.group, MerkleTree(std::move(leaves)), tree_,
                     message.shape.records.size()};
    built.tree.append(built.group.leaf());
    if (built.records.root() != built.group.root || built.tree.root() != message.shape.head_root)
        return fail(Code::corrupt, fmt::format("the records of group {} do not lead to its roots",
                                               built.group.number));
    if (message.shape.bytes + segment_header_bytes > options_.segment_bytes)
        return fail(Code::invalid_field, "a group is larger than a segment",
                    "journal.segment_bytes");

    const std::atomic<bool> stop = false;
    while (left_in_current() < message.shape.bytes) {
        if (prepared() == 0)
            CHECK_OK(prepare(stop));
        CHECK_OK(activate_next());
    }
    buffer_.clear();
    auto here = [&] {
        return FramePlace{manifest_.epoch, current_.number, current_.end + buffer_.size()};
    };
    for (std::size_t i = 0; i < built.taken; ++i) {
        const RecordParts parts = record_of(message.shape, message.bytes, i);
        put_record(buffer_, here(), built.group.number, built.group.first_seq + i, parts.nonce,
                   parts.proven_bytes, parts.record);
    }
    put_trailer(buffer_, here(), built.group, message.shape.head_root, buffer_.size());
    CHECK_OK(write_current());
    last_time_ = built.group.time;
    advance(built);
    return {};
}

Result<void> Segments::write_current() {
    CHECK_OK(current_.file->write_at(current_.end, buffer_));
    return current_.file->sync();
}

void Segments::advance(const BuiltGroup& built) {
    const std::uint64_t begin = current_.end;
    current_.end += buffer_.size();
    {
        std::lock_guard lock(mutex_);
        segments_[used_ - 1].end = current_.end;
        segments_[used_ - 1].last_time = last_time_;
        if (index_.empty() || index_.back().segment != current_.number ||
            begin - index_.back().offset >= index_step)
            index_.push_back(
                {built.group.first_seq, built.group.number, current_.number, begin, tree_});
    }
    tree_ = built.tree;
    groups_.store(built.group.number, std::memory_order_release);
    durable_seq_.store(built.group.first_seq + built.group.size - 1, std::memory_order_release);
    measure_room();
}

Result<void> Segments::activate_next() {
    Segment next;
    {
        std::lock_guard lock(mutex_);
        ENSURE(used_ < segments_.size(), "accepted more than fits in the segments prepared");
        next = segments_[used_];
    }
    // Synced before its first group: whoever finds this header knows that everything before it was
    // whole.
    Bytes header =
        encode(SegmentHeader{manifest_.epoch, next.number, groups() + 1, durable_seq() + 1, tree_});
    CHECK_OK(next.file->write_at(0, header));
    CHECK_OK(next.file->sync());
    next.end = segment_header_bytes;
    next.first_seq = durable_seq() + 1;
    current_ = next;
    {
        std::lock_guard lock(mutex_);
        segments_[used_++] = next;
    }
    measure_room();
    return {};
}

Result<void> Segments::prepare(const std::atomic<bool>& stop) {
    std::uint64_t number, total = 0;
    std::optional<std::string> spare;
    {
        std::lock_guard lock(mutex_);
        number = segments_.empty() ? manifest_.first_segment : segments_.back().number + 1;
        for (const Segment& segment : segments_)
            total += segment.bytes;
        total += spares_.size() * options_.segment_bytes;
        if (!spares_.empty())
            total -= options_.segment_bytes; // it becomes this one
        if (total + options_.segment_bytes > options_.total_bytes_limit)
            return fail(Code::storage_full, "the journal has reached its limit of bytes",
                        "journal.total_bytes_limit");
        if (!spares_.empty()) {
            spare = std::move(spares_.back());
            spares_.pop_back();
        }
    }

    // Under another name until it is whole, so that a segment's file is never short.
    std::string name = segment_name(manifest_.epoch, number), draft = name + ".tmp";
    auto prepared = [&]() -> Result<std::shared_ptr<File>> {
        // A spare has its blocks already: a full disk does not matter to it.
        if (spare)
            CHECK_OK(directory_->rename(*spare, draft));
        std::shared_ptr<File> file =
            TRY(spare ? directory_->open(draft) : directory_->create(draft));
        constexpr std::uint64_t step = 4 * 1024 * 1024;
        for (std::uint64_t at = 0; at < options_.segment_bytes; at += step) {
            if (stop)
                return fail(Code::unavailable, "the journal is closing");
            CHECK_OK(
                write_zeros(*file, at, std::min<std::uint64_t>(at + step, options_.segment_bytes)));
        }
        CHECK_OK(file->sync());
        CHECK_OK(directory_->rename(draft, name));
        CHECK_OK(directory_->sync());
        return file;
    }();
    if (!prepared) {
        // Gives the space back to whoever else needs it, a spare's too; what fails here as well,
        // the next opening does.
        (void)directory_->remove(draft);
        return std::move(prepared).error();
    }
    {
        std::lock_guard lock(mutex_);
        segments_.push_back({number, options_.segment_bytes, *std::move(prepared), 0});
    }
    measure_room();
    return {};
}

std::size_t Segments::prepared() const {
    std::lock_guard lock(mutex_);
    return segments_.size() - used_;
}

Result<void> Segments::forget(std::uint64_t up_to_seq, Instant written_before) {
    std::lock_guard one_at_a_time(forgetting_);
    std::size_t count = 0;
    Manifest moved = manifest_;
    {
        std::lock_guard lock(mutex_);
        // Up to a segment that holds a group: its tree says what came before.
        while (count + 1 < used_ && !index_.empty() &&
               segments_[count + 1].number <= index_.back().segment &&
               segments_[count + 1].first_seq <= up_to_seq + 1 &&
               segments_[count].last_time < written_before)
            ++count;
        if (count == 0)
            return {};
        moved.first_segment = segments_[count].number;
    }
    // The manifest first: a segment that it does not ask for any more may vanish.
    CHECK_OK(write_manifest(*directory_, moved));
    std::vector<std::string> surplus;
    {
        std::lock_guard lock(mutex_);
        for (; count > 0; --count, --used_) {
            std::string name = segment_name(manifest_.epoch, segments_.front().number);
            const bool fits = segments_.front().bytes == options_.segment_bytes;
            (fits && spares_.size() < spares_limit ? spares_ : surplus).push_back(std::move(name));
            segments_.pop_front();
        }
        std::erase_if(index_,
                      [&](const IndexEntry& entry) { return entry.segment < moved.first_segment; });
    }
    for (const std::string& name : surplus)
        CHECK_OK(directory_->remove(name)); // left behind: the next opening removes it
    return {};
}

std::uint64_t Segments::first_seq() const {
    std::lock_guard lock(mutex_);
    return used_ == 0 ? durable_seq() + 1 : segments_.front().first_seq;
}

void Segments::measure_room() {
    // A segment is left only when the next record does not fit, so at most one largest record's
    // cost is lost at its end.
    std::lock_guard lock(mutex_);
    std::uint64_t room = 0;
    for (std::size_t i = used_ == 0 ? 0 : used_ - 1; i < segments_.size(); ++i) {
        std::uint64_t begin = std::max<std::uint64_t>(segments_[i].end, segment_header_bytes);
        std::uint64_t left = segments_[i].bytes - begin;
        room += left > waste_limit() ? left - waste_limit() : 0;
    }
    room_.store(room, std::memory_order_release);
}

std::uint64_t Segments::left_in_current() const {
    return current_.number == 0 ? 0 : current_.bytes - current_.end;
}

std::optional<IndexEntry> Segments::find(std::uint64_t seq) const {
    if (seq == 0 || seq > durable_seq())
        return std::nullopt;
    std::lock_guard lock(mutex_);
    auto after = std::ranges::upper_bound(index_, seq, {}, &IndexEntry::first_seq);
    if (after == index_.begin())
        return std::nullopt; // forgotten
    return *std::prev(after);
}

std::optional<IndexEntry> Segments::find_group(std::uint64_t number) const {
    if (number == 0 || number > groups())
        return std::nullopt;
    std::lock_guard lock(mutex_);
    auto after = std::ranges::upper_bound(index_, number, {}, &IndexEntry::group);
    if (after == index_.begin())
        return std::nullopt; // forgotten
    return *std::prev(after);
}

MerkleFrontier Segments::forgotten_tree() const {
    std::lock_guard lock(mutex_);
    return index_.empty() ? MerkleFrontier() : index_.front().tree;
}

std::optional<Segment> Segments::segment(std::uint64_t number) const {
    std::lock_guard lock(mutex_);
    if (used_ == 0 || number < segments_.front().number ||
        number - segments_.front().number >= used_)
        return std::nullopt;
    return segments_[number - segments_.front().number];
}

std::vector<SegmentView> Segments::views() const {
    std::lock_guard lock(mutex_);
    std::vector<SegmentView> out;
    for (const Segment& s : segments_)
        out.push_back({s.number, s.bytes, s.end, s.first_seq, s.last_time});
    return out;
}

std::string Segments::path_of(std::uint64_t number) const {
    return directory_->path_of(segment_name(manifest_.epoch, number));
}

std::uint64_t Segments::bytes_used() const {
    std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < used_; ++i)
        total += i + 1 < used_ ? segments_[i].bytes : segments_[i].end;
    return total;
}

} // namespace bw::journal
