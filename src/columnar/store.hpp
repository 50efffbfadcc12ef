// DuckDB's raw door: one file that one process owns, within bounds of memory and threads, shut to
// the network and to every other file. Knows nothing about schools.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "columnar/connection.hpp"

namespace bw::columnar {

/// Beside a file: the directory to which its store spills, for as long as it is open.
constexpr std::string_view spill_suffix = ".spill";

struct StoreOptions {
    /// DuckDB's own bound; the process needs up to 250 MB more (measured).
    std::uint64_t memory_bytes_max = 512U << 20;
    int threads = 1;
    /// What does not fit into memory goes to `FILE.spill/`, up to so much. 0: nothing does.
    std::uint64_t spill_bytes_max = 4ULL << 30;
    /// A directory that statements may write to and read from, and no other; empty: none.
    std::filesystem::path exports = {};
};

/// Thread-safe. The file is locked: a second process is refused. Statements can reach no other
/// file, no network and no extension, and cannot undo that.
class Store {
public:
    /// Opens or makes the file. `conflict`: another process has it open; `corrupt`: it is no store,
    /// or a damaged one; `storage_full`; `unavailable`: it cannot be reached. A process must open a
    /// file once only. `clock` outlives the store.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                               const StoreOptions& options, const Clock& clock);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// For one thread. The file stays open and locked until the store and all connections are gone.
    /// Costs well under a millisecond.
    Result<std::unique_ptr<Connection>> connect();

private:
    struct Raw;
    Store(std::unique_ptr<Raw> raw, const Clock& clock);
    std::unique_ptr<Raw> raw_;
    const Clock& clock_;
};

/// The library's version, e.g. "v1.5.6".
std::string library_version();

} // namespace bw::columnar
