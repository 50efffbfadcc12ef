// Strict CSV (RFC 4180, UTF-8): rows out of a stream of bytes, with the place of every field. Knows
// nothing about OneRoster. Debian's CSV libraries were looked at first: libcsv knows no positions,
// fast-cpp-csv-parser no line breaks in quotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
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
    std::size_t rows = 100'000'000; // a file, the header included
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

/// Fills the front of the span; 0 at the end.
using CsvSource = std::move_only_function<Result<std::size_t>(std::span<char>)>;

/// Reads row by row, holding little more than the longest row that `limits` allow. Lines end with
/// CRLF or LF, the last one may end with the file. Refused: text that is not UTF-8, NUL, a bare CR,
/// a quote inside an unquoted field, text after a closing quote, an open quote at the end, an empty
/// line, and whatever passes a limit. After an error nothing more can be read. Not thread-safe.
class CsvReader {
public:
    CsvReader(std::string file, CsvSource source, CsvLimits limits = {});
    /// From memory, which must outlive it.
    CsvReader(std::string file, ByteView bytes, CsvLimits limits = {});

    /// True and the row's fields, or false: the end, an error in the text (then `error()` says
    /// which) or of the source (`source_error()`).
    bool next(std::vector<CsvField>& row);
    const std::optional<CsvError>& error() const { return error_; }
    const std::optional<Error>& source_error() const { return source_error_; }
    const std::string& file() const { return file_; }
    /// How much was taken from the source.
    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    void fill();
    void check_text();
    bool field(std::vector<CsvField>& row, bool& last);
    bool quoted_field(CsvField& field);
    bool stop(CsvPlace at, std::string reason);
    bool end_of_text() const { return position_ == checked_; }
    bool at_line_end() const;
    bool end_of_field(bool& last);
    void step(char c);
    ByteView text() const { return ByteView(window_).substr(0, checked_); }

    std::string file_;
    CsvSource source_;
    CsvLimits limits_;
    std::string window_;                 // of the stream
    std::size_t position_ = 0;           // in it
    std::size_t checked_ = 0;            // so much of it is text
    std::optional<std::string> no_text_; // why what follows is none
    bool ended_ = false;                 // the source is
    std::uint64_t bytes_read_ = 0;
    std::size_t rows_ = 0;
    CsvPlace place_;
    std::deque<std::string> unescaped_; // fields of this row that held doubled quotes
    std::optional<CsvError> error_;
    std::optional<Error> source_error_;
};

/// Appends one row, quoting where RFC 4180 asks for it and where a byte-order mark would be
/// taken for the file's, and CRLF.
void append_csv_row(std::string& out, const std::vector<std::string_view>& fields);

} // namespace bw::roster
