// Between fork and exec only system calls are made: another thread may have held any lock at the
// fork.
#include "pipeline/sandbox.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/child_process.hpp"
#include "pipeline/sandbox_walls.hpp"

namespace bw::pipeline {

namespace {

#if defined(__has_feature) && __has_feature(address_sanitizer)
constexpr bool bounds_memory = false; // its shadow is terabytes of address space
#else
constexpr bool bounds_memory = true;
#endif
constexpr uid_t nobody = 65534;
constexpr Duration look_interval = 50ms; // for a stop
constexpr rlim_t files_limit = 64;

/// Everything the child needs, made before the fork.
struct Plan {
    std::vector<char*> arguments, environment;
    int program, input, output, nowhere, failure_pipe, file_rules;
    sock_fprog filter;
    rlim_t cpu_seconds, memory_bytes;
    int nice;
    bool as_root;
    pid_t parent;
};

bool limit(int what, rlim_t value) {
    const rlimit both{value, value};
    return ::syscall(SYS_prlimit64, 0, what, &both, nullptr) == 0;
}

/// In the child.
[[noreturn]] void become(const Plan& plan) {
    auto give_up = [&] { give_up_before_exec(plan.failure_pipe); };
    reset_signals();
    ::setsid();
    if (::chdir("/") != 0 || ::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 ||
        ::dup2(plan.nowhere, 2) < 0)
        give_up();
    ::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (!limit(RLIMIT_CPU, plan.cpu_seconds) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0) ||
        !limit(RLIMIT_NOFILE, files_limit) ||
        (bounds_memory && !limit(RLIMIT_AS, plan.memory_bytes)))
        give_up();
    if (plan.nice > 0 && ::setpriority(PRIO_PROCESS, 0, plan.nice) != 0)
        give_up();
    if (plan.as_root && (::syscall(SYS_setgroups, 0, nullptr) != 0 ||
                         ::syscall(SYS_setresgid, nobody, nobody, nobody) != 0 ||
                         ::syscall(SYS_setresuid, nobody, nobody, nobody) != 0))
        give_up();
    // After the change of user, which clears it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        give_up();
    if (::getppid() != plan.parent)
        ::_exit(127); // the parent died in between
    if (landlock_restrict_self(plan.file_rules) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &plan.filter) != 0)
        give_up();
    // By its descriptor: user 65534 may not be able to look the path up.
    ::syscall(SYS_execveat, plan.program, "", plan.arguments.data(), plan.environment.data(),
              AT_EMPTY_PATH);
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

/// The bytes as a file that nobody can change.
Result<Fd> as_file(ByteView bytes) {
    Fd file(::memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.open())
        return no_sandbox("hold the input");
    while (!bytes.empty()) {
        const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
        if (n < 0 && errno != EINTR)
            return no_sandbox("hold the input");
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

struct Child {
    pid_t pid = -1;
    Fd output, end; // the second can be read when it has ended
};

/// `opens`: the tool may open the input anew.
Result<Child> start(const Tool& tool, const Fd& file, bool opens) {
    std::vector<std::string> arguments = tool.arguments,
                             environment = {"PATH=/usr/bin", "LANG=C.UTF-8", "TZ=UTC",
                                            "HOME=/nonexistent"};
    const Fd program(::open(arguments.at(0).c_str(), O_PATH | O_CLOEXEC));
    if (!program.open())
        return no_sandbox("find " + arguments[0]);
    const Fd rules = TRY(file_rules(program, opens ? file.get() : -1)),
             nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    std::array<int, 2> output{-1, -1}, failure{-1, -1};
    if (::pipe2(output.data(), O_CLOEXEC) != 0)
        return no_sandbox("make a pipe");
    Fd output_here(output[0]), output_there(output[1]);
    if (::pipe2(failure.data(), O_CLOEXEC) != 0)
        return no_sandbox("make a pipe");
    Fd told(failure[0]), teller(failure[1]);
    const std::vector<sock_filter>& filter = *TRY(syscall_filter());
    const Plan plan{.arguments = pointers(arguments),
                    .environment = pointers(environment),
                    .program = program.get(),
                    .input = file.get(),
                    .output = output_there.get(),
                    .nowhere = nowhere.get(),
                    .failure_pipe = teller.get(),
                    .file_rules = rules.get(),
                    .filter = {static_cast<unsigned short>(filter.size()),
                               const_cast<sock_filter*>(filter.data())}, // the kernel reads it
                    .cpu_seconds = static_cast<rlim_t>(
                        std::chrono::ceil<std::chrono::seconds>(tool.limits.time).count() + 1),
                    .memory_bytes = tool.limits.memory_bytes,
                    .nice = tool.nice,
                    .as_root = ::geteuid() == 0,
                    .parent = ::getpid()};
    const pid_t pid = ::fork();
    if (pid == 0)
        become(plan);
    if (pid < 0)
        return no_sandbox("make a process");
    teller.close();
    int reason = 0;
    ssize_t n = 0;
    do
        n = ::read(told.get(), &reason, sizeof reason);
    while (n < 0 && errno == EINTR);
    Child child{pid, std::move(output_here),
                Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))};
    if (n > 0 || !child.end.open()) {
        if (n == 0)
            reason = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        errno = reason;
        return no_sandbox("run " + arguments[0]);
    }
    return child;
}

/// Reads what is there.
enum class Took : std::uint8_t { some, all, refused };
Took take_output(const Child& child, const Tool& tool, Bytes& output) {
    std::array<char, 64 * 1024> buffer;
    const ssize_t n = ::read(child.output.get(), buffer.data(), buffer.size());
    if (n < 0)
        return errno == EINTR ? Took::some : Took::all;
    if (n == 0)
        return Took::all;
    const auto read = static_cast<std::size_t>(n);
    if (tool.take)
        return tool.take({buffer.data(), read}) ? Took::some : Took::refused;
    output.append(buffer.data(), std::min(read, tool.limits.output_bytes + 1 - output.size()));
    return Took::some;
}

/// Until it ends by itself, or must end; nullopt: by itself.
std::optional<ToolEnd> follow(const Child& child, const Tool& tool, const Clock& clock,
                              Deadline deadline, const std::stop_token& stop, Bytes& output) {
    bool more = true;
    for (;;) {
        if (output.size() > tool.limits.output_bytes)
            return ToolEnd::too_much_output;
        if (stop.stop_requested())
            return ToolEnd::stopped;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::min(deadline.remaining(clock), look_interval));
        if (left.count() <= 0)
            return ToolEnd::out_of_time;
        std::array<pollfd, 2> ready{pollfd{more ? child.output.get() : -1, POLLIN, 0},
                                    pollfd{child.end.get(), POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), static_cast<int>(left.count())) <= 0)
            continue;
        if (ready[0].revents != 0) {
            const Took took = take_output(child, tool, output);
            if (took == Took::refused)
                return ToolEnd::stopped;
            more = took == Took::some;
        } else if (ready[1].revents != 0) // and nothing is left in the pipe
            return std::nullopt;
    }
}

