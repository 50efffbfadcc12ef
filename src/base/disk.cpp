#include "base/disk.hpp"

#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bw::disk {

Error error_of(int number, std::string_view what, const std::string& path) {
    Code code = number == ENOSPC || number == EDQUOT ? Code::storage_full : Code::unavailable;
    return fail(
        code, "cannot " + std::string(what) + ": " + std::generic_category().message(number), path);
}

Descriptor::~Descriptor() {
    if (fd_ >= 0)
        ::close(fd_);
}

Result<void> write_at(const Descriptor& fd, std::uint64_t offset, ByteView bytes,
                      const std::string& path) {
    while (!bytes.empty()) {
        ssize_t n = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_of(errno, "write", path);
        if (n == 0)
            return fail(Code::unavailable, "cannot write: no progress", path);
        bytes.remove_prefix(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return {};
}

Result<std::size_t> read_at(const Descriptor& fd, std::uint64_t offset, char* out,
                            std::size_t bytes, const std::string& path) {
    std::size_t done = 0;
    while (done < bytes) {
        ssize_t n = ::pread(fd.get(), out + done, bytes - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_of(errno, "read", path);
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

Result<std::uint64_t> size_of(const Descriptor& fd, const std::string& path) {
    struct stat info;
    if (::fstat(fd.get(), &info) != 0)
        return error_of(errno, "stat", path);
    return static_cast<std::uint64_t>(info.st_size);
}

Result<void> sync(const Descriptor& fd, const std::string& path) {
    if (::fdatasync(fd.get()) != 0)
        return error_of(errno, "sync", path);
    return {};
}

Result<Descriptor> open_directory(const std::filesystem::path& path) {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open())
        return error_of(errno, "open", path.string());
    return fd;
}

Result<void> sync_directory(const Descriptor& fd, const std::string& path) {
    if (::fsync(fd.get()) != 0)
        return error_of(errno, "sync", path);
    return {};
}

Result<std::filesystem::path> make_directory(const std::filesystem::path& relative) {
    std::error_code error;
    std::filesystem::path path = std::filesystem::absolute(relative, error).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();                 // "dir/" names the same as "dir"
    std::vector<std::filesystem::path> made{path}; // and whatever above it is not there yet
    while (!std::filesystem::exists(made.back().parent_path(), error) && !error)
        made.push_back(made.back().parent_path());
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(Code::unavailable, "cannot make the directory: " + error.message(),
                    path.string());
    for (const std::filesystem::path& level : made) {
        const std::filesystem::path parent = level.parent_path();
        const Descriptor fd = TRY(open_directory(parent));
        CHECK_OK(sync_directory(fd, parent.string()));
    }
    return path;
}

} // namespace bw::disk
