// The plan's table: what is done next in each state, at each distance from the beginning.
#include "live/plan.hpp"

#include <gmock/gmock.h>

namespace bw::live {

static void PrintTo(const Next& next, std::ostream* out) {
    *out << name(next.deed) << " -> " << name(next.then);
}

namespace {

using ::testing::HasSubstr;

const Instant begins{1'796'029'200'000};

LiveClass at(State state) {
    LiveClass of;
    of.begins = begins;
    of.ends = begins + 45min;
    of.state = state;
    of.asked = state != State::planned && state != State::ended && state != State::archived;
    of.ref = of.asked ? "ref" : "";
    if (state == State::failed)
        of.failed_in = State::planned;
    return of;
}
LiveClass with(State state, const std::function<void(LiveClass&)>& change) {
    LiveClass of = at(state);
    change(of);
    return of;
}
std::optional<Next> go(Deed deed, State then) {
    return Next{deed, then};
}
constexpr std::nullopt_t wait = std::nullopt;

TEST(Plan, IsThisTable) {
    using enum State;
    using enum Deed;
    const auto polled = [](LiveClass& of, Duration from) { of.polled_at = begins + from; };
    struct Row {
        const char* what;
        LiveClass of;
        Duration from; // the beginning
        std::optional<Next> next;
    };
    const Row rows[] = {
        {"a day before", at(planned), -25h, wait},
        {"its quota is looked at", at(planned), -24h, go(check_quota, planned)},
        {"once", with(planned, [](auto& of) { of.quota_at = begins - 24h; }), -23h, wait},
        {"armed at T-15", at(planned), -15min, go(create, armed)},
        {"whoever comes late catches up", at(planned), 10min, go(create, armed)},
        {"not when it is over", at(planned), 45min, go(none, ended)},
        {"asked for, and over", with(planned, [](auto& of) { of.asked = true; }), 46min,
         go(end, ended)},
        {"asked for, and moved away", with(planned, [](auto& of) { of.asked = true; }), -3h,
         go(end, planned)},
        {"cancelled before it was armed", with(planned, [](auto& of) { of.cancelled = true; }),
         -10min, go(none, ended)},
        {"armed, looked at", at(armed), -14min, go(poll, armed)},
        {"not all the time", with(armed, [&](auto& of) { polled(of, -14min); }), -14min + 9s, wait},
        {"a clock that was set back", with(armed, [&](auto& of) { polled(of, 0s); }), -14min,
         go(poll, armed)},
        {"slate at T-10", at(armed), -10min, go(put_slate, slate)},
        {"the bell waits for no slate", at(armed), 0s, go(none, live)},
        {"moved by hours: its stream is not kept", at(armed), -2h - 1s, go(end, planned)},
        {"moved by one: it is", with(armed, [&](auto& of) { polled(of, -1h); }), -1h, wait},
        {"sweep at T-5", at(slate), -5min, go(sweep, warm)},
        {"again until all is warm",
         with(slate,
              [](auto& of) {
                  of.swept_at = begins - 5min;
                  of.warm_planned = 4;
              }),
         -5min + 15s, go(sweep, warm)},
        {"the bell waits for nobody", at(slate), 0s, go(none, live)},
        {"warm until T-90 s",
         with(warm,
              [&](auto& of) {
                  of.swept_at = begins - 5min;
                  polled(of, -2min);
              }),
         -2min + 5s, wait},
        {"warm again", with(warm, [](auto& of) { of.swept_at = begins - 5min; }), -90s,
         go(sweep, warm)},
        {"moved two minutes before", at(warm), -30min, go(none, slate)},
        {"the bell", at(warm), 0s, go(none, live)},
        {"warm again after it", with(live, [](auto& of) { of.swept_at = begins + 49s; }), 60s,
         go(sweep, live)},
        {"until T+60 s", with(live, [](auto& of) { of.swept_at = begins + 50s; }), 61s,
         go(poll, live)},
        {"moved after it began", at(live), -20min, go(none, slate)},
        {"cancelled while it is on", with(live, [](auto& of) { of.cancelled = true; }), 5min,
         go(end, ended)},
        {"overtime", with(live, [&](auto& of) { polled(of, 45min); }), 45min + 9s, wait},
        {"ended", at(live), 50min, go(end, ended)},
        {"it is not watched until then", at(slate), 45min, go(end, ended)},
        {"archived", with(ended, [](auto& of) { of.ended_at = begins + 50min; }), 60min,
         go(none, archived)},
        {"not before", with(ended, [](auto& of) { of.ended_at = begins + 50min; }), 59min, wait},
        {"with its recording at once",
         with(ended,
              [](auto& of) {
                  of.ended_at = begins + 50min;
                  of.recording = "there";
              }),
         51min, go(none, archived)},
        {"cancelled for good",
         with(ended,
              [](auto& of) {
                  of.cancelled = true;
                  of.ended_at = begins - 20min;
              }),
         -15min, wait},
        {"takes place after all", with(ended, [](auto& of) { of.ended_at = begins - 20min; }),
         -15min, go(none, planned)},
        {"archived for good", at(archived), 2h, wait},
        {"failed, for now", with(failed, [](auto& of) { of.not_before = begins; }), -1s, wait},
        {"a way back", with(failed, [](auto& of) { of.not_before = begins; }), 0s,
         go(none, planned)},
    };
    for (const Row& row : rows)
        EXPECT_EQ(next(row.of, begins + row.from), row.next)
            << row.what << ", " << name(row.of.state);
}

/// A class with everything going well, by a clock that ticks: when it came to each state.
std::map<State, Duration> played(LiveClass of, Instant from, Instant until,
                                 const std::function<void(LiveClass&, Instant)>& meanwhile = {}) {
    std::map<State, Duration> when;
    for (Instant now = from; now <= until; now = now + 1s) {
        if (meanwhile)
            meanwhile(of, now);
        while (const auto step = next(of, now)) {
            const State before = of.state;
            Outcome outcome{.provider = "p", .ref = "r", .planned = 8, .verified = 8};
            if (step->deed == Deed::create)
                of.asked = true;
            static_cast<Progress&>(of) = after(of, *step, outcome, now, 0.5);
            if (of.state != before)
                when[of.state] = now - begins;
        }
    }
    return when;
}

TEST(Plan, LeadsThroughItsStatesOnTime) {
    EXPECT_EQ(played(at(State::planned), begins - 26h, begins + 2h),
              (std::map<State, Duration>{{State::armed, -15min},
                                         {State::slate, -10min},
                                         {State::warm, -5min},
                                         {State::live, 0s},
                                         {State::ended, 50min},
                                         {State::archived, 60min}}));
}

TEST(Plan, FollowsAClassThatIsMovedTwoMinutesBefore) {
    const auto when =
        played(at(State::planned), begins - 1h, begins + 4h, [](auto& of, Instant now) {
            if (now == begins - 2min) {
                of.begins = of.begins + 30min;
                of.ends = of.ends + 30min;
            }
        });
    EXPECT_EQ(when.at(State::slate), -2min) << "what was warm is cold by then";
    EXPECT_EQ(when.at(State::warm), 25min);
    EXPECT_EQ(when.at(State::live), 30min);
    EXPECT_EQ(when.at(State::ended), 80min);
}

TEST(Plan, FailsAfterAFewAttemptsAndGoesBack) {
    LiveClass of = at(State::planned);
    of.asked = true;
    Instant now = begins - 15min;
    const Outcome down{.error = fail(Code::unavailable, "503")};
    for (int attempt = 1; attempt <= 4; ++attempt) {
        const auto step = next(of, now);
        ASSERT_EQ(step, go(Deed::create, State::armed)) << attempt;
        static_cast<Progress&>(of) = after(of, *step, down, now, 0);
        EXPECT_EQ(of.state, attempt < 4 ? State::planned : State::failed);
        EXPECT_FALSE(next(of, now)) << "not at once";
        EXPECT_THAT(of.fault, HasSubstr("create: unavailable: 503"));
        now = *of.not_before;
    }
    EXPECT_THAT(concerns(of, now), ::testing::Contains(HasSubstr("it is tried again")));
    auto back = next(of, now);
    ASSERT_EQ(back, go(Deed::none, State::planned));
    static_cast<Progress&>(of) = after(of, *back, {}, now, 0);
    const auto again = next(of, now);
    ASSERT_EQ(again, go(Deed::create, State::armed));
    LiveClass other = of;
    static_cast<Progress&>(other) = after(of, *again, down, now, 0);
    EXPECT_EQ(other.state, State::failed) << "one more and it has failed again";
    static_cast<Progress&>(of) = after(of, *again, {.provider = "p", .ref = "r"}, now, 0);
    EXPECT_EQ(of.state, State::armed);
    EXPECT_EQ(of.fault, "");
}

TEST(Plan, WaitsAsLongAsTheProviderWants) {
    LiveClass of = at(State::planned);
    of.asked = true;
    Error busy = fail(Code::overloaded, "429");
    busy.retry_after = 1min;
    const Instant now = begins - 15min;
    const Next create{Deed::create, State::armed};
    EXPECT_EQ(after(of, create, {.error = busy}, now, 0).not_before, now + 1min);
    EXPECT_EQ(after(of, create, {.error = busy}, now, 0.5).not_before, now + 75s)
        << "those that failed together do not come back together";
    busy.retry_after = 1h;
    EXPECT_EQ(after(of, create, {.error = busy}, now, 0).not_before, now + 2min)
        << "the bell is sooner";
    for (int i = 0; i < 10; ++i)
        static_cast<Progress&>(of) = after(of, create, {.error = busy}, now, 0);
    EXPECT_EQ(of.state, State::planned) << "to be asked too often is no failure";
    EXPECT_EQ(of.attempts, 0);
}

TEST(Plan, APauseIsOfWhatWasInVainAlone) {
    const Instant now = begins - 15min;
    const Outcome down{.error = fail(Code::unavailable, "503")};
    LiveClass of = at(State::planned);
    of.asked = true;
    static_cast<Progress&>(of) = after(of, {Deed::create, State::armed}, down, now, 0);
    EXPECT_FALSE(next(of, now));
    LiveClass moved = of;
    moved.begins = begins + 3h;
    moved.ends = moved.begins + 45min;
    EXPECT_EQ(next(moved, now), go(Deed::end, State::planned));
    of.cancelled = true;
    EXPECT_EQ(next(of, now), go(Deed::end, State::ended));
    static_cast<Progress&>(of) = after(of, {Deed::end, State::ended}, down, now, 0);
    EXPECT_EQ(of.attempts, 1) << "of the end, not of the create";
    EXPECT_FALSE(next(of, now));
    // Failed, and cancelled: its stream is ended at once as well.
    LiveClass failed = at(State::planned);
    failed.asked = true;
    for (int i = 0; i < 4; ++i)
        static_cast<Progress&>(failed) = after(failed, {Deed::create, State::armed}, down, now, 0);
    ASSERT_EQ(failed.state, State::failed);
    EXPECT_FALSE(next(failed, now));
    failed.cancelled = true;
    ASSERT_EQ(next(failed, now), go(Deed::none, State::planned));
    static_cast<Progress&>(failed) = after(failed, *next(failed, now), {}, now, 0);
    EXPECT_EQ(next(failed, now), go(Deed::end, State::ended));
}

TEST(Plan, TheBellWaitsForNoSlate) {
    const Outcome down{.error = fail(Code::unavailable, "no encoder")};
    LiveClass of = at(State::armed);
    Instant now = begins - 9min;
    while (of.state != State::failed) {
        static_cast<Progress&>(of) = after(of, {Deed::put_slate, State::slate}, down, now, 0);
        now = *of.not_before;
    }
    of.not_before = begins + 1min;
    EXPECT_FALSE(next(of, begins - 1s));
    ASSERT_EQ(next(of, begins), go(Deed::none, State::live));
    const Progress live = after(of, *next(of, begins), {}, begins, 0);
    EXPECT_EQ(live.state, State::live);
    EXPECT_EQ(live.attempts, 0);
    EXPECT_FALSE(live.not_before);
}

TEST(Plan, ASignalIsNotGoneWithOnePollInVain) {
    LiveClass of = at(State::live);
    of.signal = video::Signal::flowing;
    const Next poll{Deed::poll, State::live};
    const Outcome down{.error = fail(Code::unavailable, "503")};
    const auto look = [&](const Outcome& outcome) {
        static_cast<Progress&>(of) = after(of, poll, outcome, begins, 0);
        return of.signal;
    };
    EXPECT_EQ(look(down), video::Signal::flowing);
    EXPECT_EQ(look(down), video::Signal::flowing);
    EXPECT_THAT(of.fault, HasSubstr("poll: "));
    EXPECT_EQ(look(down), video::Signal::none);
    EXPECT_EQ(look({.signal = video::Signal::flowing}), video::Signal::flowing);
    EXPECT_EQ(of.fault, "");
    EXPECT_EQ(look(down), video::Signal::flowing) << "it counts from the beginning";
}

TEST(Plan, WhatCannotBeSweptIsNotWarm) {
    LiveClass of = at(State::warm);
    of.warm_planned = of.warm_verified = 8;
    const Instant now = begins - 90s;
    const Next sweep{Deed::sweep, State::warm};
    Progress found = after(of, sweep, {.error = fail(Code::unavailable, "no edge")}, now, 0);
    EXPECT_EQ(found.state, State::slate);
    EXPECT_FALSE(found.covered());
    found = after(of, sweep, {.planned = 8, .verified = 7}, now, 0);
    EXPECT_EQ(found.state, State::slate);
    static_cast<Progress&>(of) = found;
    EXPECT_THAT(concerns(of, now),
                ::testing::ElementsAre("warm are 7 of 8 pairs of edge and rendition"));
    EXPECT_EQ(after(of, sweep, {}, now, 0).state, State::warm) << "nothing is there to be warmed";
}

TEST(Plan, ASecondStreamOfAClassHasAnotherRound) {
    LiveClass of = at(State::live);
    const Progress ended = after(of, {Deed::end, State::ended}, {}, begins + 5min, 0);
    EXPECT_EQ(ended.round, 2);
    EXPECT_FALSE(ended.asked);
    EXPECT_EQ(ended.ref, "");
    EXPECT_EQ(ended.ended_at, begins + 5min);
}

} // namespace
} // namespace bw::live
