// What the model takes to be true of a school of which nothing has been seen. Chosen by us, from no
// source: the first weeks of real counts outweigh all of it.
#pragma once

#include <array>
#include <cstdint>

#include "forecast/kinds.hpp"

namespace bw::forecast {

/// A bell is felt in these minutes around it.
constexpr int bell_before = 15, bell_after = 15; // [-15, +15)
constexpr int bell_minutes = bell_before + bell_after;

/// Before a due instant (negative: after it) a student submits in one of these times, in minutes.
/// The last of all, not listed, is never.
struct LeadBin {
    std::int32_t from, until; // before the due instant; from > until
};
constexpr std::array<LeadBin, 17> lead_bins = {{{20160, 10080},
                                                {10080, 4320},
                                                {4320, 1440},
                                                {1440, 720},
                                                {720, 360},
                                                {360, 180},
                                                {180, 60},
                                                {60, 30},
                                                {30, 15},
                                                {15, 10},
                                                {10, 5},
                                                {5, 2},
                                                {2, 1},
                                                {1, 0},
                                                {0, -10},
                                                {-10, -60},
                                                {-60, -1440}}};
constexpr std::size_t never = lead_bins.size();
using Leads = std::array<float, lead_bins.size() + 1>; // shares of the students, never last

struct Priors {
    // At a bell, a person's expected number of each: at a day's first, and at later ones.
    PerKind<float> first_bell = {0.05F, 0.45F, 0.10F, 1.2F, 0.002F, 0.9F, 0.002F};
    PerKind<float> later_bell = {0.01F, 0.15F, 0.02F, 1.0F, 0.002F, 0.9F, 0.002F};
    // An active person's in an hour of a day with school, and of one without.
    PerKind<float> school_hour = {0.002F, 0.02F, 0.004F, 0.15F, 0.0005F, 0.0005F, 0.002F};
    PerKind<float> other_hour = {0.001F, 0.01F, 0.002F, 0.05F, 0.0005F, 0.0001F, 0.001F};
    // Beside a submission.
    PerKind<float> with_submission = {0, 0, 0, 6, 0, 0, 2};
    Leads leads = {0.06F, 0.08F, 0.12F, 0.09F, 0.08F, 0.08F,  0.10F, 0.07F,  0.05F,
                   0.03F, 0.05F, 0.04F, 0.02F, 0.02F, 0.005F, 0.01F, 0.015F, 0.08F};
    /// How far a rate is from what is expected of it, as its standard deviation over the expected.
    float spread = 1.0F;
};
constexpr Priors priors{};

/// How many observations a prior is worth, by what stands over what: the chain is prior, kind and
/// place in the day, minute of the day, weekday.
constexpr float worth_of_prior = 2, worth_of_kind = 2, worth_of_minute = 3;
constexpr float worth_of_curve = 200; // arrivals
constexpr float worth_of_shape = 10;  // events in five minutes
constexpr float worth_of_leads = 100; // students
constexpr float worth_of_spread = 3;  // bells
constexpr float spread_min = 0.05F;   // nobody is surer than that
constexpr float half_life_days = 25;  // of school days for bells, of days for hours

} // namespace bw::forecast
