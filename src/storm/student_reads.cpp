#include "storm/student_reads.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "storm/api.hpp"
#include "storm/day_parts.hpp"
#include "storm/day_school.hpp"

namespace bw::storm {

namespace {

constexpr Duration read_limit = 30s;

const char* drawn_target(double unit) {
    double all = 0;
    for (const DayPart& part : day_parts)
        all += part.share;
    for (const DayPart& part : day_parts)
        if ((unit -= part.share / all) < 0)
            return part.target;
    return day_parts.front().target;
}

} // namespace

void StudentReads::run(Monotonic start, Duration over, double a_second, std::size_t phases,
                       const PhaseOf& phase_of) {
    phases_.resize(phases);
    seconds_.resize(static_cast<std::size_t>(over / 1s) + 1);
    for (Duration at{};;) {
        at += std::chrono::duration_cast<Duration>(
            std::chrono::duration<double>(-std::log(1 - rng_.unit()) / a_second));
        if (at >= over)
            break;
        const Monotonic due = start + at;
        if (const Duration wait = due - clock_.monotonic(); wait > Duration::zero())
            std::this_thread::sleep_for(wait);
        send(due, start, phase_of(at));
    }
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return open_ == 0; });
}

void StudentReads::send(Monotonic due, Monotonic start, std::size_t phase) {
    const PlannedStudent& student = plan_.students[rng_.u64() % plan_.students.size()];
    {
        const std::lock_guard lock(mutex_);
        ++open_;
        lag_max_ = std::max(lag_max_, clock_.monotonic() - due);
    }
    client_.send(get_request(student.host, drawn_target(rng_.unit()), student.access_token),
                 Deadline::in(clock_, read_limit),
                 [this, due, start, phase](const Result<net::ClientResponse>& outcome) {
                     const Duration latency = clock_.monotonic() - due;
                     const std::lock_guard lock(mutex_);
                     seconds_[static_cast<std::size_t>((due - start) / 1s)].add(latency);
                     Phase& of = phases_[phase];
                     of.latencies.add(latency);
                     if (outcome && (outcome->status == 503 || outcome->status == 429) &&
                         retry_after(*outcome))
                         ++of.refused;
                     else if ((!outcome || outcome->status != 200) && of.failed++ == 0)
                         of.failure = outcome ? describe(*outcome) : outcome.error().text();
                     --open_;
                     answered_.notify_one();
                 });
}

} // namespace bw::storm
