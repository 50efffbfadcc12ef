// Owners of DuckDB's handles. For this module's sources alone.
#pragma once

#include <duckdb.h>

#include <utility>

namespace bw::columnar {

/// Owns a handle of DuckDB's; `destroy` takes its address.
template <class Handle, auto destroy>
class Owned {
public:
    Owned() = default;
    explicit Owned(Handle handle) : handle_(handle) {}
    Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owned() {
        if (handle_ != nullptr)
            destroy(&handle_);
    }

    Handle get() const { return handle_; }
    /// Where DuckDB puts a new one.
    Handle* out() { return &handle_; }
    explicit operator bool() const { return handle_ != nullptr; }

private:
    Handle handle_ = nullptr;
};

using OwnedDatabase = Owned<duckdb_database, duckdb_close>;
using OwnedConnection = Owned<duckdb_connection, duckdb_disconnect>;
using OwnedPrepared = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using OwnedPending = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using OwnedStatements = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using OwnedChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using OwnedType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using OwnedValue = Owned<duckdb_value, duckdb_destroy_value>;
using OwnedAppender = Owned<duckdb_appender, duckdb_appender_destroy>;
using OwnedError = Owned<duckdb_error_data, duckdb_destroy_error_data>;

} // namespace bw::columnar
