// What a job is, its states, and which of them follows which: one pure function. The same table
// stands in README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bw::jobs {

struct JobKind {
    static constexpr const char* prefix = "job";
};
using JobId = Id<JobKind>;
struct WorkerKind {
    static constexpr const char* prefix = "wkr";
};
using WorkerId = Id<WorkerKind>;

enum class State : std::uint8_t {
    available, // due
    scheduled, // due later: enqueued so, or snoozed
    running,   // a worker has it
    retryable, // failed, due later
    completed, // history
    cancelled, // history
    discarded, // a dead letter: it waits for somebody to look
};
constexpr State states[] = {State::available, State::scheduled, State::running,  State::retryable,
                            State::completed, State::cancelled, State::discarded};
std::string_view wire_name(State state);
std::optional<State> state_from(std::string_view name);
/// Waits for a worker, now or later.
constexpr bool waiting(State state) {
    return state == State::available || state == State::scheduled || state == State::retryable;
}
constexpr bool ended(State state) {
    return state == State::completed || state == State::cancelled;
}

/// What happens to a job.
enum class Event : std::uint8_t {
    claim,
    complete,
    fail,     // the attempt failed, another may do
    give_up,  // no attempt will do
    snooze,   // not now; the attempt does not count
    release,  // claimed and never begun
    lose,     // its worker is gone, or its time is over
    cancel,   // somebody wants it ended
    be_ended, // the worker has heard of that
    retry,    // somebody wants it now
};

struct Standing {
    State state = State::available;
    int attempt = 0, attempts_max = 1, crashes = 0;
    bool cancel_asked = false;
    bool operator==(const Standing&) const = default;
};

/// Attempts whose worker was lost with them before nobody tries again.
constexpr int crashes_max = 3;

/// How many attempts more a dead letter gets when it comes back, at most.
constexpr int attempts_again_max = 10;

/// nullopt: the event does not happen to a job that stands so, and changes nothing.
std::optional<Standing> next(Standing job, Event event);

/// Lower is more urgent; claimed first within an institution.
enum class Priority : std::uint8_t { urgent, high, normal, low };

/// Binds a job's args to its institution, so that no worker does it for another one.
Bytes envelope(TenantId tenant, JobId job, std::string_view kind, std::string_view args);

/// What a worker has claimed.
struct Job {
    JobId id;
    std::string kind, args; // JSON
    int attempt = 1, attempts_max = 1;
    bool cancel_asked = false;
    Instant created_at;
};

} // namespace bw::jobs
