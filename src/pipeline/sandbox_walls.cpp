#include "pipeline/sandbox_walls.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace bw::pipeline {

namespace {

// Reading, computing, and writing to what is open.
constexpr int allowed[] = {SCMP_SYS(read),
                           SCMP_SYS(readv),
                           SCMP_SYS(pread64),
                           SCMP_SYS(write),
                           SCMP_SYS(writev),
                           SCMP_SYS(close),
                           SCMP_SYS(lseek),
                           SCMP_SYS(dup),
                           SCMP_SYS(dup2),
                           SCMP_SYS(dup3),
                           SCMP_SYS(poll),
                           SCMP_SYS(ppoll),
                           SCMP_SYS(fstat),
                           SCMP_SYS(stat),
                           SCMP_SYS(lstat),
                           SCMP_SYS(newfstatat),
                           SCMP_SYS(statx),
                           SCMP_SYS(statfs),
                           SCMP_SYS(fstatfs),
                           SCMP_SYS(access),
                           SCMP_SYS(faccessat),
                           SCMP_SYS(faccessat2),
                           SCMP_SYS(readlink),
                           SCMP_SYS(readlinkat),
                           SCMP_SYS(getdents64),
                           SCMP_SYS(getcwd),
                           SCMP_SYS(mmap),
                           SCMP_SYS(munmap),
                           SCMP_SYS(mremap),
                           SCMP_SYS(mprotect),
                           SCMP_SYS(madvise),
                           SCMP_SYS(brk),
                           SCMP_SYS(futex),
                           SCMP_SYS(set_robust_list),
                           SCMP_SYS(set_tid_address),
                           SCMP_SYS(rseq),
                           SCMP_SYS(arch_prctl),
                           SCMP_SYS(execve),
                           SCMP_SYS(execveat),
                           SCMP_SYS(exit),
                           SCMP_SYS(exit_group),
                           SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(sigaltstack),
                           SCMP_SYS(restart_syscall),
                           SCMP_SYS(getpid),
                           SCMP_SYS(gettid),
                           SCMP_SYS(getppid),
                           SCMP_SYS(getuid),
                           SCMP_SYS(geteuid),
                           SCMP_SYS(getgid),
                           SCMP_SYS(getegid),
                           SCMP_SYS(getrlimit),
                           SCMP_SYS(getrusage),
                           SCMP_SYS(sysinfo),
                           SCMP_SYS(uname),
                           SCMP_SYS(getrandom),
                           SCMP_SYS(sched_getaffinity),
                           SCMP_SYS(sched_yield),
                           SCMP_SYS(clock_gettime),
                           SCMP_SYS(clock_getres),
                           SCMP_SYS(gettimeofday),
                           SCMP_SYS(time),
                           SCMP_SYS(nanosleep),
                           SCMP_SYS(clock_nanosleep)};

bool add_rules(scmp_filter_ctx filter) {
    for (const int call : allowed)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0)
            return false;
    // Files for reading alone; limits for reading alone; is this a terminal? Descriptors, but not
    // who is to be signalled of them. (Without tgkill abort() ends all the same.)
    constexpr scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC; // O_TMPFILE needs O_RDWR
    auto allow_if = [&](int call, scmp_arg_cmp argument) {
        return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &argument) == 0;
    };
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL})
        if (!allow_if(SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command), 0}))
            return false;
    return allow_if(SCMP_SYS(openat), {2, SCMP_CMP_MASKED_EQ, writing, O_RDONLY}) &&
           allow_if(SCMP_SYS(open), {1, SCMP_CMP_MASKED_EQ, writing, O_RDONLY}) &&
           allow_if(SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0, 0}) &&
           allow_if(SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, TCGETS, 0});
}

Result<std::vector<sock_filter>> make_filter() {
    const std::unique_ptr<void, decltype(&seccomp_release)> filter(
        seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
    const Fd file(::memfd_create("filter", MFD_CLOEXEC));
    if (!filter || !file.open() || !add_rules(filter.get()) ||
        seccomp_export_bpf(filter.get(), file.get()) != 0)
        return no_sandbox("make a filter of system calls");
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (program.empty() ||
        ::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
        return no_sandbox("read the filter of system calls");
    return program;
}

} // namespace

void Fd::close() {
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = -1;
}

Error no_sandbox(const std::string& what) {
    return fail(Code::unavailable,
                "the sandbox for tools cannot " + what + ": " + std::strerror(errno));
}

Result<const std::vector<sock_filter>*> syscall_filter() {
    static const Result<std::vector<sock_filter>> made = make_filter();
    if (!made)
        return made.error();
    return &*made;
}

Result<Fd> file_rules(const Fd& program, int input) {
    // What the first version of Landlock knows; later rights (truncating, devices) come to nothing
    // without a file that is open for writing.
    constexpr std::uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                    LANDLOCK_ACCESS_FS_EXECUTE,
                            of_a_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
                            all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    landlock_ruleset_attr handled{};
    handled.handled_access_fs = all;
    Fd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
    if (!rules.open())
        return no_sandbox("confine files (Landlock, Linux 5.13)");
    auto allow = [&](int fd, std::uint64_t access) {
        landlock_path_beneath_attr rule{};
        rule.allowed_access = access;
        rule.parent_fd = fd;
        return ::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule,
                         0) == 0;
    };
    const Fd system(::open("/usr", O_PATH | O_CLOEXEC)),
        libraries(::open("/etc/ld.so.cache", O_PATH | O_CLOEXEC));
    if (!allow(system.get(), reads) || !allow(program.get(), of_a_file) ||
        (input >= 0 && !allow(input, LANDLOCK_ACCESS_FS_READ_FILE)) ||
        (libraries.open() && !allow(libraries.get(), LANDLOCK_ACCESS_FS_READ_FILE)))
        return no_sandbox("allow the system's libraries");
    return rules;
}

int landlock_restrict_self(int ruleset) {
    return static_cast<int>(::syscall(SYS_landlock_restrict_self, ruleset, 0));
}

} // namespace bw::pipeline
