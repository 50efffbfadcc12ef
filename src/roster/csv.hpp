// Strict CSV (RFC 4180, UTF-8): rows out of bytes, with the place of every field. Knows nothing
// about OneRoster. Debian's CSV libraries were looked at first: libcsv knows no positions,
// fast-cpp-csv-parser no line breaks in quotes.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::roster {

struct CsvLimits {
    std::size_t field_bytes =
        64 * 1024; // a line item's description is the longest text a roster holds
    std::size_t row_bytes = 1024 * 1024;
    std::size_t fields =
        256; // a row; OneRoster's widest file has 22, the rest is room for metadata columns
    std::size_t rows = 5'000'000; // a file, the header included
};

/// Line and column as an editor shows them: both from 1, columns in characters. A byte order mark
/// counts as nothing.
struct CsvPlace {
    std::size_t line = 1, column = 1;
};

struct CsvField {
    std::string_view text; // valid until the next row is read
    CsvPlace at;
};

/// What is wrong with a file, and where; `file` is the reader's name for it.
struct CsvError {
    std::string file;
    CsvPlace at;
    std::string reason;

    /// "users.csv:12:5"
    std::string place() const;
};

/// Reads `bytes` (which must outlive it) row by row. Lines end with CRLF or LF, the last one may
/// end with the file. Refused: text that is not UTF-8, NUL, a bare CR, a quote inside an unquoted
/// field, text after a closing quote, an open quote at the end, an empty line, and whatever passes
/// a limit. After an error nothing more can be read. Not thread-safe.
class CsvReader {
public:
    CsvReader(std::string file, ByteView bytes, CsvLimits limits = {});

    /// True and the row's fields, or false: the end, or an error (then `error()` says which).
    bool next(std::vector<CsvField>& row);
    const std::optional<CsvError>& error() const { return error_; }
    const std::string& file() const { return file_; }

private:
    void check_text();
    bool field(std::vector<CsvField>& row, bool& last);
    bool quoted_field(CsvField& field);
    bool stop(CsvPlace at, std::string reason);
    bool at_line_end() const;
    bool end_of_field(bool& last);
    void step(char c);

    std::string file_;
    ByteView bytes_;
    CsvLimits limits_;
    std::size_t position_ = 0;
    std::size_t rows_ = 0;
    CsvPlace place_;
    std::deque<std::string> unescaped_; // fields of this row that held doubled quotes
    std::optional<CsvError> error_;
};

/// Appends one row, quoting where RFC 4180 asks for it, and CRLF.
void append_csv_row(std::string& out, const std::vector<std::string_view>& fields);

} // namespace bw::roster
