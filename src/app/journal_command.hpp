// `bellwether journal`: the intake journal looked at from outside, exported, salvaged, filled
// again. No server and no database needed.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace bw::app {

void add_journal_commands(CLI::App& journal, std::string& data,
                          std::function<Result<void>()>& chosen);

} // namespace bw::app
