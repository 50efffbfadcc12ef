// A school year of activity, hand-ins and grades in the Open University's shape, written into an
// installation whose rosters are imported: what measurements and storms of reports stand on.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/time.hpp"
#include "year/fill.hpp"
#include "year/fill_store.hpp"

int main(int argc, char** argv) {
    using namespace bw;
    CLI::App app("Writes a school year of activity, hand-ins, grades and sign-ins in the shape of "
                 "the Open University's data set into an "
                 "installation\nwhose rosters are imported: 10 million activities in a minute or "
                 "two. The same rosters, seed and number give the "
                 "same year.\n");
    std::string to, until, store;
    std::int64_t activities = 10'000'000;
    std::uint64_t seed = 1;
    bool sign_ins = false;
    app.add_option("--to", to,
                   "The database, as its superuser: 'host=DATA/pg/sock user=bw dbname=bellwether'")
        ->required();
    app.add_option("--activities", activities,
                   "Activities, some thousandths more or less; 10,000,000")
        ->check(CLI::Range(1'000, 500'000'000));
    app.add_option("--seed", seed, "Another one, another year; 1");
    app.add_option("--until", until,
                   "What would come later has not happened yet, e.g. 2014-12-01T12:00:00Z; now");
    app.add_option("--store", store,
                   "Activities alone, and straight into the file of a report process that is "
                   "stopped: DATA/reports. --to has the rosters");
    app.add_flag("--sign-ins", sign_ins,
                 "Sign-ins too, in the audit log, which cannot be verified from then on");
    CLI11_PARSE(app, argc, argv);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    PGconn* connection = PQconnectdb(to.c_str());
    if (PQstatus(connection) != CONNECTION_OK)
        year::give_up(connection, "no database");
    std::int64_t until_us = SystemClock().now().ms * 1000;
    if (!until.empty()) {
        const auto moment = from_rfc3339(until);
        if (!moment) {
            std::fprintf(stderr, "--until: expected an instant such as 2014-12-01T12:00:00Z\n");
            return 2;
        }
        until_us = moment->ms * 1000;
    }
    const SystemClock clock;
    const Monotonic began = clock.monotonic();
    const auto schools = year::read_schools(connection, seed);
    std::size_t students = 0;
    for (const auto& of : schools.classes)
        students += of.students.size();
    std::printf("%zu classes with %zu students and something due\n", schools.classes.size(),
                students);
    const year::Plan plan{.activities = activities, .seed = seed, .until_us = until_us};
    if (!store.empty()) {
        const auto count = year::fill_store(store, schools, plan, clock);
        if (!count) {
            std::fprintf(stderr, "%s\n", count.error().text().c_str());
            return 1;
        }
        std::printf("%ld activities into the store\n", *count);
        return 0;
    }
    const auto made = year::fill(connection, schools, plan, sign_ins);
    std::printf("%ld activities, %ld hand-ins, %ld grades, %ld extensions, %ld sign-ins, %ld "
                "minutes of load in %.1f s\n",
                made.activities, made.hand_ins, made.gradings, made.extensions, made.sign_ins,
                made.load_minutes,
                std::chrono::duration<double>(clock.monotonic() - began).count());
    PQfinish(connection);
}
