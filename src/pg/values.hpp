// Values on their way to and from PostgreSQL, in its binary format (PostgreSQL 15 documentation,
// "Frontend/Backend Protocol" and the types' send and receive functions). Knows types, not tables.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "pg/statement.hpp"

namespace bw::pg {

/// The parameters of one statement, in order. Owns copies; may be reused after clear().
class Params {
public:
    Params& text(std::string_view v); // text, varchar, name; must be UTF-8 without NUL
    Params& bytes(ByteView v);        // bytea
    Params& json(std::string_view v); // jsonb: valid JSON text
    Params& int8(std::int64_t v);     // bigint
    Params& int4(std::int32_t v);     // integer
    Params& boolean(bool v);          // boolean
    Params& uuid(const Uuid& v);      // uuid
    Params& instant(Instant v);       // timestamptz
    Params& null();                   // NULL of any type
    template <class Kind>
    Params& id(const Id<Kind>& v) {
        return uuid(v.uuid);
    }
    Params& optional_text(std::optional<std::string_view> v) { return v ? text(*v) : null(); }

    // One-dimensional arrays, for `unnest($1::text[], ..)`. A nullopt element is NULL.
    Params& texts(std::span<const std::optional<std::string>> v);  // text[]
    Params& texts(std::span<const std::string> v);                 // text[]
    Params& bytes_array(std::span<const Bytes> v);                 // bytea[]
    Params& uuids(std::span<const Uuid> v);                        // uuid[]
    Params& uuids(std::span<const std::optional<Uuid>> v);         // uuid[]
    Params& int8s(std::span<const std::int64_t> v);                // bigint[]
    Params& int8s(std::span<const std::optional<std::int64_t>> v); // bigint[]
    Params& booleans(std::span<const bool> v);                     // boolean[]
    Params& booleans(const std::vector<bool>& v);                  // boolean[]
    Params& instants(std::span<const Instant> v);                  // timestamptz[]

    std::size_t size() const { return ends_.size(); }
    void clear();

private:
    friend class Connection;
    Params& done(Oid type);

    // One buffer for all values; libpq's parallel arrays are laid out from it when sent.
    std::string buffer_;
    std::vector<std::size_t> ends_;
    std::vector<Oid> types_;
    std::vector<bool> nulls_;
};

/// What somebody said by NOTIFY.
struct Notification {
    std::string channel, payload;
};

/// One step of a pipeline: see Connection::run.
struct PipelineStep {
    Statement statement;
    const Params* params; // lives until run() returns
};

/// The rows of one answer. Columns are read by position, in the type the statement gives them;
/// asking for another type, a row or a column that is not there, or the value of a NULL, is a bug
/// (ENSURE).
class Rows {
public:
    explicit Rows(PGresult* result) : result_(result, &PQclear) {}

    int count() const { return PQntuples(result_.get()); }
    bool empty() const { return count() == 0; }
    /// Rows inserted, updated or deleted by the statement.
    std::int64_t affected() const;

    bool is_null(int row, int column) const;
    std::string_view text(int row, int column) const; // text, varchar, name, and enum types
    ByteView bytes(int row, int column) const;        // bytea
    std::string_view json(int row, int column) const; // jsonb (without its version byte), json
    std::int64_t int8(int row, int column) const;     // bigint, integer, smallint
    bool boolean(int row, int column) const;
    Uuid uuid(int row, int column) const;
    Instant instant(int row, int column) const; // timestamptz
    template <class IdType>
    IdType id(int row, int column) const {
        return IdType{uuid(row, column)};
    }
    std::optional<std::string_view> optional_text(int row, int column) const {
        return is_null(row, column) ? std::nullopt : std::optional(text(row, column));
    }

private:
    friend class Connection;
    ExecStatusType status() const { return PQresultStatus(result_.get()); }
    std::string_view raw(int row, int column) const;
    std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

} // namespace bw::pg
