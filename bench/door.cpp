// What the door costs: statements inside a tenant's scope against the same without row-level
// security, and batches over many tenants against a transaction for each. `bench_door scope|batch`.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <thread>

#include "base/ensure.hpp"
#include "measure.hpp"
#include "support/installation.hpp"
#include "support/own_cluster.hpp"
#include "tenancy/batch.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw {
namespace {

using namespace bench;

constexpr int tenants_count = 2000, rows_each = 50;

constexpr pg::Statement scoped_row{"bench_scoped_row", 1,
                                   "select payload from bench_scoped where item = $1"};
constexpr pg::Statement plain_row{
    "bench_plain_row", 2, "select payload from bench_plain where tenant_id = $1 and item = $2"};
constexpr pg::Statement scoped_rows{
    "bench_scoped_rows", 1,
    "select item, payload from bench_scoped where item = any ($1::bigint[])"};
constexpr pg::Statement plain_rows{
    "bench_plain_rows", 2,
    "select item, payload from bench_plain where tenant_id = $1 and item = any ($2::bigint[])"};
constexpr pg::Statement touch{"bench_touch", 1,
                              "update bench_scoped set n = n + 1 where item = any ($1::bigint[])"};

/// A durable cluster, 2,000 institutions with 50 rows each, in two equal tables.
struct World {
    test::OwnCluster own{{}};
    std::vector<tenancy::TenantScope> tenants;

    World() {
        test::Session owner(own.cluster().superuser_conninfo(test::OwnCluster::database));
        owner.run("insert into control.tenants (tenant_id, slug, name, zone) select "
                  "gen_random_uuid(), 'tenant-' || i, 'Tenant', 'Europe/London' from "
                  "generate_series(1, " +
                  std::to_string(tenants_count) + ") i");
        tenancy::Database server(own.conninfo(), "bench", own.clock());
        tenancy::TenantDirectory directory;
        if (auto read = directory.refresh(server, own.soon()); !read)
            must(Result<int>(read.error()));
        for (const tenancy::TenantInfo& tenant : directory.all())
            tenants.push_back(tenant.scope);
        for (const char* table : {"bench_scoped", "bench_plain"})
            owner.run("create table " + std::string(table) +
                      " (tenant_id uuid not null default current_setting('bw.tenant')::uuid, item "
                      "bigint, n bigint not null default 0, payload text not null, primary key "
                      "(tenant_id, item)) with (fillfactor = 70); grant select, update on " +
                      table + " to bw_app; insert into " + table +
                      " select tenant_id, i, 0, repeat('x', 100) from control.tenants, "
                      "generate_series(0, " +
                      std::to_string(rows_each - 1) + ") i");
        owner.run("alter table bench_scoped enable row level security; alter table bench_scoped "
                  "force row level security; create policy tenant on bench_scoped to bw_app using "
                  "(tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = "
                  "current_setting('bw.tenant')::uuid)");
        owner.run("vacuum analyze");
    }
    Deadline soon() const { return own.soon(); }
};

enum class Way {
    scoped,
    plain,         // without row-level security, each statement a transaction of its own
    plain_together // the same, but all of a round trip in one transaction
};

/// One thread's connection, each way.
struct Runner {
    World& world;
    tenancy::Database database;
    std::unique_ptr<pg::Connection> plain;
    std::uint64_t next;

    Runner(World& of, std::uint64_t seed)
        : world(of), database(of.own.conninfo(), "bench", of.own.clock()),
          plain(must(pg::Connection::open({.conninfo = of.own.conninfo()}, of.own.clock(),
                                          of.own.soon()))),
          next(seed) {}

    std::uint64_t draw(std::uint64_t n) { // a cheap generator, the same for both ways
        next = next * 6364136223846793005ULL + 1442695040888963407ULL;
        return (next >> 33) % n;
    }
    const tenancy::TenantScope& tenant(int of) {
        return world.tenants[draw(static_cast<std::uint64_t>(of))];
    }
    pg::Params keys(bool scoped, const tenancy::TenantScope& tenant, int count) {
        pg::Params params;
        if (!scoped)
            params.id(tenant.tenant());
        if (count == 1)
            return std::move(params.int8(static_cast<std::int64_t>(draw(rows_each))));
        std::vector<std::int64_t> items;
        const std::uint64_t first = draw(rows_each);
        for (int i = 0; i < count; ++i)
            items.push_back(
                static_cast<std::int64_t>((first + static_cast<unsigned>(i)) % rows_each));
        return std::move(params.int8s(items));
    }

