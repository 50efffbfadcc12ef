// What signing in costs: hashes, sign-ins and refreshes a second against a real database.
// `bench_auth hash|signin|refresh`.
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "auth/refresh.hpp"
#include "auth/sign_in.hpp"
#include "base/ensure.hpp"
#include "measure.hpp"
#include "support/installation.hpp"
#include "support/own_cluster.hpp"

namespace bw {
namespace {

using namespace bench;

using Verify = bool (*)(std::string_view hash, std::string_view password);

/// With pages of its own each time.
bool verify_plain(std::string_view hash, std::string_view password) {
    return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) ==
           0;
}

/// Hashes a second on so many threads, doing nothing else.
double raw_hashes(const std::string& hash, int threads, double seconds,
                  Verify verify = auth::verify_password) {
    std::atomic<long> done = 0;
    const double began = now_seconds();
    {
        std::vector<std::jthread> all;
        for (int i = 0; i < threads; ++i)
            all.emplace_back([&] {
                while (now_seconds() - began < seconds) {
                    ENSURE(verify(hash, "bell-at-nine"), "a good password");
                    ++done;
                }
            });
    }
    return static_cast<double>(done) / (now_seconds() - began);
}

/// Institutions with people who can sign in.
class People {
public:
    People(int tenants, int each, const std::string& hash) {
        test::Session owner(own.cluster().superuser_conninfo(test::OwnCluster::database));
        owner.run("insert into control.tenants (tenant_id, slug, name, zone) select "
                  "gen_random_uuid(), 'tenant-' || i, 'Tenant', 'Europe/London' from "
                  "generate_series(1, " +
                  std::to_string(tenants) + ") i");
        owner.run("create table made as select tenant_id, gen_random_uuid() as org from "
                  "control.tenants;"
                  "insert into orgs (tenant_id, org_id, source, sourced_id, name, type) select "
                  "tenant_id, org, 's', 'o', 'Org', 'school' from made;"
                  "insert into users (tenant_id, user_id, source, sourced_id, username, "
                  "username_normal, given_name, family_name) select tenant_id, "
                  "gen_random_uuid(), 's', 'u' || i, 'u' || i, 'u' || i, 'A', 'B' from made, "
                  "generate_series(1, " +
                  std::to_string(each) +
                  ") i;"
                  "insert into user_roles (tenant_id, user_role_id, source, sourced_id, user_id, "
                  "org_id, role, role_type) select u.tenant_id, gen_random_uuid(), 's', "
                  "u.sourced_id, u.user_id, m.org, 'student', 'primary' from users u join made m "
                  "using (tenant_id);"
                  "insert into credentials (tenant_id, user_id, password_hash, changed_at) select "
                  "tenant_id, user_id, '" +
                  hash + "', now() from users");
        owner.run("vacuum analyze");
        tenancy::Database server(own.conninfo(), "bench", own.clock());
        must(directory.refresh(server, own.soon()));
        for (const auto& row :
             owner.run("select tenant_id, user_id, username from users order by sourced_id, 1"))
            all.push_back(
                {directory.by_id({uuid_of(*row[0])})->scope, {uuid_of(*row[1])}, *row[2]});
    }
    struct Person {
        tenancy::TenantScope scope;
        UserId user;
        std::string username;
    };
    test::OwnCluster own{{}};
    tenancy::TenantDirectory directory;
    std::vector<Person> all;

private:
    static Uuid uuid_of(std::string text) {
        std::erase(text, '-');
        return *to_array<16>(*from_hex(text));
    }
};

/// The auth module as `serve` wires it.
struct Auth {
    People& people;
    const Clock& clock = people.own.clock();
    tenancy::KeyRing keys{SigningKey::make(people.own.rng())};
    auth::RoutingHints hints{people.own.rng().bytes<32>()};
    auth::RefreshTokens tokens{{people.own.rng().bytes<32>()}};
    auth::TokenIssuer issuer{{.issuer = "bench"}, keys, hints, clock, people.own.rng()};
    tenancy::Revocations revocations;
    auth::RotationLane rotations{
        {.budget = {.name = "sessions",
                    .threads = static_cast<int>(setting("SESSION_THREADS", 2)),
                    .batch_items_limit = static_cast<std::size_t>(setting("BATCH", 2048))}},
        clock,
        [this] {
            return std::make_unique<tenancy::Database>(people.own.conninfo(), "sessions", clock);
        }};
    auth::SessionRefresh refresh{rotations, tokens, issuer, revocations, clock};

