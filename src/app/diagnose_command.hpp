// `bellwether diagnose`: which wall the running server reaches first, in words.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace bw::app {

/// The JSON of /v1/ops/walls as text for a terminal.
Result<std::string> walls_text(std::string_view json);

void add_diagnose_command(CLI::App& program, std::string& data,
                          std::function<Result<void>()>& chosen);

} // namespace bw::app
