// The jobs of roster imports: a package is checked and its plan made; a plan is applied. What they
// do stands in the book (roster_imports.hpp), so that doing it again changes nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "blob/store.hpp"
#include "institution/roster_imports.hpp"
#include "jobs/handler.hpp"
#include "jobs/queue.hpp"

namespace bw::institution {

constexpr const char* roster_check = "roster.check";
constexpr const char* roster_apply = "roster.apply";

/// Of a package; larger ones are for the command line.
constexpr std::uint64_t package_bytes_limit = 512ULL << 20;

/// What the jobs work with. Everything outlives them.
struct ImportWork {
    blob::Store& store;
    const Clock& clock;
    Rng& rng;
    /// Of a connection for progress, beside that of the import, whose own transaction nobody sees.
    std::function<std::unique_ptr<tenancy::Database>()> database;
    std::filesystem::path scratch; // where packages lie while they are read
    Duration progress_every = std::chrono::seconds(1);
};
std::vector<jobs::Kind> import_kinds(ImportWork work);

/// To be enqueued with the state that asks for it.
jobs::NewJob check_job(ImportId id);
jobs::NewJob apply_job(ImportId id);

} // namespace bw::institution
