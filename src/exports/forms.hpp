// Lines as a file: CSV, Parquet or XLSX. Each of them needs little memory, however many there are.
// Does not belong here: where the lines come from (lines), where the file goes (writing).
#pragma once

#include <filesystem>
#include <functional>

#include "exports/lines.hpp"
#include "exports/report_exports.hpp"

namespace bw::exports {

/// What a file says of itself, where its form has room for it.
struct FileFacts {
    std::string title, report, institution, arguments; // arguments: JSON
    Instant as_of;
    Duration lag{};
    bool stale = false;
};

struct FileWork {
    columnar::Connection& connection; // the lines'
    const Lines& lines;
    const FileFacts& facts;
    std::filesystem::path path; // no such file yet
    std::uint64_t bytes_max;
    Deadline deadline;
    /// Called after some thousand rows with how many there are in all; what it answers ends it.
    std::function<Result<void>(std::int64_t rows)> wrote;
};

/// payload_too_large: it would be larger than bytes_max; storage_full; what `wrote` answered; a
/// Connection's. Of a failure nothing is left but a piece of the file.
Result<void> write_file(Form form, const FileWork& work);
Result<void> write_csv(const FileWork& work);
Result<void> write_parquet(const FileWork& work);
Result<void> write_xlsx(const FileWork& work);

Error too_large_a_file(std::uint64_t bytes_max);

} // namespace bw::exports
