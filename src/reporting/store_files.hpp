// The store's files in its directory: `current`, a link to the one that counts, and the slot's
// name. A file is made anew beside the one that counts, and takes its place when it is whole. Does
// not belong here: what is in it (mirror, rollups), when that is done (session).
//
// DuckDB marks what is deleted and writes over it some day; a person who was erased is gone from
// the disk when the file that had their rows is gone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "columnar/store.hpp"

namespace bw::reporting {

class StoreFiles {
public:
    /// Makes the directory's files where they are missing, and takes away what a crash left over.
    /// `conflict`: another process has it open. `clock` outlives this.
    static Result<std::unique_ptr<StoreFiles>> open(const std::filesystem::path& directory,
                                                    const columnar::StoreOptions& options,
                                                    const Clock& clock, Rng& rng);

    /// To the file that counts. One that is open reads on in its file when another takes the place.
    /// Thread-safe.
    Result<std::unique_ptr<columnar::Connection>> connect();
    /// The same, for reports and exports: of what the store may spill half is left to whoever
    /// writes, so that the stream goes on whatever is asked.
    Result<std::unique_ptr<columnar::Connection>> connect_reader();

    /// Of the replication slot that is this store's alone, for as long as the directory lasts.
    const std::string& slot() const { return slot_; }

    /// What is about to be done: for tests that end the process there.
    using AtStep = std::function<void(std::string_view step)>;
    /// All that stands in `from`, a connection to the file that counts, into a new file, sorted,
    /// which then counts: what was deleted is in no file any more. Nobody writes meanwhile. After
    /// an error the file is the old one.
    Result<void> rewrite(columnar::Connection& from, Deadline deadline, const AtStep& at_step = {});

private:
    StoreFiles(std::filesystem::path directory, columnar::StoreOptions options, const Clock& clock);
    Result<void> open_current();
    Result<void> name_slot(Rng& rng);
    Result<void> let_count(const std::string& name);
    enum class Left : std::uint8_t { by_a_crash, in_use };
    void clean(Left spills) const;

    const std::filesystem::path directory_;
    const columnar::StoreOptions options_;
    const Clock& clock_;
    std::string slot_, current_; // the file's name
    std::mutex mutex_;           // of store_
    std::unique_ptr<columnar::Store> store_;
};

} // namespace bw::reporting
