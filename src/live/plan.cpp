#include "live/plan.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace bw::live {

namespace {

bool due(const std::optional<Instant>& last, Duration every, Instant now) {
    return !last || now - *last >= every || now < *last; // a clock that was set back
}

/// It will not be held any more, or has been.
bool over(const LiveClass& of, Instant now, const PlanRules& rules) {
    return of.cancelled || now >= of.ends + (of.state == State::live ? rules.overtime : Duration());
}

std::optional<Next> poll_or_nothing(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (due(of.polled_at, rules.poll_every, now))
        return Next{Deed::poll, of.state};
    return std::nullopt;
}

/// A stream whose class has moved to a time far away is not kept until then.
bool far(const LiveClass& of, Instant now, const PlanRules& rules) {
    return of.begins - now > rules.release;
}

std::optional<Next> of_planned(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (over(of, now, rules))
        return Next{of.asked ? Deed::end : Deed::none, State::ended};
    const Duration left = of.begins - now;
    if (left <= rules.arm)
        return Next{Deed::create, State::armed};
    if (of.asked && far(of, now, rules)) // a create that nobody heard the end of
        return Next{Deed::end, State::planned};
    if (left <= rules.quota && !of.quota_at)
        return Next{Deed::check_quota, State::planned};
    return std::nullopt;
}

std::optional<Next> of_armed(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (now >= of.begins)
        return Next{Deed::none, State::live};
    if (of.begins - now <= rules.slate)
        return Next{Deed::put_slate, State::slate};
    return poll_or_nothing(of, now, rules);
}

std::optional<Next> of_slate(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (now >= of.begins)
        return Next{Deed::none, State::live};
    if (of.begins - now <= rules.sweep && due(of.swept_at, rules.sweep_every, now))
        return Next{Deed::sweep, State::warm};
    return poll_or_nothing(of, now, rules);
}

std::optional<Next> of_warm(const LiveClass& of, Instant now, const PlanRules& rules) {
    const Duration left = of.begins - now;
    if (left > rules.sweep) // it has moved: what is warm now is cold by then
        return Next{Deed::none, State::slate};
    if (now >= of.begins)
        return Next{Deed::none, State::live};
    if (left <= rules.rewarm && due(of.swept_at, rules.rewarm_every, now))
        return Next{Deed::sweep, State::warm};
    return poll_or_nothing(of, now, rules);
}

std::optional<Next> of_live(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (now < of.begins)
        return Next{Deed::none, State::slate};
    if (now - of.begins <= rules.rewarm_after && due(of.swept_at, rules.rewarm_every, now))
        return Next{Deed::sweep, State::live};
    return poll_or_nothing(of, now, rules);
}

/// Also of `archived`.
std::optional<Next> of_ended(const LiveClass& of, Instant now, const PlanRules& rules) {
    if (!of.cancelled && now < of.ends) // it takes place after all
        return Next{Deed::none, State::planned};
    if (of.state == State::ended &&
        (!of.recording.empty() || !of.ended_at || now - *of.ended_at >= rules.archive_after))
        return Next{Deed::none, State::archived};
    return std::nullopt;
}

bool may_fail(Deed deed) {
    return deed == Deed::create || deed == Deed::put_slate || deed == Deed::end;
}

bool for_good(const Error& error) {
    return error.code == Code::quota_exceeded || error.code == Code::forbidden ||
           error.code == Code::invalid_field;
}

/// Was it this that was done in vain the last time? `fault` says so.
bool in_vain_before(const Progress& of, Deed deed) {
    const std::string_view what = name(deed);
    return of.fault.starts_with(what) && of.fault.substr(what.size()).starts_with(": ");
}

/// The table's line, whatever pause there is.
std::optional<Next> line(const LiveClass& of, State state, Instant now, const PlanRules& rules) {
    if (state == State::planned)
        return of_planned(of, now, rules);
    if (state == State::ended || state == State::archived)
        return of_ended(of, now, rules);
    if (over(of, now, rules))
        return Next{Deed::end, State::ended};
    if (far(of, now, rules))
        return Next{Deed::end, State::planned};
    switch (state) {
    case State::armed:
        return of_armed(of, now, rules);
    case State::slate:
        return of_slate(of, now, rules);
    case State::warm:
        return of_warm(of, now, rules);
    default:
        return of_live(of, now, rules);
    }
}

/// Without a stream, and about to have another.
void forget_stream(Progress& of) {
    of = Progress{.state = of.state,
                  .round = of.round + 1,
                  .quota_at = of.quota_at,
                  .quota_short = of.quota_short,
                  .ended_at = of.ended_at,
                  .recording = std::move(of.recording)};
}

/// Longer by chance: those that failed together do not come back together.
Duration spread(Duration pause, double chance) {
    return pause + std::chrono::duration_cast<Duration>(pause / 2 * chance);
}

Progress in_vain(Progress of, const Next& step, const Error& error, Instant now, double chance,
                 const PlanRules& rules) {
    const bool before = in_vain_before(of, step.deed);
    of.fault = std::string(name(step.deed)) + ": " + error.text();
    if (!before)
        of.attempts = 0;
    // A platform that is asked too often says when to come: that is no failure.
    if (error.code != Code::overloaded || !may_fail(step.deed))
        ++of.attempts;
    if (!may_fail(step.deed)) {
        of.attempts = std::min(of.attempts, rules.polls);
        return of;
    }
    const std::int64_t doubled = std::clamp<std::int64_t>(of.attempts - 1, 0, 10);
    Duration pause = std::min<Duration>(rules.retry_first * (1 << doubled), rules.retry_max);
    if (of.attempts >= rules.attempts || for_good(error)) {
        of.failed_in = of.state;
        of.state = State::failed;
        pause = rules.retry_failed;
    }
    if (error.retry_after)
        pause =
            std::max<Duration>(pause, std::min<Duration>(*error.retry_after, rules.retry_limit));
    of.not_before = now + spread(pause, chance);
    return of;
}

void take_over(Progress& of, const Next& step, const Outcome& found, Instant now) {
    switch (step.deed) {
    case Deed::none:
        return;
    case Deed::check_quota:
        of.quota_at = now;
        of.quota_short = found.quota_short;
        return;
    case Deed::create:
        of.provider = found.provider;
        of.ref = found.ref;
        of.ingests = found.ingests;
        return;
    case Deed::put_slate:
        of.slate_on = found.slate_on;
        return;
    case Deed::sweep:
        of.swept_at = now;
        of.warm_planned = found.planned;
        of.warm_verified = found.verified;
        return;
    case Deed::poll:
        of.polled_at = now;
        of.signal = found.signal;
        return;
    case Deed::end:
        forget_stream(of);
    }
}

} // namespace

