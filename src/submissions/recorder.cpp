#include "submissions/recorder.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "lane/lane.hpp"
#include "submissions/assignments.hpp"
#include "submissions/submission_files.hpp"
#include "submissions/submissions_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::submissions {

namespace {

using recording::as_bigint;
using recording::gap_state;

} // namespace

Recorder::Recorder(journal::Journal& journal, std::unique_ptr<tenancy::Database> database,
                   const tenancy::TenantDirectory& directory, std::string kid, const Clock& clock,
                   RecorderOptions options, std::unique_ptr<tenancy::Database> standby)
    : journal_(journal), database_(std::move(database)), directory_(directory),
      kid_(std::move(kid)), clock_(clock), options_(std::move(options)),
      epoch_(options_.archived_epoch.value_or(journal.status().epoch)),
      standby_(std::move(standby)) {}

Recorder::~Recorder() {
    stop();
}

void Recorder::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Recorder::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    journal_.stop_waiting();
    thread_.join();
}

RecorderStatus Recorder::status() const {
    return {.recorded_seq = recorded_seq_,
            .set_aside = set_aside_,
            .failing = failing_,
            .standby_seq = standby_ ? std::optional(standby_seq_.load()) : std::nullopt,
            .rests = rests_,
            .measured_records = measured_records_,
            .measured = Duration(measured_.load())};
}

void Recorder::run(const std::stop_token& stop) {
    lane::name_this_thread("recorder");
    while (!stop.stop_requested()) {
        auto moved = step(Deadline::in(clock_, options_.batch_deadline));
        failing_ = !moved;
        if (!moved) {
            log::warn("recorder_step_failed",
                      {{"error", moved.error().text()}, {"sqlstate", database_->last_sqlstate()}});
            cursor_.reset(); // whoever moved it, or whether our commit stood: the database knows
            journal_.wait(
                UINT64_MAX,
                Deadline::in(clock_, options_.pause_after_failure)); // a pause that stop() ends
        } else if (*moved == 0 && options_.archived_epoch) {
            log::info("earlier_epoch_recorded", {{"recorded_seq", recorded_seq_.load()}});
            return;
        } else if (*moved == 0) {
            journal_.wait(recorded_seq_, Deadline::in(clock_, 1s));
        } else if (const Duration rest = pace().rest; rest > Duration::zero()) {
            ++rests_;
            journal_.wait(UINT64_MAX, Deadline::in(clock_, rest)); // stop() ends it
        }
    }
}

Result<std::uint64_t> Recorder::cursor(Deadline deadline) {
    if (clock_.monotonic() >= read_cursor_at_)
        cursor_.reset();
    if (!cursor_) {
        const recording::Progress progress =
            TRY(recording::read_progress(*database_, epoch_, deadline));
        const std::uint64_t recorded = progress.seq;
        // New records would get numbers that count as recorded already, and never reach the
        // database.
        const std::uint64_t durable =
            options_.archived_epoch ? std::max(recorded, options_.archive->archived_seq(epoch_))
                                    : journal_.status().durable_seq;
        if (recorded > durable)
            return fail(Code::corrupt,
                        "the database has recorded " + std::to_string(recorded) +
                            " records of this journal, which ends at " + std::to_string(durable) +
                            ": it has lost its end. Restore it, or keep its directory aside and "
                            "start with a new one");
        oldest_set_aside_ = progress.oldest_set_aside;
        set_aside_ = progress.set_aside;
        if (options_.on_cursor)
            CHECK_OK(options_.on_cursor(*database_, deadline));
        cursor_ = recorded;
        read_cursor_at_ = clock_.monotonic() + options_.cursor_interval;
        recorded_seq_ = recorded;
        settled_seq_ = std::min(recorded, oldest_set_aside_ - 1);
    }
    return *cursor_;
}

