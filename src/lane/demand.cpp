#include "lane/demand.hpp"

#include <algorithm>

namespace bw::lane {

bool DemandHint::holds(Instant now) const {
    // Clocks of one machine may step back by a little without anything being wrong.
    return now >= made_at - 1min && now < valid_until;
}

std::optional<ExpectedLoad> DemandHint::busiest(Instant now, Duration within) const {
    if (!holds(now))
        return std::nullopt;
    const auto minute = [this](Instant at) {
        return std::max<std::int64_t>(0, (at.ms - made_at.ms + made_at.ms % 60'000) / 60'000);
    };
    const std::int64_t first = minute(now), last = minute(now + within);
    if (last >= static_cast<std::int64_t>(minutes.size()))
        return std::nullopt;
    ExpectedLoad out;
    for (std::int64_t m = first; m <= last; ++m) {
        const ExpectedLoad& one = minutes[static_cast<std::size_t>(m)];
        out = {.sign_ins = std::max(out.sign_ins, one.sign_ins),
               .reads = std::max(out.reads, one.reads),
               .submissions = std::max(out.submissions, one.submissions),
               .live_joins = std::max(out.live_joins, one.live_joins),
               .jobs = std::max(out.jobs, one.jobs)};
    }
    return out;
}

void DemandHints::add(std::string name, Listener listener) {
    const std::lock_guard telling(telling_);
    std::shared_ptr<const DemandHint> hint;
    {
        const std::lock_guard lock(mutex_);
        hint = hint_;
    }
    if (hint)
        listener(hint.get());
    const std::lock_guard lock(mutex_);
    listeners_.emplace_back(std::move(name), std::move(listener));
}

void DemandHints::publish(DemandHint hint) {
    const std::lock_guard telling(telling_);
    {
        const std::lock_guard lock(mutex_);
        hint_ = std::make_shared<const DemandHint>(std::move(hint));
    }
    tell();
}

void DemandHints::expire(Instant now) {
    const std::lock_guard telling(telling_);
    {
        const std::lock_guard lock(mutex_);
        if (!hint_ || hint_->holds(now))
            return;
        hint_.reset();
    }
    tell();
}

void DemandHints::withdraw() {
    const std::lock_guard telling(telling_);
    {
        const std::lock_guard lock(mutex_);
        if (!hint_)
            return;
        hint_.reset();
    }
    tell();
}

/// With telling_ held, under which alone listeners_ and hint_ change.
void DemandHints::tell() {
    for (const auto& [name, listener] : listeners_)
        listener(hint_.get());
}

std::shared_ptr<const DemandHint> DemandHints::current(Instant now) const {
    const std::lock_guard lock(mutex_);
    return hint_ && hint_->holds(now) ? hint_ : nullptr;
}

std::vector<std::string> DemandHints::names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, listener] : listeners_)
        out.push_back(name);
    return out;
}

} // namespace bw::lane
