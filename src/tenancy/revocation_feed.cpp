#include "tenancy/revocation_feed.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/bytes.hpp"
#include "telemetry/log.hpp"
#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

namespace {

constexpr Duration forget_interval = 1h;
constexpr Duration stop_look_interval = 250ms; // nothing else ends a wait for a notice

Result<std::int64_t> revoke(TenantTx& tx, std::optional<UserId> user,
                            std::optional<AuthSessionId> session, Instant now) {
    pg::Params params;
    user ? params.id(*user) : params.null();
    session ? params.id(*session) : params.null();
    params.instant(now);
    return TRY(tx.run(sql::revoke, params)).int8(0, 0);
}

/// A UUID's digits alone.
std::string digits_of(std::string_view uuid) {
    std::string digits(uuid);
    std::erase(digits, '-');
    return digits;
}

} // namespace

tenancy::Step news_step() {
    return {sql::tell_news, {}};
}

Result<std::int64_t> revoke_user(TenantTx& tx, UserId user, Instant now) {
    return revoke(tx, user, std::nullopt, now);
}

Result<std::int64_t> revoke_users(TenantTx& tx, std::span<const UserId> users, Instant now) {
    std::vector<Uuid> ids;
    for (UserId user : users)
        ids.push_back(user.uuid);
    pg::Params params;
    params.uuids(ids).instant(now);
    return TRY(tx.run(sql::revoke_users, params)).int8(0, 0);
}

Result<std::int64_t> revoke_session(TenantTx& tx, AuthSessionId session, Instant now) {
    return revoke(tx, std::nullopt, session, now);
}

Result<std::int64_t> revoke_everybody(TenantTx& tx, Instant now) {
    return revoke(tx, std::nullopt, std::nullopt, now);
}

Result<std::int64_t> latest_epoch(TenantTx& tx) {
    return TRY(tx.run(sql::latest_epoch)).int8(0, 0);
}

RevocationFeed::RevocationFeed(std::unique_ptr<Database> database, Revocations& revocations,
                               const TenantDirectory& directory, const Clock& clock, Rng& rng,
                               FeedOptions options, std::function<void(const std::string&)> save,
                               SigningKeyFeed* keys)
    : database_(std::move(database)), revocations_(revocations), directory_(directory),
      clock_(clock), process_(make_uuid_v7(clock.now(), rng)), options_(options),
      save_(std::move(save)), keys_(keys) {}

RevocationFeed::~RevocationFeed() {
    stop();
}

void RevocationFeed::start() {
    std::lock_guard lock(mutex_);
    running_ = true;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void RevocationFeed::stop() {
    {
        std::lock_guard lock(mutex_);
        running_ = false;
    }
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
        pg::Params process; // so that nobody waits for us; if it fails, for 2 s
        process.uuid(process_);
        std::ignore = database_->run_plain({{sql::leave_revocations, process}},
                                           Deadline::in(database_->clock(), options_.deadline));
        save_at_ = {};
        save(true);
    }
    answer(-1);
}

void RevocationFeed::run(const std::stop_token& stop) {
    lane::name_this_thread("revocations");
    while (!stop.stop_requested()) {
        const std::int64_t before = seen_;
        auto asked = step();
        if (asked) {
            tell_news(std::nullopt); // if some were missed
        } else {
            miss_news();
            log::warn("revocation_feed_failed", {{"error", asked.error().text()}});
        }
        if (asked && seen_ != before)
            continue; // say at once how far we are: somebody may be waiting for it
        wait(stop);
    }
}

/// Until somebody says that something was ended, or it is time to ask without. Where there is
/// nothing to wait on, it is a pause.
void RevocationFeed::wait(const std::stop_token& stop) {
    const Deadline until = Deadline::in(database_->clock(), options_.interval);
    while (!stop.stop_requested() && !until.expired(database_->clock())) {
        const Duration slice = std::min(until.remaining(database_->clock()), stop_look_interval);
        auto heard = database_->wait_for_notifications(Deadline::in(database_->clock(), slice));
        if (!heard) {
            miss_news();
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, slice, [] { return false; });
        } else if (pass_on(*heard)) {
            return;
        }
    }
}

/// News to whoever wants them; was anything else said?
bool RevocationFeed::pass_on(const std::vector<pg::Notification>& heard) {
    bool others = false;
    std::set<std::string_view> told; // once each, however much was said
    for (const auto& [channel, payload] : heard) {
        if (channel != "bw_news") {
            others = true;
        } else if (told.insert(payload).second) {
            const auto raw = from_hex(digits_of(payload));
            const auto id = raw ? to_array<16>(*raw) : std::nullopt;
            if (id)
                tell_news(TenantId{*id});
        }
    }
    return others;
}

