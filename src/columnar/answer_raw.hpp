// What an Answer holds. For this module's sources alone.
#pragma once

#include <utility>
#include <vector>

#include "base/result.hpp"
#include "columnar/raw.hpp"
#include "columnar/values.hpp"

namespace bw::columnar {

struct Answer::Raw {
    explicit Raw(duckdb_result r) : result(r) {}
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    ~Raw() {
        chunk = {}; // before what it was taken from
        duckdb_destroy_result(&result);
    }
    /// Reads the columns; `internal` for a type that is not read.
    Result<void> describe();

    duckdb_result result;
    std::vector<Column> columns;
    std::vector<int> widths; // of integers
    OwnedChunk chunk;
    Chunk current;
};

} // namespace bw::columnar
