#include "auth/failure_exchange.hpp"

#include "auth/failures_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::auth {

namespace {

/// Rows become visible out of the order of their moments.
constexpr Duration overlap = 5s;
constexpr Duration forget_interval = 10min;
constexpr std::int32_t forget_rows = 10'000;

} // namespace

FailureExchange::FailureExchange(std::unique_ptr<tenancy::Database> database, GuessLimit& limit,
                                 const Clock& clock, ExchangeOptions options)
    : database_(std::move(database)), limit_(limit), clock_(clock), options_(options) {
    limit_.on_failure([this](const tenancy::TenantScope& scope, const AccountKey& account) {
        note(scope, account);
    });
}

void FailureExchange::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void FailureExchange::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void FailureExchange::note(const tenancy::TenantScope& scope, const AccountKey& account,
                           int count) {
    const std::pair key{scope.tenant(), account};
    std::lock_guard lock(mutex_);
    if (untold_.size() < options_.accounts_limit || untold_.contains(key))
        untold_.try_emplace(key, scope).first->second.count += count;
}

void FailureExchange::run(const std::stop_token& stop) {
    lane::name_this_thread("failures");
    bool failing = false; // said once, until it works again
    while (!stop.stop_requested()) {
        auto done = step(Deadline::in(clock_, options_.deadline));
        if (!done && !failing)
            log::warn("failure_exchange_failed", {{"error", done.error().text()}});
        failing = !done;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.interval, [] { return false; });
    }
    std::ignore = tell(Deadline::in(clock_, options_.deadline));
}

Result<void> FailureExchange::step(Deadline deadline) {
    CHECK_OK(tell(deadline));
    CHECK_OK(listen(deadline));
    if (clock_.monotonic() >= forget_at_) {
        forget_at_ = clock_.monotonic() + forget_interval;
        forget(deadline);
    }
    return {};
}

Result<void> FailureExchange::tell(Deadline deadline) {
    Untold taken;
    {
        std::lock_guard lock(mutex_);
        taken.swap(untold_);
    }
    std::vector<tenancy::ScopedSteps> groups;
    for (auto at = taken.begin(); at != taken.end();) {
        const tenancy::TenantScope scope = at->second.scope;
        std::vector<Bytes> accounts; // in their order, so that two processes do not deadlock
        std::vector<std::int64_t> counts;
        for (; at != taken.end() && at->first.first == scope.tenant(); ++at) {
            accounts.emplace_back(view(at->first.second));
            counts.push_back(at->second.count);
        }
        pg::Params params;
        params.bytes_array(accounts).int8s(counts);
        groups.push_back({scope, {{sql::add_failures, std::move(params)}}});
    }
    if (groups.empty())
        return {};
    Result<void> outcome;
    const auto answers = database_->run_each(groups, deadline);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (answers[i])
            continue;
        // Told again only if nothing was written: twice would make somebody wait for nothing. What
        // the database refuses for good, a tenant that is suspended, is dropped.
        if (fault(answers[i].error().code) == Fault::retryable)
            for (const auto& [key, failures] : taken)
                if (key.first == groups[i].scope.tenant())
                    note(failures.scope, key.second, failures.count);
        outcome = answers[i].error();
    }
    return outcome;
}

Result<void> FailureExchange::listen(Deadline deadline) {
    // What is heard twice does nothing. A lift would: it takes away what has failed since.
    std::map<AccountKey, Instant> lifted;
    Instant after = heard_until_ - overlap;
    std::int32_t rows_limit = options_.rows_limit;
    for (bool first = true, more = true; more; first = false) {
        pg::Params params;
        params.instant(after).int4(rows_limit);
        first ? params.int8(overlap / 1ms) : params.null();
        const Monotonic asked = clock_.monotonic();
        const auto answers =
            TRY(database_->run_batch({}, {{sql::failures_since, params}}, deadline));
        const pg::Rows& rows = answers.front();
        for (int row = 0; row < rows.count(); ++row) {
            const auto account = *to_array<sizeof(AccountKey)>(rows.bytes(row, 0));
            const auto failures = static_cast<int>(rows.int8(row, 1));
            const Instant at = rows.instant(row, 2);
            heard_until_ = std::max(heard_until_, at);
            if (failures == 0) {
                lifted[account] = at;
                if (auto known = lifted_.find(account);
                    known != lifted_.end() && known->second == at)
                    continue;
            }
            limit_.learn(account, failures, std::chrono::milliseconds(rows.int8(row, 3)), asked);
        }
        more = rows.count() == rows_limit;
        if (!more)
            continue;
        // The last moment again, it may have more; if it fills a page alone, in a larger one.
        const Instant last = rows.instant(rows.count() - 1, 2);
        after = last - 1ms;
        rows_limit = rows.instant(0, 2) == last ? rows_limit * 2 : options_.rows_limit;
    }
    lifted_ = std::move(lifted);
    return {};
}

void FailureExchange::forget(Deadline deadline) {
    pg::Params params;
    params.int4(forget_rows);
    if (auto done = database_->run_batch({}, {{sql::forget_failures, params}}, deadline); !done)
        log::warn("sign_in_failures_not_forgotten", {{"error", done.error().text()}});
}

Result<void> lift_failures(tenancy::TenantTx& tx, std::span<const AccountKey> accounts) {
    std::vector<Bytes> keys;
    for (const AccountKey& account : accounts)
        keys.emplace_back(view(account));
    pg::Params params;
    params.bytes_array(keys);
    TRY(tx.run(sql::lift_failures, params));
    return {};
}

} // namespace bw::auth
