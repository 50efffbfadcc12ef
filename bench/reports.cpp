// Every report over a school year: real rosters (ROSTERS), filled with ACTIVITIES (5,000,000)
// activities and the hand-ins and grades that go with them, mirrored as the report process does it.
// ROUNDS (5) of each report, in turns with the same question in plain SQL at the primary, whose
// lines must be the same. CHECK=1: instead of taking times, every institution's reports against the
// primary, by class too.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "measure.hpp"
#include "reporting/mirror_world_for_test.hpp"
#include "reporting/upkeep.hpp"
#include "roster/import.hpp"
#include "submissions/assignments.hpp"
#include "support/own_cluster.hpp"
#include "year/fill.hpp"
#include "year/plain.hpp"

namespace bw {
namespace {

using namespace bench;
using namespace std::chrono_literals;
using reporting::test::Replica;
using reporting::test::Source;

constexpr double bar_ms = 30;

double timed(auto what) {
    const double begun = now_seconds();
    what();
    return (now_seconds() - begun) * 1000;
}
std::string load() {
    std::ifstream in("/proc/loadavg");
    std::string one;
    in >> one;
    return one;
}
long peak_mib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

struct Place {
    std::string slug;
    year::Asked about;
};

struct Bench {
    const long rounds = setting("ROUNDS", 5), activities = setting("ACTIVITIES", 5'000'000);
    const Instant as_of = *from_rfc3339("2014-12-01T12:00:00Z"); // ten weeks into the last term
    test::OwnCluster own{{}};
    test::Session session{own.cluster().superuser_conninfo(test::OwnCluster::database)};
    Source source{session, own.conninfo("bw_stream"), own.conninfo("bw_app"), own.clock()};
    const test::TemporaryDirectory directory;
    Replica replica{source, directory.path() / "reports.duckdb", "bw_reporting"};
    std::vector<Place> places;

    Deadline later() const { return Deadline::in(own.clock(), 60min); }

    void import_all() {
        const char* given = std::getenv("ROSTERS");
        const std::filesystem::path folder =
            given != nullptr ? given : BW_SOURCE_DIR "/../shared/data/oneroster";
        std::vector<std::filesystem::path> zips;
        if (std::filesystem::is_directory(folder))
            for (const auto& entry : std::filesystem::directory_iterator(folder))
                if (entry.path().extension() == ".zip")
                    zips.push_back(entry.path());
        if (zips.empty()) {
            std::fprintf(stderr,
                         "bench: there are no zips in '%s'; name a directory with ROSTERS=...\n",
                         folder.c_str());
            std::exit(1);
        }
        std::ranges::sort(zips);
        tenancy::Database app(own.conninfo(), "bench", own.clock());
        for (const auto& zip : zips) {
            const auto tenant = own.provision(zip.stem().string());
            const auto package = must(roster::Package::open(zip));
            must(app.run(tenant.scope, later(), [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
                TRY(roster::import(tx, package, {.clock = own.clock(), .rng = own.rng()}));
                return submissions::assignments_from_line_items(tx, tenant.zone);
            }));
            places.push_back(
                {zip.stem().string(),
                 {.tenant = tenant.scope.tenant(), .as_of = as_of, .zone = tenant.zone}});
        }
    }
    std::vector<Uuid> ids(const std::string& sql) {
        std::vector<Uuid> out;
        for (const auto& row : session.run(sql))
            out.push_back(year::uuid_of(*row[0]));
        return out;
    }
    /// Of an institution: the classes of the last term with most students, and what is due last
    /// there.
    void choose(Place& place, int classes) {
        const std::string tenant = "'" + to_text(place.about.tenant.uuid) + "'";
        place.about.sections =
            ids(fmt::format("select section_id from enrollments join sections s using (tenant_id, "
                            "section_id) where tenant_id = {} and "
                            "s.title like '%2014J' group by 1 order by count(*) desc, 1 limit {}",
                            tenant, classes));
        for (const Uuid& section : place.about.sections)
            for (const Uuid& id :
                 ids(fmt::format("select assignment_id from assignments where tenant_id = {} and "
                                 "section_id = '{}' and due_at < "
                                 "'2014-12-01' order by due_at desc limit 1",
                                 tenant, to_text(section))))
                place.about.assignments.push_back(id);
    }

    Result<reporting::ReportRows> run(const year::Question& question) {
        return reporting::run_report(*must(replica.store().connect()), *question.report,
                                     question.arguments, {question.tenant, {}, as_of}, later());
    }
    /// Of the class and assignment where one is wanted, else of the institution.
    static year::Question first_of(const reporting::Report& report, const year::Asked& about) {
        return questions(report, about).front();
    }

