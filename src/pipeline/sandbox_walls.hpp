// What confines a sandboxed child, made before the fork so that the child only makes system calls.
// Internal.
#pragma once

#include <linux/filter.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace bw::pipeline {

/// A file descriptor that closes.
class Fd {
public:
    explicit Fd(int fd = -1) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { close(); }
    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void close();

private:
    int fd_;
};

/// unavailable, with errno's reason.
Error no_sandbox(const std::string& what);

/// The system calls that a tool needs to read, compute and write to what is open, as a BPF program;
/// all others fail with EPERM. Made once.
Result<const std::vector<sock_filter>*> syscall_filter();

/// A Landlock ruleset (Linux 5.13, landlock(7)): reading and executing below /usr, and `program`;
/// reading `input`, if that is not -1.
Result<Fd> file_rules(const Fd& program, int input = -1);
int landlock_restrict_self(int ruleset); // async-signal-safe

} // namespace bw::pipeline
