#include "journal/file.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/disk.hpp"

namespace bw::journal {

namespace {

using disk::Descriptor;

class DiskFile final : public File {
public:
    DiskFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        return disk::write_at(fd_, offset, bytes, path_);
    }
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t bytes) const override {
        return disk::read_at(fd_, offset, out, bytes, path_);
    }
    Result<std::uint64_t> size() const override { return disk::size_of(fd_, path_); }
    Result<void> sync() override { return disk::sync(fd_, path_); }

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
            return disk::error_of(errno, "rename", path_of(from));
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
            return disk::error_of(errno, "remove", path_of(name));
        return {};
    }
    Result<void> sync() override { return disk::sync_directory(fd_, path_.string()); }
    std::string path_of(const std::string& name) const override { return (path_ / name).string(); }

private:
    Result<std::unique_ptr<File>> open_file(const std::string& name, int flags) {
        Descriptor fd(::openat(fd_.get(), name.c_str(), flags, 0600));
        if (fd.get() < 0)
            return disk::error_of(errno, "open", path_of(name));
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
            return disk::error_of(errno, "open", path_of(name));
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

} // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::filesystem::path& relative) {
    std::filesystem::path path = TRY(disk::make_directory(relative));
    Descriptor fd = TRY(disk::open_directory(path));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return fail(Code::conflict,
                        "the journal is open in another process; stop that one, or give this one a "
                        "directory of its own",
                        path.string());
        return disk::error_of(errno, "lock", path.string());
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
