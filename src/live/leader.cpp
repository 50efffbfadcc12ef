#include "live/leader.hpp"

#include <algorithm>
#include <utility>

#include "live/live_sql.hpp"
#include "live/store.hpp"
#include "telemetry/log.hpp"

namespace bw::live {

namespace {

constexpr std::size_t records_at_once = 200;
/// A class may go several steps in a turn that need nothing from outside.
constexpr int passes_max = 4;

std::int64_t ms(Duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

/// But for when it was looked at.
bool seen_before(const Progress& before, Progress now) {
    now.polled_at = before.polled_at;
    return now == before;
}

} // namespace

Leader::Leader(LeaderParts parts, LeaderOptions options)
    : parts_(std::move(parts)), options_(std::move(options)), database_(parts_.make_database()),
      book_(parts_.directory),
      hands_(
          {.name = "live", .threads = options_.threads, .queue_items_limit = options_.deeds_limit},
          parts_.clock, [] { return std::make_unique<Hand>(); }) {}

void Leader::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Leader::stop() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    hands_.stop();
    if (epoch_ == 0)
        return;
    record(take_done());
    pg::Params params;
    params.int8(epoch_);
    if (auto given = database_->run_batch({}, {{sql::resign, params}}, soon()); !given)
        log::warn("live_lease_not_given_back", {{"error", given.error().text()}});
    epoch_ = 0;
}

void Leader::run(const std::stop_token& stop) {
    lane::name_this_thread("live-leader");
    while (!stop.stop_requested()) {
        turn();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.turn, [&] { return !done_.empty(); });
    }
}

Deadline Leader::soon() const {
    return Deadline::in(database_->clock(), options_.deadline);
}

Result<bool> Leader::lead() {
    const Monotonic asked = parts_.clock.monotonic();
    pg::Params params;
    params.int8(epoch_).text(options_.name).int8(ms(options_.lease));
    const auto answers = TRY(database_->run_batch({}, {{sql::lead, params}}, soon()));
    const std::int64_t given = answers.front().int8(0, 0);
    const Duration off = parts_.clock.now() - answers.front().instant(0, 1);
    {
        const std::scoped_lock lock(mutex_);
        status_.clock_off_ms = ms(off);
    }
    if (given != epoch_) {
        // Whoever led meanwhile has written what we do not know of.
        book_.clear();
        followed_.clear();
        busy_.clear();
        if (given != 0 || epoch_ != 0)
            log::info("live_lease", {{"epoch", given}, {"before", epoch_.load()}});
        epoch_ = given;
    }
    if (epoch_ == 0)
        return false;
    if (std::chrono::abs(off) > options_.clock_off_max) {
        log::error("live_clock_off", {{"ms", ms(off)}});
        pg::Params mine;
        mine.int8(epoch_.exchange(0));
        TRY(database_->run_batch({}, {{sql::resign, mine}}, soon()));
        return false;
    }
    lease_until_ns_ = (asked + options_.lease).ns;
    return true;
}

/// Before what takes long: the lease lasts for another round trip, renewed if need be. What was
/// known under another epoch is worth nothing.
bool Leader::keeps_lease() {
    const std::int64_t epoch = epoch_;
    if (epoch == 0)
        return false;
    if (lease_until_ns_ - parts_.clock.monotonic().ns > options_.lease.count() / 2)
        return true;
    const auto leads = lead();
    return leads && *leads && epoch_ == epoch;
}

bool Leader::turn() {
    const auto leads = lead();
    if (!leads) {
        log::warn("live_lease_unknown", {{"error", leads.error().text()}});
        publish(); // what we know of goes on when the database is back
        return false;
    }
    if (!*leads) {
        publish();
        return false;
    }
    record(take_done());
    if (auto news = book_.refresh(*database_, parts_.clock.now(), soon()); !news)
        log::warn("live_classes_unread", {{"error", news.error().text()}});
    for (int pass = 0; pass < passes_max; ++pass) {
        auto records = begin_steps();
        if (records.empty())
            break;
        record(std::move(records));
    }
    follow(); // last: no bell waits for a timetable
    publish();
    return epoch_ != 0;
}

