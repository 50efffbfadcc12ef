// `bellwether storm ..` on the command line.
#pragma once

#include <CLI/App.hpp>

#include <functional>

#include "base/result.hpp"

namespace bw::app {

void add_storm_commands(CLI::App& program, std::function<Result<void>()>& chosen);

} // namespace bw::app
