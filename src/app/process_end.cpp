#include "app/process_end.hpp"

#include <signal.h>

#include "telemetry/log.hpp"

namespace bw::app {

namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    return signals;
}

} // namespace

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Result<void> wait_for_end(const journal::Journal* journal, const DirectoryRefresher& refresher,
                          net::Server& server, const std::function<void()>& each_second) {
    const sigset_t signals = stop_signals();
    const timespec look_again{1, 0};
    for (;;) {
        const int signal = sigtimedwait(&signals, nullptr, &look_again);
        if (signal == SIGHUP) {
            // A bad pair is refused, and the old one stays.
            auto reloaded = server.reload_tls();
            log::write(reloaded ? log::Level::info : log::Level::warn, "tls_reloaded",
                       {{"error", reloaded ? std::string() : reloaded.error().text()}});
            continue;
        }
        if (signal > 0) {
            log::info("stopping", {{"signal", signal}});
            return {};
        }
        if (refresher.refused())
            return fail(Code::forbidden, "the database would not keep institutions apart for this "
                                         "role; the log says why");
        each_second();
        if (journal && journal->status().sealed)
            return fail(Code::unavailable, "the journal was sealed after a failed write or sync; a "
                                           "new process must recover it");
    }
}

} // namespace bw::app