Result<std::size_t> Recorder::step(Deadline deadline) {
    const std::uint64_t from = TRY(cursor(deadline));
    auto read = read_after(from, deadline);
    if (!read && read.error().code == Code::not_found && options_.archive)
        if (const auto end = options_.archive->gap_end(epoch_, from + 1))
            return step_over(from, *end, deadline);
    const Archive::Stretch next = TRY(std::move(read));
    if (next.to == from) {
        last_lag_ = last_took_ = {};
        forget_old(); // standby, archive or age may have caught up meanwhile
        return std::size_t{0};
    }
    Batch batch = take(next.entries);
    if (next.entries.empty() || batch.to == next.entries.back().position.seq)
        batch.to = next.to; // behind the last one there may be erased ones
    const std::uint64_t to = batch.to;
    const std::size_t items = batch.items.size();
    const std::optional<Instant> oldest =
        items > 0 ? std::optional(batch.items.front().statement.received_at) : std::nullopt;
    const Monotonic began = clock_.monotonic();
    CHECK_OK(write_bisecting(std::move(batch), deadline));
    last_took_ = clock_.monotonic() - began;
    last_lag_ = oldest ? clock_.now() - *oldest : Duration::zero();
    if (items >= measured_batch) {
        measured_records_ += items;
        measured_ += last_took_.count();
    }
    return move_to(from, to);
}

RecorderPace Recorder::pace() const {
    if (!options_.make_room || options_.archived_epoch || !options_.make_room())
        return {};
    const journal::JournalStatus journal = journal_.status();
    return recorder_pace(
        {.make_room = true,
         .lag = last_lag_,
         .waiting = journal.durable_seq - std::min(journal.durable_seq, recorded_seq_.load()),
         .journal_filled =
             static_cast<double>(journal.bytes_used) / static_cast<double>(journal.bytes_limit),
         .took = last_took_},
        options_.pace);
}

std::size_t Recorder::move_to(std::uint64_t from, std::uint64_t to) {
    cursor_ = to;
    recorded_seq_ = to;
    settled_seq_ = std::min(to, oldest_set_aside_ - 1);
    forget_old();
    return static_cast<std::size_t>(to - from);
}

/// An older database lacks what was forgotten while no archive was written. Nobody has it any more:
/// to stop would withhold all that came later too.
Result<std::size_t> Recorder::step_over(std::uint64_t from, std::uint64_t gap_end,
                                        Deadline deadline) {
    Batch batch;
    batch.from = from;
    batch.to = gap_end;
    batch.set_aside.emplace_back(gap_end, gap_state);
    CHECK_OK(write(batch, deadline));
    log::error("records_missing", {{"first_seq", from + 1},
                                   {"last_seq", gap_end},
                                   {"why", "this database is older than a gap of the archive"}});
    return move_to(from, gap_end);
}

Result<void> Recorder::check_next(Deadline deadline) {
    std::uint64_t next = TRY(cursor(deadline)) + 1;
    if (options_.archive && options_.archive->knows(epoch_, next))
        next = options_.archive->archived_seq(epoch_) + 1;
    const std::uint64_t first = journal_.first_seq();
    if (next >= first)
        return {};
    return fail(Code::corrupt,
                "record " + std::to_string(next) +
                    " is gone: the database has recorded none from there on, the journal begins "
                    "with " +
                    std::to_string(first) +
                    ", and no archive has it. Restore a younger backup; or, to go on without "
                    "them: update control.recorder_cursors set seq = " +
                    std::to_string(first - 1) +
                    " where epoch = " + std::to_string(as_bigint(epoch_)));
}

