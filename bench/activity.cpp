// What activities cost: bodies read, held to the quota and made durable, against raw appends of the
// same records to the same kind of journal.
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "activity/intake.hpp"
#include "activity/sent.hpp"
#include "base/ensure.hpp"
#include "measure.hpp"
#include "support/temporary_directory.hpp"

namespace bw {
namespace {

using namespace bench;

constexpr std::size_t window = 256; // batches in flight

struct Rate {
    double per_second = 0, cpu_us = 0; // of an activity
};

/// As a client sends them; ids are told apart by their last digits.
std::string body_of(std::size_t count, std::size_t number) {
    std::string out = R"({"sent_at":"2026-11-23T09:00:30.000Z","activities":[)";
    for (std::size_t i = 0; i < count; ++i) {
        char one[256];
        std::snprintf(
            one, sizeof one,
            R"(%s{"id":"0192f3c4-5d6e-4f80-91a2-%012zx","kind":"page_viewed","page":"assignments","occurred_at":"2026-11-23T09:00:0%zu.250Z"})",
            i == 0 ? "" : ",", number * count + i, i % 10);
        out += one;
    }
    return out + "]}";
}

std::unique_ptr<journal::Journal> open(const std::filesystem::path& directory, const Clock& clock,
                                       Rng& rng) {
    return must(journal::Journal::open(
        {.directory = directory,
         .segment_bytes = 64 << 20,
         .total_bytes_limit = 4ull << 30,
         .segments_ahead = 6,
         .record_bytes_limit = 16 * 1024,
         .group_linger = 2ms},
        [](ByteView) { return Signature(); }, clock, rng));
}

/// `send(number, done)` for each batch, `window` of them in flight.
template <class Send>
Rate measure(std::size_t batches, std::size_t each, const Send& send) {
    std::mutex mutex;
    std::condition_variable landed;
    std::size_t in_flight = 0;
    auto done = [&] {
        std::lock_guard lock(mutex);
        if (--in_flight == window / 2 || in_flight == 0)
            landed.notify_one();
    };
    const double began = now_seconds(), cpu = cpu_seconds();
    for (std::size_t i = 0; i < batches; ++i) {
        {
            std::unique_lock lock(mutex);
            landed.wait(lock, [&] { return in_flight < window; });
            ++in_flight;
        }
        send(i, done);
    }
    std::unique_lock lock(mutex);
    landed.wait(lock, [&] { return in_flight == 0; });
    const double took = now_seconds() - began, used = cpu_seconds() - cpu;
    const auto all = static_cast<double>(batches * each);
    return {all / took, used / all * 1e6};
}

struct Pair {
    Rate raw, taken;
};

Pair round_of(std::size_t each, std::size_t batches, const Clock& clock, Rng& rng) {
    std::vector<std::string> bodies;
    std::vector<Bytes> records;
    const TenantId tenant = TenantId::make(clock.now(), rng);
    const UserId user = UserId::make(clock.now(), rng);
    for (std::size_t i = 0; i < batches; ++i) {
        bodies.push_back(body_of(each, i));
        records.push_back(activity::encode(
            {tenant, user, clock.now(), must(activity::read_sent(bodies.back()))}));
    }
    Pair out;
    {
        test::TemporaryDirectory directory;
        auto journal = open(directory.path(), clock, rng);
        out.raw = measure(batches, each, [&](std::size_t i, auto done) {
            journal->append(records[i], [done](Result<journal::Committed> committed) {
                ENSURE(committed, "a record was refused");
                done();
            });
        });
    }
    test::TemporaryDirectory directory;
    std::unique_ptr<activity::Intake> intake;
    auto journal = open(directory.path(), clock, rng);
    intake = std::make_unique<activity::Intake>(
        journal.get(), clock,
        activity::IntakeOptions{.activities_a_minute = 1'000'000,
                                .disk = directory.path(),
                                .bytes_kept_free = 1,
                                .yields = [&] { return journal->status().full; }});
    out.taken = measure(batches, each, [&](std::size_t i, auto done) {
        intake->accept(tenant, UserId::make({static_cast<std::int64_t>(i)}, rng),
                       must(activity::read_sent(bodies[i])), clock.monotonic(),
                       [done](Result<activity::Taken> taken) {
                           ENSURE(taken, "a batch was refused");
                           done();
                       });
    });
    journal.reset();
    return out;
}

void bench_taking() {
    const long rounds = setting("ROUNDS", 5);
    SystemClock clock;
    SystemRng rng;
    for (const std::size_t each : {std::size_t{1}, std::size_t{20}}) {
        const std::size_t batches =
            static_cast<std::size_t>(setting("ACTIVITIES", 400'000)) / (each == 1 ? 4 : each);
        std::vector<double> raw_rate, rate, raw_cpu, cpu, ratio, cpu_ratio;
        round_of(each, batches / 4, clock, rng); // warm-up, not counted
        for (long i = 0; i < rounds; ++i) {
            const auto [raw, taken] = round_of(each, batches, clock, rng);
            raw_rate.push_back(raw.per_second);
            rate.push_back(taken.per_second);
            raw_cpu.push_back(raw.cpu_us);
            cpu.push_back(taken.cpu_us);
            ratio.push_back(taken.per_second / raw.per_second);
            cpu_ratio.push_back(taken.cpu_us / raw.cpu_us);
        }
        const Summary of = summary(ratio), of_cpu = summary(cpu_ratio);
        std::printf("batches of %zu: %.0f activities/s taken, raw appends %.0f/s: %.2f (n=%ld, "
                    "%.2f..%.2f); %.2f us CPU each, raw %.2f us: %.2f (%.2f..%.2f)\n",
                    each, summary(rate).median, summary(raw_rate).median, of.median, rounds, of.low,
                    of.high, summary(cpu).median, summary(raw_cpu).median, of_cpu.median,
                    of_cpu.low, of_cpu.high);
        std::fflush(stdout);
    }
}

} // namespace
} // namespace bw

int main() {
    bw::bench_taking();
}
