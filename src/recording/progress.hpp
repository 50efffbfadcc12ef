// How far a journal is recorded, and what to do with a record that the database will not take. What
// a record means is its recorder's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tenancy/database.hpp"

namespace bw::recording {

/// PostgreSQL has no unsigned integers: an epoch is stored as the same 64 bits.
std::int64_t as_bigint(std::uint64_t value);

/// Is it this data that the database refuses (and would refuse again), or is the database unwell?
bool is_about_the_data(const Error& error, const std::string& sqlstate);

/// In the place of a sqlstate: records up to this one are in a gap of an archive. Nothing of them
/// waits for an operator in the journal.
inline constexpr std::string_view gap_state = "BWGAP";

/// A record's number, and a sqlstate or a reason of our own.
using SetAside = std::pair<std::uint64_t, std::string>;

struct Progress {
    std::uint64_t seq = 0;                       // recorded up to here
    std::uint64_t set_aside = 0;                 // waiting for an operator
    std::uint64_t oldest_set_aside = UINT64_MAX; // of those
};
/// Begins a journal that this database does not know.
Result<Progress> read_progress(tenancy::Database& database, std::uint64_t epoch, Deadline deadline);
/// The same where nothing may be written, on a standby; nullopt: it does not know the journal.
Result<std::optional<Progress>> look_at_progress(tenancy::Database& database, std::uint64_t epoch,
                                                 Deadline deadline);
/// The end of the transaction that records the journal's records behind `from`, up to `to`. It
/// fails where another recorder has moved the cursor.
std::vector<tenancy::Step> progress_steps(std::uint64_t epoch, std::uint64_t from, std::uint64_t to,
                                          const std::vector<SetAside>& set_aside);

/// What one transaction records. An Item has its record's number as `seq`.
template <class Item>
struct Batch {
    std::vector<Item> items; // in the journal's order
    std::vector<SetAside> set_aside;
    std::uint64_t from = 0, to = 0; // the cursor before and after
};

/// One record spoils a whole transaction: halves the batch until it stands alone, and sets that
/// aside. Each half moves the cursor to its own end, so a crash in between resumes there.
/// `write(batch)` writes one transaction, `tell(item, sqlstate)` hears of what is set aside.
template <class Item, class Write, class Tell>
Result<void> write_bisecting(Batch<Item> batch, const tenancy::Database& database,
                             const Write& write, const Tell& tell) {
    auto written = write(batch);
    if (written || batch.items.empty() ||
        !is_about_the_data(written.error(), database.last_sqlstate()))
        return written;
    if (batch.items.size() == 1) {
        batch.set_aside.emplace_back(batch.items[0].seq, database.last_sqlstate());
        tell(batch.items[0], batch.set_aside.back().second);
        batch.items.clear();
        return write(batch);
    }
    const std::size_t middle = batch.items.size() / 2;
    Batch<Item> left, right;
    left.from = batch.from;
    right.to = batch.to;
    left.to = right.from = batch.items[middle].seq - 1;
    for (std::size_t i = 0; i < batch.items.size(); ++i)
        (i < middle ? left : right).items.push_back(std::move(batch.items[i]));
    for (SetAside& aside : batch.set_aside)
        (aside.first <= left.to ? left : right).set_aside.push_back(std::move(aside));
    CHECK_OK(write_bisecting(std::move(left), database, write, tell));
    return write_bisecting(std::move(right), database, write, tell);
}

} // namespace bw::recording
