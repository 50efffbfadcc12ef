// A preloaded library for tests: fsync and fdatasync fail with EIO, as a dying disk's do, for files
// whose path contains $BW_SYNC_PATH while the file $BW_SYNC_FAILS exists. (Calls past the C
// library, such as io_uring's, are not seen.)
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

bool shall_fail(int fd) {
    const char* path = getenv("BW_SYNC_PATH");
    const char* fails = getenv("BW_SYNC_FAILS");
    if (!path || !fails || access(fails, F_OK) != 0)
        return false;
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0)
        return false;
    name[length] = '\0';
    return strstr(name, path) != nullptr;
}

int pass_on(const char* function, int fd) {
    if (shall_fail(fd)) {
        errno = EIO;
        return -1;
    }
    return reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, function))(fd);
}

} // namespace

extern "C" int fsync(int fd) {
    return pass_on("fsync", fd);
}
extern "C" int fdatasync(int fd) {
    return pass_on("fdatasync", fd);
}
