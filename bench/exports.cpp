// The submission audit of ROWS (1,000,000) hand-ins of one institution as CSV, Parquet and XLSX:
// running the report, names beside the ids, the file. Beside each, in turn, DuckDB's own COPY of
// the same report without names. ROUNDS (5) of each. Then how long class_progress takes while
// nothing else runs, and while CSV files are written without end on a thread of lower priority.
// Where names come from, and the blob store, are not in it.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "columnar/store.hpp"
#include "exports/forms.hpp"
#include "measure.hpp"
#include "reporting/mirrored.hpp"
#include "reporting/rollups.hpp"
#include "reporting/run_report.hpp"

namespace bw {
namespace {

using namespace bench;
using namespace reporting;

constexpr double bar_ms = 5'000;
constexpr Instant as_of{1'795'000'000'000}; // 2026-11-18
constexpr int niceness = 10;                // as the job has it
const SystemClock clock_of_system;

Deadline later() {
    return Deadline::in(clock_of_system, 30min);
}

void check(Result<void> outcome) {
    if (!outcome)
        must(Result<int>(outcome.error()));
}

Uuid uuid_of(columnar::Connection& store, const std::string& name) {
    auto answer = must(store.run("select md5('" + name + "')::uuid", {}, later()));
    return std::get<Uuid>(answer.rows()[0][0]);
}

/// 1,000 classes of 25, 40 assignments each: a million hand-ins in two months.
std::string made_up(long rows) {
    const std::string classes = std::to_string(std::max(1L, rows / 1'000));
    return R"(
insert into base.tenants by name select md5('t')::uuid as tenant_id, 'active' as state, 'Europe/London' as zone, 0 as generation;
insert into base.orgs by name select md5('t')::uuid as tenant_id, md5('o')::uuid as org_id, 'active' as status, 'A school' as name, 'school' as type;
insert into base.sections by name select md5('t')::uuid as tenant_id, md5('c' || c)::uuid as section_id, 'active' as status, 'A class' as title,
       'scheduled' as class_type, md5('o')::uuid as course_id, md5('o')::uuid as school_org_id from range()" +
           classes + R"() r(c);
insert into base.enrollments by name select md5('t')::uuid as tenant_id, md5('u' || c || '-' || s)::uuid as enrollment_id, 'active' as status,
       md5('c' || c)::uuid as section_id, md5('o')::uuid as school_org_id, enrollment_id as user_id, 'student' as role, false as is_primary
from range()" +
           classes + R"() r(c), range(25) p(s);
insert into base.assignments by name select md5('t')::uuid as tenant_id, md5('a' || c || '-' || a)::uuid as assignment_id, md5('c' || c)::uuid as section_id,
       'An essay' as title, to_timestamp(1790000000 + 100000 * a) as due_at, true as active, 'text' as kind, false as identities_hidden
from range()" +
           classes + R"() r(c), range(40) q(a);
insert into base.submissions by name select md5('t')::uuid as tenant_id, md5('s' || c || '-' || a || '-' || s)::uuid as submission_id,
       md5('a' || c || '-' || a)::uuid as assignment_id, md5('u' || c || '-' || s)::uuid as user_id, 'recorded' as state,
       to_timestamp(1790000000 + 100000 * a - hash(c, a, s) % 90000) as received_at, false as late, received_at as recorded_at, 'text' as kind
from range(40) q(a), range()" +
           classes + R"() r(c), range(25) p(s);
)";
}

class Bench {
public:
    explicit Bench(long rows) : rows_(rows) {
        std::filesystem::create_directories(files_);
        store_ = must(columnar::Store::open(
            directory_ / "reports.duckdb",
            {.memory_bytes_max = 512U << 20, .threads = 1, .exports = files_}, clock_of_system));
        auto connection = must(store_->connect());
        std::string tables = "create schema base;";
        for (const MirroredTable& table : mirrored_tables())
            tables +=
                "create table base." + std::string(table.name) + " (" + store_columns(table) + ");";
        check(connection->script(tables, later()));
        check(connection->script(made_up(rows), later()));
        must(prepare_rollups(*connection, later()));
        check(connection->script("begin", later()));
        check(rebuild_rollups(*connection, later()));
        check(connection->script("commit; checkpoint", later()));
        tenant_ = TenantId{uuid_of(*connection, "t")};
        section_ = uuid_of(*connection, "c0");
        auto users =
            must(connection->run("select distinct user_id from base.enrollments", {}, later()));
        for (const auto& row : users.rows())
            people_.push_back({UserId{std::get<Uuid>(row[0])}, "Given name", "Family name"});
    }
    ~Bench() { std::filesystem::remove_all(directory_); }

    double exported(exports::Form form) {
        const double begun = now_seconds();
        const auto path = files_ / "out";
        auto connection = must(store_->connect());
        auto lines = must(exports::Lines::take(*connection, audit(), as_of, later()));
        if (lines.count() != rows_)
            must(Result<int>(fail(Code::internal, "another number of rows")));
        must(lines.people(later()));
        check(lines.add_names(people_));
        const exports::FileFacts facts{
            .title = "t", .report = "r", .institution = "i", .arguments = "{}", .as_of = as_of};
        check(exports::write_file(form, {.connection = *connection,
                                         .lines = lines,
                                         .facts = facts,
                                         .path = path,
                                         .bytes_max = 4ULL << 30,
                                         .deadline = later(),
                                         .wrote = [](std::int64_t) { return Result<void>(); }}));
        return done(begun, path);
    }
    /// The same report, without names, by DuckDB alone.
    double copied(const char* form) {
        const double begun = now_seconds();
        const auto path = files_ / "out";
        auto connection = must(store_->connect());
        const Report& report = *find_report("submission_audit");
        const auto views = must(views_of(*connection, report.sql, later()));
        check(enter_scope(*connection, {tenant_, {}, as_of}, views, later()));
        std::string sql = report.sql; // COPY takes no parameters
        const char* days[] = {"null::uuid", "date '2026-01-01'", "date '2026-12-31'"};
        const char* casts[] = {"$1::uuid", "$2::date", "$3::date"};
        for (int i = 0; i < 3; ++i)
            for (std::size_t at = 0; (at = sql.find(casts[i])) != std::string::npos;)
                sql.replace(at, std::string(casts[i]).size(), days[i]);
        check(connection->script("copy (" + sql + ") to '" + path.string() + "' (" + form + ")",
                                 later()));
        return done(begun, path);
    }
    double asked() {
        const double begun = now_seconds();
        auto connection = must(store_->connect());
        must(run_report(*connection, *find_report("class_progress"), {section_},
                        {tenant_, {}, as_of}, later()));
        return (now_seconds() - begun) * 1000;
    }
    double megabytes() const { return bytes_ / 1e6; }

private:
    ReportRequest audit() const {
        return {find_report("submission_audit"),
                {std::monostate{}, columnar::Day{20'454}, columnar::Day{20'818}}, // 2026
                tenant_,
                std::nullopt};
    }
    double done(double begun, const std::filesystem::path& path) {
        const double took = (now_seconds() - begun) * 1000;
        bytes_ = static_cast<double>(std::filesystem::file_size(path));
        std::filesystem::remove(path);
        return took;
    }
    const long rows_;
    const std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("bw-bench-exports-" + std::to_string(getpid()));
    const std::filesystem::path files_ = directory_ / "exports";
    std::unique_ptr<columnar::Store> store_;
    TenantId tenant_;
    Uuid section_{};
    std::vector<PersonName> people_;
    double bytes_ = 0;
};

void print(const char* what, std::vector<double> took, double megabytes, bool has_bar) {
    const Summary told = summary(took);
    std::printf("%-34s %7.0f ms (n=%zu, %.0f..%.0f), %.0f MB%s\n", what, told.median, took.size(),
                told.low, told.high, megabytes,
                !has_bar                ? ""
                : told.median <= bar_ms ? "  held"
                                        : "  MISSED");
}

void compare(Bench& bench, long rounds, exports::Form form, const char* copy) {
    std::vector<double> ours, raw;
    double our_size = 0, raw_size = 0, cpu = 0;
    for (long round = 0; round < rounds; ++round) {
        const double before = cpu_seconds();
        ours.push_back(bench.exported(form));
        cpu = cpu_seconds() - before;
        our_size = bench.megabytes();
        if (copy != nullptr) {
            raw.push_back(bench.copied(copy));
            raw_size = bench.megabytes();
        }
    }
    print(("export as " + std::string(exports::wire_name(form))).c_str(), ours, our_size, true);
    std::printf("  its last one took %.1f s of CPU\n", cpu);
    if (copy != nullptr)
        print("  DuckDB's COPY, without names", raw, raw_size, false);
}

void run() {
    double load = 0;
    getloadavg(&load, 1);
    const long rows = setting("ROWS", 1'000'000), rounds = setting("ROUNDS", 5);
    std::printf("%ld rows; the load before was %.1f\n", rows, load);
    Bench bench(rows);
    compare(bench, rounds, exports::Form::csv, "format csv, header");
    compare(bench, rounds, exports::Form::parquet, "format parquet, compression zstd");
    compare(bench, std::min(rounds, 3L), exports::Form::xlsx, nullptr);
    std::vector<double> idle, beside;
    for (int i = 0; i < 50; ++i)
        idle.push_back(bench.asked());
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
        while (!stop)
            bench.exported(exports::Form::csv);
    });
    for (int i = 0; i < 100; ++i) {
        ::usleep(50'000);
        beside.push_back(bench.asked());
    }
    stop = true;
    writer.join();
    for (const auto& [name, took] :
         {std::pair{"a report, alone", idle}, {"a report, beside an export", beside}}) {
        const Summary told = summary(took);
        std::printf("%-34s %7.1f ms (n=%zu, %.1f..%.1f)\n", name, told.median, took.size(),
                    told.low, told.high);
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("the process had %ld MiB at most (512 MiB were the store's)\n",
                usage.ru_maxrss / 1024);
}

} // namespace
} // namespace bw

int main() {
    bw::run();
}
