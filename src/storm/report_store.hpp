// Reports of storms that are kept for operators: a file each, in one directory. A file may be cut,
// or something else altogether: it is listed as damaged, with the reason.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::storm {

constexpr std::size_t stored_report_bytes_limit = 4 << 20;

/// Begins with a letter or digit, then letters, digits, '-' and '_', at most 100: never a path.
bool is_report_id(std::string_view id);

/// What a report says of itself.
struct ReportHead {
    std::string storm; // "deadline"
    Instant started_at;
    std::int64_t users = 0;
    bool ok = false; // all was as it should be
};
struct StoredReport {
    std::string id;
    std::int64_t bytes = 0;
    std::optional<ReportHead> head; // nullopt: it is damaged
    std::string damage;             // why
};
struct StoredReports {
    std::vector<StoredReport> items; // the newest file first
    std::size_t all = 0;             // of the first 10,000 files
};

/// `json` becomes <storm>-<started_at>.json there; whole or not at all. unavailable.
Result<void> store_report(const std::filesystem::path& directory, std::string_view storm,
                          Instant started_at, const std::string& json);

/// Reads at most `limit` files. No directory: not_found.
Result<StoredReports> stored_reports(const std::filesystem::path& directory, std::size_t limit);
/// The JSON as it was kept. not_found; corrupt when it is damaged.
Result<std::string> stored_report(const std::filesystem::path& directory, std::string_view id);

/// The head of a report whose plots and marks are whole; corrupt, with the reason.
Result<ReportHead> report_head(const std::string& json);

} // namespace bw::storm