    void round_trip(Way way, int depth, int count, int tenants) {
        const bool scoped = way == Way::scoped;
        const pg::Statement& statement =
            count == 1 ? (scoped ? scoped_row : plain_row) : (scoped ? scoped_rows : plain_rows);
        int rows = 0;
        if (scoped && depth == 1) {
            const auto& scope = tenant(tenants);
            rows = must(database.fetch(scope, world.soon(), statement, keys(true, scope, count)))
                       .count();
        } else if (scoped) {
            std::vector<tenancy::ScopedSteps> groups;
            for (int i = 0; i < depth; ++i) {
                const auto& scope = tenant(tenants);
                groups.push_back({scope, {{statement, keys(true, scope, count)}}});
            }
            for (auto& outcome : database.run_each(groups, world.soon()))
                rows += must(std::move(outcome))[0].count();
        } else {
            std::vector<pg::Params> params;
            for (int i = 0; i < depth; ++i)
                params.push_back(keys(false, tenant(tenants), count));
            std::vector<std::vector<pg::PipelineStep>> units;
            for (const pg::Params& one : params) {
                if (units.empty() || way == Way::plain)
                    units.emplace_back();
                units.back().push_back({statement, &one});
            }
            for (auto& outcome : plain->run_each(units, world.soon(), false))
                for (const pg::Rows& answer : must(std::move(outcome.answers)))
                    rows += answer.count();
        }
        ENSURE(rows == depth * count, "a statement did not find its rows");
    }
};

/// Statements a second over all runners, each on a thread of its own.
double rate(std::vector<std::unique_ptr<Runner>>& runners, Way way, int depth, int count,
            int tenants, Duration how_long) {
    const Clock& clock = runners[0]->world.own.clock();
    std::atomic<std::int64_t> statements = 0;
    const Monotonic start = clock.monotonic();
    {
        std::vector<std::jthread> threads;
        for (auto& runner : runners)
            threads.emplace_back([&] {
                while (clock.monotonic() - start < how_long) {
                    runner->round_trip(way, depth, count, tenants);
                    statements += depth;
                }
            });
    }
    return static_cast<double>(statements) /
           std::chrono::duration<double>(clock.monotonic() - start).count();
}

int scope() {
    World world;
    const auto rounds = setting("ROUNDS", 5);
    const Duration each = std::chrono::seconds(setting("SECONDS_EACH", 3));
    std::vector<std::unique_ptr<Runner>> runners;
    for (std::uint64_t i = 0; i < 2; ++i)
        runners.push_back(std::make_unique<Runner>(world, i + 1));
    struct Case {
        const char* name;
        int depth, keys;
        double bar;
    };
    for (const Case& row : {Case{"one key, 64 in flight, 2 connections", 64, 1, 0.78},
                            Case{"32 keys, 16 in flight, 2 connections", 16, 32, 0.8},
                            Case{"one key, 1 in flight, 2 connections", 1, 1, 0}}) {
        std::vector<double> ours, theirs, ratios, together;
        for (Way way : {Way::scoped, Way::plain, Way::plain_together}) // warm
            rate(runners, way, row.depth, row.keys, tenants_count, each / 4);
        for (long i = 0; i < rounds; ++i) {
            auto measure = [&](Way way) {
                return rate(runners, way, row.depth, row.keys, tenants_count, each);
            };
            theirs.push_back(measure(Way::plain));
            ours.push_back(measure(Way::scoped));
            ratios.push_back(ours.back() / theirs.back());
            together.push_back(ours.back() / measure(Way::plain_together));
        }
        const Summary ratio = summary(ratios), strict = summary(together);
        std::printf("%-38s scoped %.0f/s, without row-level security %.0f/s: ratio %.2f (n=%ld, "
                    "%.2f..%.2f)",
                    row.name, summary(ours).median, summary(theirs).median, ratio.median, rounds,
                    ratio.low, ratio.high);
        if (row.bar > 0)
            std::printf("; bar %.2f: %s", row.bar, ratio.median >= row.bar ? "held" : "MISSED");
        std::printf("; to one transaction for all of a round trip %.2f (%.2f..%.2f)\n",
                    strict.median, strict.low, strict.high);
        std::fflush(stdout);
    }
    // More tenants are more rows and worse caches for anybody: the plain reads tell how much.
    std::vector<double> scoped, plain;
    for (long i = 0; i < rounds; ++i)
        for (auto [way, ratios] :
             {std::pair{Way::scoped, &scoped}, {Way::plain_together, &plain}}) {
            const double few = rate(runners, way, 64, 1, 20, each);
            ratios->push_back(few / rate(runners, way, 64, 1, tenants_count, each));
        }
    const Summary ours = summary(scoped), control = summary(plain);
    std::printf("2,000 tenants against 20: a statement costs %.2f times as much (n=%ld, "
                "%.2f..%.2f), without row-level security %.2f (%.2f..%.2f)\n",
                ours.median, rounds, ours.low, ours.high, control.median, control.low,
                control.high);
    return 0;
}

/// 200 updates a batch, spread over `tenants`.
class Batches {
public:
    explicit Batches(World& world)
        : world_(world), database_(world.own.conninfo(), "bench", world.own.clock()) {}

