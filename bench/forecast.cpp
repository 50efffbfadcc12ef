// The forecast: how long it takes for 1,000 schools and after a change of one of them, or
// (--backtest) how wrong it is over a seeded year.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "base/rng.hpp"
#include "forecast/board.hpp"
#include "forecast/made_year_for_test.hpp"
#include "forecast/score.hpp"
#include "measure.hpp"

namespace bw {
namespace {

using namespace bench;
using namespace forecast;
using test::MadeYear;

constexpr double bar_seconds = 2, bar_change_seconds = 0.05;

/// As much history as ten weeks give, of a few years; every school one of them, at another size.
int speed() {
    const auto schools = static_cast<std::size_t>(setting("SCHOOLS", 1'000));
    const int rounds = static_cast<int>(setting("ROUNDS", 5));
    constexpr int day = 70;
    std::vector<Board::Entry> entries;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const MadeYear year(seed);
        auto learned = std::make_shared<Learned>();
        for (int d = 0; d < day; ++d)
            learn(*learned, year.known(d), year.came(year.day(d)), year.handed(d));
        entries.push_back({year.known(day), std::move(learned)});
    }
    std::vector<double> whole, change;
    std::vector<TenantId> tenants;
    SeededRng rng(1);
    std::size_t bells = 0, dues = 0;
    for (std::size_t i = 0; i < schools; ++i)
        tenants.push_back(TenantId::make(Instant{0}, rng));
    for (int round = 0; round < rounds; ++round) {
        const Window window = window_at(*from_rfc3339("2026-11-09T08:00:00Z"));
        Board board(window);
        bells = dues = 0;
        const double began = now_seconds();
        for (std::size_t i = 0; i < schools; ++i) {
            const Board::Entry& entry = entries[i % entries.size()];
            bells += entry.school.bells.size();
            dues += entry.school.dues.size();
            board.put(tenants[i], entry);
        }
        whole.push_back(now_seconds() - began);
        for (int i = 0; i < 20; ++i) {
            Board::Entry changed = entries[static_cast<std::size_t>(i) % entries.size()];
            changed.school.bells.pop_back();
            const double before = now_seconds();
            board.put(tenants[static_cast<std::size_t>(i)], std::move(changed));
            change.push_back(now_seconds() - before);
        }
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const Summary all = summary(whole), one = summary(change);
    std::printf("%zu schools, %zu bells, %zu due instants, %zu kinds, 10,080 minutes: %.3f s "
                "(n=%d, %.3f..%.3f); after a change of one %.2f ms (n=%zu, %.2f..%.2f); peak %ld "
                "MiB\n",
                schools, bells, dues, kinds, all.median, rounds, all.low, all.high,
                one.median * 1e3, change.size(), one.low * 1e3, one.high * 1e3,
                usage.ru_maxrss / 1024);
    const bool met = all.high < bar_seconds && one.high < bar_change_seconds;
    std::printf("%s: the bars are %.0f s and %.0f ms\n", met ? "met" : "MISSED", bar_seconds,
                bar_change_seconds * 1e3);
    return met ? 0 : 1;
}

/// Errors of each kind: of schools one by one, of all of them together, and of those days alone
/// whose day a week before was of the same sort (school or none).
struct Tally {
    PerKind<Errors> schools = {}, total = {}, alike = {};
};

std::string shown(std::optional<double> value) {
    char out[32] = "-";
    if (value)
        std::snprintf(out, sizeof out, "%.2f", *value);
    return out;
}

void print(const char* title, const PerKind<Errors>& errors) {
    std::printf(
        "\n%s\n\n| kind | came | wape | chance alone | bias | peak | peak, naive | skill | in "
        "band |\n|---|---|---|---|---|---|---|---|---|\n",
        title);
    for (std::size_t k = 0; k < kinds; ++k) {
        const Score score = score_of(errors[k]);
        std::printf("| %s | %.0f | %s | %s | %s | %s | %s | %s | %s |\n", kind_names[k].data(),
                    errors[k].came, shown(score.wape).c_str(), shown(score.chance).c_str(),
                    shown(score.bias).c_str(), shown(score.peak).c_str(),
                    shown(score.peak_naive).c_str(), shown(score.skill).c_str(),
                    shown(score.covered).c_str());
    }
}

class BackTest {
public:
    BackTest(std::size_t schools, std::uint64_t first_seed) {
        for (std::size_t i = 0; i < schools; ++i) {
            years_.emplace_back(first_seed + i);
            learned_.emplace_back();
        }
    }

    /// Each day is forecast when it begins, and with the six that follow when it is a Monday.
    void run() {
        constexpr int warm_up = 28;
        for (int day = 0; day + 7 < test::year_days; ++day) {
            for (std::size_t i = 0; i < years_.size(); ++i) {
                const School school = years_[i].known(day);
                if (day >= warm_up) {
                    score(i, day, made(i, school, years_[i].day(day)), day_ahead);
                    if (day % 7 == 0)
                        for (int d = day; d < day + 7; ++d)
                            score(i, d, made(i, school, span(i, day, d + 1)), week_ahead);
                }
                learn(learned_[i], school, years_[i].came(years_[i].day(day)),
                      years_[i].handed(day));
            }
            if (day >= warm_up)
                close(day_ahead);
        }
    }

    Tally day_ahead, week_ahead;

private:
    Window span(std::size_t i, int from, int until) const {
        const Window first = years_[i].day(from), last = years_[i].day(until - 1);
        return {first.from, static_cast<std::int32_t>((last.until().ms - first.from.ms) / 60'000)};
    }
    Forecast made(std::size_t i, const School& school, const Window& window) {
        return forecast::forecast(school, learned_[i], window, room_);
    }
    /// The last of the forecast's days, which is `day`.
    void score(std::size_t i, int day, const Forecast& made, Tally& tally) {
        const Window window = years_[i].day(day);
        const Came came = years_[i].came(window);
        const Window before{years_[i].day(day - 7).from, window.minutes};
        const Came week_before = years_[i].came(before);
        const auto skip = static_cast<std::size_t>(made.window.minutes - window.minutes);
        const bool alike = years_[i].school_day(day) == years_[i].school_day(day - 7);
        for (std::size_t k = 0; k < kinds; ++k) {
            const std::span expected = std::span(made.lines[k].expected).subspan(skip),
                            doubt = std::span(made.lines[k].doubt).subspan(skip);
            const Errors errors =
                errors_of({expected, doubt, came.minutes[k], week_before.minutes[k], no_gaps_});
            tally.schools[k] += errors;
            if (alike)
                tally.alike[k] += errors;
            if (&tally == &day_ahead)
                sum_[k].add(expected, doubt, came.minutes[k], week_before.minutes[k]);
        }
    }
    void close(Tally& tally) {
        for (std::size_t k = 0; k < kinds; ++k) {
            tally.total[k] += errors_of(
                {sum_[k].expected, sum_[k].doubt, sum_[k].came, sum_[k].week_before, no_gaps_});
            sum_[k] = {};
        }
    }

    struct Sum {
        std::vector<std::int64_t> expected, doubt;
        std::vector<std::uint32_t> came, week_before;

        void add(std::span<const std::int64_t> e, std::span<const std::int64_t> d,
                 const std::vector<std::uint32_t>& c, const std::vector<std::uint32_t>& w) {
            const std::size_t size = expected.empty() ? e.size() : std::min(e.size(), came.size());
            expected.resize(size), doubt.resize(size), came.resize(size), week_before.resize(size);
            for (std::size_t m = 0; m < size; ++m)
                expected[m] += e[m], doubt[m] += d[m], came[m] += c[m], week_before[m] += w[m];
        }
    };

    std::vector<MadeYear> years_;
    std::vector<Learned> learned_;
    PerKind<Sum> sum_;
    std::vector<bool> no_gaps_;
    Rates room_;
};

int back_test() {
    const auto schools = static_cast<std::size_t>(setting("SCHOOLS", 12));
    const auto seed = static_cast<std::uint64_t>(setting("SEED", 1001));
    BackTest test(schools, seed);
    const double began = now_seconds();
    test.run();
    std::printf("model %d, %zu schools, seeds from %llu, a year less four weeks to begin with; "
                "%.1f s\n",
                model_version, schools, static_cast<unsigned long long>(seed),
                now_seconds() - began);
    print("A day ahead, school by school", test.day_ahead.schools);
    print("A day ahead, all schools together (each at the same time of its own day)",
          test.day_ahead.total);
    print("Up to a week ahead, school by school", test.week_ahead.schools);
    print("A day ahead, days whose day a week before was a school day too, or neither was",
          test.day_ahead.alike);
    return 0;
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    return argc > 1 && std::strcmp(argv[1], "--backtest") == 0 ? bw::back_test() : bw::speed();
}