std::string_view name(Deed deed) {
    constexpr std::array<std::string_view, 7> names = {
        "none", "check_quota", "create", "put_slate", "sweep", "poll", "end"};
    return names.at(static_cast<std::size_t>(deed));
}

std::optional<Next> next(const LiveClass& of, Instant now, const PlanRules& rules) {
    const bool paused = of.not_before && now < *of.not_before;
    const bool failed = of.state == State::failed;
    const Next back{Deed::none, of.failed_in.value_or(of.state)};
    if (failed && !paused)
        return back;
    const auto step = line(of, back.then, now, rules);
    if (!paused || !step)
        return step;
    // Only what was in vain has to wait for the end of its pause.
    if (in_vain_before(of, step->deed))
        return std::nullopt;
    if (!failed || step->deed == Deed::none)
        return step;
    return step->deed == Deed::end ? std::optional(back) : std::nullopt;
}

Progress after(const LiveClass& of, const Next& step, const Outcome& outcome, Instant now,
               double chance, const PlanRules& rules) {
    if (outcome.error) {
        Progress made = in_vain(of, step, *outcome.error, now, chance, rules);
        if (may_fail(step.deed))
            return made;
        // Of looking, what was seen counts, not that it could not be: nothing is warm, and soon
        // there is no signal.
        const bool kept = step.deed == Deed::poll && made.attempts < rules.polls;
        take_over(made, step,
                  {.planned = std::max<std::int64_t>(1, of.warm_planned),
                   .signal = kept ? of.signal : video::Signal::none},
                  now);
        if (made.state == State::warm && !made.covered())
            made.state = State::slate;
        return made;
    }
    Progress made = of;
    // To the step that failed: its attempts count.
    const bool goes_on = of.state == State::failed && step.then == of.failed_in;
    if (step.deed == Deed::none && step.then == State::planned && !goes_on)
        made.ended_at.reset();
    made.state = step.then;
    made.failed_in.reset();
    made.not_before.reset();
    if (goes_on) {
        made.attempts = std::max<std::int64_t>(0, rules.attempts - 1);
        return made;
    }
    made.attempts = 0;
    if (step.deed != Deed::none)
        made.fault.clear();
    take_over(made, step, outcome, now);
    if (step.deed == Deed::sweep && step.then == State::warm && !made.covered())
        made.state = State::slate;
    if (step.deed == Deed::none && step.then == State::slate)
        made.swept_at.reset();
    if (made.state == State::ended && of.state != State::ended)
        made.ended_at = now;
    return made;
}

std::vector<std::string> concerns(const LiveClass& of, Instant now, const PlanRules& rules) {
    std::vector<std::string> out;
    if (of.cancelled || of.state == State::ended || of.state == State::archived)
        return out;
    if (of.quota_short > 0)
        out.push_back("the provider's account has " + std::to_string(of.quota_short) +
                      " streams too few for all classes of this time");
    const Duration left = of.begins - now;
    constexpr Duration slack = 30s; // a step takes a while
    if (of.state == State::failed)
        out.emplace_back("a step failed; it is tried again");
    else if (left < rules.arm - slack && of.state == State::planned)
        out.emplace_back("there is no stream yet");
    else if (left < rules.slate - slack && of.state == State::armed)
        out.emplace_back("no slate is on air yet");
    if (left < rules.sweep - slack && -left < rules.rewarm_after && of.asked && !of.covered())
        out.push_back("warm are " + std::to_string(of.warm_verified) + " of " +
                      std::to_string(of.warm_planned) + " pairs of edge and rendition");
    if (of.state == State::live && of.signal != video::Signal::flowing)
        out.push_back("the signal is " + std::string(to_text(of.signal)));
    if (!of.fault.empty())
        out.push_back(of.fault);
    return out;
}

} // namespace bw::live
