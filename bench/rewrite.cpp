// The reports' file made anew: how long it takes, what memory the process has at most, and what
// becomes of reading one class's month. Activities in time order, as they come: 20 institutions,
// 28,000 people in 5 of 2,000 classes each, ten months.
#include <fmt/core.h>

#include <cmath>
#include <fstream>
#include <string>

#include "measure.hpp"
#include "reporting/mirror.hpp"
#include "reporting/rollups.hpp"
#include "reporting/store_files.hpp"
#include "support/temporary_directory.hpp"

namespace bw {
namespace {

using namespace bench;

const SystemClock system_clock;

Deadline later() {
    return Deadline::in(system_clock, 1h);
}

long memory_mib(const std::string& what) { // VmRSS, VmHWM
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(what))
            return std::strtol(line.c_str() + what.size() + 1, nullptr, 10) / 1024;
    return 0;
}

struct Bench {
    const long activities = setting("ACTIVITIES", 50'000'000), rounds = setting("ROUNDS", 5);
    const test::TemporaryDirectory directory;
    SystemRng rng;
    std::unique_ptr<reporting::StoreFiles> files =
        must(reporting::StoreFiles::open(directory.path() / "reports", {}, system_clock, rng));
    std::unique_ptr<columnar::Connection> connection = must(files->connect());

    void script(const std::string& sql) {
        if (auto done = connection->script(sql, later()); !done)
            must(Result<int>(done.error()));
    }
    double megabytes() const {
        return static_cast<double>(std::filesystem::file_size(
                   std::filesystem::canonical(directory.path() / "reports" / "current"))) /
               1e6;
    }
    void fill() {
        must(reporting::Mirror::open(*connection, {}, system_clock));
        must(reporting::prepare_rollups(*connection, later()));
        script("create temp table person as select range as n, md5('t' || range % 20)::uuid as "
               "tenant_id, md5('u' || range)::uuid as user_id from range(28000); "
               "create temp table section as select range as n, md5('s' || range)::uuid as "
               "section_id from range(2000)");
        const long piece = 2'000'000;
        for (long from = 0; from < activities; from += piece)
            script(fmt::format(
                "insert into base.activities select p.tenant_id, p.user_id, uuid(), "
                "['section_opened', 'assignment_opened', 'material_opened'][1 + e.x % 3], null, "
                "s.section_id, s.section_id, make_timestamptz(e.us), make_timestamptz(e.us) from "
                "(select range as r, (hash(range) & 1073741823)::bigint as x, 1756684800000000 + "
                "range * {} as us from range({}, {})) e join person p on p.n = e.x % 28000 join "
                "section s on s.n = (p.n % 20) * 100 + (p.n // 20 + e.x // 28000 % 5) % 100 order "
                "by e.r",
                26'000'000'000'000 / activities, from, std::min(from + piece, activities)));
        script("delete from base.activities where user_id = md5('u7')::uuid; insert into "
               "stream.outdated values (make_timestamptz(0)); checkpoint; drop table person; drop "
               "table section");
    }
    /// One class's month, in ms.
    Summary read() {
        std::vector<double> took;
        for (long i = 0; i < rounds; ++i) {
            const double began = now_seconds();
            must(connection->run(
                fmt::format("select user_id, count(*) from base.activities where tenant_id = "
                            "md5('t3')::uuid and section_id = md5('s{}')::uuid and occurred_at >= "
                            "'2025-12-01 00:00:00+00' and occurred_at < '2026-01-01 00:00:00+00' "
                            "group by all",
                            300 + i),
                {}, later()));
            took.push_back((now_seconds() - began) * 1000);
        }
        return summary(took);
    }
    void print_read(const char* when) {
        read(); // the first reads the disk
        const Summary s = read();
        std::printf("one class's month, %s: %.1f ms (n=%ld, %.1f..%.1f)\n", when, s.median, rounds,
                    s.low, s.high);
    }
    void run() {
        double began = now_seconds();
        fill();
        std::printf("%ld activities made up in %.0f s: %.0f MB\n", activities,
                    now_seconds() - began, megabytes());
        print_read("in the order of time");
        std::ofstream("/proc/self/clear_refs") << "5"; // the peak from here on
        began = now_seconds();
        const double cpu = cpu_seconds();
        if (auto done = files->rewrite(*connection, later()); !done)
            must(Result<int>(done.error()));
        connection = must(files->connect());
        const long peak = memory_mib("VmHWM:");
        std::printf("made anew in %.0f s (%.0f s of CPU): %.0f MB, %ld MiB resident at most; bar "
                    "1,024: %s\n",
                    now_seconds() - began, cpu_seconds() - cpu, megabytes(), peak,
                    peak <= 1'024 ? "held" : "missed");
        print_read("sorted");
        double loads[1];
        if (::getloadavg(loads, 1) == 1)
            std::printf("load average %.0f\n", loads[0]);
    }
};

} // namespace
} // namespace bw

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    auto bench = std::make_unique<bw::Bench>();
    bench->run();
    return 0;
}
