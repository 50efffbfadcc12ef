// A report's lines in a temporary table, while a file is made of them: run once, counted before the
// first is written, not in memory, and no transaction of the store is open meanwhile.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "columnar/connection.hpp"
#include "reporting/desk.hpp"
#include "reporting/people.hpp"

namespace bw::exports {

struct LineColumn {
    std::string name;
    reporting::Kind kind;
};

class Lines {
public:
    /// Runs the report. `connection` is a new one and is used for nothing else: it gets the
    /// report's scope.
    static Result<Lines> take(columnar::Connection& connection,
                              const reporting::ReportRequest& request, Instant as_of,
                              Deadline deadline);

    std::int64_t count() const { return count_; }
    std::size_t suppressed() const { return suppressed_; } // see reporting::suppress_small
    /// Whom the lines are about, each once.
    Result<std::vector<Uuid>> people(Deadline deadline) const;
    /// To stand beside their ids. Those of one call are in no other.
    Result<void> add_names(std::span<const reporting::PersonName> names);

    /// The report's, and behind each that is a user their names.
    const std::vector<LineColumn>& columns() const { return columns_; }
    enum class Ids : std::uint8_t { uuids, texts }; // texts: as the API writes them
    /// A SELECT of all the columns, in the report's order.
    std::string select(Ids ids) const;

private:
    Lines(columnar::Connection& connection, const reporting::Report& report);
    Result<void> suppress(Deadline deadline);

    columnar::Connection& connection_;
    const reporting::Report& report_;
    std::vector<LineColumn> columns_;
    std::int64_t count_ = 0;
    std::size_t suppressed_ = 0;
};

} // namespace bw::exports
