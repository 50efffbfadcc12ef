#include "columnar/answer_raw.hpp"
#include "columnar/connection_raw.hpp"
#include "columnar/errors.hpp"

namespace bw::columnar {

Result<std::int64_t> Connection::copy_rows(const std::string& sql, Connection& to,
                                           const std::string& schema, const std::string& table,
                                           Deadline deadline) {
    const std::string doing = "copying " + schema + "." + table;
    Prepared prepared = TRY(prepare(sql));
    const auto answer = TRY(begin(*prepared.raw_, true, deadline));
    OwnedAppender appender;
    const auto failed = [&] {
        OwnedError data(duckdb_appender_error_data(appender.get()));
        const char* message = duckdb_error_data_message(data.get());
        return error_of(message == nullptr ? "" : message, doing);
    };
    if (duckdb_appender_create(to.raw_->connection.get(), schema.c_str(), table.c_str(),
                               appender.out()) == DuckDBError)
        return failed();
    std::int64_t rows = 0;
    for (;;) {
        if (interrupted_ || deadline.expired(clock_))
            return fail(Code::deadline_exceeded, doing + " took too long, or was stopped");
        OwnedChunk chunk(duckdb_fetch_chunk(answer->result));
        if (!chunk) {
            const char* message = duckdb_result_error(&answer->result);
            if (message != nullptr)
                return error_of(message, doing);
            break;
        }
        rows += static_cast<std::int64_t>(duckdb_data_chunk_get_size(chunk.get()));
        if (duckdb_append_data_chunk(appender.get(), chunk.get()) == DuckDBError)
            return failed();
    }
    if (duckdb_appender_flush(appender.get()) == DuckDBError)
        return failed();
    return rows;
}

} // namespace bw::columnar
