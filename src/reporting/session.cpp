#include "reporting/session.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "reporting/primary_tables.hpp"
#include "reporting/tenant_rows.hpp"
#include "telemetry/log.hpp"

namespace bw::reporting {

namespace {

constexpr Duration command_timeout = 10s;
constexpr Duration copy_silence = 2min;
constexpr auto peak_looked_at_every = 100ms;
constexpr std::string_view publication_changed =
    "a table was made anew, or was out of the publication for a while";

std::vector<std::string_view> names_of(const MirroredTable& table) {
    std::vector<std::string_view> names;
    for (const MirroredColumn& column : table.columns)
        names.push_back(column.name);
    return names;
}

Error told_to_stop() {
    return fail(Code::unavailable, "told to stop", "stop");
}

} // namespace

Result<void> Projector::Session::run(const std::stop_token& stop) {
    auto done = [&]() -> Result<void> {
        if (TRY(prepare(stop)))
            CHECK_OK(follow(stop));
        return {};
    }();
    if (mirror_)
        mirror_->forget();
    if (!done && stop.stop_requested())
        return {};
    return done;
}

/// False: told to stop. Afterwards the stream is at the store's position.
Result<bool> Projector::Session::prepare(const std::stop_token& stop) {
    mirror_ = TRY(Mirror::open(connection_, after_apply_, clock_));
    tell_([&](ProjectorStatus& status) { // what reports show, also while the primary is away
        status.at = mirror_->watermark();
        status.set_aside = mirror_->set_aside();
        if (status.at)
            note_as_of(status, status.at->commit_at);
    });
    const auto open = options_.source == ReportSource::slot ? open_slot_source : open_outbox_source;
    source_ = TRY(open(options_, probe_, clock_));
    identity_ = TRY(source_->identify());
    std::string mark = TRY(this->mark());
    auto why = TRY(why_anew(mark == mirror_->mark()));
    if (!why && anew_)
        why = std::move(anew_);
    if (why && mirror_->watermark()) // else there is nothing to show meanwhile
        wait_for_a_calmer_minute(*why, stop);
    if (why && !stop.stop_requested())
        CHECK_OK(take_snapshot(*why, std::move(mark), stop));
    if (stop.stop_requested())
        return false;
    CHECK_OK(source_->start(*mirror_->watermark()));
    tell_where();
    return true;
}

/// Why the store cannot go on from where it is; nullopt: it can.
Result<std::optional<std::string>> Projector::Session::why_anew(bool same_mark) {
    const auto& at = mirror_->watermark();
    if (!at)
        return "the store is new, or of other columns";
    if (at->system != identity_.system)
        return "the primary is another cluster than before";
    if (at->timeline != identity_.timeline)
        return "the primary was replaced by its standby";
    if (auto why = TRY(source_->why_anew(*at)))
        return why;
    if (!same_mark)
        return std::string(publication_changed);
    // It only ever told us of what it had flushed.
    if (at->lsn > identity_.flushed)
        return "the primary is older than the store: it was restored, or lost the end of its log";
    return std::nullopt;
}

// ---- the snapshot ----

void Projector::Session::wait_for_a_calmer_minute(const std::string& why,
                                                  const std::stop_token& stop) {
    const auto peak = [&] { return options_.at_peak && options_.at_peak(); };
    const Deadline until = within(options_.peak_patience);
    if (!peak())
        return;
    const Instant at_most = clock_.now() + options_.peak_patience;
    log::info("report_snapshot_waits", {{"reason", why}, {"until", to_rfc3339(at_most)}});
    tell_([&](ProjectorStatus& status) {
        status.state = ProjectorState::waiting;
        status.reason = fmt::format("{}; many students are about, so the snapshot begins when they "
                                    "are fewer, at {} at the latest",
                                    why, to_rfc3339(at_most));
    });
    while (peak() && !until.expired(clock_) && !stop.stop_requested())
        std::this_thread::sleep_for(peak_looked_at_every);
}

Result<void> Projector::Session::take_snapshot(const std::string& why, std::string mark,
                                               const std::stop_token& stop) {
    log::info("report_snapshot_begins", {{"reason", why}});
    tell_([&](ProjectorStatus& status) {
        status.state = ProjectorState::snapshot;
        status.reason = why;
        ++status.snapshots_begun;
    });
    const Watermark at = TRY(source_->begin_snapshot(identity_, stop));
    CHECK_OK(mirror_->begin_snapshot());
    CHECK_OK(copy_tenants(source_->reader(), stop));
    // What follows takes long: neither may the primary keep old rows for us any more, nor locks.
    CHECK_OK(source_->end_snapshot());
    CHECK_OK(mirror_->end_snapshot(at, std::move(mark)));
    log::info("report_snapshot_ended", {{"lsn", at.lsn.text()}});
    tell_([&](ProjectorStatus& status) {
        ++status.snapshots;
        ++status.commits;
        status.as_of = at.commit_at;
        status.set_aside = mirror_->set_aside();
    });
    return {};
}

Result<void> Projector::Session::copy_tenants(pg::SnapshotReader& reader,
                                              const std::stop_token& stop) {
    auto tenants = TRY(TenantRows::read(reader, within(command_timeout)));
    for (int row = 0; row < tenants.count(); ++row) {
        CHECK_OK(mirror_->snapshot_row(TenantRows::table(), tenants.row(row)));
        CHECK_OK(tenants.enter(reader, row, within(command_timeout)));
        for (const MirroredTable& table : mirrored_tables()) // before anything is copied
            if (row == 0 && &table != &TenantRows::table())
                CHECK_OK(fits(table, TRY(reader.types(table.schema, table.name, names_of(table),
                                                      within(command_timeout)))));
        for (const MirroredTable& table : mirrored_tables()) {
            if (stop.stop_requested())
                return told_to_stop();
            if (&table == &TenantRows::table())
                continue;
            TRY(reader.copy(table.schema, table.name, names_of(table), copy_silence,
                            [&](const pg::pgoutput::Row& values) {
                                return mirror_->snapshot_row(table, values);
                            }));
        }
    }
    return {};
}

// ---- the stream ----

Result<void> Projector::Session::follow(const std::stop_token& stop) {
    position_written_at_ = clock_.monotonic();
    while (!stop.stop_requested()) {
        const Monotonic now = clock_.monotonic();
        if (now - looked_at_ >= options_.look_period)
            CHECK_OK(look());
        Monotonic until = looked_at_ + options_.look_period;
        if (oldest_at_)
            until = std::min(until, *oldest_at_ + options_.batch_period);
        idle_ = TRY(source_->read(Deadline(std::max(until, now)), stop, *this));
        CHECK_OK(write_if_due(stop));
        // Nothing may wait: it would be lost with this session.
        if (rewrite_due_ && !in_transaction_ && !whole_ && mirror_->idle() && mirror_->settled())
            return rewrite();
    }
    return {};
}

void Projector::Session::nothing_until(pg::Lsn lsn) {
    if (!in_transaction_ && mirror_->idle() && !whole_)
        empty_until_ = std::max(empty_until_, lsn);
    tell_where();
}

Result<void> Projector::Session::begins(pg::Lsn final_lsn) {
    in_transaction_ = true;
    final_lsn_ = final_lsn;
    return {};
}

Result<void> Projector::Session::change(const pg::pgoutput::Message& message) {
    if (!oldest_at_)
        oldest_at_ = clock_.monotonic();
    ++rows_;
    CHECK_OK(mirror_->change(message, final_lsn_));
    if (in_transaction_ && mirror_->waiting_bytes() >= options_.batch_bytes_max)
        CHECK_OK(mirror_->spill());
    return {};
}

void Projector::Session::whole(Watermark at) {
    in_transaction_ = false;
    whole_ = std::move(at);
    if (!oldest_at_)
        oldest_at_ = clock_.monotonic();
}

Result<void> Projector::Session::write_if_due(const std::stop_token& stop) {
    if (in_transaction_)
        return {}; // its end will come: what the server sends is whole
    if (whole_) {
        const bool due = source_->tells_in_batches() ||
                         clock_.monotonic() - *oldest_at_ >= options_.batch_period ||
                         mirror_->waiting_rows() >= options_.batch_rows_max ||
                         mirror_->waiting_bytes() >= options_.batch_bytes_max;
        return due ? write(stop) : Result<void>();
    }
    if (idle_ && !mirror_->settled())
        return settle();
    if (clock_.monotonic() - position_written_at_ >= options_.idle_period &&
        empty_until_ > mirror_->watermark()->lsn)
        return write_idle_position();
    return {};
}

/// The store first, then the server's leave to forget.
Result<void> Projector::Session::write(const std::stop_token& stop) {
    CHECK_OK(wait_for_standbys(whole_->lsn, stop));
    newest_ = whole_->commit_at;
    CHECK_OK(mirror_->commit(*whole_));
    CHECK_OK(source_->confirm(*whole_, false));
    tell_([&](ProjectorStatus& status) {
        status.rows += rows_;
        ++status.commits;
        if (mirror_->settled())
            note_as_of(status, whole_->commit_at);
        status.set_aside = mirror_->set_aside();
    });
    whole_.reset();
    oldest_at_.reset();
    rows_ = 0;
    position_written_at_ = clock_.monotonic();
    tell_where();
    return {};
}

/// What a standby does not have is lost when it takes over; it must not stand in reports then.
Result<void> Projector::Session::wait_for_standbys(pg::Lsn lsn, const std::stop_token& stop) {
    const Deadline until = within(options_.standby_patience);
    for (;;) {
        const pg::LogSample sample = TRY(probe_.sample(within(command_timeout)));
        if (!sample.standbys_flushed || *sample.standbys_flushed >= lsn)
            return {};
        if (stop.stop_requested())
            return told_to_stop();
        if (until.expired(clock_))
            return fail(Code::unavailable,
                        "a standby does not follow, and what it has not is not applied");
        std::this_thread::sleep_for(25ms);
    }
}

/// What follows from rows was put off while others came.
Result<void> Projector::Session::settle() {
    Watermark at = *mirror_->watermark();
    at.commit_at = std::max(at.commit_at, newest_);
    CHECK_OK(mirror_->commit(at, true));
    tell_([&](ProjectorStatus& status) { note_as_of(status, mirror_->watermark()->commit_at); });
    tell_where();
    return {};
}

Result<void> Projector::Session::write_idle_position() {
    Watermark at = *mirror_->watermark();
    at.lsn = empty_until_;
    CHECK_OK(mirror_->commit(at));
    position_written_at_ = clock_.monotonic();
    return source_->confirm(at, false);
}

bool Projector::Session::rewrite_is_due() const {
    const Rewriting& how = options_.rewriting;
    const auto since = mirror_->outdated_since();
    if (!how.rewrite || !since)
        return false;
    if (clock_.monotonic() - rewrite_failures_.last_at < rewrite_failures_.pause)
        return false;
    const Duration waited = clock_.now() - *since;
    return waited >= how.wait_max || (waited >= how.wait_min && (!how.is_quiet || how.is_quiet()));
}

/// The stream is not read meanwhile, and the server may hang up: the next session goes on from the
/// position that the new file has.
Result<void> Projector::Session::rewrite() {
    log::info("report_rewrite_begins", {});
    tell_([](ProjectorStatus& status) { status.state = ProjectorState::rewriting; });
    const Monotonic began = clock_.monotonic();
    auto done = options_.rewriting.rewrite(connection_, within(options_.rewriting.timeout));
    if (!done) {
        const Rewriting& how = options_.rewriting;
        rewrite_failures_ = {clock_.monotonic(), std::clamp(rewrite_failures_.pause * 2,
                                                            how.again_after, how.again_after_max)};
        return done;
    }
    rewrite_failures_ = {};
    tell_([](ProjectorStatus& status) {
        ++status.rewrites;
        status.outdated_since.reset();
    });
    log::info("report_rewrite_ended", {{"ms", (clock_.monotonic() - began) / 1ms}});
    return {};
}

/// How far the log is, to know what the store lacks; and the server is asked how far it has read
/// it.
Result<void> Projector::Session::look() {
    looked_at_ = clock_.monotonic();
    if (looked_at_ - publication_looked_at_ >= options_.publication_period)
        if (TRY(mark()) != mirror_->mark())
            return snapshot_wanted(std::string(publication_changed));
    if (!sample_)
        if (auto sample = probe_.sample(within(command_timeout)))
            sample_ = *sample;
    if (!in_transaction_ && !whole_)
        (void)source_->confirm(*mirror_->watermark(), true); // if it is lost, read() says so
    rewrite_due_ = rewrite_is_due();
    tell_where();
    return {};
}

Result<std::string> Projector::Session::mark() {
    publication_looked_at_ = clock_.monotonic();
    return source_->mark();
}

void Projector::Session::tell_where() {
    if (!mirror_->settled())
        return; // rows are there, and what follows from them is not yet
    const pg::Lsn reached = std::max(mirror_->watermark()->lsn, empty_until_);
    std::optional<Instant> as_of;
    if (sample_ && reached >= sample_->flushed) {
        as_of = sample_->at;
        sample_.reset();
    }
    const Held held = source_->held();
    tell_([&](ProjectorStatus& status) {
        status.state = ProjectorState::streaming;
        status.reason.clear();
        status.at = mirror_->watermark();
        status.outdated_since = mirror_->outdated_since();
        status.reached = reached;
        status.slot_bytes_behind = held.bytes_behind;
        status.slot_bytes_left = held.bytes_left;
        if (as_of)
            note_as_of(status, *as_of);
    });
}

/// Never ahead of our own clock, whatever the primary's says; and what a clock that was ahead has
/// left behind does not stay.
void Projector::Session::note_as_of(ProjectorStatus& status, Instant at) const {
    const Instant now = clock_.now();
    if (status.as_of && *status.as_of > now)
        status.as_of.reset();
    status.as_of = std::max(status.as_of.value_or(Instant{}), std::min(at, now));
}

} // namespace bw::reporting
