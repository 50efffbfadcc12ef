#include "app/peak_watch.hpp"

#include <algorithm>
#include <utility>

namespace bw::app {

namespace {

constexpr double worth_minding = 600; // events a minute
constexpr double peak_share = 0.5, over_mean = 2;
constexpr double quiet_share = 0.25;

double all(const lane::ExpectedLoad& load) {
    return load.sign_ins + load.reads + load.submissions;
}

} // namespace

double expected_share(const lane::DemandHint* hint, Instant now, Duration within) {
    const auto soon = hint ? hint->busiest(now, within) : std::nullopt;
    if (!soon)
        return 0;
    const double week = all(hint->week);
    return week < worth_minding ? 0 : std::min(1.0, all(*soon) / week);
}

bool at_peak(const lane::DemandHint* hint, Instant now) {
    if (expected_share(hint, now, 1min) < peak_share)
        return false;
    double sum = 0;
    for (const lane::ExpectedLoad& minute : hint->minutes)
        sum += all(minute);
    const double mean = sum / static_cast<double>(hint->minutes.size());
    return all(*hint->busiest(now, 1min)) >= over_mean * mean;
}

void name_listener(lane::DemandHints& hints, std::string name) {
    hints.add(std::move(name), [](const lane::DemandHint*) {});
}

std::function<bool()> watch_quiet(lane::DemandHints& hints, std::string name, const Clock& clock) {
    name_listener(hints, std::move(name));
    return [&hints, &clock] {
        const Instant now = clock.now();
        return expected_share(hints.current(now).get(), now, 15min) < quiet_share;
    };
}

std::function<bool()> watch_peaks(lane::DemandHints& hints, std::string name, const Clock& clock) {
    name_listener(hints, std::move(name));
    return [&hints, &clock] {
        const Instant now = clock.now();
        return at_peak(hints.current(now).get(), now);
    };
}

} // namespace bw::app