void Leader::follow() {
    if (!keeps_lease())
        return;
    const Deadline enough = Deadline::in(parts_.clock, options_.follow_time);
    const auto answers = database_->run_batch({}, {{sql::institutions, {}}}, soon());
    if (!answers) {
        log::warn("live_institutions_unread", {{"error", answers.error().text()}});
        return;
    }
    const pg::Rows& rows = answers->front();
    std::map<TenantId, std::string> marks;
    for (int row = 0; row < rows.count(); ++row)
        marks[rows.id<TenantId>(row, 0)] = rows.text(row, 1);
    // Whose last live lesson is gone has classes to be cancelled; who is new to us may.
    for (const auto& [key, one] : book_.classes())
        marks.try_emplace(key.first, "");
    for (const auto& [tenant, mark] : marks) {
        const Monotonic now = parts_.clock.monotonic();
        const auto known = followed_.find(tenant);
        if (known != followed_.end() && known->second.mark == mark && now < known->second.again)
            continue;
        const auto info = parts_.directory.by_id(tenant);
        if (!info || info->state != tenancy::TenantState::active)
            continue;
        if (!keeps_lease())
            return;
        const auto done = follow(*info, parts_.clock.now());
        if (!done)
            log::warn("live_timetable_not_followed",
                      {{"tenant", tenant.text()}, {"error", done.error().text()}});
        // By chance: not all of them again at the same moment.
        const auto sooner =
            std::chrono::duration_cast<Duration>(options_.follow_every / 2 * parts_.rng.unit());
        followed_[tenant] = {mark,
                             now + (done ? options_.follow_every - sooner : options_.follow_again)};
        if (enough.expired(parts_.clock))
            return;
    }
}

Result<void> Leader::follow(const tenancy::TenantInfo& tenant, Instant now) {
    return database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        const auto plan = TRY(parts_.plans.of(tx));
        if (!plan)
            return {};
        // From behind: a class that has begun may still be moved or cancelled.
        const auto followed =
            TRY(follow_timetable(tx, plan->plan, now - 12h, now + options_.follow_ahead, epoch_));
        if (followed.cut)
            log::warn("live_timetable_cut", {{"tenant", tenant.scope.tenant().text()}});
        return {};
    });
}

void Leader::record(std::vector<Record> records) {
    for (std::size_t from = 0; from < records.size(); from += records_at_once) {
        if (!keeps_lease())
            return; // they are read and done anew, by whoever leads
        const auto some =
            std::span(records).subspan(from, std::min(records_at_once, records.size() - from));
        std::vector<tenancy::ScopedSteps> groups;
        std::vector<Record*> written;
        for (Record& one : some)
            if (const auto info = parts_.directory.by_id(one.tenant)) {
                groups.push_back({info->scope, {step_of(one.of, one.now, epoch_)}});
                written.push_back(&one);
            }
        const auto outcomes = database_->run_each(groups, soon());
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            Record& one = *written[i];
            if (!outcomes[i]) {
                log::warn("live_step_not_recorded", {{"tenant", one.tenant.text()},
                                                     {"class", one.of.id.text()},
                                                     {"error", outcomes[i].error().text()}});
                continue; // it is read and done anew
            }
            const pg::Rows& rows = outcomes[i]->front();
            const std::scoped_lock lock(mutex_);
            if (rows.empty()) {
                ++status_.lost;
                continue;
            }
            ++status_.steps;
            if (one.now.state != one.of.state)
                log::info("live_class", {{"tenant", one.tenant.text()},
                                         {"class", one.of.id.text()},
                                         {"state", name(one.now.state)}});
            LiveClass now = one.of;
            static_cast<Progress&>(now) = one.now;
            now.version = rows.int8(0, 0);
            book_.put(one.tenant, std::move(now));
        }
    }
}