Result<Archive::Stretch> Recorder::read_after(std::uint64_t seq, Deadline deadline) {
    if (options_.archived_epoch && seq >= options_.archive->archived_seq(epoch_))
        return Archive::Stretch{.entries = {}, .to = seq};
    auto entries =
        options_.archived_epoch
            ? Result<std::vector<journal::Entry>>(fail(Code::not_found, "of an earlier epoch"))
            : journal_.read(seq, std::min(options_.batch_items_limit, pace().items_limit),
                            options_.batch_bytes_limit);
    if (entries) {
        const std::uint64_t to = entries->empty() ? seq : entries->back().position.seq;
        return Archive::Stretch{*std::move(entries), to};
    }
    if (entries.error().code != Code::not_found || !options_.archive)
        return std::move(entries).error();
    return options_.archive->read(epoch_, seq, options_.batch_items_limit,
                                  options_.batch_bytes_limit, *database_, deadline);
}

/// Not what is set aside: the journal alone has it. And the last record stays: its time is where
/// the clock goes on after a restart.
void Recorder::forget_old() {
    if (options_.archived_epoch || *cursor_ == 0) // of nothing recorded there is no last record
        return;
    const Duration keep = options_.archive ? Duration::zero() : options_.keep;
    const Instant before{clock_.now().ms -
                         std::chrono::floor<std::chrono::milliseconds>(keep).count()};
    std::uint64_t up_to = std::min(*cursor_, oldest_set_aside_) - 1;
    if (options_.archive)
        up_to = std::min(up_to, options_.archive->archived_seq(epoch_));
    if (standby_) {
        look_at_standby();
        up_to = std::min(up_to, standby_seq_.load());
    }
    auto done = options_.forget ? options_.forget(up_to, before) : journal_.forget(up_to, before);
    if (!done)
        log::warn("journal_cannot_forget", {{"error", done.error().text()}});
}

/// Now and then: what it has once recorded stays recorded, but one that is away may have been lost,
/// and counts for nothing.
void Recorder::look_at_standby() {
    if (clock_.monotonic() < look_at_standby_at_)
        return;
    look_at_standby_at_ = clock_.monotonic() + options_.standby_interval;
    auto progress = recording::look_at_progress(*standby_, epoch_,
                                                Deadline::in(clock_, options_.standby_deadline));
    if (!progress && standby_seq_ != 0)
        log::warn("standby_not_asked", {{"error", progress.error().text()},
                                        {"next", "the journal forgets nothing meanwhile"}});
    standby_seq_ = progress && *progress ? (*progress)->seq : 0;
}

/// As many entries from the front as fit one statement: the same submission twice is merged (the
/// earliest received_at wins), but another content under a known id ends the batch, so that the
/// database sees the two in order.
Recorder::Batch Recorder::take(const std::vector<journal::Entry>& entries) const {
    Batch batch;
    batch.from = *cursor_;
    std::unordered_map<SubmissionId, std::size_t> at;
    for (const journal::Entry& entry : entries) {
        auto record = decode_record(entry.record);
        if (!record) {
            batch.set_aside.emplace_back(entry.position.seq, "BWREC");
            batch.to = entry.position.seq;
            continue;
        }
        const SubmissionId id = record->statement.submission_id();
        Item item{entry.position.seq,
                  entry.index,
                  entry.group,
                  entry.nonce,
                  entry.record.substr(0, record->statement_bytes),
                  record->statement,
                  Bytes(record->content)};
        if (auto known = at.find(id); known != at.end()) {
            Item& first = batch.items[known->second];
            if (first.statement.content_sha256 != item.statement.content_sha256)
                break;
            if (item.statement.received_at < first.statement.received_at)
                first = std::move(item);
        } else {
            at.emplace(id, batch.items.size());
            batch.items.push_back(std::move(item));
        }
        batch.to = entry.position.seq;
    }
    std::ranges::sort(batch.items, {},
                      &Item::seq); // a merge may have put a later record in an earlier one's place
    return batch;
}

/// Merged duplicates lie in either half; recording one twice changes nothing.
Result<void> Recorder::write_bisecting(Batch batch, Deadline deadline) {
    return recording::write_bisecting(
        std::move(batch), *database_, [&](const Batch& part) { return write(part, deadline); },
        [](const Item& item, const std::string& sqlstate) {
            log::error("submission_set_aside",
                       {{"submission_id", item.statement.submission_id().text()},
                        {"seq", item.seq},
                        {"sqlstate", sqlstate}});
        });
}

