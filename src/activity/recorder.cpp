#include "activity/recorder.hpp"

#include <algorithm>
#include <map>

#include "activity/activity_sql.hpp"
#include "journal/head.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::activity {

Recorder::Recorder(journal::Journal& journal, std::unique_ptr<tenancy::Database> database,
                   const tenancy::TenantDirectory& directory, const Clock& clock,
                   RecorderOptions options)
    : journal_(journal), database_(std::move(database)), directory_(directory), clock_(clock),
      options_(std::move(options)), epoch_(journal.status().epoch) {}

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
    return {recorded_seq_, set_aside_, recorded_,  doubled_, unfit_,
            not_wanted_,   lost_,      forgotten_, failing_};
}

void Recorder::run(const std::stop_token& stop) {
    lane::name_this_thread("activity");
    while (!stop.stop_requested()) {
        if (gives_way()) {
            journal_.wait(UINT64_MAX, Deadline::in(clock_, options_.wait));
            continue;
        }
        auto moved = step(Deadline::in(clock_, options_.batch_deadline));
        failing_ = !moved;
        if (!moved) {
            log::warn("activity_step_failed",
                      {{"error", moved.error().text()}, {"sqlstate", database_->last_sqlstate()}});
            cursor_.reset();
            journal_.wait(UINT64_MAX, Deadline::in(clock_, options_.pause_after_failure));
        } else if (!forget_some() && *moved == 0) {
            journal_.wait(recorded_seq_, Deadline::in(clock_, 1s));
        }
    }
}

bool Recorder::gives_way() const {
    if (!options_.waits || !options_.waits())
        return false;
    const journal::JournalStatus status = journal_.status();
    return status.bytes_used < status.bytes_limit / 2;
}

Result<std::uint64_t> Recorder::cursor(Deadline deadline) {
    if (clock_.monotonic() >= read_cursor_at_)
        cursor_.reset();
    if (!cursor_) {
        const recording::Progress progress =
            TRY(recording::read_progress(*database_, epoch_, deadline));
        if (progress.seq > journal_.status().durable_seq)
            return fail(Code::corrupt, "the journal of activities has lost its end: the database "
                                       "has more of it. Move its directory away and start again");
        cursor_ = recorded_seq_ = progress.seq;
        set_aside_ = progress.set_aside;
        oldest_set_aside_ = progress.oldest_set_aside;
        read_cursor_at_ = clock_.monotonic() + options_.cursor_interval;
    }
    return *cursor_;
}

Result<std::size_t> Recorder::step(Deadline deadline) {
    const std::uint64_t from = TRY(cursor(deadline));
    auto entries = journal_.read(from, options_.batch_items_limit, options_.batch_bytes_limit);
    if (!entries && entries.error().code == Code::not_found)
        return step_over(from, deadline);
    if (!entries)
        return std::move(entries).error();
    if (entries->empty())
        return move_to(from, from);
    Batch batch{.items = {}, .set_aside = {}, .from = from, .to = entries->back().position.seq};
    for (const journal::Entry& entry : *entries) {
        if (auto record = decode_record(entry.record))
            batch.items.push_back({entry.position.seq, *std::move(record)});
        else
            batch.set_aside.emplace_back(entry.position.seq, "BWREC");
    }
    const std::uint64_t to = batch.to;
    CHECK_OK(recording::write_bisecting(
        std::move(batch), *database_, [&](const Batch& part) { return write(part, deadline); },
        [this](const Item& item, const std::string& sqlstate) {
            log::error("activities_set_aside", {{"epoch", journal::epoch_text(epoch_)},
                                                {"seq", item.seq},
                                                {"sqlstate", sqlstate}});
        }));
    return move_to(from, to);
}

std::size_t Recorder::move_to(std::uint64_t from, std::uint64_t to) {
    cursor_ = recorded_seq_ = to;
    // The last record stays, and what an operator is to look at.
    const std::uint64_t up_to = std::min(to, oldest_set_aside_);
    const Instant before =
        clock_.now() - std::chrono::floor<std::chrono::milliseconds>(options_.journal_keep);
    if (up_to > 0)
        if (auto done = journal_.forget(up_to - 1, before); !done)
            log::warn("activity_journal_cannot_forget", {{"error", done.error().text()}});
    return static_cast<std::size_t>(to - from);
}

/// A database restored from an older backup lacks what the journal has forgotten. Reports lack it
/// too; nothing else does.
Result<std::size_t> Recorder::step_over(std::uint64_t from, Deadline deadline) {
    const std::uint64_t to = journal_.first_seq() - 1;
    if (to <= from)
        return fail(Code::corrupt, "the journal of activities does not say where it begins");
    TRY(database_->run_batch({}, recording::progress_steps(epoch_, from, to, {}), deadline));
    lost_ += to - from;
    log::error("activities_missing", {{"first_seq", from + 1}, {"last_seq", to}});
    return move_to(from, to);
}

