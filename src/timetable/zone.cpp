#include "timetable/zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace bw::timetable {

namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t known_until = 2'145'916'800; // 2038-01-01

std::int64_t local_seconds(WallTime wall) {
    return wall.date.time_since_epoch().count() * day_seconds + std::int64_t{wall.minute} * 60;
}

/// Names of tzdata that mean something else on every machine, or nothing.
bool is_no_zone(std::string_view name) {
    return name.empty() || name.size() > 64 || name == "localtime" || name == "Factory" ||
           name.starts_with("posix") || name.starts_with("right/");
}

} // namespace

std::optional<Minute> parse_minute(std::string_view text) {
    auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return std::nullopt;
    const int hours = (text[0] - '0') * 10 + text[1] - '0';
    const int minutes = (text[3] - '0') * 10 + text[4] - '0';
    if (minutes > 59 || hours * 60 + minutes > minutes_a_day)
        return std::nullopt;
    return static_cast<Minute>(hours * 60 + minutes);
}

std::string minute_text(Minute minute) {
    return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::shared_ptr<const Zone::Rules> Zone::load(std::string_view name) {
    const date::time_zone* zone = nullptr;
    try {
        zone = date::locate_zone(name);
    } catch (const std::runtime_error&) { // the library's way to say that there is none
        return nullptr;
    }
    auto rules = std::make_shared<Rules>();
    rules->name = name;
    std::int64_t begin = 0;
    while (begin < known_until) {
        const date::sys_info info = zone->get_info(date::sys_seconds(std::chrono::seconds(begin)));
        rules->spans.push_back({begin, static_cast<std::int32_t>(info.offset.count()),
                                info.save != std::chrono::minutes(0), info.abbrev});
        begin = std::max<std::int64_t>(info.end.time_since_epoch().count(), begin + 1);
    }
    return rules;
}

Result<Zone> Zone::find(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<const Rules>, std::less<>> known; // at most tzdata
    const std::lock_guard lock(mutex);
    if (auto found = known.find(name); found != known.end())
        return Zone(found->second);
    std::shared_ptr<const Rules> rules = is_no_zone(name) ? nullptr : load(name);
    if (!rules)
        return fail(Code::invalid_field,
                    "there is no such zone; give a name of the IANA time zone database, e.g. "
                    "\"Europe/London\"",
                    "/zone");
    known.emplace(name, rules);
    return Zone(std::move(rules));
}

std::size_t Zone::span_at(std::int64_t seconds) const {
    const auto after = std::ranges::upper_bound(rules_->spans, seconds, {}, &Span::begin);
    return after == rules_->spans.begin()
               ? 0
               : static_cast<std::size_t>(after - rules_->spans.begin() - 1);
}

Instant Zone::at(WallTime wall) const {
    const std::int64_t local = local_seconds(wall);
    const auto& spans = rules_->spans;
    // No offset is a day: the span wanted is the one a day before, or follows it.
    std::size_t i = span_at(local - day_seconds);
    while (i + 1 < spans.size() && local - spans[i].offset >= spans[i + 1].begin &&
           local - spans[i + 1].offset >= spans[i + 1].begin)
        ++i;
    return {(local - spans[i].offset) * 1000};
}

WallTime Zone::wall(Instant instant) const {
    auto floor = [](std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); };
    const std::int64_t seconds = floor(instant.ms, 1000);
    const std::int64_t local = seconds + rules_->spans[span_at(seconds)].offset;
    const std::int64_t day = floor(local, day_seconds);
    return {Date(std::chrono::days(day)), static_cast<Minute>((local - day * day_seconds) / 60)};
}

std::vector<Zone::Span> Zone::spans(Instant from, Instant until) const {
    std::vector<Span> out;
    for (std::size_t i = span_at(from.ms / 1000); i < rules_->spans.size(); ++i) {
        if (!out.empty() && rules_->spans[i].begin * 1000 >= until.ms)
            break;
        out.push_back(rules_->spans[i]);
    }
    return out;
}

} // namespace bw::timetable
