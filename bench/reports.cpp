// Every report over EVENTS (5,000,000) hand-ins, made up in the store: 20 institutions of ten
// schools with 50 classes of 25, and one in OULAD's shape, 22 classes of 1,272. ROUNDS (9) runs of
// each, on the first class and on OULAD's; before them a rebuild of all rollups, and what one batch
// of 2,000 hand-ins costs.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "columnar/store.hpp"
#include "measure.hpp"
#include "reporting/mirrored.hpp"
#include "reporting/rollups.hpp"
#include "reporting/run_report.hpp"

namespace bw {
namespace {

using namespace bench;
using namespace reporting;

constexpr double rollup_bar_ms = 30;
constexpr std::int64_t as_of_ms = 1'795'000'000'000; // 2026-11-18
const SystemClock clock_of_system;

Deadline later() {
    return Deadline::in(clock_of_system, 30min);
}

Uuid uuid_of(columnar::Connection& store, const std::string& name) {
    auto answer = must(store.run("select md5('" + name + "')::uuid", {}, later()));
    return std::get<Uuid>(answer.rows()[0][0]);
}

/// Institutions i, their classes c and assignments a; ids are hashes of these numbers.
std::string made_up(long per_class) {
    const std::string assignments = std::to_string(per_class);
    return R"(
create temp table classes as
select i, c, md5('t' || i)::uuid as tenant_id, md5('c' || i || '-' || c)::uuid as section_id, md5('o' || i || '-' || c // 50)::uuid as org_id,
       if(i = 20, 1272, 25) as size, if(i = 20, 11, )" +
           assignments + R"() as assignments
from range(21) t(i), range(500) u(c) where i < 20 or c < 22;
insert into base.tenants by name select distinct tenant_id, 'active' as state, 'Europe/London' as zone, 0 as generation from classes;
insert into base.orgs by name select distinct tenant_id, org_id, 'active' as status, 'A school' as name, 'school' as type from classes;
insert into base.sections by name select tenant_id, section_id, 'active' as status, 'A class' as title, 'scheduled' as class_type, org_id as course_id,
       org_id as school_org_id from classes;
create temp table pupils as select k.*, md5('u' || i || '-' || c || '-' || s)::uuid as user_id, s from classes k, range(1272) p(s) where s < size;
insert into base.enrollments by name select tenant_id, user_id as enrollment_id, 'active' as status, section_id, org_id as school_org_id, user_id,
       'student' as role, false as is_primary from pupils;
create temp table tasks as
select k.*, a, md5('a' || i || '-' || c || '-' || a)::uuid as assignment_id,
       to_timestamp(1780000000 + 15000000 * (a + 1) // assignments + hash(i, c, a) % 400000) as due_at
from classes k, range()" +
           std::to_string(std::max(per_class, 11L)) + R"() q(a) where a < assignments;
insert into base.assignments by name select tenant_id, assignment_id, section_id, 'An essay' as title, due_at, true as active, 'text' as kind,
       false as identities_hidden from tasks;
insert into base.marking by name select tenant_id, assignment_id, 1 as version, false as anonymous from tasks;
insert into base.marking_schemes by name select tenant_id, assignment_id, 1 as version, 1000 as points_max, 'latest' as counts, due_at as made_at from tasks;
insert into base.submissions by name
select t.tenant_id, md5('s' || t.assignment_id::varchar || p.user_id::varchar)::uuid as submission_id, t.assignment_id, p.user_id, 'recorded' as state,
       t.due_at + to_seconds((hash(t.assignment_id, p.user_id) % 300000)::bigint - 270000) as received_at,
       hash(t.assignment_id, p.user_id) % 300000 >= 270000 as late, received_at as recorded_at, 'text' as kind
from tasks t join pupils p using (i, c) where hash(p.user_id, t.a) % 20 > 0 order by received_at;
insert into base.grades by name
select s.tenant_id, s.assignment_id, s.user_id, 1 as number, 1 as scheme_version, (hash(s.submission_id) % 1001)::bigint as points,
       s.received_at + interval '5 days' as released_at
from base.submissions s where hash(s.submission_id) % 10 < 7;
insert into base.audit_events by name
select tenant_id, md5('e' || user_id::varchar || d)::uuid as audit_event_id, to_timestamp(1794000000 - d * 86400 + hash(user_id, d) % 80000) as "at",
       user_id::varchar as actor, 'session.created' as action
from pupils, range(28) q(d) where hash(user_id, d) % 4 = 0 order by "at";
drop table pupils; drop table tasks; drop table classes;
)";
}

double timed(auto what) {
    const double begun = now_seconds();
    what();
    return (now_seconds() - begun) * 1000;
}

void measure(columnar::Store& store, const char* where, const ReportScope& scope,
             const Uuid& section, const Uuid& assignment) {
    const long rounds = setting("ROUNDS", 9);
    for (const Report& report : catalogue()) {
        std::vector<columnar::Value> arguments;
        for (const ReportParameter& parameter : report.parameters)
            arguments.push_back(parameter.kind == Kind::assignment && parameter.required
                                    ? columnar::Value(assignment)
                                : parameter.kind == Kind::section ? columnar::Value(section)
                                                                  : columnar::Value());
        std::size_t lines = 0;
        std::vector<double> took;
        for (long round = 0; round < rounds; ++round)
            took.push_back(timed([&] {
                lines = must(run_report(*must(store.connect()), report, arguments, scope, later()))
                            .rows.size();
            }));
        const Summary told = summary(took);
        std::printf("%-8s %-22s %-8s %6zu lines  %7.1f ms (n=%ld, %.1f..%.1f)%s\n", where,
                    report.id.c_str(), report.from_rollups ? "rollups" : "rows", lines, told.median,
                    rounds, told.low, told.high,
                    !report.from_rollups           ? ""
                    : told.median <= rollup_bar_ms ? "  held"
                                                   : "  MISSED");
    }
}

void run() {
    const long events = setting("EVENTS", 5'000'000);
    const auto file =
        std::filesystem::temp_directory_path() / ("bw-bench-reports-" + std::to_string(::getpid()));
    std::filesystem::create_directory(file);
    {
        auto store = must(columnar::Store::open(
            file / "reports.duckdb",
            {.memory_bytes_max = 512U << 20, .threads = 2, .spill_bytes_max = 32ULL << 30},
            clock_of_system));
        auto connection = must(store->connect());
        std::string tables = "create schema base;";
        for (const MirroredTable& table : mirrored_tables())
            tables +=
                "create table base." + std::string(table.name) + " (" + store_columns(table) + ");";
        const auto script = [&](const std::string& sql) {
            if (auto done = connection->script(sql, later()); !done) {
                std::fprintf(stderr, "bench: %s\n", done.error().text().c_str());
                std::abort();
            }
        };
        script(tables);
        std::printf("making up the rows: %.1f s\n",
                    timed([&] { script(made_up(events / 250'000)); }) / 1000);
        const auto count = [&](const char* table) {
            return std::get<std::int64_t>(
                must(connection->run("select count(*) from " + std::string(table), {}, later()))
                    .rows()[0][0]);
        };
        const auto check = [](Result<void> outcome) {
            if (!outcome)
                must(Result<int>(outcome.error()));
        };
        must(prepare_rollups(*connection, later()));
        std::printf("rebuild of the rollups: %.1f s\n",
                    timed([&] {
                        script("begin");
                        check(rebuild_rollups(*connection, later()));
                        script("commit; checkpoint");
                    }) / 1000);
        std::printf("%ld hand-ins, %ld grades, %ld sign-ins; rollups: %ld lines by class and day, "
                    "%ld by class and assignment; the file: %.0f MB\n",
                    count("base.submissions"), count("base.grades"), count("base.audit_events"),
                    count("rollup.class_day"), count("rollup.class_assignment"),
                    static_cast<double>(std::filesystem::file_size(file / "reports.duckdb")) / 1e6);
        std::vector<double> batches;
        for (int batch = 0; batch < 5; ++batch) {
            script("create or replace temp table touched as select * replace (md5('b" +
                   std::to_string(batch) +
                   "' || submission_id::varchar)::uuid as submission_id) from base.submissions "
                   "order by received_at desc limit 2000");
            batches.push_back(timed([&] {
                script("begin; insert into base.submissions select * from touched;" +
                       noting_stale("submissions", "touched"));
                check(refresh_rollups(*connection, later()));
                script("commit");
            }));
        }
        const Summary batch = summary(batches);
        std::printf("a batch of 2,000 hand-ins, rollups with it: %.0f ms (n=5, %.0f..%.0f)\n",
                    batch.median, batch.low, batch.high);
        const Instant as_of{as_of_ms};
        measure(*store, "school", {TenantId{uuid_of(*connection, "t3")}, {}, as_of},
                uuid_of(*connection, "c3-7"), uuid_of(*connection, "a3-7-5"));
        measure(*store, "OULAD", {TenantId{uuid_of(*connection, "t20")}, {}, as_of},
                uuid_of(*connection, "c20-7"), uuid_of(*connection, "a20-7-5"));
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("the process had %ld MiB at most (512 MiB were the store's)\n",
                usage.ru_maxrss / 1024);
    std::filesystem::remove_all(file);
}

} // namespace
} // namespace bw

int main() {
    bw::run();
}
