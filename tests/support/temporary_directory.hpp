// A directory of a test's own under /tmp, gone with this object. Passable, so that a database of
// another user may lie in it.
#pragma once

#include <stdlib.h>

#include <filesystem>

#include "base/ensure.hpp"

namespace bw::test {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = "/tmp/bwXXXXXX"; // short: a socket's path has 107 bytes at most
        ENSURE(::mkdtemp(pattern.data()) != nullptr, "no directory for a test under /tmp");
        path_ = pattern;
        std::filesystem::permissions(path_, std::filesystem::perms::others_exec,
                                     std::filesystem::perm_options::add);
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace bw::test
