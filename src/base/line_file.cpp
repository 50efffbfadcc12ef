#include "base/line_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

namespace bw {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    const int fd_;
};

Error failed(const char* what, const std::filesystem::path& path) {
    return fail(Code::unavailable,
                std::string("cannot ") + what + ": " + std::generic_category().message(errno),
                path.string());
}

/// Held until it is destroyed.
Result<std::unique_ptr<Descriptor>> lock(const std::filesystem::path& path) {
    const std::string name = path.string() + ".lock";
    auto fd =
        std::make_unique<Descriptor>(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fd->get() < 0 || ::flock(fd->get(), LOCK_EX) != 0)
        return failed("lock", name);
    return fd;
}

/// nullopt: there is none.
Result<std::optional<std::string>> read_whole(const std::filesystem::path& path) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT)
        return std::optional<std::string>();
    if (fd.get() < 0)
        return failed("open", path);
    std::string out;
    for (char block[64 * 1024];;) {
        const ssize_t got = ::read(fd.get(), block, sizeof block);
        if (got < 0)
            return failed("read", path);
        if (got == 0)
            return std::optional(std::move(out));
        out.append(block, static_cast<std::size_t>(got));
    }
}

Result<void> write_whole(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0)
            return failed("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return ::fsync(fd) == 0 ? Result<void>() : Result<void>(failed("sync", path));
}

/// By another file, whole and synced before it gets the name: whatever fails, nobody reads a line
/// that is in memory alone. Under the lock.
Result<void> replace(const std::filesystem::path& path, std::string_view bytes) {
    const std::filesystem::path draft = path.string() + ".tmp";
    auto written = [&]() -> Result<void> {
        const Descriptor fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (fd.get() < 0)
            return failed("open", draft);
        CHECK_OK(write_whole(fd.get(), bytes, draft));
        return ::rename(draft.c_str(), path.c_str()) == 0 ? Result<void>()
                                                          : Result<void>(failed("rename", draft));
    }();
    if (!written) {
        ::unlink(draft.c_str()); // a full disk needs the space
        return written;
    }
    return sync_directory(path.parent_path());
}

} // namespace

Result<void> sync_directory(const std::filesystem::path& directory) {
    const std::filesystem::path path = directory.empty() ? "." : directory;
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0)
        return failed("sync", path);
    return {};
}

Result<void> LineFile::add(std::span<const std::string> lines) const {
    if (lines.empty())
        return sync();
    const auto held = TRY(lock(path_));
    std::string text = TRY(read_whole(path_)).value_or("");
    text.resize(text.rfind('\n') + 1); // npos + 1 is 0
    for (const std::string& line : lines)
        text += line + "\n";
    return replace(path_, text);
}

Result<void> LineFile::sync() const {
    const Descriptor fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT)
        return {};
    if (fd.get() < 0 || ::fsync(fd.get()) != 0)
        return failed("sync", path_);
    return sync_directory(path_.parent_path());
}

Result<std::vector<std::string>> LineFile::lines() const {
    std::vector<std::string> out;
    const auto text = TRY(read_whole(path_));
    if (!text)
        return out;
    for (std::size_t at = 0;;) {
        const std::size_t end = text->find('\n', at);
        if (end == std::string::npos)
            return out; // cut off while it was written: nobody was told that it stands
        out.push_back(text->substr(at, end - at));
        at = end + 1;
    }
}

Result<std::size_t> LineFile::remove(const std::function<bool(std::string_view)>& drop) const {
    const auto held = TRY(lock(path_));
    std::string kept;
    std::size_t dropped = 0;
    for (const std::string& line : TRY(lines()))
        if (drop(line))
            ++dropped;
        else
            kept += line + "\n";
    CHECK_OK(dropped > 0 ? replace(path_, kept) : sync()); // which may have failed before
    return dropped;
}

} // namespace bw
