#include "forecast/keeper.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "telemetry/log.hpp"

namespace bw::forecast {
namespace {

constexpr Duration jump_max = 30s;
constexpr Duration bells_before = 24h, bells_ahead = 9 * 24h;

lane::ExpectedLoad load_at(const Board& board, std::size_t minute) {
    const auto of = [&](Kind kind) {
        return static_cast<double>(board.total().lines[place(kind)].expected[minute]) / 1000;
    };
    return {.sign_ins = of(Kind::password) + of(Kind::refresh) + of(Kind::provider),
            .reads = of(Kind::page_read),
            .submissions = of(Kind::submission),
            .live_joins = of(Kind::live_join),
            .jobs = of(Kind::job)};
}

lane::ExpectedLoad higher(const lane::ExpectedLoad& a, const lane::ExpectedLoad& b) {
    return {.sign_ins = std::max(a.sign_ins, b.sign_ins),
            .reads = std::max(a.reads, b.reads),
            .submissions = std::max(a.submissions, b.submissions),
            .live_joins = std::max(a.live_joins, b.live_joins),
            .jobs = std::max(a.jobs, b.jobs)};
}

/// So far ahead does a hint reach: the time that preparing takes, and the hint's own age.
constexpr std::size_t hint_minutes = 120;

/// nullopt: nothing is known of anybody.
std::optional<lane::DemandHint> hint_of(const Board& board, Instant now, Duration valid_for) {
    if (board.total().lines[place(Kind::page_read)].basis == Basis::unknown)
        return std::nullopt;
    lane::DemandHint hint{.made_at = now,
                          .valid_until = now + valid_for,
                          .from_prior =
                              board.total().lines[place(Kind::page_read)].basis == Basis::prior,
                          .minutes = {}};
    const auto minutes = static_cast<std::size_t>(board.window().minutes);
    const auto first = static_cast<std::size_t>(
        std::clamp<std::int64_t>(board.window().minute(now), 0, board.window().minutes));
    for (std::size_t m = first; m < minutes; ++m) {
        const lane::ExpectedLoad load = load_at(board, m);
        if (m < first + hint_minutes)
            hint.minutes.push_back(load);
        hint.week = higher(hint.week, load);
    }
    return hint;
}

} // namespace

Keeper::Keeper(KeeperParts parts, KeeperOptions options)
    : parts_(std::move(parts)), options_(options) {}

void Keeper::start(MakeDatabase make_database) {
    thread_ = std::jthread([this, make_database = std::move(make_database)](
                               const std::stop_token& stop) { run(stop, make_database); });
}

void Keeper::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void Keeper::run(const std::stop_token& stop, const MakeDatabase& make_database) {
    lane::name_this_thread("forecast");
    const std::unique_ptr<tenancy::Database> database = make_database();
    while (!stop.stop_requested()) {
        step(*database);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, 1s, [] { return false; });
    }
    flush(*database);
}

void Keeper::step(tenancy::Database& database) {
    mind_the_clock();
    const Monotonic now = parts_.clock.monotonic();
    if (!counted_at_ || now - *counted_at_ >= options_.step_every) {
        counted_at_ = now;
        flush(database);
        if (options_.forecasts) {
            if (!looked_at_ || now - *looked_at_ >= options_.look_every) {
                looked_at_ = now;
                look(database);
            } else {
                look_at_bells(database);
            }
            read_came(database);
        }
    }
    parts_.hints.expire(parts_.clock.now());
}

/// A wall clock that jumped: what was said of its minutes is taken back, and everything looked at
/// anew.
void Keeper::mind_the_clock() {
    const std::pair at{parts_.clock.now(), parts_.clock.monotonic()};
    if (stepped_at_) {
        const Duration jump = (at.first - stepped_at_->first) - (at.second - stepped_at_->second);
        if (jump > jump_max || jump < -jump_max) {
            log::warn("forecast_clock_jumped", {{"seconds", jump / 1s}});
            parts_.hints.withdraw();
            counted_until_ = at.first;
            counted_at_.reset();
            looked_at_.reset();
            days_.reset();
            const std::lock_guard lock(mutex_);
            standing_.reset();
            shown_days_.reset();
        }
    }
    stepped_at_ = at;
}

