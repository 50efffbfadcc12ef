// What a storm does beside the API.
#pragma once

#include <string>

#include "base/result.hpp"

namespace bw::storm {

/// Sends `signal` to the process that the file names; empty, or why not.
std::string signal_named(const std::string& pidfile, int signal);
/// unavailable.
Result<void> write_report(const std::string& path, const std::string& text);

} // namespace bw::storm
