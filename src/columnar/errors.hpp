// What DuckDB says when it says no, as our codes. It has no numbers for most of it: the class
// stands at the head of its message ("IO Error: ...").
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace bw::columnar {

/// `doing`: what we were about, for the detail. README.md has the table.
Error error_of(std::string_view message, std::string_view doing);

} // namespace bw::columnar