std::shared_ptr<const Standing> Keeper::standing() const {
    std::shared_ptr<const Standing> standing;
    {
        const std::lock_guard lock(mutex_);
        standing = standing_;
    }
    const Instant now = parts_.clock.now();
    if (!standing || now < standing->made_at - 1min || now >= standing->valid_until)
        return nullptr;
    return standing;
}

std::shared_ptr<const Days> Keeper::days() const {
    const std::lock_guard lock(mutex_);
    return shown_days_;
}

// ---- counting ----

void Keeper::flush(tenancy::Database& database) {
    const Instant now = parts_.clock.now();
    std::vector<MinuteLoad> loads = parts_.counter.take();
    std::ranges::sort(loads, {}, &MinuteLoad::tenant);
    bool all_kept = true;
    std::optional<Error> fault;
    for (auto begin = loads.begin(); begin != loads.end();) {
        std::vector<tenancy::ScopedSteps> groups;
        std::vector<std::vector<MinuteLoad>> of;
        while (begin != loads.end() && groups.size() < options_.flush_at_once) {
            const auto end = std::find_if(begin, loads.end(), [&](const MinuteLoad& load) {
                return load.tenant != begin->tenant;
            });
            if (const auto tenant = parts_.directory.by_id(begin->tenant)) {
                groups.push_back(
                    {tenant->scope.for_recording(), {add_minutes_step(std::span(begin, end))}});
                of.emplace_back(begin, end);
            }
            begin = end;
        }
        const auto outcomes =
            database.run_each(groups, Deadline::in(database.clock(), options_.deadline));
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i])
                continue;
            all_kept = false;
            // What may have been kept is not counted twice.
            if (outcomes[i].error().code != Code::outcome_unknown)
                parts_.counter.put_back(of[i]);
            fault = outcomes[i].error();
        }
    }
    if (fault)
        log::warn("load_not_kept", {{"error", fault->text()}});
    if (!counted_until_ || *counted_until_ > now)
        counted_until_ = now; // the first time, or a clock that went back
    if (all_kept)
        mark_counted(*counted_until_, now);
    counted_until_ = all_kept ? now : *counted_until_;
}

/// Whole minutes only: the one in which the process began to count is not known.
void Keeper::mark_counted(Instant from, Instant until) {
    if (days_)
        days_->mark_counted(from, until);
    for (auto& [tenant, seen] : seen_) {
        const std::int64_t last = std::min<std::int64_t>(seen.day.minute(until), seen.day.minutes);
        const bool whole = (from.ms - seen.day.from.ms) % 60'000 == 0;
        for (std::int64_t m = std::max<std::int64_t>(0, seen.day.minute(from) + (whole ? 0 : 1));
             m < last; ++m)
            seen.counted[static_cast<std::size_t>(m)] = true;
    }
}

/// What every institution's processes have counted by now.
void Keeper::read_came(tenancy::Database& database) {
    if (!days_)
        return;
    const Instant now = parts_.clock.now();
    days_->move_to(now);
    std::optional<Error> fault;
    for (auto begin = seen_.begin(); begin != seen_.end();) {
        std::vector<tenancy::ScopedSteps> groups;
        std::vector<TenantId> of;
        for (; begin != seen_.end() && groups.size() < options_.flush_at_once; ++begin)
            if (const auto tenant = parts_.directory.by_id(begin->first);
                tenant && tenant->state == tenancy::TenantState::active) {
                groups.push_back(
                    {tenant->scope, {came_step(days_->unsettled(begin->first, now), now + 1min)}});
                of.push_back(begin->first);
            }
        const auto outcomes =
            database.run_each(groups, Deadline::in(database.clock(), options_.deadline));
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (outcomes[i])
                days_->put_came(of[i], came_in(outcomes[i]->front(), of[i]), now);
            else
                fault = outcomes[i].error();
    }
    if (fault)
        log::warn("load_not_read", {{"error", fault->text()}});
    auto shown = std::make_shared<const Days>(*days_);
    const std::lock_guard lock(mutex_);
    shown_days_ = std::move(shown);
}

