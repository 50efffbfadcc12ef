// What a child does between fork and exec. System calls alone: another thread may have held any
// lock at the fork.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace bw {

/// No signal is blocked or ignored any more: a mask survives exec, and so does SIG_IGN.
inline void reset_signals() {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    struct sigaction fresh = {};
    fresh.sa_handler = SIG_DFL;
    for (int s : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2})
        ::sigaction(s, &fresh, nullptr);
}

/// Tells the parent errno, over a pipe that exec closes, and ends.
[[noreturn]] inline void give_up_before_exec(int failure_pipe) {
    const int reason = errno;
    [[maybe_unused]] auto written = ::write(failure_pipe, &reason, sizeof reason);
    ::_exit(127);
}

} // namespace bw
