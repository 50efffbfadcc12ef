// Zip archives of flat files, in memory, read with bounds that a zip bomb cannot pass. Knows
// nothing about what is inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::roster {

struct ZipLimits {
    std::uint64_t total_bytes = 512ULL * 1024 * 1024; // uncompressed, all entries together
    std::uint64_t ratio =
        200; // uncompressed to archive size, once past `ratio_free_bytes`; rosters reach 10 to 30
    std::uint64_t ratio_free_bytes = 4 * 1024 * 1024;
    std::size_t entries = 64; // OneRoster 1.2 names 22 files
};

struct ZipEntry {
    std::string name;
    Bytes bytes;
};

/// All files of the archive. Refused: what is no zip or does not verify (CRC), encrypted entries,
/// anything but regular files, names with a folder or unusual characters, a name that stands twice
/// (bad_request, the name in `field`), and whatever passes a limit (payload_too_large). Reads
/// through the central directory, so nothing hides between entries.
Result<std::vector<ZipEntry>> read_zip(ByteView archive, const ZipLimits& limits = {});

/// Deflated, with a fixed time stamp: the same entries give the same bytes.
Bytes write_zip(const std::vector<ZipEntry>& entries);

} // namespace bw::roster