// ---- looking ----

void Keeper::look(tenancy::Database& database) {
    if (!days_)
        days_.emplace(parts_.clock.now());
    days_->move_to(parts_.clock.now());
    const std::vector<tenancy::TenantInfo> all = parts_.directory.all();
    std::set<TenantId> there;
    std::size_t failed = 0;
    std::optional<Error> fault;
    for (const tenancy::TenantInfo& tenant : all) {
        if (tenant.state != tenancy::TenantState::active)
            continue;
        there.insert(tenant.scope.tenant());
        if (auto done = look_at(database, tenant); !done) {
            ++failed;
            fault = std::move(done).error();
        }
    }
    if (fault)
        log::warn("forecast_not_refreshed",
                  {{"institutions", failed}, {"last_error", fault->text()}});
    std::erase_if(seen_, [&](const auto& one) { return !there.contains(one.first); });
    forget_stale();
    publish(true);
}

Result<void> Keeper::look_at(tenancy::Database& database, const tenancy::TenantInfo& tenant) {
    const Instant now = parts_.clock.now();
    const TenantId id = tenant.scope.tenant();
    auto zone = timetable::Zone::find(tenant.zone);
    if (!zone)
        return std::move(zone).error();
    const auto known = seen_.find(id);
    Seen seen = known != seen_.end()
                    ? known->second
                    : Seen{.school = {.zone = *zone, .bells = {}, .dues = {}}, .counted = {}};
    const Window day = day_at(*zone, now);
    const Deadline deadline = Deadline::in(database.clock(), options_.deadline);
    const bool new_day = day.from != seen.day.from;
    if (new_day) {
        // What was counted of the day before is said before that day is closed.
        if (!seen.counted.empty())
            CHECK_OK(database.run(tenant.scope, deadline, [&](tenancy::TenantTx& tx) {
                return keep_day(tx, seen.day, now, seen.school, seen.counted);
            }));
        seen.day = day;
        seen.counted.assign(static_cast<std::size_t>(day.minutes), false);
    }
    auto learned = *seen.learned;
    for (bool more = true; more;)
        more = TRY(database.run(tenant.scope, deadline, [&](tenancy::TenantTx& tx) {
            return close_day(tx, now, learned);
        }));
    CHECK_OK(database.run(tenant.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        Counts counts = TRY(read_counts(tx, now, {learned.until_ms}));
        if (counts.learned)
            learned = *std::move(counts.learned);
        if (known == seen_.end()) // bells that are over today, as another process saw them
            if (auto latest = TRY(latest_of(tx, day)))
                seen.school.bells = std::move(latest->bells);
        seen.school.zone = *zone;
        seen.school.people = counts.people;
        seen.school.providers = counts.providers;
        seen.school.dues = std::move(counts.dues);
        set_scored(seen, counts.scored);
        set_bells(seen, TRY(parts_.bells(tx, tenant, now - bells_before, now + bells_ahead)), now);
        return keep_day(tx, day, now, seen.school, seen.counted);
    }));
    if (learned != *seen.learned)
        seen.learned = std::make_shared<const Learned>(std::move(learned));
    if (!days_->has(id, day.from))
        CHECK_OK(database.run(tenant.scope, deadline,
                              [&](tenancy::TenantTx& tx) { return read_day(tx, seen); }));
    seen.announced = tenant.bells;
    seen.looked_at = parts_.clock.monotonic();
    seen_.insert_or_assign(id, std::move(seen));
    return {};
}

/// The day's forecast as it was made, and what was counted of it before this process looked.
Result<void> Keeper::read_day(tenancy::TenantTx& tx, const Seen& seen) {
    const auto kept = TRY(day_under_way(tx, seen.day));
    if (!kept)
        return {};
    Rates room;
    days_->add_day(tx.tenant(), forecast(kept->school, *seen.learned, seen.day, room),
                   kept->made_at);
    days_->mark_counted(seen.day, kept->counted);
    return {};
}

