// Empty jobs enqueued, claimed and completed, durably: ours, and those that run beside it on the
// same PostgreSQL. `bench_jobs [PEER COMMAND]...`: a command is given libpq's PG* and
// JOBS, and prints how many it did a second.
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "jobs/queue.hpp"
#include "jobs/worker.hpp"
#include "measure.hpp"
#include "support/installation.hpp"
#include "support/own_cluster.hpp"

namespace bw {
namespace {

using namespace bench;

struct Place {
    test::OwnCluster own{{}};
    tenancy::TenantDirectory directory;
    std::vector<tenancy::TenantInfo> tenants;

    explicit Place(int count) {
        for (int i = 0; i < count; ++i)
            tenants.push_back(own.provision("tenant-" + std::to_string(i)));
        tenancy::Database server(own.conninfo(), "bench", own.clock());
        must(directory.refresh(server, own.soon()));
    }
    std::unique_ptr<tenancy::Database> database() const {
        return std::make_unique<tenancy::Database>(own.conninfo(), "bench", own.clock());
    }
};

/// Two threads enqueue batches of 500, an institution each, in turn, in a transaction each; two
/// threads work.
double our_rate(Place& place, std::size_t jobs) {
    SystemRng rng;
    jobs::Worker worker(
        [&] { return place.database(); }, place.directory,
        {{.name = "empty",
          .handler = [](const jobs::Attempt&) -> Result<jobs::Outcome> { return jobs::Effect(); },
          .batch = 1000}},
        place.own.clock(), rng,
        {.threads = 2, .tenant_items_limit = 1000, .interval = 5ms, .beat_interval = 200ms});
    worker.start();
    const double began = now_seconds();
    constexpr std::size_t batch = 500;
    std::vector<std::jthread> producers;
    for (std::size_t producer = 0; producer < 2; ++producer)
        producers.emplace_back([&, producer] {
            auto database = place.database();
            const std::vector<jobs::NewJob> many(batch, {.kind = "empty", .args = R"({"n":1})"});
            for (std::size_t i = producer; i < jobs / batch; i += 2) {
                const tenancy::TenantInfo& tenant = place.tenants[i % place.tenants.size()];
                must(database->run(tenant.scope, place.own.soon(), [&](tenancy::TenantTx& tx) {
                    return jobs::enqueue_all(tx, many, place.own.clock(), rng);
                }));
            }
        });
    while (worker.status().completed < jobs)
        std::this_thread::sleep_for(1ms);
    const double took = now_seconds() - began;
    producers.clear();
    worker.stop();
    return static_cast<double>(jobs) / took;
}

double peers_rate(const Place& place, const std::string& command, std::size_t jobs) {
    const std::string line =
        fmt::format("PGHOST='{}/sock' PGUSER=peers PGPASSWORD=peers PGDATABASE=peers JOBS={} {}",
                    place.own.directory().string(), jobs, command);
    std::FILE* pipe = ::popen(line.c_str(), "r");
    ENSURE(pipe != nullptr, "no pipe");
    double rate = 0;
    const bool read = std::fscanf(pipe, "%lf", &rate) == 1;
    const int status = ::pclose(pipe);
    return read && status == 0 ? rate : 0;
}

void run(int argc, char** argv) {
    const long rounds = setting("ROUNDS", 5);
    const auto jobs = static_cast<std::size_t>(setting("JOBS", 60'000)) / 1000 * 1000;
    std::printf(
        "%zu empty jobs, enqueued in batches of 500, claimed and completed, durably; medians "
        "of %ld interleaved rounds\n",
        jobs, rounds);
    for (int tenants : {1, 13, 1000}) {
        Place place(tenants);
        test::Session owner(place.own.cluster().superuser_conninfo(test::OwnCluster::database));
        owner.run("create role peers login password 'peers'");
        owner.run("create database peers owner peers");
        std::vector<double> ours, cpu;
        std::vector<std::vector<double>> of_peer(static_cast<std::size_t>(argc / 2));
        for (long round = 0; round < rounds; ++round) {
            const double before = cpu_seconds();
            ours.push_back(our_rate(place, jobs));
            cpu.push_back((cpu_seconds() - before) / static_cast<double>(jobs) * 1e6);
            ENSURE(owner.value("select count(*) from job_history where state = 'completed'") ==
                       std::to_string(jobs),
                   "each was completed once");
            owner.run("truncate job_history");
            owner.run("vacuum jobs");
            for (int i = 1; tenants == 13 && i + 1 < argc; i += 2)
                if (const double rate = peers_rate(place, argv[i + 1], jobs); rate > 0)
                    of_peer[static_cast<std::size_t>(i / 2)].push_back(rate);
        }
        const Summary mine = summary(ours);
        std::printf("%4d tenants: %.0f/s (n=%ld, %.0f..%.0f), %.1f us of our CPU each\n", tenants,
                    mine.median, rounds, mine.low, mine.high, summary(cpu).median);
        for (int i = 1; tenants == 13 && i + 1 < argc; i += 2) {
            const auto& rates = of_peer[static_cast<std::size_t>(i / 2)];
            if (rates.empty()) {
                std::printf("     %s: did not run\n", argv[i]);
                continue;
            }
            const Summary peer = summary(rates);
            std::printf("     %s: %.0f/s (n=%zu, %.0f..%.0f); ours is %.1f times that\n", argv[i],
                        peer.median, rates.size(), peer.low, peer.high, mine.median / peer.median);
        }
        std::fflush(stdout);
    }
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    bw::run(argc, argv);
}