    double rate(int tenants, bool together, Duration how_long) {
        const Clock& clock = world_.own.clock();
        const Monotonic start = clock.monotonic();
        long batches = 0;
        for (; clock.monotonic() - start < how_long; ++batches)
            one(tenants, together);
        return static_cast<double>(batches) /
               std::chrono::duration<double>(clock.monotonic() - start).count();
    }

private:
    void one(int tenants, bool together) {
        constexpr std::size_t size = 200;
        std::vector<tenancy::BatchItem> items;
        std::vector<std::int64_t> rows;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t at = (first_ + i) % static_cast<std::size_t>(tenants);
            rows.push_back(static_cast<std::int64_t>(i / static_cast<std::size_t>(tenants)) %
                           rows_each);
            items.push_back({world_.tenants[at], std::to_string(1000 + rows.back())});
        }
        first_ += size;
        auto make = [&](std::span<const std::size_t> share) {
            std::vector<std::int64_t> own;
            for (std::size_t item : share)
                own.push_back(rows[item]);
            pg::Params params;
            params.int8s(own);
            return std::vector<tenancy::Step>{{touch, params}};
        };
        if (together)
            return check(items, make);
        // The same door and statements, a batch for each tenant.
        std::vector<std::vector<std::size_t>> by_tenant(static_cast<std::size_t>(tenants));
        for (std::size_t i = 0; i < size; ++i)
            by_tenant[(first_ + i) % by_tenant.size()].push_back(i);
        for (const auto& share : by_tenant) {
            std::vector<tenancy::BatchItem> own;
            for (std::size_t item : share)
                own.push_back(items[item]);
            auto mine = [&](std::span<const std::size_t> part) {
                std::vector<std::size_t> all;
                for (std::size_t i : part)
                    all.push_back(share[i]);
                return make(all);
            };
            if (!own.empty())
                check(own, mine);
        }
    }
    void check(const std::vector<tenancy::BatchItem>& items, const tenancy::BatchTx::Make& make) {
        auto outcome = tenancy::BatchTx(database_, items, make).commit(world_.soon());
        for (const auto& failure : outcome.failures)
            ENSURE(!failure, "a batch failed");
    }

    World& world_;
    tenancy::Database database_;
    std::size_t first_ = 0;
};

int batch() {
    World world;
    Batches batches(world);
    const auto rounds = setting("ROUNDS", 5);
    const Duration each = std::chrono::seconds(setting("SECONDS_EACH", 2));
    for (int tenants : {1, 13, 50, 1000}) {
        std::vector<double> ours, theirs, ratios;
        for (long i = 0; i < rounds; ++i) {
            theirs.push_back(batches.rate(tenants, false, each));
            ours.push_back(batches.rate(tenants, true, each));
            ratios.push_back(ours.back() / theirs.back());
        }
        const Summary ratio = summary(ratios);
        std::printf("200 updates over %4d tenants: %.0f batches/s in one transaction, %.1f in one "
                    "for each tenant: %.1f times (n=%ld, %.1f..%.1f)",
                    tenants, summary(ours).median, summary(theirs).median, ratio.median, rounds,
                    ratio.low, ratio.high);
        if (tenants == 50)
            std::printf("; bar 8: %s", ratio.median >= 8 ? "held" : "MISSED");
        std::printf("\n");
        std::fflush(stdout);
    }
    return 0;
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "scope") == 0)
        return bw::scope();
    if (argc == 2 && std::strcmp(argv[1], "batch") == 0)
        return bw::batch();
    std::fprintf(stderr, "usage: bench_door scope|batch\n");
    return 2;
}