void Keeper::set_scored(Seen& seen, const std::vector<ScoredDay>& days) {
    seen.scored = {};
    seen.scored_days.clear();
    for (const ScoredDay& day : days) {
        for (std::size_t k = 0; k < kinds; ++k)
            seen.scored.errors[k] += day.errors[k];
        ++seen.scored.days;
        seen.scored_days.emplace_back(seen.school.zone.wall(day.begins).date, day.errors);
    }
}

/// Between two looks: a schedule that changes minutes before its bell.
void Keeper::look_at_bells(tenancy::Database& database) {
    std::vector<std::shared_ptr<const tenancy::TenantInfo>> changed;
    for (const auto& [id, seen] : seen_)
        if (auto tenant = parts_.directory.by_id(id); tenant && tenant->bells != seen.announced)
            changed.push_back(std::move(tenant));
    for (const auto& tenant : changed) {
        const TenantId id = tenant->scope.tenant();
        if (auto done = look_at(database, *tenant); !done) {
            // What was said of its bells is known to be wrong.
            log::warn("forecast_not_refreshed", {{"last_error", done.error().text()}});
            seen_.erase(id);
            if (board_)
                board_->remove(id);
        } else if (board_) {
            board_->put(id, {seen_.at(id).school, seen_.at(id).learned});
        }
    }
    if (!changed.empty() || parts_.hints.current(parts_.clock.now()) == nullptr)
        publish(false);
}

/// Bells that are over stay as they were seen: nobody can take them back.
void Keeper::set_bells(Seen& seen, KnownBells fresh, Instant now) {
    std::vector<Bell> bells;
    for (const Bell& bell : seen.school.bells)
        if (bell.at < now && bell.at >= now - bells_before)
            bells.push_back(bell);
    const Instant after = bells.empty() ? now - bells_before : bells.back().at + 1ms;
    for (Bell bell : fresh.bells) {
        if (bell.people == 0)
            bell.people = seen.school.people;
        if (bell.at >= after)
            bells.push_back(bell);
    }
    seen.school.timetable = fresh.known || !bells.empty();
    seen.school.live = fresh.live;
    seen.school.bells = std::move(bells);
}

void Keeper::forget_stale() {
    const Monotonic now = parts_.clock.monotonic();
    std::erase_if(seen_, [&](const auto& one) {
        return !one.second.looked_at || now - *one.second.looked_at >= options_.stale_after;
    });
}

void Keeper::publish(bool moved) {
    const Instant now = parts_.clock.now();
    if (moved || !board_) {
        board_ = std::make_unique<Board>(window_at(now));
        for (const auto& [tenant, seen] : seen_)
            board_->put(tenant, {seen.school, seen.learned});
    }
    // As long as the oldest part of it.
    Duration valid_for = options_.stale_after;
    for (const auto& [tenant, seen] : seen_)
        valid_for = std::min(valid_for,
                             options_.stale_after - (parts_.clock.monotonic() - *seen.looked_at));
    auto standing = std::make_shared<Standing>(board_->window());
    standing->made_at = now;
    standing->valid_until = now + valid_for;
    standing->board = *board_;
    for (const auto& [tenant, seen] : seen_) {
        standing->scored.emplace(tenant, seen.scored);
        for (std::size_t k = 0; k < kinds; ++k)
            standing->errors[k] += seen.scored.errors[k];
        standing->days_scored = std::max(standing->days_scored, seen.scored.days);
        for (const auto& [date, errors] : seen.scored_days) {
            DayScore& day = standing->by_day[date];
            ++day.institutions;
            for (std::size_t k = 0; k < kinds; ++k)
                day.errors[k] += errors[k];
        }
    }
    if (auto hint = hint_of(*board_, now, valid_for); hint && options_.hints)
        parts_.hints.publish(*std::move(hint));
    else
        parts_.hints.withdraw();
    const std::lock_guard lock(mutex_);
    standing_ = std::move(standing);
}

} // namespace bw::forecast
