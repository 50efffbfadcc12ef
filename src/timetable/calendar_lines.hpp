// The form of iCalendar text: content lines, unfolded, with their places (RFC 5545, 3.1). Knows no
// property.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::timetable {

struct ContentLine {
    std::size_t line = 0; // the first of those it was folded over, from 1
    std::string name;     // in capitals
    std::vector<std::pair<std::string, std::string>> parameters; // names in capitals; unquoted
    std::string value;

    /// nullptr: it has none.
    const std::string* parameter(std::string_view wanted) const;
    /// invalid_field at "line:NAME".
    Error wrong(std::string detail) const;
};

/// Line by line; CRLF or LF ends one. Not thread-safe.
class ContentLines {
public:
    ContentLines(ByteView text, std::size_t line_bytes) : text_(text), line_bytes_(line_bytes) {}
    /// False at the end. invalid_field: text that is not UTF-8, control characters, no name, no
    /// colon, an open quote. payload_too_large: longer than the limit.
    Result<bool> next(ContentLine& line);

private:
    Result<std::string> unfolded();

    ByteView text_;
    std::size_t line_bytes_;
    std::size_t next_line_ = 1;
};

} // namespace bw::timetable
