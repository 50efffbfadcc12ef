#include "columnar/connection.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/ensure.hpp"
#include "columnar/answer_raw.hpp"
#include "columnar/connection_raw.hpp"
#include "columnar/errors.hpp"
#include "columnar/uuid.hpp"

namespace bw::columnar {

namespace {

/// Its other threads have the rest of the work: how long until we look again.
constexpr auto others_work = std::chrono::microseconds(100);

/// A disk takes some tens of megabytes meanwhile.
constexpr Duration spill_looked_at_every = 20ms;

std::uint64_t bytes_in(const std::filesystem::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code error; // it is made when it is needed, and its files come and go
    for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code gone;
        if (const auto size = at->file_size(gone); !gone)
            bytes += size;
    }
    return bytes;
}

OwnedValue to_value(const Value& value) {
    struct Make {
        duckdb_value operator()(std::monostate) const { return duckdb_create_null_value(); }
        duckdb_value operator()(bool v) const { return duckdb_create_bool(v); }
        duckdb_value operator()(std::int64_t v) const { return duckdb_create_int64(v); }
        duckdb_value operator()(double v) const { return duckdb_create_double(v); }
        duckdb_value operator()(const std::string& v) const {
            return duckdb_create_varchar_length(v.data(), v.size());
        }
        duckdb_value operator()(const Blob& v) const {
            return duckdb_create_blob(reinterpret_cast<const std::uint8_t*>(v.value.data()),
                                      v.value.size());
        }
        duckdb_value operator()(const Uuid& v) const { return duckdb_create_uuid(to_number(v)); }
        duckdb_value operator()(Micros v) const { return duckdb_create_timestamp_tz({v.value}); }
        duckdb_value operator()(Day v) const { return duckdb_create_date({v.value}); }
    };
    return OwnedValue(std::visit(Make{}, value));
}

std::string_view or_empty(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

} // namespace

Prepared::Prepared(std::unique_ptr<Raw> raw) : raw_(std::move(raw)) {}
Prepared::Prepared(Prepared&&) noexcept = default;
Prepared& Prepared::operator=(Prepared&&) noexcept = default;
Prepared::~Prepared() = default;

Connection::Connection(std::unique_ptr<Raw> raw, const Clock& clock)
    : raw_(std::move(raw)), clock_(clock) {}
Connection::~Connection() = default;

Result<Prepared> Connection::prepare(const std::string& sql) {
    auto raw = std::make_unique<Prepared::Raw>();
    if (duckdb_prepare(raw_->connection.get(), sql.c_str(), raw->statement.out()) == DuckDBError)
        return error_of(or_empty(duckdb_prepare_error(raw->statement.get())),
                        "preparing a statement");
    return Prepared(std::move(raw));
}

Result<Answer> Connection::run(const std::string& sql, const Params& params, Deadline deadline) {
    Prepared prepared = TRY(prepare(sql));
    return run(prepared, params, deadline);
}

Result<void> Connection::bind(Prepared::Raw& prepared, const Params& params) {
    duckdb_prepared_statement statement = prepared.statement.get();
    ENSURE(duckdb_nparams(statement) == params.values().size(),
           "the statement takes another number of parameters");
    idx_t index = 0;
    for (const Value& value : params.values())
        if (duckdb_bind_value(statement, ++index, to_value(value).get()) == DuckDBError)
            return error_of(or_empty(duckdb_prepare_error(statement)), "binding a parameter");
    return {};
}

Result<Answer> Connection::run(Prepared& prepared, const Params& params, Deadline deadline) {
    CHECK_OK(bind(*prepared.raw_, params));
    return execute(*prepared.raw_, false, deadline);
}

Result<Answer> Connection::stream(const std::string& sql, const Params& params, Deadline deadline) {
    Prepared prepared = TRY(prepare(sql));
    CHECK_OK(bind(*prepared.raw_, params));
    return execute(*prepared.raw_, true, deadline);
}

Result<void> Connection::script(const std::string& sql, Deadline deadline) {
    OwnedStatements statements;
    const idx_t count =
        duckdb_extract_statements(raw_->connection.get(), sql.c_str(), statements.out());
    if (count == 0)
        return error_of(or_empty(duckdb_extract_statements_error(statements.get())),
                        "reading a script");
    for (idx_t i = 0; i < count; ++i) {
        Prepared::Raw prepared;
        if (duckdb_prepare_extracted_statement(raw_->connection.get(), statements.get(), i,
                                               prepared.statement.out()) == DuckDBError)
            return error_of(or_empty(duckdb_prepare_error(prepared.statement.get())),
                            "preparing a script");
        TRY(execute(prepared, false, deadline));
    }
    return {};
}

/// DuckDB does its work in small tasks; between two of them we look at the clock.
Result<std::unique_ptr<Answer::Raw>> Connection::begin(Prepared::Raw& prepared, bool streamed,
                                                       Deadline deadline) {
    OwnedPending pending;
    const auto pend = streamed ? duckdb_pending_prepared_streaming : duckdb_pending_prepared;
    if (pend(prepared.statement.get(), pending.out()) == DuckDBError)
        return error_of(or_empty(duckdb_pending_error(pending.get())), "beginning a statement");
    Monotonic spill_looked_at = clock_.monotonic();
    bool spilled_too_much = false;
    for (;;) {
        const Monotonic now = clock_.monotonic();
        if (spill_bytes_max_ != UINT64_MAX && now - spill_looked_at >= spill_looked_at_every) {
            spill_looked_at = now;
            spilled_too_much = bytes_in(raw_->spill) > spill_bytes_max_;
        }
        if (interrupted_ || spilled_too_much || now >= deadline.at())
            duckdb_interrupt(raw_->connection.get()); // the next task ends with that error
        const duckdb_pending_state state = duckdb_pending_execute_task(pending.get());
        if (state == DUCKDB_PENDING_ERROR && spilled_too_much)
            return fail(Code::overloaded, "it needs more room on the disk than it may have");
        if (state == DUCKDB_PENDING_ERROR)
            return error_of(or_empty(duckdb_pending_error(pending.get())), "running a statement");
        if (duckdb_pending_execution_is_finished(state))
            break; // or the first chunk of a streamed one is ready
        if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE)
            std::this_thread::sleep_for(others_work);
    }
    duckdb_result result;
    const bool done = duckdb_execute_pending(pending.get(), &result) == DuckDBSuccess;
    auto raw = std::make_unique<Answer::Raw>(result);
    if (!done)
        return error_of(or_empty(duckdb_result_error(&raw->result)), "running a statement");
    return raw;
}

Result<Answer> Connection::execute(Prepared::Raw& prepared, bool streamed, Deadline deadline) {
    auto raw = TRY(begin(prepared, streamed, deadline));
    CHECK_OK(raw->describe());
    return Answer(std::move(raw));
}

Result<void> Connection::begin() {
    return script("BEGIN TRANSACTION", Deadline(Monotonic{INT64_MAX}));
}

Result<void> Connection::commit() {
    return script("COMMIT", Deadline(Monotonic{INT64_MAX}));
}

void Connection::rollback() {
    // Straight to DuckDB, without a look at deadline or interruption; its refusal means that there
    // is nothing to roll back.
    duckdb_result result;
    duckdb_query(raw_->connection.get(), "ROLLBACK", &result);
    duckdb_destroy_result(&result);
}

void Connection::interrupt() {
    interrupted_ = true;
    duckdb_interrupt(raw_->connection.get());
}

} // namespace bw::columnar
