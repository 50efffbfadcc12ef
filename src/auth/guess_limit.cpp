#include "auth/guess_limit.hpp"

#include <algorithm>

namespace bw::auth {

namespace {

constexpr Duration judged_soon = 1s; // until those that are under way are judged

Error delayed(Duration wait) {
    Error error = fail(Code::sign_in_delayed,
                       "too many attempts on this account have failed; wait, sign in on a device "
                       "where that worked before, or ask a teacher");
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
    return error;
}

} // namespace

Duration delay_after(int failures, bool known_device, const GuessRules& rules) {
    if (failures < rules.free)
        return Duration::zero();
    const Duration most = known_device ? rules.known_max : rules.delay_max;
    Duration delay = rules.delay;
    for (int i = rules.free; i < failures && delay < most; ++i)
        delay *= 2;
    return std::min(delay, most);
}

GuessLimit::GuessLimit(GuessRules rules) : rules_(rules) {
    for (std::size_t i = 0; i < shard_count; ++i)
        shards_.push_back(std::make_unique<Shard>());
}

std::size_t GuessLimit::GuessHash::operator()(const Guess& guess) const noexcept {
    return get_le<std::size_t>(view(guess.account).substr(8)) ^
           get_le<std::size_t>(view(guess.device)); // both are uniform already
}

bool GuessLimit::forgotten(const Count& count, Monotonic now) const {
    return count.under_way == 0 && (count.failures == 0 || now - count.failed_at > rules_.memory);
}

Result<void> GuessLimit::admit(const Guess& guess, Monotonic now) {
    Shard& shard = shard_of(guess.account);
    std::lock_guard lock(shard.mutex);
    auto at = shard.counts.find(guess);
    if (at == shard.counts.end()) {
        make_room(shard, now);
        at = shard.counts.try_emplace(guess).first;
    }
    Count& count = at->second;
    if (forgotten(count, now))
        count = {};
    const bool slow = count.failures >= rules_.free;
    Duration wait = Duration::zero();
    if (slow && now < count.until)
        wait = count.until - now;
    else if (slow ? count.under_way > 0 : count.failures + count.under_way >= rules_.free)
        wait = judged_soon;
    if (wait > Duration::zero()) {
        ++delayed_;
        return delayed(wait);
    }
    ++count.under_way;
    return {};
}

void GuessLimit::failed(const tenancy::TenantScope& scope, const Guess& guess, Monotonic now) {
    {
        Shard& shard = shard_of(guess.account);
        std::lock_guard lock(shard.mutex);
        Count& count = shard.counts[guess]; // a lift may have taken it away
        count.under_way = std::max(count.under_way - 1, 0);
        ++count.failures;
        count.failed_at = now;
        count.until = now + delay_after(count.failures, !guess.from_stranger(), rules_);
    }
    ++failed_;
    if (told_ && guess.from_stranger())
        told_(scope, guess.account);
}

void GuessLimit::let_go(const Guess& guess) {
    Shard& shard = shard_of(guess.account);
    std::lock_guard lock(shard.mutex);
    auto at = shard.counts.find(guess);
    if (at == shard.counts.end())
        return;
    at->second.under_way = std::max(at->second.under_way - 1, 0);
    if (at->second.under_way == 0 && at->second.failures == 0)
        shard.counts.erase(at);
}

void GuessLimit::lift(const AccountKey& account) {
    Shard& shard = shard_of(account);
    std::lock_guard lock(shard.mutex);
    std::erase_if(shard.counts, [&](const auto& item) { return item.first.account == account; });
}

void GuessLimit::learn(const AccountKey& account, int failures, Duration age, Monotonic now) {
    if (failures == 0)
        return lift(account);
    if (age > rules_.memory)
        return;
    Shard& shard = shard_of(account);
    std::lock_guard lock(shard.mutex);
    const Guess guess{.account = account};
    auto at = shard.counts.find(guess);
    if (at == shard.counts.end()) {
        make_room(shard, now);
        at = shard.counts.try_emplace(guess).first;
    }
    Count& count = at->second;
    if (failures <= count.failures && !forgotten(count, now))
        return;
    const Monotonic failed_at{now.ns - age.count()};
    count.failures = failures;
    count.failed_at = std::max(count.failed_at, failed_at);
    count.until = std::max(count.until, failed_at + delay_after(failures, false, rules_));
}

/// Under the shard's lock.
void GuessLimit::make_room(Shard& shard, Monotonic now) const {
    const std::size_t limit = std::max<std::size_t>(rules_.items_limit / shard_count, 1);
    if (shard.counts.size() < limit)
        return;
    std::erase_if(shard.counts, [&](const auto& item) { return forgotten(item.second, now); });
    for (int failures = 1; shard.counts.size() > limit - limit / 4; ++failures)
        if (std::erase_if(shard.counts,
                          [&](const auto& item) {
                              return item.second.under_way == 0 && item.second.failures <= failures;
                          }) == 0 &&
            std::ranges::all_of(shard.counts,
                                [](const auto& item) { return item.second.under_way > 0; }))
            return; // bounded by the lane's queue
}

GuessLimit::Status GuessLimit::status() const {
    Status status{.failed = failed_, .delayed = delayed_};
    for (const auto& shard : shards_) {
        std::lock_guard lock(shard->mutex);
        status.items += shard->counts.size();
    }
    return status;
}

} // namespace bw::auth