void RevocationFeed::set_news(HearNews hear) {
    std::lock_guard lock(news_mutex_);
    news_ = std::move(hear);
    news_missed_ = true;
}

bool RevocationFeed::news_wanted() {
    std::lock_guard lock(news_mutex_);
    return news_ != nullptr;
}

void RevocationFeed::miss_news() {
    std::lock_guard lock(news_mutex_);
    news_missed_ = true;
}

void RevocationFeed::tell_news(std::optional<TenantId> tenant) {
    std::lock_guard lock(news_mutex_);
    if (!news_)
        return;
    if (tenant)
        news_(tenant);
    else if (std::exchange(news_missed_, false))
        news_(std::nullopt);
}

Result<void> RevocationFeed::step() {
    const Deadline deadline = Deadline::in(database_->clock(), options_.deadline);
    const Monotonic asked = clock_.monotonic();
    const std::int64_t before = seen_;
    auto outcome = [&]() -> Result<std::int64_t> {
        const Confirmed at = TRY(confirm(deadline));
        const bool whole = timeline_ != at.timeline || at.latest < seen_;
        if (whole || at.latest > seen_)
            CHECK_OK(read(whole ? 0 : seen_, at,
                          Deadline::in(database_->clock(), options_.read_deadline)));
        revocations_.heard(asked);
        keys_whole_ |= whole;
        CHECK_OK(step_keys(deadline));
        return at.by_all;
    }();
    {
        std::lock_guard lock(mutex_);
        status_.seen_epoch = seen_;
        status_.failing = !outcome;
    }
    answer(outcome.value_or(-1));
    if (outcome && clock_.monotonic() >= forget_at_) {
        forget_at_ = clock_.monotonic() + forget_interval;
        forget(deadline);
    }
    save(seen_ == before); // else somebody waits to hear how far we are
    if (!outcome)
        return std::move(outcome).error();
    return {};
}

/// The keys that came by the epochs which have been read.
Result<void> RevocationFeed::step_keys(Deadline deadline) {
    if (keys_) {
        const bool newer = keys_whole_ || seen_ > keys_seen_;
        CHECK_OK(keys_->step(*database_,
                             newer ? std::optional(keys_whole_ ? -1 : keys_seen_) : std::nullopt,
                             deadline));
    }
    keys_seen_ = seen_;
    keys_whole_ = false;
    return {};
}

void RevocationFeed::forget(Deadline deadline) {
    const Instant now = clock_.now(), sessions = now - options_.session_retention,
                  others = now - options_.retention;
    revocations_.forget_before(sessions, others);
    pg::Params of_sessions, all;
    of_sessions.instant(sessions);
    all.instant(others);
    auto done = database_->run_plain(
        {{sql::forget_session_revocations, of_sessions}, {sql::forget_revocations, all}}, deadline);
    if (!done)
        log::warn("revocations_not_forgotten", {{"error", done.error().text()}});
}

/// All that is known is written each time, so not at each change. What waits for a better moment
/// waits no longer than the interval.
void RevocationFeed::save(bool good_moment) {
    if (!save_ || saved_version_ == revocations_.version())
        return;
    const Monotonic now = clock_.monotonic();
    if (!unsaved_since_)
        unsaved_since_ = now;
    if (now < save_at_ || (!good_moment && now < *unsaved_since_ + options_.save_interval))
        return;
    save_at_ = now + options_.save_interval;
    unsaved_since_.reset();
    saved_version_ = revocations_.version();
    save_(revocations_.to_file());
}

Result<RevocationFeed::Confirmed> RevocationFeed::confirm(Deadline deadline) {
    pg::Params params;
    params.uuid(process_).int8(std::min(seen_, keys_seen_));
    std::vector<Step> steps{{sql::listen_for_revocations, {}}};
    if (news_wanted())
        steps.push_back({sql::listen_for_news, {}});
    steps.push_back({sql::confirm_revocations, params});
    auto answers = TRY(database_->run_plain(steps, deadline));
    const pg::Rows& rows = answers.back();
    return Confirmed{rows.int8(0, 0), rows.int8(0, 1), rows.int8(0, 2)};
}

