// What a class left behind at the ingest (deploy/nginx/keep-recording): which segments each rung
// has, in their order. It may have been written by a process that was killed, on a full disk.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::recordings {

struct ArchivedSegment {
    std::filesystem::path file, init;
    std::int64_t ms = 0;
    bool anew = false, after_gap = false;
};
struct ArchivedRung {
    std::string name;
    std::vector<ArchivedSegment> segments;
};
struct Archive {
    std::string master;
    std::vector<ArchivedRung> rungs; // those of the master
    std::uint64_t bytes = 0;

    /// not_found: there is nothing of a class, or nothing that can be watched.
    static Result<Archive> read(const std::filesystem::path& directory);
};

/// Lines of a rung's list; those that are not whole, and files that are not there, are a gap.
ArchivedRung read_list(std::string_view list, const std::filesystem::path& directory);
/// The last moment at which something was written there, by the file system's clock; how long ago.
Duration quiet_for(const std::filesystem::path& directory);

} // namespace bw::recordings
