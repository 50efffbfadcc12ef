#include "journal/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bw::journal {

namespace {

Error system_error(int number, std::string_view what, const std::string& path) {
    Code code = number == ENOSPC || number == EDQUOT ? Code::storage_full : Code::unavailable;
    return fail(
        code, "cannot " + std::string(what) + ": " + std::generic_category().message(number), path);
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_); // everything that matters was synced before; nothing to learn here
    }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

class DiskFile final : public File {
public:
    DiskFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        while (!bytes.empty()) {
            ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return system_error(errno, "write", path_);
            if (n == 0)
                return fail(Code::unavailable, "cannot write: no progress", path_);
            bytes.remove_prefix(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
        }
        return {};
    }

    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t bytes) const override {
        std::size_t done = 0;
        while (done < bytes) {
            ssize_t n =
                ::pread(fd_.get(), out + done, bytes - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return system_error(errno, "read", path_);
            if (n == 0)
                break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<std::uint64_t> size() const override {
        struct stat info;
        if (::fstat(fd_.get(), &info) != 0)
            return system_error(errno, "stat", path_);
        return static_cast<std::uint64_t>(info.st_size);
    }

    Result<void> sync() override {
        if (::fdatasync(fd_.get()) != 0)
            return system_error(errno, "sync", path_);
        return {};
    }

private:
    Descriptor fd_;
    std::string path_;
};

Result<std::vector<std::string>> names_in(const std::filesystem::path& path) {
    std::vector<std::string> out;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
         it.increment(error))
        out.push_back(it->path().filename().string());
    if (error)
        return fail(Code::unavailable, "cannot list: " + error.message(), path.string());
    return out;
}

class DiskDirectory final : public Directory {
public:
    DiskDirectory(std::filesystem::path path, Descriptor fd)
        : path_(std::move(path)), fd_(std::move(fd)) {}

    Result<std::vector<std::string>> names() const override { return names_in(path_); }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        return open_file(name, O_RDWR | O_CLOEXEC);
    }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        return open_file(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0)
            return system_error(errno, "rename", path_of(from));
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
            return system_error(errno, "remove", path_of(name));
        return {};
    }
    Result<void> sync() override {
        if (::fsync(fd_.get()) != 0)
            return system_error(errno, "sync", path_.string());
        return {};
    }
    std::string path_of(const std::string& name) const override { return (path_ / name).string(); }

private:
    Result<std::unique_ptr<File>> open_file(const std::string& name, int flags) {
        Descriptor fd(::openat(fd_.get(), name.c_str(), flags, 0600));
        if (fd.get() < 0)
            return system_error(errno, "open", path_of(name));
        return std::make_unique<DiskFile>(std::move(fd), path_of(name));
    }

    std::filesystem::path path_;
    Descriptor fd_; // carries the lock, too
};

class ViewedDirectory final : public Directory {
public:
    explicit ViewedDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    Result<std::vector<std::string>> names() const override { return names_in(path_); }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        Descriptor fd(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
        if (fd.get() < 0)
            return system_error(errno, "open", path_of(name));
        return std::make_unique<DiskFile>(std::move(fd), path_of(name));
    }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        return read_only(name);
    }
    Result<void> rename(const std::string& from, const std::string&) override {
        return read_only(from);
    }
    Result<void> remove(const std::string& name) override { return read_only(name); }
    Result<void> sync() override { return {}; }
    std::string path_of(const std::string& name) const override { return (path_ / name).string(); }

private:
    Error read_only(const std::string& name) const {
        return fail(Code::forbidden, "opened for reading alone", path_of(name));
    }
    std::filesystem::path path_;
};

Result<void> sync_parent(const std::filesystem::path& path) {
    std::filesystem::path parent = path.parent_path();
    Descriptor fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0)
        return system_error(errno, "sync", parent.string());
    return {};
}

} // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::filesystem::path& relative) {
    std::error_code error;
    std::filesystem::path path = std::filesystem::absolute(relative, error).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();                 // "dir/" names the same as "dir"
    std::vector<std::filesystem::path> made{path}; // and whatever above it is not there yet
    while (!std::filesystem::exists(made.back().parent_path(), error) && !error)
        made.push_back(made.back().parent_path());
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(Code::unavailable, "cannot make the journal's directory: " + error.message(),
                    path.string());
    for (const std::filesystem::path& level : made)
        CHECK_OK(sync_parent(level));
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0)
        return system_error(errno, "open", path.string());
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return fail(Code::conflict,
                        "the journal is open in another process; stop that one, or give this one a "
                        "directory of its own",
                        path.string());
        return system_error(errno, "lock", path.string());
    }
    return std::make_unique<DiskDirectory>(std::move(path), std::move(fd));
}

Result<std::unique_ptr<Directory>> view_directory(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error))
        return fail(Code::not_found, "there is no such directory", path.string());
    return std::make_unique<ViewedDirectory>(path);
}

Result<void> read_all(const File& file, Bytes& out) {
    std::uint64_t size = TRY(file.size());
    out.resize(size);
    out.resize(TRY(file.read_at(0, out.data(), out.size())));
    return {};
}

Result<void> write_zeros(File& file, std::uint64_t begin, std::uint64_t end) {
    static const Bytes zeros(1024 * 1024, '\0');
    while (begin < end) {
        std::uint64_t n = std::min<std::uint64_t>(zeros.size(), end - begin);
        CHECK_OK(file.write_at(begin, ByteView(zeros).substr(0, n)));
        begin += n;
    }
    return {};
}

} // namespace bw::journal
