#include "jobs/job.hpp"

#include <array>
#include <utility>

namespace bw::jobs {

namespace {

constexpr std::array<std::pair<State, std::string_view>, 7> names = {
    {{State::available, "available"},
     {State::scheduled, "scheduled"},
     {State::running, "running"},
     {State::retryable, "retryable"},
     {State::completed, "completed"},
     {State::cancelled, "cancelled"},
     {State::discarded, "discarded"}}};

} // namespace

std::string_view wire_name(State state) {
    return names[static_cast<std::size_t>(state)].second;
}

std::optional<State> state_from(std::string_view name) {
    for (const auto& [state, wire] : names)
        if (wire == name)
            return state;
    return std::nullopt;
}

std::optional<Standing> next(Standing job, Event event) {
    const bool running = job.state == State::running;
    auto becomes = [&](State state) {
        job.state = state;
        if (ended(state) || state == State::discarded)
            job.cancel_asked = false;
        return job;
    };
    switch (event) {
    case Event::claim:
        if (!waiting(job.state))
            return std::nullopt;
        ++job.attempt;
        return becomes(State::running);
    case Event::complete:
        return running ? std::optional(becomes(State::completed)) : std::nullopt;
    case Event::fail:
        if (!running)
            return std::nullopt;
        return becomes(job.attempt >= job.attempts_max ? State::discarded : State::retryable);
    case Event::give_up:
        return running ? std::optional(becomes(State::discarded)) : std::nullopt;
    case Event::snooze:
    case Event::release:
        if (!running)
            return std::nullopt;
        --job.attempt;
        return becomes(State::scheduled);
    case Event::lose:
        if (!running)
            return std::nullopt;
        ++job.crashes;
        return becomes(job.crashes >= crashes_max || job.attempt >= job.attempts_max
                           ? State::discarded
                           : State::retryable);
    case Event::cancel:
        if (ended(job.state))
            return std::nullopt;
        if (!running)
            return becomes(State::cancelled);
        job.cancel_asked = true;
        return job;
    case Event::be_ended:
        return running && job.cancel_asked ? std::optional(becomes(State::cancelled))
                                           : std::nullopt;
    case Event::retry:
        if (!waiting(job.state) && job.state != State::discarded)
            return std::nullopt;
        if (job.state == State::discarded)
            job.attempts_max = job.attempt + std::min(job.attempts_max, attempts_again_max);
        job.crashes = 0;
        return becomes(State::available);
    }
    return std::nullopt;
}

Bytes envelope(TenantId tenant, JobId job, std::string_view kind, std::string_view args) {
    const Sha256 hash = sha256({view(tenant.uuid), view(job.uuid), kind, ByteView("\0", 1), args});
    return Bytes(view(hash).substr(0, 16));
}

} // namespace bw::jobs
