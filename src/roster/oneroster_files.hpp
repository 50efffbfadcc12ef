// OneRoster's files, one function each, in the order in which they refer to each other: rows of a
// package in, staged rows and findings out, in bounded memory. What needs another row to be judged
// (keys, references, usernames) is import_check.sql's. For oneroster*.cpp and import*.cpp.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "roster/oneroster_rows.hpp"
#include "roster/oneroster_table.hpp"

namespace bw::roster {

/// How far an import has come. Its texts are valid during the call.
struct Progress {
    std::string_view step;                    // "reading", "checking", "planning", "applying"
    std::string_view what;                    // the file or the entity; may be empty
    std::int64_t rows = 0;                    // of it, so far
    std::uint64_t bytes = 0, bytes_total = 0; // of the package, unpacked
};
/// Called on the importing thread, every few thousand rows and at each step.
using ProgressFn = std::function<void(const Progress&)>;
/// How an import ends that somebody stopped: nothing was changed.
Error stopped();

/// Are the rows of the file `name` (without its ending) taken in?
bool is_read(std::string_view name, bool v11);
/// The file in which an entity's rows stand, with its ending.
std::string file_of(Entity entity, bool v11);

class FilesReader {
public:
    /// `shift`: added to every date and instant, but not to dateLastModified.
    FilesReader(const Package& package, StagedRows& out, Findings& findings, Instant now, Rng& rng,
                std::chrono::days shift = {}, ProgressFn progress = {}, std::stop_token stop = {})
        : package_(package), out_(out), findings_(findings), now_(now), rng_(rng), shift_(shift),
          progress_(std::move(progress)), stop_(std::move(stop)) {}

    /// An error is one of the archive or of the sink; what is wrong in the rows is in the findings.
    /// Ends early when they are full.
    Result<void> read_all();
    /// Could not be read to its end, so nothing can be said about references to it.
    bool broken(std::string_view file) const { return broken_.contains(std::string(file)); }

private:
    using RowFn = std::function<void(Table&)>;
    Result<void> read(std::string_view name, std::vector<Column> columns, const RowFn& row);
    bool v11() const { return package_.v11(); }
    /// Begins a row: line, new id, gone, modified, sourcedId.
    CopyText& begin(Entity entity, const Table& t) { return begin(entity, t, t.sourced_id()); }
    CopyText& begin(Entity entity, const Table& t, std::string_view sourced_id);
    std::optional<Date> date(Table& t, std::size_t column);

    Result<void> read_orgs();
    Result<void> read_academic_sessions();
    Result<void> read_courses();
    Result<void> read_classes();
    Result<void> read_users();
    void read_user(Table& t);
    Result<void> read_roles();
    Result<void> read_demographics();
    Result<void> read_enrollments();
    Result<void> read_categories();
    Result<void> read_line_items();
    void read_line_item(Table& t);

    const Package& package_;
    StagedRows& out_;
    Findings& findings_;
    Instant now_;
    Rng& rng_;
    std::chrono::days shift_;
    ProgressFn progress_;
    std::stop_token stop_;
    std::set<std::string> broken_;
    std::uint64_t bytes_before_ = 0; // of the files read to their end
};

/// Days from the start of the newest term (type `term`, the latest start) to `date`. not_found if
/// there is no term, invalid_field if the file cannot be read.
Result<std::chrono::days> days_to(const Package& package, Date date);

/// What is known to be wrong in a row, and is to get its column's place.
struct Misplaced {
    std::string column, reason;
};
/// Reads a file again, up to the last of `lines` (where rows begin), and adds findings with their
/// places: what is kept for millions of rows is their line alone.
Result<void> add_with_places(const Package& package, std::string_view file,
                             const std::multimap<std::int64_t, Misplaced>& lines,
                             Findings& findings);

} // namespace bw::roster
