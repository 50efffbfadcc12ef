#include "reporting/mirror.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/ensure.hpp"
#include "reporting/mirror_sql_text.hpp"
#include "reporting/primary_tables.hpp"
#include "reporting/rollups.hpp"
#include "reporting/values.hpp"
#include "telemetry/log.hpp"

namespace bw::reporting {

namespace {

using pg::pgoutput::Field;

constexpr Duration statement_timeout = 10min; // a table of millions of rows on a slow disk
constexpr std::int64_t set_aside_rows_max = 10'000, logged_rows_max = 100;

mirror_sql::Followers followers_of(const MirroredTable& table) {
    return {.touched = !noting_stale(table.name, "rows").empty(),
            .counted = is_counted(table.name)};
}

/// The list of columns as a word: a store that was made with another one is made anew.
std::string list_version() {
    Bytes all;
    for (const MirroredTable& table : mirrored_tables())
        all += fmt::format("{}.{} {} {}\n", table.schema, table.name, table.key_columns,
                           store_columns(table));
    return to_hex(view(sha256(all))).substr(0, 16);
}

} // namespace

struct Mirror::Layout {
    const MirroredTable* table = nullptr; // null: it is not mirrored
    std::vector<std::size_t> at;          // of each mirrored column, in the rows that come
    std::size_t columns = 0;              // that come
};

Mirror::Mirror(columnar::Connection& connection, AfterApply after_apply, const Clock& clock)
    : connection_(connection), after_apply_(std::move(after_apply)), clock_(clock) {
    for (const MirroredTable& table : mirrored_tables())
        batches_.emplace_back(table);
}

Mirror::~Mirror() {
    forget();
}

Result<std::unique_ptr<Mirror>> Mirror::open(columnar::Connection& connection,
                                             AfterApply after_apply, const Clock& clock) {
    std::unique_ptr<Mirror> mirror(new Mirror(connection, std::move(after_apply), clock));
    CHECK_OK(mirror->make_schemas());
    CHECK_OK(mirror->read_watermark());
    return mirror;
}

Result<void> Mirror::script(const std::string& sql) {
    return sql.empty() ? Result<void>()
                       : connection_.script(sql, Deadline::in(clock_, statement_timeout));
}

Result<void> Mirror::make_schemas() {
    CHECK_OK(script(std::string(mirror_sql::schemas)));
    for (const MirroredTable& table : mirrored_tables())
        CHECK_OK(script(mirror_sql::base_table(table, false) +
                        mirror_sql::temporary_tables(table, followers_of(table))));
    return {};
}

Result<void> Mirror::read_watermark() {
    columnar::Params list;
    list.text(list_version());
    auto answer = TRY(connection_.run(std::string(mirror_sql::read_watermark), list,
                                      Deadline::in(clock_, statement_timeout)));
    for (const auto& row : answer.rows())
        watermark_ = Watermark{std::get<std::string>(row[0]),
                               static_cast<std::uint32_t>(std::get<std::int64_t>(row[1])),
                               pg::Lsn{static_cast<std::uint64_t>(std::get<std::int64_t>(row[2]))},
                               Instant{std::get<columnar::Micros>(row[3]).value / 1000},
                               Instant{std::get<columnar::Micros>(row[4]).value / 1000},
                               std::get<std::string>(row[5])};
    auto aside = TRY(connection_.run(std::string(mirror_sql::count_set_aside), {},
                                     Deadline::in(clock_, statement_timeout)));
    set_aside_ = std::get<std::int64_t>(aside.rows().at(0).at(0));
    auto mark = TRY(connection_.run(std::string(mirror_sql::read_mark), {},
                                    Deadline::in(clock_, statement_timeout)));
    mark_ = std::get<std::string>(mark.rows().at(0).at(0));
    auto outdated = TRY(connection_.run(std::string(mirror_sql::read_outdated), {},
                                        Deadline::in(clock_, statement_timeout)));
    const auto since = outdated.rows().at(0).at(0);
    if (const auto* micros = std::get_if<columnar::Micros>(&since))
        outdated_since_ = Instant{micros->value / 1000};
    return {};
}

// ---- the stream ----

Result<void> Mirror::change(const pg::pgoutput::Message& message, pg::Lsn lsn) {
    if (const auto* relation = std::get_if<pg::pgoutput::Relation>(&message))
        return read_relation(*relation);
    if (const auto* truncate = std::get_if<pg::pgoutput::Truncate>(&message)) {
        for (const std::uint32_t relation : truncate->relations)
            if (const auto found = layouts_.find(relation);
                found != layouts_.end() && found->second.table != nullptr)
                batch_of(*found->second.table).truncate();
        return {};
    }
    return change_row(message, lsn);
}

Result<void> Mirror::read_relation(const pg::pgoutput::Relation& relation) {
    Layout layout{mirrored_table(relation.schema, relation.name), {}, relation.columns.size()};
    if (layout.table != nullptr)
        layout.at = TRY(places_in(relation, *layout.table));
    layouts_[relation.id] = std::move(layout);
    return {};
}

Result<Mirror::Layout*> Mirror::layout(std::uint32_t relation, std::size_t columns) {
    const auto found = layouts_.find(relation);
    if (found == layouts_.end() || found->second.columns != columns)
        return fail(Code::corrupt, "a row came of a table that the stream has not described");
    return &found->second;
}

FieldSpan Mirror::arranged(const Layout& layout, const pg::pgoutput::Row& row) {
    arranged_.clear();
    for (const std::size_t at : layout.at)
        arranged_.push_back(row[at]);
    return arranged_;
}

Result<void> Mirror::change_row(const pg::pgoutput::Message& message, pg::Lsn lsn) {
    if (const auto* insert = std::get_if<pg::pgoutput::Insert>(&message)) {
        const Layout& layout = *TRY(this->layout(insert->relation, insert->row.size()));
        if (layout.table == nullptr)
            return {};
        const FieldSpan row = arranged(layout, insert->row);
        if (std::string fault = fault_in(*layout.table, row); !fault.empty())
            put_aside(*layout.table, row, std::move(fault), lsn);
        else
            batch_of(*layout.table).insert(row);
    } else if (const auto* update = std::get_if<pg::pgoutput::Update>(&message)) {
        const Layout& layout = *TRY(this->layout(update->relation, update->row.size()));
        if (layout.table == nullptr)
            return {};
        std::vector<Field> old;
        if (update->old && update->old->size() == layout.columns) {
            const FieldSpan key = arranged(layout, *update->old);
            old.assign(key.begin(), key.end());
        }
        TableBatch& batch = batch_of(*layout.table);
        const FieldSpan row = arranged(layout, update->row);
        const auto old_key = old.empty() ? std::nullopt : std::optional<FieldSpan>(old);
        if (std::string fault = fault_in(*layout.table, row); !fault.empty()) {
            batch.remove(old_key.value_or(row)); // the version that stands is no longer true
            put_aside(*layout.table, row, std::move(fault), lsn);
        } else if (auto done = batch.update(old_key, row); !done) {
            return snapshot_wanted(done.error().detail);
        }
    } else if (const auto* removed = std::get_if<pg::pgoutput::Delete>(&message)) {
        const Layout& layout = *TRY(this->layout(removed->relation, removed->old.size()));
        if (layout.table != nullptr)
            batch_of(*layout.table).remove(arranged(layout, removed->old));
    }
    return {};
}

void Mirror::put_aside(const MirroredTable& table, FieldSpan key, std::string fault, pg::Lsn lsn) {
    const std::int64_t listed = set_aside_ + std::ssize(aside_);
    if (listed >= set_aside_rows_max) {
        if (!std::exchange(aside_full_, true))
            log::error("report_rows_set_aside_unlisted", {{"limit", set_aside_rows_max}});
        return;
    }
    std::string hex;
    for (const Field& value : key.first(table.key_columns))
        hex += (hex.empty() ? "" : " ") + to_hex(value.bytes);
    if (listed < logged_rows_max) // stream.set_aside has all of them
        log::warn("report_row_set_aside",
                  {{"table", table.name}, {"row", hex}, {"fault", fault}, {"lsn", lsn.text()}});
    aside_.push_back({std::string(table.name), std::move(hex), std::move(fault), lsn});
}

TableBatch& Mirror::batch_of(const MirroredTable& table) {
    return batches_[static_cast<std::size_t>(&table - mirrored_tables().data())];
}

std::size_t Mirror::waiting_rows() const {
    std::size_t rows = aside_.size();
    for (const TableBatch& batch : batches_)
        rows += batch.rows();
    return rows;
}

std::size_t Mirror::waiting_bytes() const {
    std::size_t bytes = 0;
    for (const TableBatch& batch : batches_)
        bytes += batch.bytes();
    return bytes;
}

bool Mirror::truncated() const {
    return std::ranges::any_of(batches_, [](const TableBatch& one) { return one.truncated(); });
}

// ---- into the store ----

Result<void> Mirror::begin() {
    if (!open_) {
        CHECK_OK(connection_.begin());
        open_ = true;
    }
    return {};
}

Result<void> Mirror::spill() {
    CHECK_OK(begin());
    for (TableBatch& batch : batches_)
        if (!batch.empty())
            CHECK_OK(apply(batch));
    return write_set_aside();
}

Result<void> Mirror::apply(TableBatch& batch) {
    if (std::ranges::find(touched_.tables, batch.table().name) == touched_.tables.end())
        touched_.tables.push_back(batch.table().name);
    if (batch.truncated())
        CHECK_OK(truncate(batch.table()));
    CHECK_OK(rewrite(batch));
    CHECK_OK(append_new(batch));
    batch.clear();
    return {};
}

Result<void> Mirror::truncate(const MirroredTable& table) {
    touched_.everything = true;
    CHECK_OK(note_outdated());
    return script(mirror_sql::empty(table));
}

Result<void> Mirror::note_outdated() {
    if (outdated_since_ || outdated_now_)
        return {};
    outdated_now_ = clock_.now();
    TRY(connection_.run(std::string(mirror_sql::note_outdated),
                        columnar::Params().instant(*outdated_now_),
                        Deadline::in(clock_, statement_timeout)));
    return {};
}

/// Rows of which a version may stand: through a temporary table, set by set.
Result<void> Mirror::rewrite(const TableBatch& batch) {
    const MirroredTable& table = batch.table();
    std::uint64_t unchanged = 0;
    std::size_t rows = 0;
    std::vector<Field> values;
    {
        auto staged =
            TRY(columnar::Appender::open(connection_, "main", "staged_" + std::string(table.name)));
        for (const auto& [key, change] : batch.changes()) {
            if (!change.stands)
                continue;
            TableBatch::unpack(change.row ? *change.row : key, values);
            for (std::size_t i = 0; i < table.columns.size(); ++i)
                append(staged, table.columns[i].type, i < values.size() ? values[i] : Field{});
            staged.boolean(change.row.has_value())
                .integer(static_cast<std::int64_t>(change.unchanged));
            CHECK_OK(staged.end_row());
            unchanged |= change.unchanged;
            ++rows;
        }
        if (rows == 0)
            return {};
        CHECK_OK(staged.flush());
    }
    CHECK_OK(note_outdated());
    return script(mirror_sql::rewrite(table, followers_of(table).touched, unchanged));
}

Result<void> Mirror::append_new(const TableBatch& batch) {
    const MirroredTable& table = batch.table();
    const mirror_sql::Followers followers = followers_of(table);
    std::optional<columnar::Appender> base, follower;
    std::vector<Field> values;
    for (const auto& [key, change] : batch.changes()) {
        if (change.stands || !change.row)
            continue;
        if (!base) {
            base.emplace(
                TRY(columnar::Appender::open(connection_, "base", std::string(table.name))));
            if (followers.touched)
                follower.emplace(TRY(columnar::Appender::open(
                    connection_, "main",
                    (followers.counted ? "new_" : "touched_") + std::string(table.name))));
        }
        TableBatch::unpack(*change.row, values);
        for (columnar::Appender* to : {&*base, follower ? &*follower : nullptr}) {
            if (to == nullptr)
                continue;
            for (std::size_t i = 0; i < table.columns.size(); ++i)
                append(*to, table.columns[i].type, values[i]);
            CHECK_OK(to->end_row());
        }
    }
    if (base)
        CHECK_OK(base->flush());
    if (follower)
        CHECK_OK(follower->flush());
    return {};
}

Result<void> Mirror::write_set_aside() {
    for (const Aside& aside : aside_) {
        columnar::Params params;
        params.text(aside.table)
            .text(aside.key)
            .text(aside.fault)
            .integer(static_cast<std::int64_t>(aside.lsn.value))
            .instant(clock_.now());
        TRY(connection_.run(std::string(mirror_sql::insert_set_aside), params,
                            Deadline::in(clock_, statement_timeout)));
        ++set_aside_;
    }
    aside_.clear();
    return {};
}

Result<void> Mirror::write_watermark(const Watermark& at) {
    columnar::Params params;
    params.text(at.system)
        .integer(at.timeline)
        .integer(static_cast<std::int64_t>(at.lsn.value))
        .instant(at.commit_at);
    params.instant(at.applied_at).text(list_version()).text(at.seen);
    CHECK_OK(script(std::string(mirror_sql::drop_watermark)));
    TRY(connection_.run(std::string(mirror_sql::insert_watermark), params,
                        Deadline::in(clock_, statement_timeout)));
    return {};
}

Result<void> Mirror::commit(Watermark at, bool idle) {
    CHECK_OK(spill());
    bool settled = settled_ || !after_apply_;
    if (!touched_.tables.empty() || !settled) {
        if (after_apply_)
            settled = TRY(tell_what_follows(idle));
        for (const std::string_view table : touched_.tables)
            CHECK_OK(script(mirror_sql::forget_followers(
                table,
                followers_of(*std::ranges::find(mirrored_tables(), table, &MirroredTable::name)))));
    }
    at.applied_at = clock_.now();
    if (!settled && watermark_) // rows are newer than what follows from them
        at.commit_at = watermark_->commit_at;
    return commit_at(std::move(at), settled);
}

/// The last steps of a transaction.
Result<void> Mirror::commit_at(Watermark at, bool settled) {
    CHECK_OK(write_watermark(at));
    CHECK_OK(connection_.commit());
    open_ = false;
    settled_ = settled;
    touched_ = {};
    if (const auto now = std::exchange(outdated_now_, std::nullopt))
        outdated_since_ = now;
    watermark_ = std::move(at);
    return {};
}

Result<bool> Mirror::tell_what_follows(bool idle) {
    touched_.idle = idle;
    touched_.first = !told_;
    const bool settled = TRY(after_apply_(connection_, touched_));
    told_ = true;
    return settled;
}

void Mirror::forget() {
    snapshot_.clear();
    if (open_)
        connection_.rollback();
    open_ = false;
    outdated_now_.reset();
    told_ = false; // what it made is rolled back with the rest
    touched_ = {};
    aside_.clear();
    layouts_.clear();
    for (TableBatch& batch : batches_)
        batch.clear();
}

// ---- all anew ----

Result<void> Mirror::begin_snapshot() {
    forget();
    CHECK_OK(begin());
    if (watermark_)
        CHECK_OK(note_outdated());
    CHECK_OK(script(std::string(mirror_sql::forget_set_aside)));
    set_aside_ = 0;
    aside_full_ = false;
    for (const MirroredTable& table : mirrored_tables())
        CHECK_OK(script(mirror_sql::base_table(table, true)));
    return {};
}

Result<void> Mirror::snapshot_row(const MirroredTable& table, FieldSpan row) {
    ENSURE(open_ && row.size() == table.columns.size(),
           "a snapshot's row has the mirrored columns");
    if (std::string fault = fault_in(table, row); !fault.empty()) {
        put_aside(table, row, std::move(fault), {});
        return {};
    }
    auto at = snapshot_.find(&table);
    if (at == snapshot_.end())
        at = snapshot_
                 .emplace(&table, TRY(columnar::Appender::open(connection_, "base",
                                                               std::string(table.name))))
                 .first;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        append(at->second, table.columns[i].type, row[i]);
    return at->second.end_row();
}

Result<void> Mirror::end_snapshot(Watermark at, std::string mark) {
    for (auto& [table, appender] : snapshot_)
        CHECK_OK(appender.flush());
    snapshot_.clear();
    CHECK_OK(write_set_aside());
    at.applied_at = clock_.now();
    if (after_apply_) {
        touched_ = {.everything = true, .tables = {}};
        for (const MirroredTable& table : mirrored_tables())
            touched_.tables.push_back(table.name);
        TRY(tell_what_follows(true));
    }
    CHECK_OK(script(std::string(mirror_sql::forget_mark)));
    TRY(connection_.run(std::string(mirror_sql::note_mark), columnar::Params().text(mark),
                        Deadline::in(clock_, statement_timeout)));
    CHECK_OK(commit_at(std::move(at), true));
    mark_ = std::move(mark);
    return {};
}

} // namespace bw::reporting
