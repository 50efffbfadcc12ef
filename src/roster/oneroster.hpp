// OneRoster CSV packages (1EdTech OneRoster CSV binding 1.2, and 1.1): a zip and what its manifest
// says of it. The rows are read by oneroster_files.hpp; what happens with them is import.hpp's.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "roster/csv.hpp"
#include "roster/zip.hpp"

namespace bw::roster {

/// A calendar date without a zone, as OneRoster gives them.
using Date = std::chrono::sys_days;

struct ReadOptions {
    ZipLimits zip;
    CsvLimits csv;
};

/// Everything found wrong, in the order of the files, up to a limit.
struct ImportErrors {
    std::vector<CsvError> list;
    bool more = false; // there were more than the limit
};

enum class FileMode : std::uint8_t {
    absent,
    bulk,  // the whole truth: what it does not mention is gone
    delta, // what changed: what it does not mention stays
};

/// A package whose manifest was read and held against the archive; its rows are not kept.
/// Thread-safe.
class Package {
public:
    /// bad_request for the archive and the set of files, invalid_field with "file:line:column" in
    /// `field` for the manifest's content (all of it in `errors`), payload_too_large for limits.
    static Result<Package> open(const std::filesystem::path& path, const ReadOptions& options = {},
                                ImportErrors* errors = nullptr);
    static Result<Package> open(Bytes zip, const ReadOptions& options = {},
                                ImportErrors* errors = nullptr);

    const std::string& version() const { return version_; } // "1.1" or "1.2"
    bool v11() const { return version_ == "1.1"; }
    /// `file` without its ending, e.g. "users".
    FileMode mode(std::string_view file) const;
    /// "bulk", "delta" or "mixed".
    std::string_view mode() const;
    /// What is ignored, for a person to read.
    const std::vector<std::string>& warnings() const { return warnings_; }
    const ZipArchive& archive() const { return archive_; }
    const CsvLimits& csv_limits() const { return csv_limits_; }
    /// Unpacked, of the files that are read.
    std::uint64_t bytes() const;

private:
    Package(ZipArchive archive, const CsvLimits& limits)
        : archive_(std::move(archive)), csv_limits_(limits) {}
    static Result<Package> open(ZipArchive archive, const ReadOptions& options,
                                ImportErrors* errors);
    Result<void> read_manifest(ImportErrors& errors);
    Result<void> match_files();

    ZipArchive archive_;
    CsvLimits csv_limits_;
    std::string version_;
    std::map<std::string, FileMode, std::less<>> modes_; // without the absent ones
    std::vector<std::string> warnings_;
};

/// "2026-11-23"; nullopt unless it is a real date of the years 1 to 9999, written so.
std::optional<Date> parse_date(std::string_view text);
std::string to_text(Date date);

} // namespace bw::roster