namespace {

std::string_view about(Subject subject) {
    switch (subject) {
    case Subject::none:
        return "";
    case Subject::section:
        return "section";
    case Subject::assignment:
        return "assignment";
    case Subject::material:
        return "material";
    case Subject::announcement:
        return "announcement";
    }
    return "";
}

} // namespace

Result<void> Recorder::write(const Batch& batch, Deadline deadline) {
    auto set_aside = batch.set_aside;
    const std::vector<Share> shares = shares_of(batch, set_aside);
    std::vector<tenancy::ScopedSteps> groups;
    for (const Share& share : shares) {
        std::vector<Uuid> users, ids;
        std::vector<std::string> kinds, abouts;
        std::vector<std::optional<std::string>> pages;
        std::vector<std::optional<Uuid>> subjects;
        std::vector<Instant> occurred, received;
        for (const Item* item : share.items)
            for (const Activity& one : item->record.activities) {
                const KindFacts& facts = facts_of(one.kind);
                const bool has_page = facts.subject == Subject::none;
                users.push_back(item->record.user.uuid);
                ids.push_back(one.id);
                kinds.emplace_back(facts.name);
                pages.push_back(has_page ? std::optional(std::string(all_pages[one.page]))
                                         : std::nullopt);
                abouts.emplace_back(about(facts.subject));
                subjects.push_back(has_page ? std::nullopt : std::optional(one.subject));
                occurred.push_back(item->record.occurred_at(one));
                received.push_back(item->record.received_at);
            }
        pg::Params params;
        params.uuids(users).uuids(ids).texts(kinds).texts(pages).texts(abouts).uuids(subjects);
        params.instants(occurred).instants(received);
        groups.push_back({share.scope, {{sql::record, std::move(params)}}});
    }
    const auto answers = TRY(database_->run_batch(
        groups, recording::progress_steps(epoch_, batch.from, batch.to, set_aside), deadline));
    for (std::size_t i = 0; i < shares.size(); ++i)
        count(shares[i], answers[i]);
    set_aside_ += set_aside.size();
    for (const auto& [seq, sqlstate] : set_aside)
        oldest_set_aside_ = std::min(oldest_set_aside_, seq);
    return {};
}

std::vector<Recorder::Share>
Recorder::shares_of(const Batch& batch, std::vector<recording::SetAside>& set_aside) const {
    // In the order of tenants, so that two recorders would lock alike.
    std::map<TenantId, std::vector<const Item*>> by_tenant;
    for (const Item& item : batch.items)
        by_tenant[item.record.tenant].push_back(&item);
    std::vector<Share> shares;
    for (auto& [tenant, items] : by_tenant) {
        if (auto info = directory_.by_id(tenant)) {
            shares.push_back({info->scope.for_recording(), std::move(items)});
            continue;
        }
        for (const Item* item : items)
            set_aside.emplace_back(item->seq, "BW001");
    }
    return shares;
}

void Recorder::count(const Share& share, const pg::Rows& answer) {
    std::uint64_t all = 0;
    for (const Item* item : share.items)
        all += item->record.activities.size();
    const auto fresh = static_cast<std::uint64_t>(answer.int8(0, 0)),
               fit = static_cast<std::uint64_t>(answer.int8(0, 1)),
               given = static_cast<std::uint64_t>(answer.int8(0, 2));
    const bool kept = answer.boolean(0, 3);
    recorded_ += fresh;
    doubled_ += fit - fresh + all - given;
    (kept ? unfit_ : not_wanted_) += given - fit;
    if (options_.heard)
        options_.heard(share.scope.tenant(), kept);
}

bool Recorder::forget_some() {
    if (forget_in_.empty()) {
        if (clock_.monotonic() < forget_at_)
            return false;
        forget_at_ = clock_.monotonic() + options_.forget_interval;
        for (const tenancy::TenantInfo& tenant : directory_.all())
            forget_in_.push_back(tenant.scope.for_recording());
        if (forget_in_.empty())
            return false;
    }
    const Instant before =
        clock_.now() - std::chrono::floor<std::chrono::milliseconds>(options_.keep);
    pg::Params params;
    params.instant(before).int8(options_.forget_rows);
    auto gone = database_->fetch(forget_in_.back(), Deadline::in(clock_, options_.forget_deadline),
                                 sql::forget_old, params);
    if (!gone)
        log::warn("activities_not_forgotten",
                  {{"tenant", forget_in_.back().tenant().text()}, {"error", gone.error().text()}});
    else
        forgotten_ += static_cast<std::uint64_t>(gone->affected());
    if (!gone || gone->affected() < options_.forget_rows)
        forget_in_.pop_back();
    return !forget_in_.empty();
}

} // namespace bw::activity
