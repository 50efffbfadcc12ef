// `bellwether receipt` and `bellwether journal`: what is proven, checked by a person; no server and
// no database needed.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace bw::app {

void add_receipt_commands(CLI::App& receipt, std::string& data,
                          std::function<Result<void>()>& chosen);
void add_journal_commands(CLI::App& journal, std::string& data,
                          std::function<Result<void>()>& chosen);

} // namespace bw::app
