// `serve` as a child of `up`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::app {

/// It ends when we do.
class ServeChild {
public:
    /// `name`: in the log. `pause_min` to `pause_max`: before it is started again. The clock
    /// outlives this.
    ServeChild(std::string name, std::vector<std::string> arguments, Duration pause_min,
               Duration pause_max, const Clock& clock)
        : name_(std::move(name)), arguments_(std::move(arguments)), pause_min_(pause_min),
          pause_max_(pause_max), clock_(clock), pause_(pause_min) {}
    ~ServeChild() { stop(); }
    ServeChild(const ServeChild&) = delete;
    ServeChild& operator=(const ServeChild&) = delete;

    /// From the next start on.
    void set_arguments(std::vector<std::string> arguments) { arguments_ = std::move(arguments); }
    /// If that fails, tend() tries again.
    Result<void> start();
    /// How it ended, if it did: told once.
    std::optional<int> ended();
    /// Says when it has ended, and starts it again when that is due: later after each early death,
    /// so that a broken installation does not spin. From time to time, and when a child has ended.
    Result<void> tend();
    /// Until it is to be started again; nullopt: it runs, or never did.
    std::optional<Duration> due_in() const;
    /// So that several stop at the same time.
    void ask_to_stop() const;
    void stop();

private:
    void set_due();

    const std::string name_;
    std::vector<std::string> arguments_;
    const Duration pause_min_, pause_max_;
    const Clock& clock_;
    pid_t pid_ = -1;
    Monotonic started_at_{};
    Duration pause_;
    std::optional<Monotonic> due_; // to be started again
};

} // namespace bw::app
