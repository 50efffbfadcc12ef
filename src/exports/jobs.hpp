// The jobs of exports: one writes a file, which a process of role report alone can; another removes
// what is over.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

#include "blob/store.hpp"
#include "columnar/connection.hpp"
#include "exports/report_exports.hpp"
#include "jobs/handler.hpp"
#include "jobs/queue.hpp"
#include "reporting/desk.hpp"

namespace bw::exports {

constexpr const char* writing_kind_name = "report.export";
constexpr const char* sweep_kind_name = "report.sweep_exports";

/// To be enqueued with the row.
jobs::NewJob writing_job(ExportId id, Duration delay);
jobs::NewJob sweep_job();

/// What writing works with. Everything outlives the job.
struct WritingWork {
    reporting::Desk::Connect connect; // to the columnar store, which may write into `directory`
    reporting::Desk::Fresh fresh;
    blob::Store& store;
    /// Of a connection for progress, beside the job's own.
    std::function<std::unique_ptr<tenancy::Database>()> database;
    const Clock& clock;
    Rng& rng;
    std::filesystem::path directory; // where files lie while they are written; its own
    std::uint64_t file_bytes_max = 2ULL << 30;
    std::uint64_t disk_bytes_kept_free = 2ULL << 30; // for others: uploads are refused below 1 GiB
    Duration look_every = std::chrono::seconds(1);   // progress is told, a cancel heard
    int nice = 10; // of the thread that writes: whoever waits for a report goes first
};
/// `work` is copied. Whatever lies in its directory is of a process that is gone.
jobs::Kind writing_kind(const WritingWork& work);

/// Everything outlives it.
jobs::Kind sweep_kind(blob::Store& store, const Clock& clock);

} // namespace bw::exports
