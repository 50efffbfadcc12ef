// All that stands in a store into a new one, sorted within a bound of memory. For this module's
// sources alone.
#pragma once

#include <functional>
#include <string_view>

#include "columnar/connection.hpp"

namespace bw::reporting {

/// `now`: what was set aside long ago is kept without its key. Durable in `to` when it returns.
/// `step` is told what comes next.
Result<void> copy_store(columnar::Connection& from, columnar::Connection& to, Instant now,
                        Deadline deadline, const std::function<void(std::string_view)>& step);

} // namespace bw::reporting
