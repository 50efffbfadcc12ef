// The mirror: the primary's rows in the store, as a position of its log. Rows and position change
// in one transaction, so whatever dies, the next one goes on from what is there: nothing is lost or
// counted twice.
//
// In the store: schema `base`, a table for each mirrored one; `stream.watermark`, the position;
// `stream.set_aside`, rows that cannot stand in the store. Does not belong here: where changes come
// from (projector), what is made of them (rollups).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "columnar/appender.hpp"
#include "columnar/connection.hpp"
#include "pg/change_stream.hpp"
#include "pg/pgoutput.hpp"
#include "reporting/batch.hpp"
#include "reporting/mirrored.hpp"

namespace bw::reporting {

/// How far the store is: all that was committed up to `lsn` on this system's timeline, and nothing
/// behind it.
struct Watermark {
    std::string system;
    std::uint32_t timeline = 0;
    pg::Lsn lsn;
    Instant commit_at; // of the last transaction in it
    Instant applied_at = {};
    std::string seen = {}; // of the outbox: the snapshot that the store is as; else empty
};

/// What a transaction of the mirror changed, told before it commits.
struct Touched {
    /// All may have changed: a snapshot, or a truncated table. The temporary tables below say
    /// nothing then.
    bool everything = false;
    std::vector<std::string_view> tables = {};
    /// Nothing else waits: what was put off is done now.
    bool idle = false;
    /// The first call since the mirror was opened.
    bool first = false;
};

/// Called in the mirror's transaction, once before each commit that changes rows: what follows from
/// them goes in with them or not at all. Of tables that make a rollup stale (noting_stale), the
/// temporary table `touched_<table>` holds what changed, old versions and new ones; of those whose
/// new rows are counted (is_counted), new rows are in `new_<table>` instead. False: it has noted
/// what follows, and wants to be called again, also when no row changes.
using AfterApply = std::function<Result<bool>(columnar::Connection&, const Touched&)>;

/// Not thread-safe. After an error of change(), commit() or a snapshot call forget(), and start
/// from watermark() again.
class Mirror {
public:
    /// Makes the schemas where they are missing. `connection` and `clock` outlive this.
    static Result<std::unique_ptr<Mirror>> open(columnar::Connection& connection,
                                                AfterApply after_apply, const Clock& clock);
    ~Mirror();

    /// nullopt: there has been no snapshot, or one of other columns than this program mirrors.
    const std::optional<Watermark>& watermark() const { return watermark_; }
    /// Rows that cannot stand in the store, and do not.
    std::int64_t set_aside() const { return set_aside_; }

    /// When the first of the rows went or was replaced that the file may still hold, though no
    /// statement sees them.
    std::optional<Instant> outdated_since() const { return outdated_since_; }

    /// All tables anew, in one transaction: until end_snapshot() readers see what was there.
    Result<void> begin_snapshot();
    Result<void> snapshot_row(const MirroredTable& table, FieldSpan row);
    /// `mark`: mark_of() what was published before the snapshot.
    Result<void> end_snapshot(Watermark at, std::string mark);
    /// The last snapshot's.
    const std::string& mark() const { return mark_; }

    /// A change of a transaction that will commit at or behind `lsn`. Tables that are not mirrored
    /// are passed over, as are columns.
    Result<void> change(const pg::pgoutput::Message& message, pg::Lsn lsn);
    /// What has come since the last commit, as far as it waits in memory.
    std::size_t waiting_rows() const;
    std::size_t waiting_bytes() const;
    bool idle() const { return !open_ && waiting_rows() == 0 && !truncated(); }
    /// Hands what waits to the store's open transaction, so that a large one needs no more memory
    /// than a small one.
    Result<void> spill();
    /// Everything since the last commit, the position and what follows from the rows: durable when
    /// it returns.
    /// `idle`: nothing else waits.
    Result<void> commit(Watermark at, bool idle = false);
    /// All that follows from the rows is done. Not after open(): another process may have put off
    /// something.
    bool settled() const { return settled_; }
    /// Drops what was not committed, and what the stream said of its tables.
    void forget();

private:
    struct Layout; // of a relation at the primary
    Mirror(columnar::Connection& connection, AfterApply after_apply, const Clock& clock);
    Result<void> make_schemas();
    Result<void> read_watermark();
    Result<void> read_relation(const pg::pgoutput::Relation& relation);
    Result<Layout*> layout(std::uint32_t relation, std::size_t columns);
    FieldSpan arranged(const Layout& layout, const pg::pgoutput::Row& row);
    Result<void> change_row(const pg::pgoutput::Message& message, pg::Lsn lsn);
    Result<void> note_outdated();
    void put_aside(const MirroredTable& table, FieldSpan key, std::string fault, pg::Lsn lsn);
    TableBatch& batch_of(const MirroredTable& table);
    bool truncated() const;
    Result<void> begin();
    Result<void> apply(TableBatch& batch);
    Result<void> truncate(const MirroredTable& table);
    Result<void> rewrite(const TableBatch& batch);
    Result<void> append_new(const TableBatch& batch);
    Result<void> write_watermark(const Watermark& at);
    Result<void> write_set_aside();
    Result<void> script(const std::string& sql);
    Result<bool> tell_what_follows(bool idle);
    Result<void> commit_at(Watermark at, bool settled);

    struct Aside {
        std::string table, key, fault;
        pg::Lsn lsn;
    };
    columnar::Connection& connection_;
    const AfterApply after_apply_;
    const Clock& clock_;
    std::optional<Watermark> watermark_;
    std::string mark_;
    std::int64_t set_aside_ = 0;
    std::optional<Instant> outdated_since_, outdated_now_; // the latter: in the open transaction
    std::unordered_map<std::uint32_t, Layout> layouts_;
    std::vector<TableBatch> batches_; // in the order of the mirrored tables
    std::map<const MirroredTable*, columnar::Appender> snapshot_;
    std::vector<pg::pgoutput::Field> arranged_;
    std::vector<Aside> aside_;
    bool aside_full_ = false; // it was said that no more are listed
    Touched touched_;
    bool open_ = false; // a transaction of the store
    bool settled_ = false;
    bool told_ = false; // after_apply_ was called
};

} // namespace bw::reporting
