// Values on their way to and from DuckDB: parameters, and answers that are read chunk by chunk.
// Knows types, not tables.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bw::columnar {

/// What a column holds. `integer` is any whole number of up to 64 bits with a sign; `instant` is
/// TIMESTAMPTZ or TIMESTAMP in UTC.
enum class Type : std::uint8_t { boolean, integer, real, text, bytes, uuid, instant, day };

/// Microseconds since 1970-01-01T00:00:00Z: as fine as PostgreSQL keeps them.
struct Micros {
    std::int64_t value = 0;
    auto operator<=>(const Micros&) const = default;
};
/// Days since 1970-01-01.
struct Day {
    std::int32_t value = 0;
    auto operator<=>(const Day&) const = default;
};
struct Blob {
    Bytes value;
    auto operator<=>(const Blob&) const = default;
};

/// One value; monostate is NULL.
using Value =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Blob, Uuid, Micros, Day>;

/// The parameters of one statement, in order. Owns copies.
class Params {
public:
    template <class T>
    Params& add(T value) {
        values_.emplace_back(std::move(value));
        return *this;
    }
    Params& text(std::string_view v) { return add(std::string(v)); }
    Params& bytes(ByteView v) { return add(Blob{Bytes(v)}); }
    Params& integer(std::int64_t v) { return add(v); }
    Params& real(double v) { return add(v); }
    Params& boolean(bool v) { return add(v); }
    Params& uuid(const Uuid& v) { return add(v); }
    Params& instant(Instant v) { return add(Micros{v.ms * 1000}); }
    Params& micros(std::int64_t v) { return add(Micros{v}); }
    Params& day(std::int32_t v) { return add(Day{v}); }
    Params& null() { return add(std::monostate{}); }
    template <class Kind>
    Params& id(const Id<Kind>& v) {
        return uuid(v.uuid);
    }

    const std::vector<Value>& values() const { return values_; }
    void clear() { values_.clear(); }

private:
    std::vector<Value> values_;
};

struct Column {
    std::string name;
    Type type;
    auto operator<=>(const Column&) const = default;
};

/// Some rows of an answer (2,048 at most), valid until the next is read. Asking for another type
/// than the column's, for a row or column that is not there, or for the value of a NULL is a bug
/// (ENSURE).
class Chunk {
public:
    std::size_t count() const { return count_; }
    bool is_null(std::size_t row, std::size_t column) const;
    bool boolean(std::size_t row, std::size_t column) const;
    std::int64_t integer(std::size_t row, std::size_t column) const;
    double real(std::size_t row, std::size_t column) const;
    std::string_view text(std::size_t row, std::size_t column) const;
    ByteView bytes(std::size_t row, std::size_t column) const;
    Uuid uuid(std::size_t row, std::size_t column) const;
    Micros instant(std::size_t row, std::size_t column) const;
    Day day(std::size_t row, std::size_t column) const;
    template <class IdType>
    IdType id(std::size_t row, std::size_t column) const {
        return IdType{uuid(row, column)};
    }
    /// Of whatever type; a copy.
    Value value(std::size_t row, std::size_t column) const;

private:
    friend class Answer;
    struct Vector {
        Type type;
        int width; // of an integer, in bytes
        const void* data;
        const std::uint64_t* valid; // null: all are
    };
    const Vector& at(std::size_t row, std::size_t column, Type type) const;

    std::size_t count_ = 0;
    std::vector<Vector> vectors_;
};

/// The rows of one answer. Kept by DuckDB, within the store's memory. Not thread-safe; must not
/// outlive its connection.
class Answer {
public:
    Answer(Answer&&) noexcept;
    Answer& operator=(Answer&&) noexcept;
    ~Answer();

    const std::vector<Column>& columns() const;
    /// The next chunk; nullptr after the last. The one before is gone.
    const Chunk* next();
    /// The same where rows are made as they are fetched (Connection::stream), which can fail: see
    /// Connection.
    Result<const Chunk*> fetch();
    /// Rows that an INSERT, UPDATE or DELETE changed.
    std::int64_t affected() const;

    /// All the rows that are left, copied: for small answers.
    std::vector<std::vector<Value>> rows();

private:
    friend class Connection;
    struct Raw;
    explicit Answer(std::unique_ptr<Raw> raw);
    std::unique_ptr<Raw> raw_;
};

} // namespace bw::columnar
