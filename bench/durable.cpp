// What durability costs: the journal against raw grouped appends, and the recorder against the same
// rows without row-level security. `bench_durable journal|record`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "base/ensure.hpp"
#include "journal/format.hpp"
#include "journal/journal.hpp"
#include "measure.hpp"
#include "submissions/recorder.hpp"
#include "support/installation.hpp"
#include "support/own_cluster.hpp"

namespace bw {
namespace {

using namespace bench;

constexpr std::size_t record_bytes = 1024, proven_bytes = 160; // as a submission's

struct Rate {
    double per_second = 0, cpu_us = 0; // of a record
};

// ---- the journal ----

/// The bytes of whole groups of `window` records, one write and one fdatasync each, through a file
/// that was written before.
Rate raw_appends(const std::filesystem::path& directory, std::size_t window, std::size_t records) {
    const std::size_t group_bytes =
        window * journal::frame_bytes(record_bytes) + journal::trailer_bytes;
    const std::size_t groups = records / window;
    const std::string path = directory / "raw";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ENSURE(fd >= 0, "the raw file cannot be made");
    const std::string zeros(1 << 20, '\0');
    for (std::size_t at = 0; at < groups * group_bytes; at += zeros.size())
        ENSURE(::pwrite(fd, zeros.data(), zeros.size(), static_cast<off_t>(at)) > 0, "no space");
    ENSURE(fdatasync(fd) == 0, "the raw file cannot be synced");
    const std::string record(record_bytes, 'x');
    std::string buffer;
    const double began = now_seconds(), cpu = cpu_seconds();
    for (std::size_t group = 0; group < groups; ++group) {
        buffer.clear();
        for (std::size_t i = 0; i < window; ++i) { // the records come one by one, here too
            buffer += record;
            buffer.append(journal::frame_bytes(record_bytes) - record_bytes, '\0');
        }
        buffer.resize(group_bytes);
        ENSURE(
            ::pwrite(fd, buffer.data(), buffer.size(), static_cast<off_t>(group * group_bytes)) ==
                static_cast<ssize_t>(buffer.size()),
            "a raw write failed");
        ENSURE(fdatasync(fd) == 0, "a raw sync failed");
    }
    const double took = now_seconds() - began, used = cpu_seconds() - cpu;
    ::close(fd);
    ::unlink(path.c_str());
    const auto done = static_cast<double>(groups * window);
    return {done / took, used / done * 1e6};
}

/// Keeps `window` records in flight until all are durable. The segments for them are written
/// before.
Rate journal_appends(const std::filesystem::path& directory, std::size_t window,
                     std::size_t records, const SigningKey& key, const Clock& clock, Rng& rng) {
    constexpr std::size_t segment_bytes = 128 << 20;
    const std::size_t segments = 2 + records * journal::frame_bytes(record_bytes) / segment_bytes;
    auto journal = must(journal::Journal::open(
        {.directory = directory / "journal",
         .segment_bytes = segment_bytes,
         .total_bytes_limit = segments * segment_bytes,
         .segments_ahead = segments},
        [&](ByteView bytes) { return key.sign(bytes); }, clock, rng));
    auto written = [&] { // an unfinished one has another name
        return std::ranges::count_if(
            std::filesystem::directory_iterator(directory / "journal"),
            [](const auto& file) { return file.path().extension() == ".seg"; });
    };
    while (written() < static_cast<std::ptrdiff_t>(segments))
        std::this_thread::sleep_for(20ms);
    std::mutex mutex;
    std::condition_variable landed;
    std::size_t in_flight = 0;
    const Bytes record(record_bytes, 'x');
    const double began = now_seconds(), cpu = cpu_seconds();
    for (std::size_t i = 0; i < records; ++i) {
        {
            std::unique_lock lock(mutex);
            landed.wait(lock, [&] { return in_flight < window; });
            ++in_flight;
        }
        journal->append(record, proven_bytes, [&](Result<journal::Committed> committed) {
            ENSURE(committed, "a record was refused");
            std::lock_guard lock(mutex);
            if (--in_flight == window / 2 || in_flight == 0)
                landed.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    landed.wait(lock, [&] { return in_flight == 0; });
    const double took = now_seconds() - began, used = cpu_seconds() - cpu;
    lock.unlock();
    const std::uint64_t groups = journal->status().groups;
    journal.reset();
    std::filesystem::remove_all(directory / "journal");
    std::fprintf(stderr, "  %zu records in %llu groups\n", records,
                 static_cast<unsigned long long>(groups));
    return {static_cast<double>(records) / took, used / static_cast<double>(records) * 1e6};
}

void bench_journal() {
    const long rounds = setting("ROUNDS", 5);
    SystemClock clock;
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    test::TemporaryDirectory directory;
    std::printf("1 KiB records, durable, one appending thread; medians of %ld interleaved rounds\n",
                rounds);
    for (std::size_t window : {std::size_t{64}, std::size_t{512}}) {
        const std::size_t records = window == 64 ? 150'000 : 400'000;
        std::vector<double> ratios, raw, ours, raw_cpu, our_cpu;
        for (long round = 0; round < rounds; ++round) {
            const Rate base = raw_appends(directory.path(), window, records);
            const Rate rate = journal_appends(directory.path(), window, records, key, clock, rng);
            raw.push_back(base.per_second);
            ours.push_back(rate.per_second);
            raw_cpu.push_back(base.cpu_us);
            our_cpu.push_back(rate.cpu_us);
            ratios.push_back(rate.per_second / base.per_second);
        }
        const Summary ratio = summary(ratios);
        std::printf("window %3zu: journal %.0f/s (%.2f us CPU a record), raw %.0f/s (%.2f us): "
                    "%.2f (n=%ld, %.2f..%.2f)\n",
                    window, summary(ours).median, summary(our_cpu).median, summary(raw).median,
                    summary(raw_cpu).median, ratio.median, rounds, ratio.low, ratio.high);
        std::fflush(stdout);
    }
}

// ---- the recorder ----

/// Institutions with one section, one assignment and twenty students each.
class School {
public:
    explicit School(int tenants) : tenants_(tenants) {
        test::Session owner(own.cluster().superuser_conninfo(test::OwnCluster::database));
        owner.run("insert into control.tenants (tenant_id, slug, name, zone) select "
                  "gen_random_uuid(), 'tenant-' || i, 'Tenant', 'Europe/London' from "
                  "generate_series(1, " +
                  std::to_string(tenants) + ") i");
        owner.run(R"(
            create table made (tenant_id uuid, org uuid, course uuid, section uuid, assignment uuid);
            insert into made select tenant_id, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()
                from control.tenants;
            insert into orgs (tenant_id, org_id, source, sourced_id, name, type) select tenant_id, org, 's', 'o', 'Org', 'school' from made;
            insert into courses (tenant_id, course_id, source, sourced_id, title, org_id) select tenant_id, course, 's', 'c', 'Course', org from made;
            insert into sections (tenant_id, section_id, source, sourced_id, title, class_type, course_id, school_org_id)
                select tenant_id, section, 's', 's', 'Section', 'scheduled', course, org from made;
            insert into assignments (tenant_id, assignment_id, section_id, title, due_at)
                select tenant_id, assignment, section, 'Essay', now() + interval '1 day' from made;
            insert into users (tenant_id, user_id, source, sourced_id, username, username_normal, given_name, family_name)
                select tenant_id, gen_random_uuid(), 's', 'u' || i, 'u' || i, 'u' || i, 'A', 'B' from made, generate_series(1, 20) i;
            insert into enrollments (tenant_id, enrollment_id, source, sourced_id, section_id, school_org_id, user_id, role, is_primary)
                select u.tenant_id, gen_random_uuid(), 's', 'e' || u.sourced_id, m.section, m.org, u.user_id, 'student', false
                from users u join made m using (tenant_id);
            create table plain (like submissions including all);
            grant select, insert, update on plain to bw_app)");
        owner.run("vacuum analyze");
        for (const auto& row : owner.run("select u.tenant_id, m.assignment, u.user_id from users u "
                                         "join made m using (tenant_id) order by 1, 3"))
            seats.push_back({{uuid_of(*row[0])}, {uuid_of(*row[2])}, {uuid_of(*row[1])}});
        tenancy::Database server(own.conninfo(), "bench", own.clock());
        must(directory.refresh(server, own.soon()));
    }
    struct Seat {
        TenantId tenant;
        UserId user;
        AssignmentId assignment;
    };
    test::OwnCluster own{{}};
    tenancy::TenantDirectory directory;
    std::vector<Seat> seats;
    int tenants() const { return tenants_; }

private:
    static Uuid uuid_of(std::string text) {
        std::erase(text, '-');
        return *to_array<16>(*from_hex(text));
    }
    int tenants_;
};

/// A journal with `records` submissions of 1 KiB of content, over all seats in turn.
std::unique_ptr<journal::Journal> fill(const std::filesystem::path& path, const School& school,
                                       std::size_t records, const SigningKey& key,
                                       const Clock& clock, Rng& rng) {
    auto journal = must(journal::Journal::open(
        {.directory = path}, [&](ByteView bytes) { return key.sign(bytes); }, clock, rng));
    std::atomic<std::size_t> done = 0;
    for (std::size_t i = 0; i < records; ++i) {
        const School::Seat& seat = school.seats[(i * 7919) % school.seats.size()];
        const std::string content = std::to_string(i) + std::string(1024 - 8, 'x');
        submissions::Statement statement{.tenant = seat.tenant,
                                         .user = seat.user,
                                         .assignment = seat.assignment,
                                         .idempotency_key = "key-" + std::to_string(i),
                                         .received_at = clock.now(),
                                         .content_bytes =
                                             static_cast<std::uint32_t>(content.size()),
                                         .content_sha256 = sha256(content)};
        const Bytes encoded = encode(statement);
        while (i - done > 1000)
            std::this_thread::yield();
        journal->append(encoded + content, encoded.size(), [&](Result<journal::Committed> landed) {
            ENSURE(landed, "a record was refused");
            ++done;
        });
    }
    while (done < records)
        std::this_thread::yield();
    return journal;
}

constexpr pg::Statement insert_plain{
    "bench_insert_plain", 9,
    "insert into plain (tenant_id, submission_id, assignment_id, user_id, idempotency_key, state, "
    "received_at, late, content, content_sha256, receipt, journal_epoch, journal_seq) select "
    "tenant_id, submission_id, assignment_id, user_id, key, 'recorded', now(), false, content, "
    "hash, receipt, 1, 1 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], "
    "$6::bytea[], $7::bytea[], $8::bytea[], $9::bigint[]) as t (tenant_id, submission_id, "
    "assignment_id, user_id, key, content, hash, receipt, seq) on conflict do nothing"};

/// The same rows, already judged and with their receipts, into a table without row-level security:
/// batches of 512, a transaction each, one connection.
double plain_rate(School& school, std::size_t records, int round) {
    auto connection = must(pg::Connection::open({.conninfo = school.own.conninfo()},
                                                school.own.clock(), school.own.soon()));
    const Bytes content(1024, 'x'), receipt(900, 'r');
    const double began = now_seconds();
    for (std::size_t at = 0; at < records; at += 512) {
        std::vector<Uuid> tenants, ids, assignments, users;
        std::vector<std::string> keys;
        std::vector<Bytes> contents, hashes, receipts;
        std::vector<std::int64_t> seqs;
        for (std::size_t i = at; i < std::min(records, at + 512); ++i) {
            const School::Seat& seat = school.seats[(i * 7919) % school.seats.size()];
            tenants.push_back(seat.tenant.uuid);
            users.push_back(seat.user.uuid);
            assignments.push_back(seat.assignment.uuid);
            keys.push_back("key-" + std::to_string(i));
            const Sha256 hash = sha256(std::to_string(round) + "/" + std::to_string(i));
            ids.push_back(make_uuid_v8(view(hash)));
            contents.push_back(content);
            hashes.emplace_back(view(hash));
            receipts.push_back(receipt);
            seqs.push_back(static_cast<std::int64_t>(i));
        }
        pg::Params params;
        params.uuids(tenants).uuids(ids).uuids(assignments).uuids(users).texts(keys);
        params.bytes_array(contents).bytes_array(hashes).bytes_array(receipts).int8s(seqs);
        must(connection->run(insert_plain, params, school.own.soon()));
    }
    return static_cast<double>(records) / (now_seconds() - began);
}

void bench_record() {
    const long rounds = setting("ROUNDS", 5);
    const auto records = static_cast<std::size_t>(setting("RECORDS", 60'000));
    std::printf(
        "%zu submissions of 1 KiB from a journal into PostgreSQL; medians of %ld interleaved "
        "rounds\n",
        records, rounds);
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    for (int tenants : {1, 13, 1000}) {
        School school(tenants);
        const Clock& clock = school.own.clock();
        std::vector<double> rates, plain, ratios, cpu_us;
        for (long round = 0; round < rounds; ++round) {
            test::TemporaryDirectory directory;
            auto journal = fill(directory.path() / "journal", school, records, key, clock, rng);
            const double base = plain_rate(school, records, static_cast<int>(round));
            submissions::Recorder recorder(
                *journal,
                std::make_unique<tenancy::Database>(school.own.conninfo(), "recorder", clock),
                school.directory, key.kid(), clock);
            const double began = now_seconds(), cpu = cpu_seconds();
            while (must(recorder.step(school.own.soon())) > 0) {
            }
            const double rate = static_cast<double>(records) / (now_seconds() - began);
            cpu_us.push_back((cpu_seconds() - cpu) / static_cast<double>(records) * 1e6);
            ENSURE(recorder.status().recorded_seq == records, "not all were recorded");
            rates.push_back(rate);
            plain.push_back(base);
            ratios.push_back(rate / base);
            test::Session(school.own.cluster().superuser_conninfo(test::OwnCluster::database))
                .run("truncate submissions, refused_submissions, plain");
        }
        const Summary rate = summary(rates), ratio = summary(ratios);
        std::printf("%4d tenants: recorded %.0f/s (n=%ld, %.0f..%.0f; %.1f us of our CPU each), "
                    "plain rows %.0f/s: %.2f (%.2f..%.2f)\n",
                    tenants, rate.median, rounds, rate.low, rate.high, summary(cpu_us).median,
                    summary(plain).median, ratio.median, ratio.low, ratio.high);
        std::fflush(stdout);
    }
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    const std::string what = argc == 2 ? argv[1] : "";
    if (what == "journal")
        bw::bench_journal();
    else if (what == "record")
        bw::bench_record();
    else
        return std::fprintf(stderr, "usage: bench_durable journal|record\n"), 2;
    return 0;
}
