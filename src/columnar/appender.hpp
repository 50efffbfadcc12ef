// Rows into a table, millions a second: they are laid out in DuckDB's own columns, 2,048 at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "columnar/connection.hpp"

namespace bw::columnar {

/// Values come in the order of the table's columns, then end_row(). A value that does not fit its
/// column (another type, a number too large), or a row of another length, makes end_row() fail with
/// `invalid_field`, which names the column; the row is dropped and the appender goes on. Rows
/// belong to the connection's transaction. Those since the last flush() are lost with the appender.
/// Not thread-safe; ends before its connection.
class Appender {
public:
    /// `internal`: no such table, or it has a column of a type that is not written.
    static Result<Appender> open(Connection& connection, const std::string& schema,
                                 const std::string& table);
    Appender(Appender&&) noexcept;
    Appender& operator=(Appender&&) = delete;
    ~Appender();

    Appender& null();
    Appender& boolean(bool v);
    Appender& integer(std::int64_t v); // smallint, integer, bigint
    Appender& real(double v);
    Appender& text(std::string_view v);
    Appender& bytes(ByteView v);
    Appender& uuid(const Uuid& v);
    Appender& micros(std::int64_t v); // timestamptz: since 1970
    Appender& day(std::int32_t v);    // since 1970-01-01
    template <class Kind>
    Appender& id(const Id<Kind>& v) {
        return uuid(v.uuid);
    }
    Result<void> end_row();
    /// Hands the rows to the table. `conflict`: a key stands twice; all since the last flush are
    /// lost then, and the appender with them.
    Result<void> flush();

private:
    struct Raw;
    explicit Appender(std::unique_ptr<Raw> raw);
    std::unique_ptr<Raw> raw_;
};

} // namespace bw::columnar