/// Rows may be newer than `at`: they come again, which changes nothing.
Result<void> RevocationFeed::read(std::int64_t after, const Confirmed& at, Deadline deadline) {
    pg::Params params;
    params.int8(after);
    auto answers = TRY(database_->run_plain({{sql::revocations_after, params}}, deadline));
    const pg::Rows& rows = answers.front();
    std::vector<Revocation> standing;
    for (int i = 0; i < rows.count(); ++i)
        standing.push_back(
            {.tenant = rows.id<TenantId>(i, 0),
             .user = rows.is_null(i, 1) ? std::nullopt : std::optional(rows.id<UserId>(i, 1)),
             .session =
                 rows.is_null(i, 2) ? std::nullopt : std::optional(rows.id<AuthSessionId>(i, 2)),
             .epoch = rows.int8(i, 3),
             .at = rows.instant(i, 4)});
    if (after == 0) {
        CHECK_OK(restore(standing, deadline));
        revocations_.unfold();
    }
    revocations_.add(standing);
    seen_ = at.latest;
    timeline_ = at.timeline;
    return {};
}

/// What is known here and does not stand in the database: a failover lost it. What was ended stays
/// ended, so it is written again, under epochs that are newer than any that was ever given. The
/// tombstone of a session's family may be lost with it, so it is remembered as long as the others.
Result<void> RevocationFeed::restore(const std::vector<Revocation>& standing, Deadline deadline) {
    using Subject = std::tuple<TenantId, std::optional<UserId>, std::optional<AuthSessionId>>;
    std::map<Subject, std::int64_t> there; // the newest that stands
    for (const Revocation& r : standing)
        there[{r.tenant, r.user, r.session}] = r.epoch; // they come in the order of their epochs
    std::unordered_map<TenantId, std::vector<Revocation>> lost;
    std::int64_t newest = seen_;
    const Instant now = clock_.now();
    const Duration longer = options_.retention - options_.session_retention;
    for (const Revocation& known : revocations_.all()) {
        newest = std::max(newest, known.epoch);
        if (known.at <
            clock_.now() - (known.session ? options_.session_retention : options_.retention))
            continue;
        if (there[{known.tenant, known.user, known.session}] < known.epoch)
            lost[known.tenant].push_back(known);
    }
    if (lost.empty())
        return {};
    pg::Params at_least;
    at_least.int8(newest);
    TRY(database_->run_plain({{sql::raise_revocation_epoch, at_least}}, deadline));
    for (const auto& [tenant, revocations] : lost) {
        auto info = directory_.by_id(tenant);
        if (!info)
            continue; // the institution was lost too
        CHECK_OK(database_->run(
            info->scope.for_recording(), deadline, [&](TenantTx& tx) -> Result<void> {
                for (const Revocation& r : revocations)
                    TRY(revoke(tx, r.user, r.session,
                               r.session ? std::min(r.at, now) + longer : r.at));
                return {};
            }));
        log::warn("revocations_restored",
                  {{"tenant", tenant.text()}, {"count", revocations.size()}});
        std::lock_guard lock(mutex_);
        status_.restored += revocations.size();
    }
    return {};
}

void RevocationFeed::when_confirmed(std::int64_t epoch, Deadline deadline,
                                    std::function<void(bool)> done) {
    bool seen = false;
    {
        std::lock_guard lock(mutex_);
        seen = running_ && epoch <= confirmed_; // before we were told to wait for it
        if (running_ && !seen && waiters_.size() < options_.waiters_limit) {
            waiters_.push_back({epoch, deadline, std::move(done)});
            return;
        }
    }
    done(seen);
}

/// Those who waited for no more than `confirmed`, and those whose time is over.
void RevocationFeed::answer(std::int64_t confirmed) {
    std::vector<std::pair<std::function<void(bool)>, bool>> due;
    {
        std::lock_guard lock(mutex_);
        confirmed_ = std::max(confirmed_, confirmed);
        std::erase_if(waiters_, [&](Waiter& waiter) {
            const bool seen = waiter.epoch <= confirmed;
            if (!seen && running_ && !waiter.deadline.expired(clock_))
                return false;
            due.emplace_back(std::move(waiter.done), seen);
            return true;
        });
    }
    for (auto& [done, seen] : due)
        done(seen);
}

Result<void> RevocationFeed::require_fresh() const {
    if (revocations_.silent_for(clock_.monotonic()) <= sensitive_silence_max)
        return {};
    Error error = fail(Code::unavailable,
                       "this server has not heard lately which sessions have ended, so it does "
                       "nothing sensitive; try again");
    error.retry_after = 1s;
    return error;
}

FeedStatus RevocationFeed::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

} // namespace bw::tenancy