Result<void> Recorder::write(const Batch& batch, Deadline deadline) {
    auto set_aside = batch.set_aside;
    const std::vector<Share> shares = shares_of(batch, set_aside);

    std::vector<tenancy::ScopedSteps> questions;
    for (const Share& share : shares)
        questions.push_back({share.scope, {facts_step(share)}});
    // As often as the tables may have doubled since.
    const bool anew = written_ >= 2 * planned_at_;
    auto plan = [&](std::vector<tenancy::ScopedSteps>& first) {
        if (first.empty())
            return;
        std::vector<tenancy::Step>& steps = first.front().steps;
        steps.insert(steps.begin(), {sql::plan_once, {}});
        if (anew)
            steps.insert(steps.begin(), {sql::plan_anew, {}});
    };
    plan(questions);
    std::vector<pg::Rows> facts;
    if (!questions.empty())
        facts = TRY(database_->run_batch(questions, {}, deadline));
    facts.erase(facts.begin(), facts.end() - static_cast<std::ptrdiff_t>(shares.size()));

    std::vector<tenancy::ScopedSteps> writes;
    for (std::size_t i = 0; i < shares.size(); ++i)
        writes.push_back({shares[i].scope, record_steps(shares[i], facts[i])});
    plan(writes);
    const auto last = recording::progress_steps(epoch_, batch.from, batch.to, set_aside);
    TRY(database_->run_batch(writes, last, deadline));
    written_ += batch.items.size();
    if (anew)
        planned_at_ = std::max<std::uint64_t>(1, written_);
    set_aside_ += set_aside.size();
    for (const auto& [seq, sqlstate] : set_aside)
        if (sqlstate != gap_state)
            oldest_set_aside_ = std::min(oldest_set_aside_, seq);
    return {};
}

std::vector<Recorder::Share>
Recorder::shares_of(const Batch& batch, std::vector<recording::SetAside>& set_aside) const {
    // In the order of tenants, so that two recorders would lock alike.
    std::map<TenantId, std::vector<const Item*>> by_tenant;
    for (const Item& item : batch.items)
        by_tenant[item.statement.tenant].push_back(&item);
    std::vector<Share> shares;
    for (auto& [tenant, items] : by_tenant) {
        if (auto info = directory_.by_id(tenant)) {
            // Acknowledged is recorded, whatever became of the institution since.
            shares.push_back({info->scope.for_recording(), info->zone, std::move(items)});
            continue;
        }
        for (const Item* item : items)
            set_aside.emplace_back(item->seq, "BW001");
        log::error("submissions_of_unknown_tenant",
                   {{"tenant_id", tenant.text()}, {"count", items.size()}});
    }
    return shares;
}

tenancy::Step Recorder::facts_step(const Share& share) const {
    std::vector<Uuid> assignments, users, ids;
    std::vector<Instant> received;
    std::vector<std::int64_t> seqs;
    for (const Item* item : share.items) {
        assignments.push_back(item->statement.assignment.uuid);
        users.push_back(item->statement.user.uuid);
        received.push_back(item->statement.received_at);
        ids.push_back(item->statement.submission_id().uuid);
        seqs.push_back(as_bigint(item->seq));
    }
    pg::Params params;
    params.uuids(assignments).uuids(users).instants(received).uuids(ids).int8s(seqs);
    params.int8(as_bigint(epoch_)).text(share.zone);
    return {sql::facts, std::move(params)};
}

