#include "blob/directory_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/disk.hpp"
#include "base/ensure.hpp"

namespace bw::blob {

namespace {

using disk::Descriptor;

constexpr int folders = 256;                   // objects lie in one of them by a hash of their key
constexpr const char* draft_suffix = "~draft"; // no key has a '~'
const std::string draft_token = "file";
constexpr auto room_comes_after = std::chrono::minutes(5); // somebody has to make it

class DirectoryStore;

class FileDraft final : public Draft {
public:
    FileDraft(DirectoryStore& store, std::string name, Descriptor fd)
        : store_(store), name_(std::move(name)), fd_(std::move(fd)) {}

    const std::string& token() const override { return draft_token; }
    Result<void> append(ByteView bytes, Deadline) override;
    Result<std::uint64_t> sync(Deadline) override {
        if (broken_) // what the kernel dropped cannot be told from what it wrote
            return *broken_;
        if (auto synced = disk::sync(fd_, name_); !synced) {
            broken_ = synced.error();
            return *broken_;
        }
        return size_;
    }
    Result<void> finish(Deadline deadline) override;

private:
    DirectoryStore& store_;
    const std::string name_;
    Descriptor fd_;
    std::uint64_t size_ = 0;
    std::optional<Error> broken_;
};

/// Drafts lie beside the objects that they become.
class DirectoryStore final : public Store {
public:
    DirectoryStore(std::filesystem::path path, Descriptor root, DirectoryOptions options)
        : path_(std::move(path)), root_(std::move(root)), options_(options) {}

    Result<void> make_folders() {
        for (int i = 0; i < folders; ++i)
            if (::mkdirat(root_.get(), fmt::format("{:02x}", i).c_str(), 0700) != 0 &&
                errno != EEXIST)
                return disk::error_of(errno, "make a folder in", path_.string());
        return disk::sync_directory(root_, path_.string());
    }

    Result<std::unique_ptr<Draft>> begin(const std::string& key, Deadline) override {
        CHECK_OK(check_room(0));
        const std::string name = name_of(key);
        Descriptor fd(::openat(root_.get(), (name + draft_suffix).c_str(),
                               O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd.open() && errno == EEXIST)
            return fail(Code::conflict, "this key is being written", key);
        if (!fd.open())
            return disk::error_of(errno, "make", key);
        CHECK_OK(sync_folder_of(name)); // found again after a crash, by its name
        return std::make_unique<FileDraft>(*this, name, std::move(fd));
    }

    Result<void> adopt(const std::string& key, const std::string&, std::uint64_t bytes,
                       Deadline) override {
        const std::string name = name_of(key);
        Descriptor fd(::openat(root_.get(), (name + draft_suffix).c_str(), O_RDWR | O_CLOEXEC));
        const bool renamed_before = !fd.open() && errno == ENOENT;
        if (renamed_before)
            fd = TRY(open(key));
        if (!fd.open())
            return disk::error_of(errno, "open", key);
        if (TRY(disk::size_of(fd, key)) < bytes)
            return fail(Code::corrupt, "the draft is shorter than was promised", key);
        // What lies behind is nobody's; its writer may still add to it, behind what counts.
        if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0)
            return disk::error_of(errno, "cut", key);
        CHECK_OK(disk::sync(fd, key));
        return renamed_before ? Result<void>() : publish(name);
    }

    Result<void> discard(const std::string& key, const std::string&, Deadline) override {
        return unlink(name_of(key) + draft_suffix);
    }
    Result<void> remove(const std::string& key, Deadline) override { return unlink(name_of(key)); }

