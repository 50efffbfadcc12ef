#include "forecast/days.hpp"

#include <algorithm>

namespace bw::forecast {

namespace {

constexpr auto length = static_cast<std::size_t>((Days::behind + Days::ahead) / 1min);

Instant minute_of(Instant at) {
    return window_at(at).from;
}

} // namespace

Days::Days(Instant now) : from_(minute_of(now - behind)), minutes_(length) {}

void Days::move_to(Instant now) {
    const std::int64_t passed = Window{from_}.minute(now - behind);
    if (passed <= 0)
        return;
    const auto gone = std::min(static_cast<std::size_t>(passed), minutes_.size());
    minutes_.erase(minutes_.begin(), minutes_.begin() + static_cast<std::ptrdiff_t>(gone));
    minutes_.resize(length);
    from_ = from_ + std::chrono::minutes(passed);
    std::erase_if(seen_, [&](const auto& one) {
        const Seen& seen = one.second;
        return (!seen.day || *seen.day < from_ - 24h) &&
               (!seen.read_from || *seen.read_from < from_);
    });
}

DayMinute* Days::at(Instant minute) {
    const std::int64_t place = Window{from_}.minute(minute);
    if (place < 0 || place >= static_cast<std::int64_t>(minutes_.size()))
        return nullptr;
    return &minutes_[static_cast<std::size_t>(place)];
}

bool Days::has(TenantId tenant, Instant begins) const {
    const auto seen = seen_.find(tenant);
    return seen != seen_.end() && seen->second.day && *seen->second.day >= begins;
}

void Days::add_day(TenantId tenant, const Forecast& made, Instant since) {
    if (has(tenant, made.window.from))
        return;
    Seen& seen = seen_[tenant];
    if (!seen.day) // an institution's first: before it nothing had been said
        whole_from_ = std::max(whole_from_.value_or(since), std::max(since, made.window.from));
    seen.day = made.window.from;
    const std::int64_t first = std::max<std::int64_t>(0, made.window.minute(since));
    for (std::int64_t m = first; m < made.window.minutes; ++m) {
        DayMinute* minute = at(made.window.from + std::chrono::minutes(m));
        if (minute == nullptr)
            continue;
        for (std::size_t k = 0; k < kinds; ++k) {
            const Line& line = made.lines[k];
            if (line.basis == Basis::unknown)
                continue;
            minute->expected[k] += line.expected[static_cast<std::size_t>(m)];
            minute->doubt[k] += line.doubt[static_cast<std::size_t>(m)];
            ++minute->of[k];
        }
    }
}

Instant Days::unsettled(TenantId tenant, Instant now) const {
    const auto seen = seen_.find(tenant);
    if (seen == seen_.end() || !seen->second.read_from)
        return minute_of(now - behind);
    return *seen->second.read_from;
}

void Days::add(const MinuteLoad& load, int sign) {
    DayMinute* minute = at({load.minute * 60'000});
    if (minute == nullptr)
        return;
    for (std::size_t k = 0; k < load.came.size(); ++k)
        minute->came[k] += sign * static_cast<std::int64_t>(load.came[k]);
}

void Days::put_came(TenantId tenant, std::span<const MinuteLoad> since, Instant now) {
    Seen& seen = seen_[tenant];
    for (const MinuteLoad& load : seen.unsettled)
        add(load, -1);
    for (const MinuteLoad& load : since)
        add(load, +1);
    seen.read_from = std::max(minute_of(now - settled_after), unsettled(tenant, now));
    seen.unsettled.clear();
    std::ranges::copy_if(since, std::back_inserter(seen.unsettled), [&](const MinuteLoad& load) {
        return load.minute * 60'000 >= seen.read_from->ms;
    });
}

void Days::mark_counted(Instant from, Instant until) {
    const Instant first = minute_of(from) == from ? from : minute_of(from) + 1min;
    for (Instant minute = std::max(first, from_); minute + 1min <= until; minute = minute + 1min)
        if (DayMinute* const one = at(minute))
            one->counted = true;
}

void Days::mark_counted(const Window& window, const std::vector<bool>& minutes) {
    for (std::size_t m = 0; m < minutes.size(); ++m)
        if (minutes[m])
            if (DayMinute* const one = at(window.from + std::chrono::minutes(m)))
                one->counted = true;
}

std::optional<Instant> Days::counted_until() const {
    for (std::size_t m = minutes_.size(); m > 0; --m)
        if (minutes_[m - 1].counted)
            return from_ + std::chrono::minutes(m);
    return std::nullopt;
}

} // namespace bw::forecast
