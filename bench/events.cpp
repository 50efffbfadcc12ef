// Event streams in one process: what each costs in memory, what those that wait cost in CPU, and
// how long an announcement takes to reach all of a section. The clients are sockets of this process
// and nothing else, so they add nothing to its memory.
#include <poll.h>

#include <fstream>
#include <memory>
#include <string>

#include "measure.hpp"
#include "net/raw_client.hpp"
#include "net/server.hpp"
#include "notices/routes.hpp"
#include "support/installation.hpp"
#include "support/own_cluster.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw {
namespace {

using namespace bench;

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Bench {
    const std::size_t streams = static_cast<std::size_t>(setting("STREAMS", 9'000)),
                      in_section = static_cast<std::size_t>(setting("SECTION", 2'000));
    test::OwnCluster own{{}};
    const Clock& clock = own.clock();
    tenancy::TenantInfo school = own.provision("school");
    tenancy::TenantDirectory directory;
    const SigningKey key = SigningKey::make(own.rng());
    tenancy::KeyRing ring{key};
    tenancy::Revocations revocations;
    tenancy::TokenVerifier verifier{"bench", ring, directory, revocations, clock, own.rng()};
    tenancy::Gate gate{verifier, directory, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"api", 1, 4'096}, clock, [this] { return database(); }};
    tenancy::RevocationFeed feed{database(), revocations, directory, clock, own.rng()};
    notices::Hub hub{lane, verifier, directory, clock, own.rng(), {.listeners_limit = 1'000'000}};
    const notices::RouteParts parts{
        .gate = gate, .lane = lane, .hub = hub, .clock = clock, .rng = own.rng()};
    net::RouteTable routes;
    std::unique_ptr<net::Server> server;
    tenancy::RevocationFeed::NewsWatch news =
        feed.on_news([this](std::optional<TenantId> of) { hub.news(of); });
    const SectionId section{id(4)};
    std::vector<std::unique_ptr<net::Raw>> clients;

    std::unique_ptr<tenancy::Database> database() {
        return std::make_unique<tenancy::Database>(own.conninfo(), "bench", clock);
    }
    static Uuid id(std::uint64_t n) {
        Uuid out{};
        for (int i = 0; i < 8; ++i)
            out[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(n >> (8 * i));
        return out;
    }
    void fill() {
        test::Session owner(own.cluster().superuser_conninfo(test::OwnCluster::database));
        auto quoted = [](std::uint64_t n) { return "'" + to_text(id(n)) + "'"; };
        owner.run(
            "begin; set local bw.tenant = '" + to_text(school.scope.tenant().uuid) +
            "'; insert into orgs (org_id, source, sourced_id, name, type) values (" + quoted(1) +
            ", 's', 'o', 'O', 'school'); insert into courses (course_id, source, sourced_id, "
            "title, org_id) values (" +
            quoted(2) + ", 's', 'c', 'C', " + quoted(1) +
            "); insert into sections (section_id, source, sourced_id, title, class_type, "
            "course_id, school_org_id) values (" +
            quoted(4) + ", 's', 's', 'S', 'scheduled', " + quoted(2) + ", " + quoted(1) +
            "); insert into users (user_id, source, sourced_id, username, username_normal, "
            "given_name, family_name) select lpad(to_hex(1000 + n), 32, '0')::uuid, 's', n, n, n, "
            "n, n from generate_series(1, " +
            std::to_string(streams) +
            ") n; insert into enrollments (enrollment_id, source, sourced_id, section_id, "
            "school_org_id, user_id, role, is_primary) select gen_random_uuid(), 's', n, " +
            quoted(4) + ", " + quoted(1) +
            ", lpad(to_hex(1000 + n), 32, '0')::uuid, 'student', true from generate_series(1, " +
            std::to_string(in_section) + ") n; commit; analyze");
    }
    void start() {
        must(directory.refresh(*database(), Deadline::in(clock, 20s)));
        notices::add_routes(routes, parts);
        server = must(net::Server::start({.threads = 2, .connections_limit = streams + 100}, routes,
                                         clock, own.rng()));
        hub.start();
        feed.start();
    }
    void open(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            const Instant now = clock.now();
            const std::string token =
                tenancy::sign_token({"bench", school.scope.tenant(), UserId{id(1001 + i)},
                                     AuthSessionId::make(now, own.rng()), tenancy::Role::student,
                                     now, now + 1h, now + 40min},
                                    key);
            clients.push_back(std::make_unique<net::Raw>(server->port()));
            clients.back()->send("GET /v1/events HTTP/1.1\r\nHost: school.test\r\nAuthorization: "
                                 "Bearer " +
                                 token + "\r\n\r\n");
        }
        for (std::size_t i = from; i < to; ++i)
            clients[i]->until("event: ready");
    }
    void stop() {
        server.reset();
        hub.stop();
        lane.stop();
        feed.stop();
    }
};

void run() {
    auto bench = std::make_unique<Bench>();
    bench->fill();
    bench->start();
    const std::size_t warm = bench->streams / 10;
    bench->open(0, warm);
    const std::uint64_t before = resident_bytes();
    const double began = now_seconds();
    bench->open(warm, bench->streams);
    const std::size_t measured = bench->streams - warm;
    std::printf("%zu streams opened, %.0f/s; %.1f KiB of memory each\n", measured,
                static_cast<double>(measured) / (now_seconds() - began),
                static_cast<double>(resident_bytes() - before) / 1024 /
                    static_cast<double>(measured));
    const long idle = setting("SECONDS_IDLE", 30);
    const double cpu = cpu_seconds();
    const std::uint64_t questions = bench->hub.status().questions;
    ::poll(nullptr, 0, static_cast<int>(idle * 1000));
    std::printf("waiting for %ld s: %.2f %% of a core, %llu questions\n", idle,
                100 * (cpu_seconds() - cpu) / static_cast<double>(idle),
                static_cast<unsigned long long>(bench->hub.status().questions - questions));
    std::vector<double> took;
    for (int round = 0; round < 5; ++round) {
        auto database = bench->database();
        must(database->run(
            bench->school.scope, Deadline::in(bench->clock, 20s), [&](tenancy::TenantTx& tx) {
                return notices::tell_section(tx, notices::Kind::announcement, Bench::id(77),
                                             bench->section, bench->clock.now(), bench->own.rng());
            }));
        const double told = now_seconds();
        for (std::size_t i = 0; i < bench->in_section; ++i)
            bench->clients[i]->until("event: announcement");
        took.push_back(1000 * (now_seconds() - told));
    }
    const Summary ms = summary(took);
    std::printf("an announcement to %zu streams: the last has it %.0f ms after the commit "
                "(%.0f..%.0f)\n",
                bench->in_section, ms.median, ms.low, ms.high);
    bench->stop();
}

} // namespace
} // namespace bw

int main() {
    bw::run();
}
