#include "columnar/appender.hpp"

#include <fmt/core.h>

#include <limits>
#include <vector>

#include "columnar/connection_raw.hpp"
#include "columnar/errors.hpp"
#include "columnar/uuid.hpp"

namespace bw::columnar {

namespace {

bool is_written(duckdb_type type) {
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_DATE:
        return true;
    default:
        return false;
    }
}

Error error_in(duckdb_appender appender, const std::string& doing) {
    OwnedError data(duckdb_appender_error_data(appender));
    const char* message = duckdb_error_data_message(data.get());
    return error_of(message == nullptr ? "" : message, doing);
}

} // namespace

struct Appender::Raw {
    struct Column {
        duckdb_type type;
        duckdb_vector vector;
    };

    Result<void> describe();
    Result<void> hand_over();
    /// The column that comes next, if it is of one of these types.
    Column* next(std::initializer_list<duckdb_type> types);
    template <class T>
    void put(Column& column, T value) {
        static_cast<T*>(duckdb_vector_get_data(column.vector))[row] = value;
    }
    void bad(const char* what) {
        if (fault.empty())
            fault = fmt::format("column {} of {}: {}", at, table, what);
    }

    std::string table;
    OwnedAppender appender; // after the chunk, which it does not own
    OwnedChunk chunk;
    std::vector<Column> columns;
    std::size_t at = 0; // the column that is written next
    idx_t row = 0;      // of the chunk
    std::string fault;  // of this row; empty: none
};

Result<void> Appender::Raw::describe() {
    std::vector<OwnedType> types;
    std::vector<duckdb_logical_type> raw_types;
    for (idx_t i = 0; i < duckdb_appender_column_count(appender.get()); ++i) {
        types.emplace_back(duckdb_appender_column_type(appender.get(), i));
        raw_types.push_back(types.back().get());
        columns.push_back({duckdb_get_type_id(raw_types.back()), nullptr});
        if (!is_written(columns.back().type))
            return fail(Code::internal,
                        fmt::format("column {} of {} is of a type that is not written", i, table));
    }
    chunk = OwnedChunk(duckdb_create_data_chunk(raw_types.data(), raw_types.size()));
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i].vector = duckdb_data_chunk_get_vector(chunk.get(), i);
    return {};
}

Appender::Raw::Column* Appender::Raw::next(std::initializer_list<duckdb_type> types) {
    if (at >= columns.size()) {
        bad("the table has no such column");
        return nullptr;
    }
    Column& column = columns[at];
    ++at;
    for (duckdb_type type : types)
        if (column.type == type)
            return &column;
    --at;
    bad("it is of another type");
    ++at;
    return nullptr;
}

Result<void> Appender::Raw::hand_over() {
    if (row == 0)
        return {};
    duckdb_data_chunk_set_size(chunk.get(), row);
    row = 0;
    if (duckdb_append_data_chunk(appender.get(), chunk.get()) == DuckDBError)
        return error_in(appender.get(), "appending to " + table);
    duckdb_data_chunk_reset(chunk.get());
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i].vector = duckdb_data_chunk_get_vector(chunk.get(), i);
    return {};
}

Appender::Appender(std::unique_ptr<Raw> raw) : raw_(std::move(raw)) {}
Appender::Appender(Appender&&) noexcept = default;
Appender::~Appender() = default;

Result<Appender> Appender::open(Connection& connection, const std::string& schema,
                                const std::string& table) {
    auto raw = std::make_unique<Raw>();
    raw->table = schema + "." + table;
    if (duckdb_appender_create(connection.raw_->connection.get(), schema.c_str(), table.c_str(),
                               raw->appender.out()) == DuckDBError)
        return error_in(raw->appender.get(), "opening " + raw->table);
    CHECK_OK(raw->describe());
    return Appender(std::move(raw));
}

Appender& Appender::null() {
    if (raw_->at >= raw_->columns.size()) {
        raw_->bad("the table has no such column");
        return *this;
    }
    duckdb_vector vector = raw_->columns[raw_->at++].vector;
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), raw_->row);
    return *this;
}

Appender& Appender::boolean(bool v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_BOOLEAN}))
        raw_->put(*column, v);
    return *this;
}

Appender& Appender::integer(std::int64_t v) {
    auto* column = raw_->next({DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_SMALLINT});
    if (column == nullptr)
        return *this;
    const auto fits = [&]<class T>(T) {
        if (v < std::numeric_limits<T>::min() || v > std::numeric_limits<T>::max())
            raw_->bad("the number is too large for it");
        else
            raw_->put(*column, static_cast<T>(v));
    };
    if (column->type == DUCKDB_TYPE_BIGINT)
        raw_->put(*column, v);
    else if (column->type == DUCKDB_TYPE_INTEGER)
        fits(std::int32_t{});
    else
        fits(std::int16_t{});
    return *this;
}

Appender& Appender::real(double v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_DOUBLE}))
        raw_->put(*column, v);
    return *this;
}

Appender& Appender::text(std::string_view v) {
    auto* column = raw_->next({DUCKDB_TYPE_VARCHAR});
    if (column == nullptr)
        return *this;
    if (!is_utf8(v)) // DuckDB would take it, and fail when it is read
        raw_->bad("the text is not UTF-8");
    else
        duckdb_vector_assign_string_element_len(column->vector, raw_->row, v.data(), v.size());
    return *this;
}

Appender& Appender::bytes(ByteView v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_BLOB}))
        duckdb_vector_assign_string_element_len(column->vector, raw_->row, v.data(), v.size());
    return *this;
}

Appender& Appender::uuid(const Uuid& v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_UUID}))
        raw_->put(*column, to_duckdb(v));
    return *this;
}

Appender& Appender::micros(std::int64_t v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_TIMESTAMP_TZ, DUCKDB_TYPE_TIMESTAMP}))
        raw_->put(*column, v);
    return *this;
}

Appender& Appender::day(std::int32_t v) {
    if (auto* column = raw_->next({DUCKDB_TYPE_DATE}))
        raw_->put(*column, v);
    return *this;
}

Result<void> Appender::end_row() {
    Raw& raw = *raw_;
    if (raw.at < raw.columns.size())
        raw.bad("the row has no value for it");
    raw.at = 0;
    if (!raw.fault.empty()) {
        // What the row has already set NULL must not stay so for the next one.
        for (Raw::Column& column : raw.columns)
            if (auto* validity = duckdb_vector_get_validity(column.vector))
                duckdb_validity_set_row_valid(validity, raw.row);
        return fail(Code::invalid_field, std::exchange(raw.fault, {}));
    }
    if (++raw.row == duckdb_vector_size())
        return raw.hand_over();
    return {};
}

Result<void> Appender::flush() {
    CHECK_OK(raw_->hand_over());
    if (duckdb_appender_flush(raw_->appender.get()) == DuckDBError)
        return error_in(raw_->appender.get(), "appending to " + raw_->table);
    return {};
}

} // namespace bw::columnar