Result<ToolRun> run_on(const Tool& tool, const Fd& input, bool opens, const Clock& clock,
                       Deadline deadline, const std::stop_token& stop) {
    const Child child = TRY(start(tool, input, opens));
    const Deadline own = Deadline::in(clock, tool.limits.time);
    ToolRun run;
    const auto forced =
        follow(child, tool, clock, own.at() < deadline.at() ? own : deadline, stop, run.output);
    if (forced)
        ::kill(-child.pid, SIGKILL); // its session
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status))
        run.status = WEXITSTATUS(status);
    if (forced)
        run.end = *forced;
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        run.end = ToolEnd::out_of_time;
    else
        run.end = run.status == 0 ? ToolEnd::well : ToolEnd::failed;
    return run;
}

} // namespace

Result<ToolRun> run_sandboxed(const Tool& tool, ByteView input, const Clock& clock,
                              Deadline deadline, const std::stop_token& stop) {
    return run_on(tool, TRY(as_file(input)), false, clock, deadline, stop);
}

Result<ToolRun> run_sandboxed_on(const Tool& tool, const std::filesystem::path& input,
                                 const Clock& clock, Deadline deadline,
                                 const std::stop_token& stop) {
    const Fd file(::open(input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open())
        return no_sandbox("open its input");
    return run_on(tool, file, true, clock, deadline, stop);
}

std::optional<std::string> sandbox_lacks() {
    static const std::optional<std::string> lack = []() -> std::optional<std::string> {
        const SystemClock clock;
        const auto run =
            run_sandboxed({.arguments = {"/usr/bin/true"}}, "", clock, Deadline::in(clock, 10s));
        if (!run)
            return run.error().detail;
        return run->end == ToolEnd::well
                   ? std::nullopt
                   : std::optional<std::string>("a harmless tool fails in it");
    }();
    return lack;
}

} // namespace bw::pipeline