std::vector<Leader::Record> Leader::take_done() {
    std::vector<Done> done;
    {
        const std::scoped_lock lock(mutex_);
        done.swap(done_);
    }
    std::vector<Record> records;
    std::size_t not_begun = 0;
    for (Done& one : done) {
        if (one.epoch != epoch_)
            continue; // what is busy now was begun since
        busy_.erase({one.tenant, one.of.id});
        if (!one.outcome) {
            ++not_begun;
            continue;
        }
        if (one.outcome->error) {
            log::warn("live_step_in_vain", {{"tenant", one.tenant.text()},
                                            {"class", one.of.id.text()},
                                            {"deed", name(one.step.deed)},
                                            {"error", one.outcome->error->text()}});
            const std::scoped_lock lock(mutex_);
            ++status_.faults;
        }
        Progress now = after(one.of, one.step, *one.outcome, parts_.clock.now(), parts_.rng.unit(),
                             options_.rules);
        if (one.step.deed == Deed::poll && seen_before(one.of, now)) { // nothing to write down
            static_cast<Progress&>(one.of) = std::move(now);
            book_.put(one.tenant, std::move(one.of));
            continue;
        }
        records.push_back({one.tenant, std::move(one.of), std::move(now)});
    }
    if (not_begun > 0) // more than can be done at once: the next turn begins them
        log::warn("live_steps_wait", {{"steps", not_begun}});
    return records;
}

std::vector<Leader::Record> Leader::begin_steps() {
    const Instant now = parts_.clock.now();
    std::vector<Record> records;
    for (const auto& [key, one] : book_.classes()) {
        if (busy_.contains(key))
            continue;
        const auto step = next(one, now, options_.rules);
        if (!step)
            continue;
        if (const auto info = parts_.directory.by_id(key.first);
            !info || info->state != tenancy::TenantState::active)
            continue;
        if (step->deed == Deed::create && !one.asked) {
            Progress asked = one;
            asked.asked = true;
            records.push_back({key.first, one, std::move(asked)});
        } else if (step->deed == Deed::none || step->deed == Deed::check_quota) {
            records.push_back({key.first, one,
                               after(one, *step, {.quota_short = streams_short(one)}, now,
                                     parts_.rng.unit(), options_.rules)});
        } else {
            submit(key.first, one, *step);
        }
    }
    return records;
}

void Leader::submit(TenantId tenant, const LiveClass& of, const Next& step) {
    const Key key{tenant, of.id};
    busy_.insert(key);
    const Deadline deadline = Deadline::in(parts_.clock, options_.deed_deadline);
    const std::int64_t epoch = epoch_;
    hands_.submit(tenant, deadline, [this, epoch, tenant, of, step, deadline](Result<Hand*> turn) {
        std::optional<Outcome> outcome;
        // A queue that is full, or a lease that is over, says nothing of the class.
        if (turn && epoch == epoch_ && parts_.clock.monotonic().ns < lease_until_ns_)
            outcome = carry_out(parts_.stage, tenant, of, step.deed, deadline, parts_.rng);
        {
            const std::scoped_lock lock(mutex_);
            done_.push_back({epoch, tenant, of, step, std::move(outcome)});
        }
        wake_.notify_all();
    });
}

/// How many streams the account lacks at the busiest moment of this class, as far as we know of
/// others.
std::int64_t Leader::streams_short(const LiveClass& of) const {
    const std::size_t limit = parts_.stage.provider.caps().streams_limit;
    if (limit == 0)
        return 0;
    const auto at_once = std::ranges::count_if(book_.classes(), [&](const auto& other) {
        const LiveClass& one = other.second;
        return !one.cancelled && one.begins < of.ends && one.ends > of.begins &&
               one.state != State::archived && one.state != State::ended;
    });
    return std::max<std::int64_t>(0, at_once - static_cast<std::int64_t>(limit));
}

void Leader::publish() {
    const Instant now = parts_.clock.now();
    std::map<State, std::size_t> states;
    std::size_t no_go = 0;
    for (const auto& [key, one] : book_.classes()) {
        ++states[one.state];
        no_go += concerns(one, now, options_.rules).empty() ? 0 : 1;
    }
    const std::scoped_lock lock(mutex_);
    status_.epoch = epoch_;
    if (epoch_ != 0)
        status_.led_at = now;
    status_.classes = book_.classes().size();
    status_.running = busy_.size();
    status_.states = std::move(states);
    status_.no_go = no_go;
}

LeaderStatus Leader::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

} // namespace bw::live