std::vector<Candidate> Recorder::candidates(const Share& share, const pg::Rows& rows) const {
    std::vector<Candidate> batch;
    batch.reserve(share.items.size());
    for (int row = 0; const Item* item : share.items) {
        Candidate& c = batch.emplace_back(Candidate{
            .statement = &item->statement,
            .content = item->content,
            .place = {item->statement.received_at, as_bigint(epoch_), as_bigint(item->seq)},
            .facts = {.enrolled = rows.boolean(row, 13)}});
        if (!rows.is_null(row, 0)) {
            c.facts.rules = read_rules(rows, row, 1, rows.instant(row, 0));
            if (auto terms = read_extension_terms(rows, row, 10))
                c.facts.rules = extended(*std::move(c.facts.rules), *terms);
            c.facts.earlier_attempts = static_cast<std::uint64_t>(rows.int8(row, 12));
            if (!rows.is_null(row, 20))
                c.facts.withdrawn_at = rows.instant(row, 20);
        }
        if (!rows.is_null(row, 14))
            c.standing = Standing{rows.boolean(row, 14),
                                  to_array<32>(rows.bytes(row, 15)).value_or(Sha256{}),
                                  {rows.instant(row, 16), rows.int8(row, 17), rows.int8(row, 18)}};
        ++row;
    }
    return batch;
}

namespace {

Declaration declaration_in(const Candidate& recorded) {
    const Statement& statement = *recorded.statement;
    return {statement.submission_id(), statement.content_sha256,
            read_declared_files(recorded.content, "").value_or(std::vector<DeclaredFile>()),
            upload_until(*recorded.facts.rules, statement)};
}

} // namespace

/// `facts` has one row for each item, in the same order.
std::vector<tenancy::Step> Recorder::record_steps(const Share& share, const pg::Rows& facts) const {
    Afterwards afterwards;
    std::vector<Declaration> declarations;
    std::vector<Uuid> ids, assignments, users;
    std::vector<std::string> keys, kinds;
    std::vector<std::optional<std::string>> reasons;
    std::vector<Instant> received;
    std::vector<bool> late;
    std::vector<Bytes> contents, hashes, receipts;
    std::vector<std::int64_t> seqs;
    const std::vector<Candidate> batch = candidates(share, facts);
    const std::vector<Verdict> verdicts = judge_batch(batch);
    for (std::size_t i = 0; const Item* item : share.items) {
        const Statement& s = item->statement;
        const Verdict& verdict = verdicts[i];
        ids.push_back(s.submission_id().uuid);
        if (!verdict.refused && facts.boolean(static_cast<int>(i), 19))
            afterwards.compare.push_back(s.submission_id());
        if (!verdict.refused && s.kind == ContentKind::file) {
            afterwards.files.push_back(s.submission_id());
            declarations.push_back(declaration_in(batch[i]));
        }
        if (!verdict.refused && s.kind == ContentKind::structured)
            afterwards.answered.push_back(s.assignment);
        ++i;
        assignments.push_back(s.assignment.uuid);
        users.push_back(s.user.uuid);
        keys.push_back(s.idempotency_key);
        reasons.push_back(verdict.refused ? std::optional(std::string(*verdict.refused))
                                          : std::nullopt);
        received.push_back(s.received_at);
        late.push_back(verdict.late);
        contents.push_back(item->content);
        hashes.emplace_back(view(s.content_sha256));
        receipts.push_back(encode(
            make_receipt(item->encoded_statement, item->nonce, item->index, *item->group, kid_)));
        seqs.push_back(as_bigint(item->seq));
        kinds.emplace_back(wire_name(s.kind));
    }
    pg::Params params;
    params.uuids(ids).uuids(assignments).uuids(users).texts(keys).texts(reasons).instants(received);
    params.booleans(late).bytes_array(contents).bytes_array(hashes).bytes_array(receipts);
    params.int8s(seqs).texts(kinds).int8(as_bigint(epoch_));
    std::vector<tenancy::Step> steps{{sql::record, std::move(params)}};
    if (!declarations.empty())
        steps.push_back(declare_step(declarations));
    if (!afterwards.nothing() && options_.do_later)
        steps.push_back(options_.do_later(share.scope.tenant(), afterwards));
    return steps;
}

} // namespace bw::submissions
