// Submissions that arrive at a given rate whatever the server does, each once: what share is
// answered in time, and how late. `bench_arrivals PLAN PORT RATE SECONDS`. No receipt is verified
// and nothing is sent again: bellwether storm does that.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "base/rng.hpp"
#include "net/client.hpp"
#include "storm/api.hpp"
#include "storm/latencies.hpp"
#include "storm/load.hpp"

namespace bw {
namespace {

constexpr Duration patience = 5s; // of a student: then it counts as unanswered
constexpr std::size_t content_bytes = 1024;
constexpr std::size_t connections = 1024;

struct Outcome {
    std::mutex mutex;
    std::condition_variable wake;
    std::size_t ended = 0, accepted = 0, refused = 0, unanswered = 0;
    storm::Latencies latencies; // from the intended arrival, of all; unanswered: until given up
};

int arrive(const storm::Plan& plan, std::uint16_t port, double rate, double seconds) {
    const SystemClock clock;
    SystemRng rng;
    const std::string run = std::to_string(rng.u64());
    const auto count = static_cast<std::size_t>(rate * seconds);
    Outcome outcome;
    Duration lag_max{};
    {
        auto client = net::Client::make({.port = port, .connections_limit = connections}, clock);
        const Monotonic start = clock.monotonic();
        for (std::size_t i = 0; i < count; ++i) {
            const Monotonic due =
                start + Duration(static_cast<std::int64_t>(static_cast<double>(i) / rate * 1e9));
            if (const Duration early = due - clock.monotonic(); early > Duration::zero())
                std::this_thread::sleep_for(early);
            else
                lag_max = std::max(lag_max, -early);
            const auto& student = plan.students[i % plan.students.size()];
            const auto submission = static_cast<std::uint32_t>(i);
            client->send(storm::submit_request(student, plan.assignments[student.assignment].id,
                                               storm::key_of(run, submission),
                                               storm::content_of(run, submission, content_bytes)),
                         Deadline(due + patience),
                         [&outcome, &clock, due](Result<net::ClientResponse> answer) {
                             std::lock_guard lock(outcome.mutex);
                             outcome.latencies.add(clock.monotonic() - due);
                             ++outcome.ended;
                             ++(!answer                 ? outcome.unanswered
                                : answer->status == 202 ? outcome.accepted
                                                        : outcome.refused);
                             outcome.wake.notify_one();
                         });
        }
        std::unique_lock lock(outcome.mutex);
        outcome.wake.wait(lock, [&] { return outcome.ended == count; });
    }
    auto ms = [](Duration d) { return static_cast<double>(d.count()) / 1e6; };
    std::printf("%zu %zu %zu %zu %.1f %.1f %.1f\n", count, outcome.accepted, outcome.refused,
                outcome.unanswered, ms(outcome.latencies.quantile(0.5)),
                ms(outcome.latencies.quantile(0.99)), ms(lag_max));
    return 0;
}

} // namespace
} // namespace bw

int main(int argc, char** argv) {
    if (argc != 5)
        return std::fprintf(stderr, "usage: bench_arrivals PLAN PORT RATE SECONDS\n"), 2;
    auto plan = bw::storm::read_plan_file(argv[1]);
    if (!plan)
        return std::fprintf(stderr, "bench: %s\n", plan.error().text().c_str()), 1;
    return bw::arrive(*plan, static_cast<std::uint16_t>(std::atoi(argv[2])), std::atof(argv[3]),
                      std::atof(argv[4]));
}