    Result<void> remove_series(const std::string& prefix, std::int64_t last,
                               const std::set<std::string>& spared, Deadline) override {
        std::set<std::string> touched; // one name of each folder
        for (std::int64_t number = 1; number <= last; ++number) {
            const std::string key = prefix + "/" + std::to_string(number), name = name_of(key);
            if (spared.contains(key))
                continue;
            for (const std::string& file : {name + draft_suffix, name})
                if (::unlinkat(root_.get(), file.c_str(), 0) == 0)
                    touched.insert(name.substr(0, 2));
                else if (errno != ENOENT)
                    return disk::error_of(errno, "remove", key);
        }
        for (const std::string& folder : touched)
            CHECK_OK(sync_folder_of(folder));
        return {};
    }

    Result<std::uint64_t> size(const std::string& key, Deadline) override {
        return disk::size_of(TRY(open(key)), key);
    }

    Result<Bytes> read(const std::string& key, std::uint64_t offset, std::size_t bytes,
                       Deadline) override {
        const Descriptor fd = TRY(open(key));
        Bytes out(bytes, '\0');
        out.resize(TRY(disk::read_at(fd, offset, out.data(), bytes, key)));
        return out;
    }

    Result<std::optional<std::uint64_t>> room() override {
        struct statvfs info;
        if (::fstatvfs(root_.get(), &info) != 0)
            return disk::error_of(errno, "look at", path_.string());
        const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
        return std::optional(free > options_.bytes_kept_free ? free - options_.bytes_kept_free : 0);
    }

    Result<void> check_room(std::uint64_t bytes) {
        const auto left = TRY(room());
        if (*left > bytes)
            return {};
        Error full = fail(Code::storage_full, "the disk for files is full", path_.string());
        full.retry_after = room_comes_after;
        return full;
    }

    /// The draft becomes the object, durably.
    Result<void> publish(const std::string& name) {
        if (::renameat(root_.get(), (name + draft_suffix).c_str(), root_.get(), name.c_str()) != 0)
            return disk::error_of(errno, "rename", name);
        return sync_folder_of(name);
    }

private:
    /// "5f/key~with~slashes", below the root: folders by a hash.
    static std::string name_of(const std::string& key) {
        ENSURE(is_key(key), "not a key for an object");
        std::string name = fmt::format("{:02x}/{}", sha256(key)[0], key);
        for (std::size_t i = 3; i < name.size(); ++i)
            if (name[i] == '/')
                name[i] = '~';
        return name;
    }

    Result<Descriptor> open(const std::string& key) {
        Descriptor fd(::openat(root_.get(), name_of(key).c_str(), O_RDWR | O_CLOEXEC));
        if (!fd.open() && errno == ENOENT)
            return fail(Code::not_found, "there is no such object", key);
        if (!fd.open())
            return disk::error_of(errno, "open", key);
        return fd;
    }
    Result<void> unlink(const std::string& name) {
        if (::unlinkat(root_.get(), name.c_str(), 0) == 0)
            return sync_folder_of(name);
        return errno == ENOENT ? Result<void>() : disk::error_of(errno, "remove", name);
    }
    Result<void> sync_folder_of(const std::string& name) {
        const std::filesystem::path folder = path_ / name.substr(0, 2);
        return disk::sync_directory(TRY(disk::open_directory(folder)), folder.string());
    }

    const std::filesystem::path path_;
    const Descriptor root_;
    const DirectoryOptions options_;
};

Result<void> FileDraft::append(ByteView bytes, Deadline) {
    if (broken_)
        return *broken_;
    CHECK_OK(store_.check_room(bytes.size()));
    CHECK_OK(disk::write_at(fd_, size_, bytes, name_));
    size_ += bytes.size();
    return {};
}

Result<void> FileDraft::finish(Deadline deadline) {
    TRY(sync(deadline));
    return store_.publish(name_);
}

} // namespace

Result<std::unique_ptr<Store>> open_directory_store(const std::filesystem::path& path,
                                                    DirectoryOptions options) {
    const std::filesystem::path absolute = TRY(disk::make_directory(path));
    auto store =
        std::make_unique<DirectoryStore>(absolute, TRY(disk::open_directory(absolute)), options);
    CHECK_OK(store->make_folders());
    return store;
}

} // namespace bw::blob
