// A kind's backlog as the doors' rows have it: the columns of `backlog` and `overview`.
#pragma once

#include "jobs/worker.hpp"
#include "pg/values.hpp"

namespace bw::jobs {

inline Backlog backlog_in(const pg::Rows& rows, int row) {
    Backlog out{.kind = std::string(rows.text(row, 0)),
                .waiting = rows.int8(row, 1),
                .running = rows.int8(row, 4),
                .per_second = static_cast<double>(rows.int8(row, 5)) / 1000,
                .paused = rows.boolean(row, 6)};
    if (!rows.is_null(row, 2))
        out.oldest = rows.instant(row, 3) - rows.instant(row, 2);
    if (!rows.is_null(row, 7))
        out.concurrency = static_cast<int>(rows.int8(row, 7));
    return out;
}

} // namespace bw::jobs
