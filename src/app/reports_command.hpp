// `bellwether reports ..` on the command line.
#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>

#include "base/result.hpp"

namespace bw::app {

/// `data`: the installation's directory, an option of each command.
void add_reports_commands(CLI::App& reports, std::string& data,
                          std::function<Result<void>()>& chosen);

} // namespace bw::app
