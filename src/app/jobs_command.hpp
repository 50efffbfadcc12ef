// `bellwether jobs ..` on the command line.
#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>

#include "base/result.hpp"

namespace bw::app {

/// `data`: the installation's directory, an option of each command.
void add_jobs_commands(CLI::App& jobs, std::string& data, std::function<Result<void>()>& chosen);

} // namespace bw::app
