#include "institution/package_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace bw::institution {

namespace {

constexpr std::size_t piece_bytes = 1024 * 1024;

Error failed(const char* what) {
    return fail(errno == ENOSPC ? Code::storage_full : Code::unavailable,
                std::string(what) + ": " + std::strerror(errno));
}

Result<void> append(int file, ByteView bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return failed("cannot write the package to a temporary file");
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace

Result<PackageFile> PackageFile::of(const files::Reader& reader, std::uint64_t bytes,
                                    const std::filesystem::path& directory, Deadline deadline) {
    // Not O_TMPFILE, which some file systems have not.
    std::string name = (directory / "roster-XXXXXX").string();
    PackageFile out(::mkostemp(name.data(), O_CLOEXEC));
    if (out.file_ < 0)
        return failed("cannot make a temporary file");
    ::unlink(name.c_str());
    for (std::uint64_t at = 0; at < bytes;) {
        const Bytes piece = TRY(reader.read(at, piece_bytes, deadline));
        CHECK_OK(append(out.file_, piece));
        at += piece.size();
    }
    return out;
}

PackageFile::~PackageFile() {
    if (file_ >= 0)
        ::close(file_);
}

std::filesystem::path PackageFile::path() const {
    return "/proc/self/fd/" + std::to_string(file_);
}

} // namespace bw::institution
