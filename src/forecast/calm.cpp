#include "forecast/calm.hpp"

#include <algorithm>
#include <vector>

namespace bw::forecast {

std::optional<Instant> calmest(const Forecast& forecast, Instant from, Duration within,
                               Duration lasting) {
    const Window& window = forecast.window;
    const std::int64_t first = window.minute(from + (1min - 1ms)); // that begins at `from` or later
    const std::int64_t begins = within / 1min, length = std::max<std::int64_t>(1, lasting / 1min);
    if (forecast.lines[place(Kind::page_read)].basis == Basis::unknown || begins < 1 || first < 0 ||
        first + begins + length > window.minutes)
        return std::nullopt;
    const auto people_do = [&](std::int64_t minute) { // in thousandths
        std::int64_t sum = 0;
        for (const Kind kind : {Kind::password, Kind::refresh, Kind::provider, Kind::page_read,
                                Kind::submission, Kind::live_join})
            if (const auto& line = forecast.lines[place(kind)]; line.basis != Basis::unknown)
                sum += line.expected[static_cast<std::size_t>(minute)];
        return sum;
    };
    std::int64_t sum = 0;
    for (std::int64_t m = first; m < first + length; ++m)
        sum += people_do(m);
    std::int64_t best = first, least = sum;
    for (std::int64_t m = first + 1; m < first + begins; ++m) {
        sum += people_do(m + length - 1) - people_do(m - 1);
        if (sum < least) {
            least = sum;
            best = m;
        }
    }
    return window.from + std::chrono::minutes(best);
}

} // namespace bw::forecast
