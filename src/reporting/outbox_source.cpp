// By an outbox: triggers note the keys of the rows that change (migration report_outbox), and what
// stands under them is read here, a few times a second, as one snapshot shows it. The position is
// that snapshot: the next look is for what it did not show, so whoever is still writing is neither
// missed nor waited for, and the store is at each position what the primary was.
#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "reporting/change_source.hpp"
#include "reporting/primary_tables.hpp"
#include "reporting/projector.hpp"
#include "reporting/reporting_sql.hpp"
#include "reporting/tenant_rows.hpp"
#include "telemetry/log.hpp"

namespace bw::reporting {

namespace {

using pg::pgoutput::Field;
using pg::pgoutput::Row;

constexpr Duration command_timeout = 10s;
constexpr Duration others_timeout = 10min; // whoever writes when the outbox begins anew has to end
constexpr Duration copy_silence = 2min;
constexpr Duration sign_of_life = 1min;
constexpr Duration renewed_every = 2s;
constexpr std::int64_t forgotten_at_once = 5'000;
constexpr std::string_view switched_on =
    "in the outbox with all that reports need of it: 'bellwether reports outbox on' puts it there";

/// The columns of a key behind the tenant's id, as the triggers note them.
struct KeyColumn {
    std::string_view column;
    std::string noted; // in the door's answer
};

std::vector<KeyColumn> noted_key(const MirroredTable& table) {
    std::vector<KeyColumn> out;
    for (std::size_t i = 1; i < table.key_columns; ++i) {
        const MirroredColumn& column = table.columns[i];
        out.push_back({column.name, column.type == ColumnType::uuid
                                        ? fmt::format("k.k{}", i)
                                        : fmt::format("k.k3::{}", postgres_name(column.type))});
    }
    return out;
}

/// Of the scope's tenant: is the row new, does it stand, and its columns in the mirrored order, of
/// one that does not stand the key's alone. `seen` is a snapshot, which has neither quotes nor
/// letters.
std::string changed_rows(const MirroredTable& table, const std::string& seen) {
    constexpr std::string_view tenant = "current_setting('bw.tenant')::uuid";
    std::string columns = fmt::format("k.fresh, t.tenant_id is not null, {}", tenant);
    std::string same = fmt::format("t.tenant_id = {}", tenant);
    for (const auto& [column, noted] : noted_key(table)) {
        columns += ", " + noted;
        same += fmt::format(" and t.\"{}\" = {}", column, noted);
    }
    for (const MirroredColumn& column : table.columns.subspan(table.key_columns))
        columns += fmt::format(", t.\"{}\"", column.name);
    return fmt::format("select {0} from control.report_outbox_keys('{1}', '{2}') k left join "
                       "{3}.\"{2}\" t on {4}",
                       columns, seen, table.name, table.schema, same);
}

bool is_true(const Field& field) {
    return field.kind == Field::Kind::binary && field.bytes.size() == 1 && field.bytes[0] != 0;
}

/// How the mirror knows it.
std::uint32_t relation_of(const MirroredTable& table) {
    return static_cast<std::uint32_t>(&table - mirrored_tables().data()) + 1;
}

/// Those that anybody may lock who reads them; institutions come through a door.
std::vector<pg::SnapshotReader::Table> tables_to_hold() {
    std::vector<pg::SnapshotReader::Table> out;
    for (const MirroredTable& table : mirrored_tables())
        if (&table != &TenantRows::table())
            out.emplace_back(table.schema, table.name);
    return out;
}

class OutboxSource : public ChangeSource {
public:
    OutboxSource(const ProjectorOptions& options, pg::LogProbe& probe, const Clock& clock,
                 std::unique_ptr<pg::SnapshotReader> reader)
        : options_(options), probe_(probe), clock_(clock), reader_(std::move(reader)) {}

    Result<pg::LogIdentity> identify() override {
        const auto row = TRY(reader_->run(sql::outbox_identity, {}, soon()));
        identity_ = {std::string(row.text(0, 0)), static_cast<std::uint32_t>(row.int8(0, 1)),
                     pg::Lsn::parse(row.text(0, 2)).value_or(pg::Lsn{})};
        return identity_;
    }
    Held held() const override { return held_; }
    Result<std::string> mark() override {
        const auto rows = TRY(reader_->run(sql::outbox_triggers, {}, soon()));
        std::vector<pg::PublishedTable> tables;
        for (int i = 0; i < rows.count(); ++i) {
            pg::PublishedTable& table = tables.emplace_back(
                std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                std::vector<std::string>(), std::string(rows.text(i, 3)), rows.boolean(i, 4));
            std::string_view columns = rows.text(i, 2);
            while (!columns.empty()) {
                const std::size_t end = std::min(columns.find(','), columns.size());
                table.columns.emplace_back(columns.substr(0, end));
                columns.remove_prefix(std::min(end + 1, columns.size()));
            }
        }
        return TRY(mark_of(tables, switched_on)) + TRY(published_mark(probe_, soon()));
    }
    Result<std::optional<std::string>> why_anew(const Watermark& at) override {
        if (at.seen.empty())
            return "the store followed by a replication slot before";
        return TRY(look(at.seen)).why_anew;
    }