    explicit Auth(People& of) : people(of) {}
    ~Auth() { rotations.stop(); }
};

/// So many at once, until all are done.
class Window {
public:
    explicit Window(std::size_t limit) : limit_(limit) {}
    void enter() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return inside_ < limit_; });
        ++inside_;
    }
    void leave() {
        std::lock_guard lock(mutex_);
        if (--inside_ == limit_ / 2 || inside_ == 0)
            room_.notify_one();
    }
    void wait_empty() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return inside_ == 0; });
    }

private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::size_t inside_ = 0;
};

void bench_refresh() {
    const long rounds = setting("ROUNDS", 5);
    const auto count = static_cast<std::size_t>(setting("SESSIONS", 20'000));
    std::printf("%zu sessions refreshed once each, durably; medians of %ld rounds\n", count,
                rounds);
    for (int tenants : {1, 13, 1000}) {
        People people(tenants, static_cast<int>(count) / tenants + 1, "none");
        Auth auth(people);
        Window window(static_cast<std::size_t>(setting("AT_ONCE", 4'000)));
        std::vector<std::string> shown(count);
        std::atomic<long> failed = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const People::Person& person = people.all[i % people.all.size()];
            auth::RefreshToken token{.tenant = person.scope.tenant(),
                                     .user = person.user,
                                     .session = auth.issuer.new_session(),
                                     .issued_at = auth.clock.now(),
                                     .expires_at = auth.clock.now() + 24h};
            shown[i] = auth.tokens.write(token);
            window.enter();
            auth.rotations.begin(person.scope,
                                 {token.session, token.user, "bench", token.expires_at},
                                 people.own.soon(), [&](Result<Instant> begun) {
                                     failed += !begun;
                                     window.leave();
                                 });
        }
        window.wait_empty();
        test::Session owner(people.own.cluster().superuser_conninfo(test::OwnCluster::database));
        owner.run("vacuum analyze refresh_families");
        std::vector<double> rates, cpu_us, transactions;
        for (long round = 0; round < rounds; ++round) {
            const auto commits = [&] {
                owner.run("select pg_stat_clear_snapshot()");
                return std::stod(owner.value(
                    "select xact_commit from pg_stat_database where datname = current_database()"));
            };
            const double before = commits(), began = now_seconds(), cpu = cpu_seconds();
            for (std::size_t i = 0; i < count; ++i) {
                window.enter();
                auth.refresh.refresh(people.all[i % people.all.size()].scope, shown[i],
                                     people.own.soon(), [&, i](Result<auth::IssuedToken> issued) {
                                         if (issued && issued->refresh_token)
                                             shown[i] = *issued->refresh_token;
                                         else
                                             ++failed;
                                         window.leave();
                                     });
            }
            window.wait_empty();
            const auto n = static_cast<double>(count);
            rates.push_back(n / (now_seconds() - began));
            cpu_us.push_back((cpu_seconds() - cpu) / n * 1e6);
            transactions.push_back(commits() - before);
        }
        ENSURE(failed == 0, "a refresh failed");
        const Summary rate = summary(rates);
        std::printf("%4d tenants: %.0f/s (n=%ld, %.0f..%.0f), %.1f us of our CPU each, about %.0f "
                    "transactions a round\n",
                    tenants, rate.median, rounds, rate.low, rate.high, summary(cpu_us).median,
                    summary(transactions).median);
        std::fflush(stdout);
    }
}

struct SignInRates {
    double raw = 0, ours = 0; // a second
};

/// Raw hashes, then sign-ins of `people` with `hash`, so many at once.
SignInRates sign_in_rates(People& people, const std::string& hash, int threads, std::size_t at_once,
                          double seconds) {
    SignInRates rates{.raw = raw_hashes(hash, threads, seconds)};
    Auth auth(people);
    tenancy::DatabaseLane lane(
        {.name = "auth", .threads = threads, .queue_items_limit = 4'000}, auth.clock, [&] {
            return std::make_unique<tenancy::Database>(people.own.conninfo(), "auth", auth.clock);
        });
    auth::SignInGuards guards(people.own.rng().bytes<32>());
    auth::PasswordSignIn sign_in({.lane = lane,
                                  .sessions = auth.rotations,
                                  .tokens = auth.tokens,
                                  .issuer = auth.issuer,
                                  .guards = guards,
                                  .revocations = auth.revocations,
                                  .clock = auth.clock,
                                  .key = {}},
                                 people.own.rng());
    Window window(at_once);
    std::atomic<long> done = 0, failed = 0;
    const double began = now_seconds();
    for (std::size_t i = 0; now_seconds() - began < seconds; ++i) {
        const People::Person& person = people.all[i % people.all.size()];
        window.enter();
        sign_in.sign_in(person.scope, {person.username, "bell-at-nine", "bench"}, people.own.soon(),
                        [&](Result<auth::IssuedToken> issued) {
                            ++(issued ? done : failed);
                            window.leave();
                        });
    }
    window.wait_empty();
    rates.ours = static_cast<double>(done) / (now_seconds() - began);
    lane.stop();
    ENSURE(failed == 0, "a sign-in failed");
    return rates;
}

/// argon2id in one pass with as much memory as lets a hash take that long here.
std::string hash_that_takes(double milliseconds) {
    auto hashed = [](std::size_t bytes) {
        return must(auth::hash_password("bell-at-nine", {.passes = 1, .memory_bytes = bytes}));
    };
    std::size_t bytes = std::size_t{4} << 20;
    for (int i = 0; i < 4; ++i) {
        const double took = 1000 / raw_hashes(hashed(bytes), 1, 0.5);
        bytes =
            std::clamp(static_cast<std::size_t>(static_cast<double>(bytes) * milliseconds / took),
                       std::size_t{8192}, std::size_t{19} << 20);
    }
    return hashed(bytes);
}

/// Measured apart, on two cores: nginx, 16 php-fpm children, PostgreSQL with synchronous commit.
constexpr double moodle_sign_ins_a_second = 77.0, moodle_hash_ms = 2.95;
constexpr std::size_t moodle_at_once = 50;

void bench_signin() {
    const long rounds = setting("ROUNDS", 5);
    const double seconds = static_cast<double>(setting("SECONDS_EACH", 4));
    struct Case {
        const char* what;
        std::string hash;
        int threads;
        std::size_t at_once;
    };
    const std::string usual = must(auth::hash_password("bell-at-nine"));
    const Case cases[] = {
        {"one hash thread", usual, 1, 64},
        {"two hash threads", usual, 2, 64},
        {"two, as Moodle was asked", usual, 2, moodle_at_once},
        {"the same, a hash as cheap as Moodle's", hash_that_takes(moodle_hash_ms), 2,
         moodle_at_once},
    };
    std::printf("Password sign-ins; medians of %ld rounds of %.0f s, each beside raw hashes. The "
                "usual hash: argon2id 19 MiB t=2\n",
                rounds, seconds);
    for (const Case& of : cases) {
        People people(13, 400, of.hash);
        std::vector<double> raw, ours, ratios;
        for (long round = 0; round < rounds; ++round) {
            const SignInRates rates =
                sign_in_rates(people, of.hash, of.threads, of.at_once, seconds);
            raw.push_back(rates.raw);
            ours.push_back(rates.ours);
            ratios.push_back(rates.ours / rates.raw);
        }
        const Summary ratio = summary(ratios), rate = summary(ours);
        std::printf("%s: %.0f sign-ins/s (n=%ld, %.0f..%.0f), raw %.0f hashes/s: %.2f "
                    "(%.2f..%.2f)\n",
                    of.what, rate.median, rounds, rate.low, rate.high, summary(raw).median,
                    ratio.median, ratio.low, ratio.high);
        std::fflush(stdout);
    }
    std::printf("Moodle 4.4dev took in %.0f a second, %zu at once, with HTTP, measured apart on "
                "two cores; it computes its hash of %.2f ms five times a sign-in\n",
                moodle_sign_ins_a_second, moodle_at_once, moodle_hash_ms);
}

/// The same hash with pages of its own and in the thread's arena.
void bench_hash() {
    const long rounds = setting("ROUNDS", 5);
    const std::string hash = must(auth::hash_password("bell-at-nine"));
    for (int threads : {1, 2}) {
        std::vector<double> plain, arena, ratios;
        for (long round = 0; round < rounds; ++round) {
            plain.push_back(raw_hashes(hash, threads, 2, verify_plain));
            arena.push_back(raw_hashes(hash, threads, 2));
            ratios.push_back(arena.back() / plain.back());
        }
        const Summary ratio = summary(ratios);
        std::printf("%d threads: %.0f hashes/s in arenas, %.0f/s without: %.2f (n=%ld, "
                    "%.2f..%.2f)\n",
                    threads, summary(arena).median, summary(plain).median, ratio.median, rounds,
                    ratio.low, ratio.high);
        std::fflush(stdout);
    }
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    const std::string what = argc == 2 ? argv[1] : "";
    if (sodium_init() < 0) // which also chooses the fastest code for this processor
        return 1;
    if (what == "hash")
        bw::bench_hash();
    else if (what == "signin")
        bw::bench_signin();
    else if (what == "refresh")
        bw::bench_refresh();
    else
        return std::fprintf(stderr, "usage: bench_auth hash|signin|refresh\n"), 2;
    return 0;
}
