// A school year of what people do, in the shape of the Open University's data set (Kuzilek and
// others, 2017): few do most, weeks have a rhythm, terms begin busily, work comes before it is due.
// Seeded: the same rosters, seed and number give the same rows, but for ids that the roster's
// import chose. Pure; whoever calls writes the rows (fill).
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/time.hpp"
#include "year/school.hpp"

namespace bw::year {

struct Plan {
    std::int64_t activities = 10'000'000; // some thousandths more or less
    std::uint64_t seed = 1;
    std::int64_t until_us; // what would come later has not happened yet
};

struct Opening { // a row of `activities`
    Uuid tenant{}, user{}, id{};
    std::string_view kind, page; // page: of page_viewed, else empty
    Uuid subject{}, section{};   // zeros: none
    std::int64_t occurred_us, received_us;
};
struct HandIn {
    Uuid tenant{}, id{}, assignment{}, user{};
    std::int64_t received_us;
    bool late;
    std::string_view reason; // why it was refused; empty: recorded
};
struct Longer { // an extension
    Uuid tenant{}, id{}, assignment{}, user{}, by{};
    std::int64_t due_us, given_us;
};
struct Grading { // a grade, and the mark behind its first
    Uuid tenant{}, assignment{}, user{}, submission{}, by{};
    std::int64_t number, points, released_us; // points of points_max
};
constexpr std::int64_t points_max = 10'000; // hundredths
struct SignIn {
    Uuid tenant{}, id{}, user{};
    std::int64_t at_us;
};

/// One week of all classes, by time.
struct Week {
    std::vector<Opening> openings;
    std::vector<SignIn> sign_ins; // of half of the days on which somebody opened something
};
/// Calls `each` for week after week.
void live(const Schools& schools, const Plan& plan, const std::function<void(Week&)>& each);

/// What was handed in and what came of it, by time.
struct Work {
    std::vector<HandIn> hand_ins;
    std::vector<Longer> longer;
    std::vector<Grading> gradings;
};
Work work(const Schools& schools, const Plan& plan);

} // namespace bw::year
