#include "accounts/breached_list.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::accounts {

namespace {

constexpr std::string_view magic("bwbreach1\n\0\0\0\0\0\0", 16);
constexpr std::size_t head_bytes = 32, entry_bytes = 6, digest_digits = 40, range_digits = 5;

std::array<std::uint8_t, 20> sha1(std::string_view text) {
    std::array<std::uint8_t, 20> out;
    unsigned int size = 0;
    ENSURE(EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha1(), nullptr) == 1 &&
               size == out.size(),
           "OpenSSL has no SHA-1");
    return out;
}

class ListWriter {
public:
    explicit ListWriter(const std::filesystem::path& to)
        : to_(to), part_(to.string() + ".part"), out_(part_, std::ios::binary | std::ios::trunc) {
        out_ << head();
    }
    ~ListWriter() {
        std::error_code ignored;
        if (!done_)
            std::filesystem::remove(part_, ignored);
    }
    /// False: it is not behind the one before.
    bool add(ByteView entry) {
        if (!last_.empty() && entry < last_)
            return false;
        if (entry == last_)
            return true; // two hashes with the same 48 bits
        last_ = entry;
        out_ << entry;
        ++size_;
        return true;
    }
    Result<std::uint64_t> finish() {
        out_.seekp(0);
        out_ << head();
        out_.close();
        std::error_code error;
        if (out_)
            std::filesystem::rename(part_, to_, error);
        if (!out_ || error)
            return fail(Code::unavailable, "cannot write " + to_.string());
        done_ = true;
        return size_;
    }

private:
    Bytes head() const {
        Bytes bytes(magic);
        put_le(bytes, size_);
        bytes.resize(head_bytes, '\0');
        return bytes;
    }
    const std::filesystem::path to_, part_;
    std::ofstream out_;
    Bytes last_;
    std::uint64_t size_ = 0;
    bool done_ = false;
};

/// Of a file whose lines' hashes all begin with `prefix`.
Result<void> add_file(const std::filesystem::path& file, const std::string& prefix,
                      std::uint64_t count_min, ListWriter& out) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(Code::not_found, "cannot read " + file.string());
    std::string line;
    for (std::uint64_t number = 1; std::getline(in, line); ++number) {
        auto wrong = [&](const char* what) {
            return fail(Code::invalid_field, what, fmt::format("{}:{}", file.string(), number));
        };
        if (line.ends_with('\r'))
            line.pop_back();
        if (line.empty())
            continue;
        const std::size_t colon = line.find(':');
        const auto hash = from_hex(prefix + line.substr(0, colon));
        std::uint64_t count = 0;
        const char* end = line.data() + line.size();
        const auto [at, error] = colon == std::string::npos
                                     ? std::from_chars_result{end, std::errc::invalid_argument}
                                     : std::from_chars(line.data() + colon + 1, end, count);
        if (!hash || hash->size() * 2 != digest_digits || error != std::errc() || at != end)
            return wrong("expected a SHA-1 in hexadecimal digits, a colon and a count");
        if (count >= count_min && !out.add(ByteView(*hash).substr(0, entry_bytes)))
            return wrong("the hashes must ascend: use the list that is ordered by hash");
    }
    return {};
}

Result<std::vector<std::filesystem::path>> range_files(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().stem().string().size() == range_digits)
            files.push_back(entry.path());
    if (error || files.empty())
        return fail(Code::not_found,
                    "there are no range files (00000.txt to FFFFF.txt) in " + directory.string());
    std::ranges::sort(files);
    return files;
}

} // namespace

Result<BreachedList> BreachedList::open(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info{};
    if (fd < 0 || fstat(fd, &info) != 0) {
        if (fd >= 0)
            close(fd);
        return fail(Code::not_found, "cannot read " + file.string());
    }
    const auto bytes = static_cast<std::size_t>(info.st_size);
    void* mapped =
        bytes < head_bytes ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    const Error bad = fail(Code::corrupt,
                           "this is no list that `bellwether breached-list build` made, or not all "
                           "of it",
                           file.string());
    if (mapped == MAP_FAILED)
        return bad;
    const ByteView head(static_cast<const char*>(mapped), head_bytes);
    const auto size = get_le<std::uint64_t>(head.substr(magic.size(), 8));
    if (!head.starts_with(magic) || size > bytes || bytes != head_bytes + size * entry_bytes) {
        munmap(mapped, bytes);
        return bad;
    }
    madvise(mapped, bytes, MADV_RANDOM);
    return BreachedList(mapped, bytes, size);
}

BreachedList::~BreachedList() {
    if (mapped_)
        munmap(mapped_, bytes_);
}

BreachedList::BreachedList(BreachedList&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)), bytes_(other.bytes_), size_(other.size_) {}

bool BreachedList::contains(std::string_view password) const {
    const auto digest = sha1(password);
    const char* entries = static_cast<const char*>(mapped_) + head_bytes;
    std::uint64_t low = 0, high = size_;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const int order = std::memcmp(entries + middle * entry_bytes, digest.data(), entry_bytes);
        if (order == 0)
            return true;
        (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
    }
    return false;
}

Result<std::uint64_t> build_breached_list(const BreachedListSource& source,
                                          const std::filesystem::path& to) {
    ListWriter out(to);
    if (!std::filesystem::is_directory(source.from)) {
        CHECK_OK(add_file(source.from, "", source.count_min, out));
        return out.finish();
    }
    for (const std::filesystem::path& file : TRY(range_files(source.from)))
        CHECK_OK(add_file(file, file.stem().string(), source.count_min, out));
    return out.finish();
}

} // namespace bw::accounts
