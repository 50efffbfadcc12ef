#include "packs/change_feed.hpp"

#include <charconv>

#include "packs/packs_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::packs {

namespace {

template <class IdType>
std::vector<IdType> ids_in(const pg::Rows& rows, int row, int column) {
    std::vector<IdType> ids;
    const ByteView raw = rows.is_null(row, column) ? ByteView() : rows.bytes(row, column);
    for (std::size_t at = 0; at + 16 <= raw.size(); at += 16)
        ids.push_back(IdType{*to_array<16>(raw.substr(at, 16))});
    return ids;
}

} // namespace

ChangeFeed::ChangeFeed(std::unique_ptr<tenancy::Database> database, BellPacks& packs,
                       const Clock& clock, FeedOptions options)
    : database_(std::move(database)), packs_(packs), clock_(clock), options_(options) {}

void ChangeFeed::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ChangeFeed::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void ChangeFeed::run(const std::stop_token& stop) {
    lane::name_this_thread("pack changes");
    bool failing = false; // said once, until it works again
    while (!stop.stop_requested()) {
        const auto done = step();
        if (!done && !failing)
            log::warn("pack_changes_unheard", {{"error", done.error().text()}});
        failing = !done;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.interval, [] { return false; });
    }
}

std::uint64_t ChangeFeed::end_of(std::string_view snapshot) {
    const std::size_t colon = snapshot.find(':');
    std::uint64_t end = 0;
    if (colon != std::string_view::npos)
        std::from_chars(snapshot.data() + colon + 1, snapshot.data() + snapshot.size(), end);
    return end;
}

/// May there be changes that this answer does not tell? At the first one; after a failover or a
/// restored database, whose transactions have other numbers; after a silence in which they may have
/// been forgotten; and when there are too many.
bool ChangeFeed::missed(const pg::Rows& rows, Monotonic asked, Instant asked_at) const {
    const Duration longest = options_.retention / 2;
    return rows.int8(0, 1) != timeline_ || end_of(rows.text(0, 0)) < end_of(snapshot_) ||
           asked - seen_ > longest || asked_at < seen_at_ || asked_at - seen_at_ > longest ||
           rows.count() >= options_.rows_limit;
}

Result<void> ChangeFeed::step() {
    const Monotonic asked = clock_.monotonic();
    const Instant asked_at = clock_.now();
    pg::Params params;
    snapshot_.empty() ? params.null() : params.text(snapshot_);
    params.int8(options_.rows_limit);
    const auto answers = TRY(database_->run_batch(
        {}, {{sql::changes_since, params}}, Deadline::in(database_->clock(), options_.deadline)));
    const pg::Rows& rows = answers.front();
    std::vector<Change> changes;
    for (int row = 0; row < rows.count() && !rows.is_null(row, 2); ++row)
        changes.push_back({.tenant = rows.id<TenantId>(row, 2),
                           .users = ids_in<UserId>(rows, row, 3),
                           .sections = ids_in<SectionId>(rows, row, 4),
                           .everybody = rows.boolean(row, 5)});
    if (missed(rows, asked, asked_at)) {
        packs_.forget_all();
        if (tell_missed_)
            tell_missed_();
        snapshots_.clear();
        forgotten_before_.clear(); // of another timeline, perhaps
    }
    packs_.hear(asked, asked_at, changes);
    if (tell_ && !changes.empty())
        tell_(changes);
    snapshot_ = rows.text(0, 0);
    timeline_ = rows.int8(0, 1);
    seen_ = asked;
    seen_at_ = asked_at;
    forget(asked);
    return {};
}

void ChangeFeed::forget(Monotonic asked) {
    if (snapshots_.empty() || asked - snapshots_.back().first >= options_.retention / 6)
        snapshots_.emplace_back(asked, snapshot_);
    while (!snapshots_.empty() && asked - snapshots_.front().first >= options_.retention) {
        forgotten_before_ = std::move(snapshots_.front().second);
        snapshots_.pop_front();
    }
    if (forgotten_before_.empty())
        return;
    // A bite each time: there may be more before the same snapshot, and asking for nothing is
    // cheap.
    pg::Params params;
    params.text(forgotten_before_);
    const auto done = database_->run_batch({}, {{sql::forget_changes, params}},
                                           Deadline::in(database_->clock(), options_.deadline));
    if (!done)
        log::warn("pack_changes_not_forgotten", {{"error", done.error().text()}});
}

} // namespace bw::packs
