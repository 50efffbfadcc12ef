// The jobs of files that are handed in: their bytes are found, awaited until the grace ends, looked
// at for viruses, and read for text. The tables: ../submissions/README.md.
#pragma once

#include <vector>

#include "blob/store.hpp"
#include "jobs/handler.hpp"
#include "jobs/queue.hpp"
#include "pipeline/extract.hpp"
#include "submissions/recorder.hpp"

namespace bw::pipeline {

// "file.arrived" is files::file_arrived.
constexpr const char* submission_files = "submission.files";
constexpr const char* submission_files_due = "submission.files_due";
constexpr const char* file_scan = "file.scan";
constexpr const char* file_extract = "file.extract";

/// What the jobs work with. Everything outlives them.
struct FileWork {
    blob::Store& store;
    const Clock& clock;
    Rng& rng;
    std::string clamd = {}; // an address that was checked; empty: nobody looks for viruses here
    Extractors extractors = {};
};
std::vector<jobs::Kind> file_kinds(const FileWork& work);

/// What this module does with submissions that are recorded; for the transaction that records them.
std::vector<jobs::NewJob> jobs_after(const submissions::Afterwards& afterwards);

} // namespace bw::pipeline