    void measure(const Place& place) {
        for (const reporting::Report& report : reporting::catalogue()) {
            const year::Question question = first_of(report, place.about);
            std::vector<double> ours, plain;
            std::string verdict;
            std::size_t lines = 0;
            for (long round = 0; round < rounds; ++round) {
                year::Lines told, rows;
                ours.push_back(timed([&] { told = year::lines_of(must(run(question))); }));
                lines = told.size();
                plain.push_back(timed([&] { rows = plain_lines(session.raw(), question); }));
                if (const auto differ = year::difference(told, rows))
                    verdict = "  OTHER LINES: " + *differ;
            }
            const Summary o = summary(ours), p = summary(plain);
            std::printf("%-22s %-8s %5zu lines  %7.1f ms (%.1f..%.1f)  primary %8.1f ms "
                        "(%.1f..%.1f), ratio %.2f%s%s\n",
                        report.id.c_str(), report.from_rollups ? "rollups" : "rows", lines,
                        o.median, o.low, o.high, p.median, p.low, p.high, o.median / p.median,
                        !report.from_rollups ? ""
                        : o.median <= bar_ms ? "  held"
                                             : "  MISSED",
                        verdict.c_str());
        }
    }
    void measure_all(std::int64_t there) {
        for (const char* slug : {"scotland", "wales"}) {
            const auto place = std::ranges::find(places, slug, &Place::slug);
            if (place == places.end())
                continue;
            std::printf("%s, %ld activities (n=%ld, load %s; from rollups the bar is %.0f ms)\n",
                        slug, there, rounds, load().c_str(), bar_ms);
            measure(*place);
        }
    }
    void check_all() {
        const double began = now_seconds();
        std::size_t asked = 0, lines = 0, wrong = 0;
        for (const Place& place : places) {
            for (const reporting::Report& report : reporting::catalogue())
                for (const year::Question& question : questions(report, place.about)) {
                    const auto told = year::lines_of(must(run(question)));
                    ++asked, lines += told.size();
                    if (const auto differ =
                            year::difference(told, plain_lines(session.raw(), question))) {
                        ++wrong;
                        std::printf("%s of %s: %s\n", report.id.c_str(), place.slug.c_str(),
                                    differ->c_str());
                    }
                }
            std::printf("%s is held: %zu questions so far, %.0f s\n", place.slug.c_str(), asked,
                        now_seconds() - began);
        }
        std::printf("%zu questions with %zu lines, %zu answered otherwise than by the rows: %s\n",
                    asked, lines, wrong, wrong == 0 ? "EQUAL" : "WRONG");
    }

    void go() {
        const bool is_check = setting("CHECK", 0) != 0;
        std::printf("import of the rosters: %.0f s\n", timed([&] { import_all(); }) / 1000);
        for (Place& place : places)
            choose(place, is_check ? 3 : 1);
        const double began = now_seconds();
        const auto filled =
            year::fill(session.raw(), year::read_schools(session.raw(), 1),
                       {.activities = activities, .seed = 1, .until_us = as_of.ms * 1000}, true);
        std::printf(
            "%ld activities, %ld hand-ins, %ld grades, %ld sign-ins at the primary: %.0f s\n",
            filled.activities, filled.hand_ins, filled.gradings, filled.sign_ins,
            now_seconds() - began);
        // Hint bits and statistics, as autovacuum would have left them; with checksums, whoever
        // reads a row first writes log, and more of it than a slot may hold back.
        std::printf("vacuum: %.0f s\n", timed([&] { session.run("vacuum (analyze)"); }) / 1000);
        replica.open(
            {.memory_bytes_max = 512U << 20, .threads = 2, .spill_bytes_max = 32ULL << 30});
        reporting::ProjectorOptions options;
        options.stream.conninfo = source.stream;
        options.reader.conninfo = source.reader;
        std::printf("snapshot into the store, rollups included: %.0f s, %ld MiB at most\n",
                    timed([&] {
                        replica.start(options, reporting::rollup_upkeep(source.clock));
                        if (!replica.catches_up(60min))
                            must(Result<int>(fail(Code::internal, "the snapshot did not come")));
                    }) / 1000,
                    peak_mib());
        year::prepare_plain(session.raw());
        if (is_check)
            return check_all();
        measure_all(filled.activities);
        std::printf("the process had %ld MiB at most (512 MiB were the store's)\n", peak_mib());
    }
};

} // namespace
} // namespace bw

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::make_unique<bw::Bench>()->go();
}
