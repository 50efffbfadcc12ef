// fsync() as a test wants it: this definition goes before the C library's in the test program that
// includes it, in one file. A simulated disk is better where the code has a seam for one.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace bw::test {

/// While it is there, `before` is called with the path of each file or directory that is about to
/// be synced; false: the sync fails.
class OwnFsync {
public:
    using Before = std::function<bool(const std::filesystem::path&)>;
    explicit OwnFsync(Before before) { set(std::move(before)); }
    ~OwnFsync() { set({}); }
    OwnFsync(const OwnFsync&) = delete;
    OwnFsync& operator=(const OwnFsync&) = delete;

    static bool allows(int fd) {
        Before before;
        {
            std::lock_guard lock(mutex());
            before = current();
        }
        std::error_code error;
        return !before ||
               before(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error));
    }

private:
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    static Before& current() { // under mutex()
        static Before one;
        return one;
    }
    static void set(Before before) {
        std::lock_guard lock(mutex());
        current() = std::move(before);
    }
};

} // namespace bw::test

extern "C" int fsync(int fd) {
    if (bw::test::OwnFsync::allows(fd))
        return static_cast<int>(::syscall(SYS_fsync, fd));
    errno = EIO;
    return -1;
}