    Result<Watermark> begin_snapshot(const pg::LogIdentity& identity,
                                     const std::stop_token& stop) override {
        const std::string ran =
            std::string(TRY(reader_->run(sql::outbox_join, {options_.slot}, soon())).text(0, 0));
        const Deadline until = Deadline::in(clock_, others_timeout);
        while (!TRY(reader_->run(sql::outbox_ended, {ran}, soon())).boolean(0, 0)) {
            if (until.expired(clock_))
                return fail(Code::unavailable, "a transaction at the primary does not end, and "
                                               "what it changes might be missed");
            CHECK_OK(pause(50ms, stop));
        }
        const Instant as_of = TRY(probe_.sample(soon())).at;
        CHECK_OK(reader_->begin(tables_to_hold(), soon()));
        return position(identity, as_of);
    }
    pg::SnapshotReader& reader() override { return *reader_; }
    Result<void> end_snapshot() override {
        CHECK_OK(reader_->end(soon()));
        return make_durable();
    }

    Result<void> start(const Watermark& from) override {
        identity_ = {from.system, from.timeline, from.lsn};
        seen_ = from.seen;
        return forget();
    }
    Result<bool> read(Deadline until, const std::stop_token& stop, Listener& listener) override {
        const Monotonic now = clock_.monotonic();
        if (now < next_look_) {
            (void)pause(std::min(next_look_, until.at()) - now, stop); // whoever asks sees it too
            return true;
        }
        next_look_ = now + options_.batch_period;
        const pg::LogSample sample = TRY(probe_.sample(soon())); // before the look
        const Looked looked = TRY(look(seen_));
        if (looked.why_anew)
            return snapshot_wanted(*looked.why_anew);
        // Notes go when what was seen is newer than whoever wrote meanwhile, in any database: where
        // nothing else changes, it is seen anew for them alone.
        const bool renew = looked.noted && now - renewed_at_ >= renewed_every;
        if (!looked.changed && !renew) {
            if (forgets_more_)
                CHECK_OK(forget());
            listener.nothing_until(sample.flushed);
            return true;
        }
        renewed_at_ = now;
        CHECK_OK(reader_->begin(tables_to_hold(), soon()));
        Watermark at = TRY(position(identity_, sample.at));
        if (const Looked again = TRY(look(seen_)); again.why_anew) // whoever missed may be seen now
            return snapshot_wanted(*again.why_anew);
        CHECK_OK(listener.begins(at.lsn));
        CHECK_OK(tell_changes(stop, listener));
        CHECK_OK(reader_->end(soon()));
        if (sample.flushed < at.lsn)
            CHECK_OK(make_durable());
        listener.whole(std::move(at));
        return false;
    }
    bool tells_in_batches() const override { return true; }
    Result<void> confirm(const Watermark& at, bool ask) override {
        const bool news = std::exchange(seen_, at.seen) != at.seen;
        return news || (ask && clock_.monotonic() - told_at_ >= sign_of_life) ? forget()
                                                                              : Result<void>();
    }

private:
    Deadline soon() const { return Deadline::in(clock_, command_timeout); }

    struct Looked {
        std::optional<std::string> why_anew;
        bool changed = false, noted = false;
    };
    Result<Looked> look(const std::string& seen) {
        const auto row = TRY(reader_->run(sql::outbox_look, {options_.slot, seen}, soon()));
        Looked out;
        if (!row.boolean(0, 0))
            out.why_anew = "the outbox was switched off";
        else if (row.boolean(0, 3))
            out.why_anew = "the outbox was full: the store was away for longer than it has room";
        else if (!row.boolean(0, 1))
            out.why_anew = "the outbox does not know this store (any more)";
        else if (row.boolean(0, 2))
            out.why_anew = "the outbox is further than the store";
        out.changed = row.boolean(0, 4);
        out.noted = row.boolean(0, 5);
        if (row.boolean(0, 0))
            held_ = {row.int8(0, 6), std::max<std::int64_t>(0, row.int8(0, 7) - row.int8(0, 6))};
        return out;
    }

    /// Of the transaction that has begun.
    Result<Watermark> position(const pg::LogIdentity& identity, Instant as_of) {
        const auto row = TRY(reader_->run(sql::outbox_position, {}, soon()));
        return Watermark{.system = identity.system,
                         .timeline = identity.timeline,
                         .lsn = pg::Lsn::parse(row.text(0, 1)).value_or(pg::Lsn{}),
                         .commit_at = as_of,
                         .applied_at = {},
                         .seen = std::string(row.text(0, 0))};
    }

    /// Whoever commits without waiting for the disk is seen before it is safe; what a crash takes
    /// back must not stand in the store.
    Result<void> make_durable() {
        TRY(reader_->run(sql::outbox_flush, {}, soon()));
        return {};
    }

