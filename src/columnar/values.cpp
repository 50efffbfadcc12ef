#include "columnar/values.hpp"

#include <duckdb.h>

#include <optional>
#include <utility>

#include "base/ensure.hpp"
#include "columnar/answer_raw.hpp"
#include "columnar/errors.hpp"
#include "columnar/raw.hpp"
#include "columnar/uuid.hpp"

namespace bw::columnar {

namespace {

struct Known {
    Type type;
    int width;
};

std::optional<Known> known(duckdb_type type) {
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
        return Known{Type::boolean, 1};
    case DUCKDB_TYPE_TINYINT:
        return Known{Type::integer, 1};
    case DUCKDB_TYPE_SMALLINT:
        return Known{Type::integer, 2};
    case DUCKDB_TYPE_INTEGER:
        return Known{Type::integer, 4};
    case DUCKDB_TYPE_BIGINT:
        return Known{Type::integer, 8};
    case DUCKDB_TYPE_DOUBLE:
        return Known{Type::real, 8};
    case DUCKDB_TYPE_VARCHAR:
        return Known{Type::text, 16};
    case DUCKDB_TYPE_BLOB:
        return Known{Type::bytes, 16};
    case DUCKDB_TYPE_UUID:
        return Known{Type::uuid, 16};
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
        return Known{Type::instant, 8};
    case DUCKDB_TYPE_DATE:
        return Known{Type::day, 4};
    default:
        return std::nullopt;
    }
}

std::string_view string_at(const void* data, std::size_t row) {
    auto* string = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(data) + row);
    return {duckdb_string_t_data(string), duckdb_string_t_length(*string)};
}

template <class T>
T plain_at(const void* data, std::size_t row) {
    return static_cast<const T*>(data)[row];
}

} // namespace

bool Chunk::is_null(std::size_t row, std::size_t column) const {
    ENSURE(row < count_ && column < vectors_.size(), "the chunk has no such row or column");
    const std::uint64_t* valid = vectors_[column].valid;
    return valid != nullptr && (valid[row / 64] >> (row % 64) & 1) == 0;
}

const Chunk::Vector& Chunk::at(std::size_t row, std::size_t column, Type type) const {
    ENSURE(!is_null(row, column), "the value is NULL");
    ENSURE(vectors_[column].type == type, "the column is of another type");
    return vectors_[column];
}

bool Chunk::boolean(std::size_t row, std::size_t column) const {
    return plain_at<bool>(at(row, column, Type::boolean).data, row);
}

std::int64_t Chunk::integer(std::size_t row, std::size_t column) const {
    const Vector& v = at(row, column, Type::integer);
    switch (v.width) {
    case 1:
        return plain_at<std::int8_t>(v.data, row);
    case 2:
        return plain_at<std::int16_t>(v.data, row);
    case 4:
        return plain_at<std::int32_t>(v.data, row);
    default:
        return plain_at<std::int64_t>(v.data, row);
    }
}

double Chunk::real(std::size_t row, std::size_t column) const {
    return plain_at<double>(at(row, column, Type::real).data, row);
}

std::string_view Chunk::text(std::size_t row, std::size_t column) const {
    return string_at(at(row, column, Type::text).data, row);
}

ByteView Chunk::bytes(std::size_t row, std::size_t column) const {
    return string_at(at(row, column, Type::bytes).data, row);
}

Uuid Chunk::uuid(std::size_t row, std::size_t column) const {
    return from_duckdb(plain_at<duckdb_hugeint>(at(row, column, Type::uuid).data, row));
}

Micros Chunk::instant(std::size_t row, std::size_t column) const {
    return {plain_at<std::int64_t>(at(row, column, Type::instant).data, row)};
}

Day Chunk::day(std::size_t row, std::size_t column) const {
    return {plain_at<std::int32_t>(at(row, column, Type::day).data, row)};
}

Value Chunk::value(std::size_t row, std::size_t column) const {
    if (is_null(row, column))
        return std::monostate{};
    switch (vectors_[column].type) {
    case Type::boolean:
        return boolean(row, column);
    case Type::integer:
        return integer(row, column);
    case Type::real:
        return real(row, column);
    case Type::text:
        return std::string(text(row, column));
    case Type::bytes:
        return Blob{Bytes(bytes(row, column))};
    case Type::uuid:
        return uuid(row, column);
    case Type::instant:
        return instant(row, column);
    case Type::day:
        return day(row, column);
    }
    std::unreachable();
}

Result<void> Answer::Raw::describe() {
    for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
        const char* name = duckdb_column_name(&result, i);
        const auto type = known(duckdb_column_type(&result, i));
        if (!type)
            return fail(Code::internal, std::string("column ") + name +
                                            " is of a type that is not read: cast it in the query");
        columns.push_back({name, type->type});
        widths.push_back(type->width);
    }
    return {};
}

Answer::Answer(std::unique_ptr<Raw> raw) : raw_(std::move(raw)) {}
Answer::Answer(Answer&&) noexcept = default;
Answer& Answer::operator=(Answer&&) noexcept = default;
Answer::~Answer() = default;

const std::vector<Column>& Answer::columns() const {
    return raw_->columns;
}

const Chunk* Answer::next() {
    raw_->chunk = OwnedChunk(duckdb_fetch_chunk(raw_->result));
    if (!raw_->chunk)
        return nullptr;
    Chunk& current = raw_->current;
    current.count_ = duckdb_data_chunk_get_size(raw_->chunk.get());
    current.vectors_.clear();
    for (std::size_t i = 0; i < raw_->columns.size(); ++i) {
        auto vector = duckdb_data_chunk_get_vector(raw_->chunk.get(), i);
        current.vectors_.push_back({raw_->columns[i].type, raw_->widths[i],
                                    duckdb_vector_get_data(vector),
                                    duckdb_vector_get_validity(vector)});
    }
    return &current;
}

Result<const Chunk*> Answer::fetch() {
    if (const Chunk* chunk = next())
        return chunk;
    if (const char* message = duckdb_result_error(&raw_->result);
        message != nullptr && *message != '\0')
        return error_of(message, "fetching rows");
    return nullptr;
}

std::int64_t Answer::affected() const {
    return static_cast<std::int64_t>(duckdb_rows_changed(&raw_->result));
}

std::vector<std::vector<Value>> Answer::rows() {
    std::vector<std::vector<Value>> all;
    while (const Chunk* chunk = next())
        for (std::size_t row = 0; row < chunk->count(); ++row) {
            std::vector<Value>& one = all.emplace_back();
            for (std::size_t column = 0; column < columns().size(); ++column)
                one.push_back(chunk->value(row, column));
        }
    return all;
}

} // namespace bw::columnar
