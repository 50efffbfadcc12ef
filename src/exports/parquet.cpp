// Parquet, by the store itself: it may write into one directory.
#include <fmt/format.h>

#include "exports/forms.hpp"

namespace bw::exports {

namespace {

std::string literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'')
            out += c;
    }
    return out + "'";
}

} // namespace

Result<void> write_parquet(const FileWork& work) {
    const FileFacts& facts = work.facts;
    const double lag = std::chrono::duration<double>(
                           std::chrono::duration_cast<std::chrono::milliseconds>(facts.lag))
                           .count();
    CHECK_OK(work.connection.script(
        fmt::format("copy ({}) to {} (format parquet, compression zstd, kv_metadata {{report: {}, "
                    "title: {}, institution: {}, arguments: {}, as_of: {}, lag_seconds: '{:.3f}', "
                    "stale: '{}'}})",
                    work.lines.select(Lines::Ids::texts), literal(work.path.string()),
                    literal(facts.report), literal(facts.title), literal(facts.institution),
                    literal(facts.arguments), literal(to_rfc3339(facts.as_of)), lag, facts.stale),
        work.deadline));
    std::error_code error;
    if (std::filesystem::file_size(work.path, error) > work.bytes_max)
        return too_large_a_file(work.bytes_max);
    return work.wrote(work.lines.count());
}

} // namespace bw::exports
