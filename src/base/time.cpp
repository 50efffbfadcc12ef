#include "base/time.hpp"

#include <fmt/format.h>
#include <sys/timex.h>

namespace bw {

using namespace std::chrono;

Instant SystemClock::now() const {
    return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

Monotonic SystemClock::monotonic() const {
    return {duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count()};
}

std::optional<std::uint32_t> system_clock_error_ms() {
    timex state{};
    if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC))
        return std::nullopt;
    return static_cast<std::uint32_t>(state.maxerror / 1000 + 1); // from microseconds, rounded up
}

std::string to_rfc3339(Instant instant) {
    sys_time<milliseconds> at{milliseconds(instant.ms)};
    auto day = floor<days>(at);
    year_month_day date{day};
    hh_mm_ss<milliseconds> time{at - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

namespace {

/// Takes exactly `digits` decimal digits off the front; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits)
        return -1;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text[0] != c)
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

Result<Instant> from_rfc3339(std::string_view text) {
    const Error wrong =
        fail(Code::invalid_field, "expected an RFC 3339 time such as 2026-11-23T08:59:00Z");
    int y = take_number(text, 4);
    bool ok = y >= 0 && take(text, '-');
    int mo = ok ? take_number(text, 2) : -1;
    ok = mo > 0 && take(text, '-');
    int d = ok ? take_number(text, 2) : -1;
    ok = d > 0 && (take(text, 'T') || take(text, 't') || take(text, ' '));
    int h = ok ? take_number(text, 2) : -1;
    ok = h >= 0 && h < 24 && take(text, ':');
    int mi = ok ? take_number(text, 2) : -1;
    ok = mi >= 0 && mi < 60 && take(text, ':');
    int s = ok ? take_number(text, 2) : -1;
    if (s < 0 || s > 59)
        return wrong;
    int ms = 0;
    if (take(text, '.')) {
        int weight = 100, digits = 0;
        for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; ++digits, weight /= 10) {
            ms += (text[0] - '0') * weight;
            text.remove_prefix(1);
        }
        if (digits == 0 || digits > 9)
            return wrong;
    }
    minutes offset{0};
    if (take(text, 'Z') || take(text, 'z')) {
    } else if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        int sign = text[0] == '-' ? -1 : 1;
        text.remove_prefix(1);
        int oh = take_number(text, 2);
        if (oh < 0 || oh > 23 || !take(text, ':'))
            return wrong;
        int om = take_number(text, 2);
        if (om < 0 || om > 59)
            return wrong;
        offset = minutes(sign * (oh * 60 + om));
    } else {
        return wrong;
    }
    year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!text.empty() || !date.ok())
        return wrong;
    sys_time<milliseconds> at =
        sys_days(date) + hours(h) + minutes(mi) + seconds(s) + milliseconds(ms) - offset;
    return Instant{at.time_since_epoch().count()};
}

} // namespace bw