    Result<void> forget() {
        told_at_ = clock_.monotonic();
        const auto row = TRY(reader_->run(
            sql::outbox_seen, {options_.slot, seen_, std::to_string(forgotten_at_once)}, soon()));
        forgets_more_ = row.int8(0, 0) == forgotten_at_once;
        return {};
    }

    Result<void> tell_changes(const std::stop_token& stop, Listener& listener) {
        const auto rows = TRY(reader_->run(sql::outbox_changed, {seen_}, soon()));
        std::map<Uuid, std::vector<const MirroredTable*>> changed; // the nil tenant's first
        for (int i = 0; i < rows.count(); ++i) {
            const auto table =
                std::ranges::find(mirrored_tables(), rows.text(i, 1), &MirroredTable::name);
            if (table != mirrored_tables().end())
                changed[rows.uuid(i, 0)].push_back(&*table);
        }
        described_.clear();
        auto tenants = TRY(TenantRows::read(*reader_, soon()));
        for (const auto& [tenant, tables] : changed) {
            const auto known = tenants.find(tenant);
            if (tenant != Uuid{} && known)
                CHECK_OK(tenants.enter(*reader_, *known, soon()));
            for (const MirroredTable* table : tables) {
                CHECK_OK(describe(*table, listener));
                if (tenant == Uuid{})
                    CHECK_OK(listener.change(pg::pgoutput::Truncate{{relation_of(*table)}}));
                else if (table == &TenantRows::table())
                    CHECK_OK(tell_tenant(tenant, known, tenants, listener));
                else if (!known)
                    return snapshot_wanted("an institution is gone");
                else
                    CHECK_OK(tell_rows(*table, stop, listener));
            }
        }
        return {};
    }

    /// As the primary has it now: the mirror looks at it.
    Result<void> describe(const MirroredTable& table, Listener& listener) {
        if (std::ranges::find(described_, &table) != described_.end())
            return {};
        described_.push_back(&table);
        const auto columns = TRY(reader_->run(
            sql::outbox_columns, {std::string(table.schema), std::string(table.name)}, soon()));
        pg::pgoutput::Relation relation{
            relation_of(table), std::string(table.schema), std::string(table.name), 'd', {}};
        for (const MirroredColumn& column : table.columns)
            for (int i = 0; i < columns.count(); ++i)
                if (columns.text(i, 0) == column.name)
                    relation.columns.push_back(
                        {std::ranges::find(table.key(), column.name, &MirroredColumn::name) !=
                             table.key().end(),
                         std::string(column.name), static_cast<std::uint32_t>(columns.int8(i, 1))});
        return listener.change(relation);
    }

    static Result<void> tell_tenant(const Uuid& tenant, std::optional<int> known,
                                    TenantRows& tenants, Listener& listener) {
        const std::uint32_t relation = relation_of(TenantRows::table());
        if (known)
            return listener.change(
                pg::pgoutput::Update{relation, std::nullopt, tenants.row(*known)});
        Row gone(TenantRows::table().columns.size());
        gone[0] = {Field::Kind::binary, view(tenant)};
        return listener.change(pg::pgoutput::Delete{relation, std::move(gone)});
    }

    Result<void> tell_rows(const MirroredTable& table, const std::stop_token& stop,
                           Listener& listener) {
        const std::uint32_t relation = relation_of(table);
        pg::pgoutput::Message message;
        TRY(reader_->copy(changed_rows(table, seen_), copy_silence, [&](const Row& told) {
            if (stop.stop_requested())
                return Result<void>(fail(Code::unavailable, "told to stop", "stop"));
            Row row(told.begin() + 2, told.end());
            const bool fresh = is_true(told[0]), stands = is_true(told[1]);
            if (!stands)
                message = pg::pgoutput::Delete{relation, std::move(row)};
            else if (fresh)
                message = pg::pgoutput::Insert{relation, std::move(row)};
            else
                message = pg::pgoutput::Update{relation, std::nullopt, std::move(row)};
            return listener.change(message);
        }));
        return {};
    }

    /// An error: told to stop.
    Result<void> pause(Duration duration, const std::stop_token& stop) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait_for(lock, stop, duration, [] { return false; });
        return stop.stop_requested() ? Result<void>(fail(Code::unavailable, "told to stop", "stop"))
                                     : Result<void>();
    }

    const ProjectorOptions& options_;
    pg::LogProbe& probe_;
    const Clock& clock_;
    const std::unique_ptr<pg::SnapshotReader> reader_;
    pg::LogIdentity identity_;
    Held held_;
    std::string seen_; // what the store has
    std::vector<const MirroredTable*> described_;
    Monotonic next_look_, told_at_, renewed_at_;
    bool forgets_more_ = false;
};

} // namespace

Result<std::unique_ptr<ChangeSource>> open_outbox_source(const ProjectorOptions& options,
                                                         pg::LogProbe& probe, const Clock& clock) {
    return std::unique_ptr<ChangeSource>(std::make_unique<OutboxSource>(
        options, probe, clock,
        TRY(pg::SnapshotReader::open(options.reader, clock,
                                     Deadline::in(clock, command_timeout)))));
}

} // namespace bw::reporting
