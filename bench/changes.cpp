// The reports' store behind the primary, by a replication slot and by the outbox: what following
// costs whoever writes, the snapshot, rows a second in bulk, and how long a committed row takes to
// be readable in the store at a steady rate. Rollups are made in the same transactions, as in the
// report process.
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "measure.hpp"
#include "reporting/mirror_world_for_test.hpp"
#include "reporting/upkeep.hpp"
#include "support/own_cluster.hpp"

namespace bw {
namespace {

using namespace bench;
using reporting::test::Replica;
using reporting::test::School;
using reporting::test::Source;

std::uint64_t resident_mib() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

void until(bool reached, const char* what) {
    if (!reached) {
        std::fprintf(stderr, "bench: %s was not reached\n", what);
        std::abort();
    }
}

/// As the recorder writes them: 200 classes of 50 with 10 assignments each, some 20 days.
std::string submissions(std::int64_t from, std::int64_t count) {
    return fmt::format("insert into submissions (tenant_id, submission_id, assignment_id, user_id, "
                       "idempotency_key, state, received_at, late, "
                       "recorded_at, content, content_sha256, receipt, journal_epoch, journal_seq) "
                       "select $T, ('00000000-0000-4000-9000-' || "
                       "lpad(n::text, 12, '0'))::uuid, ('00000000-0000-4000-8000-' || lpad((n % "
                       "2000 + 1)::text, 12, '0'))::uuid, "
                       "('00000000-0000-4000-8000-' || lpad((n % 50 + 1)::text, 12, '0'))::uuid, "
                       "n::text, 'recorded', timestamptz '2026-11-01Z' + "
                       "n * interval '1 second', n % 10 = 0, clock_timestamp(), 'text', '', '', 1, "
                       "n from generate_series({}, {}) n",
                       from, from + count - 1);
}

struct Bench {
    const long rounds = setting("ROUNDS", 5), bulk = setting("ROWS", 500'000),
               rate = setting("RATE", 2'000), seconds = setting("SECONDS_EACH", 15),
               there = setting("THERE", 1'000'000), cost_seconds = setting("COST_SECONDS", 4),
               writers = setting("WRITERS", 8);
    test::OwnCluster own{{}}; // durable
    test::Session session{own.cluster().superuser_conninfo(test::OwnCluster::database)};
    Source source{session, own.conninfo("bw_stream"), own.conninfo("bw_app"), own.clock()};
    School school{source, own.provision("north")};
    const test::TemporaryDirectory directory;
    Replica replica{source, directory.path() / "reports.duckdb", "bw_reporting"};
    std::atomic<std::int64_t> next = 1;

    reporting::ProjectorOptions options() const {
        reporting::ProjectorOptions out;
        out.source = source.kind;
        out.stream.conninfo = source.stream;
        out.reader.conninfo = source.reader;
        return out;
    }
    void start() {
        replica.start(options(), setting("ROLLUPS", 1) != 0 ? reporting::rollup_upkeep(source.clock)
                                                            : reporting::AfterApply());
    }
    double catch_up(const char* what) {
        const double began = now_seconds();
        until(bool(replica.catches_up(std::chrono::minutes(10))), what);
        return now_seconds() - began;
    }

    void classes() {
        school.sql("insert into sections (tenant_id, section_id, source, sourced_id, title, "
                   "class_type, course_id, school_org_id) "
                   "select $T, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 's', "
                   "'x' || n, 'Section', 'scheduled', $1, "
                   "$1 from generate_series(2, 200) n");
        school.sql(
            "insert into enrollments (tenant_id, enrollment_id, source, sourced_id, "
            "section_id, school_org_id, user_id, role, "
            "is_primary) select $T, gen_random_uuid(), 's', s.sourced_id || '-' || u.sourced_id, "
            "s.section_id, $1, u.user_id, "
            "'student', false from sections s, users u where s.tenant_id = $T and "
            "u.tenant_id = $T and s.section_id <> $1");
        school.sql("insert into assignments (tenant_id, assignment_id, section_id, title, due_at) "
                   "select $T, "
                   "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, "
                   "('00000000-0000-4000-8000-' || lpad((n % 200 + "
                   "1)::text, 12, '0'))::uuid, 'Essay', '2026-11-30 12:00Z' from "
                   "generate_series(2, 2000) n");
    }
    /// Submissions a second, each a transaction of one row, that the writers get done; the server
    /// does not wait for its disk.
    double written_alone() {
        std::atomic<std::int64_t> done = 0;
        const double began = now_seconds();
        {
            std::vector<std::jthread> threads;
            for (long i = 0; i < writers; ++i)
                threads.emplace_back([&] {
                    test::Session own_session(
                        own.cluster().superuser_conninfo(test::OwnCluster::database));
                    while (now_seconds() - began < static_cast<double>(cost_seconds)) {
                        own_session.run(School::filled(submissions(next++, 1), school.tenant()));
                        ++done;
                    }
                });
        }
        return static_cast<double>(done) / (now_seconds() - began);
    }
    /// The same with nobody following, by the slot and by the outbox, in turn.
    void cost() {
        std::vector<double> alone, slot, outbox;
        Replica other{source, directory.path() / "outbox.duckdb", "outbox_store"};
        const auto following = [&](Replica& store, reporting::ReportSource kind) {
            source.kind = kind;
            if (kind == reporting::ReportSource::outbox)
                source.follow_by_outbox(256 << 20);
            auto how = options();
            how.slot = store.options().slot;
            store.start(how, reporting::rollup_upkeep(source.clock));
            until(bool(store.catches_up()), "the store's beginning");
            const double written = written_alone();
            until(bool(store.catches_up()), "what was written");
            store.stop();
            return written;
        };
        for (long i = 0; i < rounds; ++i) {
            const double none = written_alone();
            alone.push_back(none);
            slot.push_back(following(replica, reporting::ReportSource::slot) / none);
            outbox.push_back(following(other, reporting::ReportSource::outbox) / none);
            session.run("select control.report_outbox_switch(false, 0, 'bench')");
        }
        source.kind = reporting::ReportSource::slot;
        const Summary n = summary(alone), s = summary(slot), o = summary(outbox);
        std::printf("one row a transaction, %ld writers: %.0f/s with nobody following (n=%ld, "
                    "%.0f..%.0f); of that by the slot %.2f (%.2f..%.2f), by the outbox %.2f "
                    "(%.2f..%.2f)\n",
                    writers, n.median, rounds, n.low, n.high, s.median, s.low, s.high, o.median,
                    o.low, o.high);
    }
    void snapshot() {
        classes();
        school.sql(submissions(next, there));
        next += there;
        start();
        std::printf("snapshot of %ld submissions, rollups included: %.1f s, %llu MiB resident\n",
                    there, catch_up("the snapshot"),
                    static_cast<unsigned long long>(resident_mib()));
    }
    /// What was written while the store was away, in transactions of 1,000 rows.
    double behind() {
        replica.stop();
        for (long done = 0; done < bulk; done += 1'000) {
            school.sql(submissions(next, 1'000));
            next += 1'000;
        }
        start();
        return static_cast<double>(bulk) / catch_up("the bulk");
    }
    /// How old the newest row that can be read is, every 10 ms, in ms; each row is a transaction of
    /// its own in eight a statement.
    std::vector<double> lag(double& written_rate) {
        std::atomic<bool> stop = false;
        std::atomic<std::int64_t> written = 0;
        std::jthread writer([&] {
            test::Session own_session(own.cluster().superuser_conninfo(test::OwnCluster::database));
            own_session.run("set synchronous_commit = off"); // the rate is what counts; the log is
                                                             // flushed by its writer
            const double began = now_seconds();
            while (!stop) {
                const auto due =
                    static_cast<std::int64_t>((now_seconds() - began) * static_cast<double>(rate));
                for (; written < due && !stop; written += 10) {
                    std::string rows = School::filled(submissions(next, 10), school.tenant());
                    own_session.run(rows);
                    next += 10;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
        std::vector<double> ages;
        auto connection = must(replica.store().connect());
        auto newest = must(connection->prepare(
            "select max(epoch_us(recorded_at)) from base.submissions where recorded_at > "
            "(select max(recorded_at) from base.submissions) - interval '1 second'"));
        const double began = now_seconds();
        while (now_seconds() - began < static_cast<double>(seconds)) {
            auto answer = must(connection->run(newest, {}, own.soon()));
            const auto us = answer.next()->integer(0, 0);
            const double age =
                static_cast<double>(own.clock().now().ms) - static_cast<double>(us) / 1000;
            if (now_seconds() - began > 2) // the first have to come through
                ages.push_back(age);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        written_rate = static_cast<double>(written) / (now_seconds() - began);
        stop = true;
        return ages;
    }

    void run() {
        snapshot();
        replica.stop();
        cost();
        follow("slot");
        replica.stop();
        source.follow_by_outbox(256 << 20);
        start();
        std::printf("snapshot for the outbox: %.1f s\n", catch_up("the outbox's snapshot"));
        follow("outbox");
    }
    void follow(const char* by) {
        std::vector<double> rates;
        for (long i = 0; i < rounds; ++i)
            rates.push_back(behind());
        const Summary s = summary(rates);
        std::printf("%s, in bulk: %.0f rows/s (n=%ld, %.0f..%.0f); bar 100,000: %s\n", by, s.median,
                    rounds, s.low, s.high, s.median >= 100'000 ? "held" : "missed");
        std::vector<double> p50, p95, highest;
        double written = 0;
        for (long i = 0; i < rounds; ++i) {
            auto ages = lag(written);
            std::ranges::sort(ages);
            p50.push_back(ages[ages.size() / 2]);
            p95.push_back(ages[ages.size() * 95 / 100]);
            highest.push_back(ages.back());
        }
        const Summary l = summary(p95);
        std::printf("%s, lag at %.0f rows/s: p50 %.0f ms, p95 %.0f ms (n=%ld, %.0f..%.0f), "
                    "highest %.0f ms; bar 1 s: %s\n",
                    by, written, summary(p50).median, l.median, rounds, l.low, l.high,
                    summary(highest).high, l.median < 1'000 ? "held" : "missed");
        // Rows of the writer's last commits can be seen before they are flushed, and only what is
        // flushed is sent: a commit that waits for its flush flushes theirs as well.
        session.run("select pg_logical_emit_message(true, 'bench', 'the end')");
        until(bool(replica.catches_up()), "the end");
        std::printf(
            "rows at the primary and in the store equal: %s; %llu MiB resident\n",
            session.value("select count(*) from submissions") ==
                    std::to_string(replica.number("select count(*)::bigint from base.submissions"))
                ? "yes"
                : "NO",
            static_cast<unsigned long long>(resident_mib()));
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
