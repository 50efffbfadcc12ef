// See process.hpp. Between fork and exec only system calls are made: another thread may have held
// any lock at the fork.
#include "pg/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/child_process.hpp"

namespace bw::pg {

namespace {

class File {
public:
    explicit File(int fd) : fd_(fd) {}
    ~File() { close(); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }
    void close() {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

/// Everything the child needs, made before the fork.
struct Plan {
    std::vector<char*> arguments, environment;
    int input, output, failure_pipe;
    const Identity* run_as;
    int death_signal;
    pid_t parent;
};

/// In the child. Raw system calls where glibc's wrappers would talk to other threads.
[[noreturn]] void become(const Plan& plan) {
    auto give_up = [&] { give_up_before_exec(plan.failure_pipe); };
    reset_signals();
    ::setsid();
    if (plan.run_as != nullptr &&
        (::syscall(SYS_setgroups, 0, nullptr) != 0 ||
         ::syscall(SYS_setresgid, plan.run_as->gid, plan.run_as->gid, plan.run_as->gid) != 0 ||
         ::syscall(SYS_setresuid, plan.run_as->uid, plan.run_as->uid, plan.run_as->uid) != 0))
        give_up();
    if (plan.death_signal != 0) { // after the change of user, which clears it
        if (::prctl(PR_SET_PDEATHSIG, plan.death_signal) != 0)
            give_up();
        if (::getppid() != plan.parent)
            ::_exit(127); // the parent died in between
    }
    ::umask(077);
    if (::chdir("/") != 0 || ::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 ||
        ::dup2(plan.output, 2) < 0)
        give_up();
    ::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(plan.arguments[0], plan.arguments.data(), plan.environment.data());
    give_up();
    ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (std::string& s : strings)
        out.push_back(s.data());
    out.push_back(nullptr);
    return out;
}

} // namespace

Result<pid_t> spawn(const Command& command) {
    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                                            "TZ=UTC", "HOME=/nonexistent"};
    const char* log = command.log.empty() ? "/dev/null" : command.log.c_str();
    File input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    File output(::open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    std::array<int, 2> ends{-1, -1};
    if (input.fd() < 0 || output.fd() < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail(
            Code::unavailable,
            std::string("cannot open the files of a child process: ") + std::strerror(errno), log);
    File told(ends[0]), teller(ends[1]);
    Plan plan{pointers(arguments),
              pointers(environment),
              input.fd(),
              output.fd(),
              teller.fd(),
              command.run_as ? &*command.run_as : nullptr,
              command.signal_when_we_die,
              ::getpid()};
    pid_t pid = ::fork();
    if (pid == 0)
        become(plan);
    if (pid < 0)
        return fail(Code::unavailable,
                    std::string("cannot start a process: ") + std::strerror(errno));
    teller.close();
    int reason = 0;
    ssize_t n = 0;
    do
        n = ::read(told.fd(), &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        ::waitpid(pid, nullptr, 0);
        return fail(Code::unavailable, "cannot run " + arguments[0] + ": " + std::strerror(reason));
    }
    return pid;
}

Result<int> run_to_end(const Command& command, const Clock& clock, Deadline deadline) {
    pid_t pid = TRY(spawn(command));
    int status = 0;
    while (::waitpid(pid, &status, WNOHANG) == 0) {
        if (deadline.expired(clock)) {
            ::kill(-pid, SIGKILL); // its session: initdb has children
            ::waitpid(pid, nullptr, 0);
            return fail(Code::deadline_exceeded, command.arguments[0] + " did not end in time");
        }
        std::this_thread::sleep_for(5ms);
    }
    return status;
}

} // namespace bw::pg
