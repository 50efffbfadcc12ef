#include "app/serve_child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration stop_limit = 20s;

} // namespace

Result<void> ServeChild::start() {
    std::vector<char*> argv; // made before the fork: after it only async-signal-safe calls
    for (std::string& argument : arguments_)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) {
        set_due();
        return fail(Code::unavailable, "cannot start a process");
    }
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(1); // it died before the line above
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        execv("/proc/self/exe", argv.data());
        _exit(127);
    }
    started_at_ = clock_.monotonic();
    return {};
}

std::optional<int> ServeChild::ended() {
    int status = 0;
    if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) != pid_)
        return std::nullopt;
    pid_ = -1;
    return status;
}

void ServeChild::set_due() {
    const bool lived = clock_.monotonic() - started_at_ > 10s;
    pause_ = lived ? pause_min_ : std::min<Duration>(pause_ * 2, pause_max_);
    due_ = clock_.monotonic() + pause_;
}

Result<void> ServeChild::tend() {
    if (const auto status = ended()) {
        set_due();
        log::error(name_ + "_ended",
                   {{"wait_status", *status}, {"restart_in_ms", pause_.count() / 1'000'000}});
    }
    if (!due_ || clock_.monotonic() < *due_)
        return {};
    due_.reset();
    return start();
}

std::optional<Duration> ServeChild::due_in() const {
    if (!due_)
        return std::nullopt;
    return std::max(*due_ - clock_.monotonic(), Duration::zero());
}

void ServeChild::ask_to_stop() const {
    if (pid_ > 0)
        kill(pid_, SIGTERM);
}

void ServeChild::stop() {
    if (pid_ <= 0)
        return;
    ask_to_stop();
    const Deadline deadline = Deadline::in(clock_, stop_limit);
    while (!ended()) {
        if (deadline.expired(clock_))
            kill(pid_, SIGKILL);
        const timespec nap{0, 20'000'000};
        nanosleep(&nap, nullptr);
    }
}

} // namespace bw::app
